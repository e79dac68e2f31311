"""Grading a whole class: many submissions, many workers, one writer of the gradebook."""
