"""From a notebook's bytes to its graded notebook and results."""
