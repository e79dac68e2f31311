"""The errors that this package raises."""

from __future__ import annotations


class TimeLimit(BaseException):
    """Raised inside code that runs longer than it may; not an Exception, so that few catch it."""
