"""nbgrader's hooks, one a module."""
