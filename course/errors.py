"""The errors that this package raises."""

from __future__ import annotations


class TimeLimit(BaseException):
    """Raised inside code that runs longer than it may; not an Exception, so that few catch it."""


class BrokenDefinition(Exception):
    """Raised by what stands for a definition that Python could not read; see `course.rescue`.

    type, message  Python's error, and where in the cell
    line, caret    the line in question, and the column that the error points at, -1 for none
    """

    def __init__(self, type: str, message: str, line: str, caret: int) -> None:
        super().__init__(f"{type}: {message}")
        self.type, self.message, self.line, self.caret = type, message, line, caret
