"""The errors that this package raises."""

from __future__ import annotations


class TimeLimit(BaseException):
    """Raised inside code at its time limit. Not an Exception, since students' code catches them."""


class CheckFailed(AssertionError):
    """A local check that did not pass; shown as a short message, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines instead of a traceback."""
        return str(self).splitlines()


class NotebookError(ValueError):
    """A notebook that cannot be checked; the message is one line that says what to do."""


class DataError(ValueError):
    """Data that is missing or damaged; the message is one line that says what to put where."""


class ExpressionError(ValueError):
    """A formula that cannot be used; the message has a caret under the place.

    reason    what is wrong, one line
    formula   the text, without spaces around it
    position  where, counted from 0; len(formula) where something is missing at the end
    """

    def __init__(self, reason: str, formula: str, position: int):
        self.reason, self.formula, self.position = reason, formula, position
        start = max(0, position - 40)
        part = "".join(c if c.isprintable() else "?" for c in formula[start : position + 40])
        super().__init__(f"{reason}\n    {part}\n    {' ' * (position - start)}^")


class FrameError(ValueError):
    """A frame that is too large, cut short or not made of plain data."""


class BrokenDefinition(Exception):
    """Raised by the stub of a definition that Python could not read; see `course.rescue`.

    type, message  Python's error, and where in the cell
    line, caret    the line in question, and the column that the error points at, -1 for none
    """

    def __init__(self, type: str, message: str, line: str, caret: int) -> None:
        super().__init__(f"{type}: {message}")
        self.type, self.message, self.line, self.caret = type, message, line, caret
