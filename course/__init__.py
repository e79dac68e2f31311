"""Optimization Lab: what students of the course install.

In a notebook ``from course import check`` gives the local checks; `course.data`, `course.nn` and
`course.plots` are the material that lessons work with.
"""

from course.checks import CheckFailed, check

__all__ = ["CheckFailed", "check"]
__version__ = "0.1.0"
