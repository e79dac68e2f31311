"""Optimization Lab: what students of the course install.

In a notebook ``from course import check`` gives the local checks; `course.data`, `course.nn` and
`course.plots` are the material that lessons work with.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.checks import CheckFailed, check

__all__ = ["CheckFailed", "check"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`check` is loaded when it is asked for, so that the doctor runs where NumPy is missing."""
    if name in __all__:
        import course.checks

        return getattr(course.checks, name)
    raise AttributeError(f"module 'course' has no attribute {name!r}")
