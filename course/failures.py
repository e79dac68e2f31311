"""What ended a student's code early, as data: an error, a time limit, the end of its process."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
import traceback
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any

from course.errors import BrokenDefinition, TimeLimit

OURS = os.path.dirname(os.path.abspath(__file__))
NOT_STUDENTS = tuple({OURS, sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()})
MAX_MESSAGE, MAX_LINE = 500, 200  # characters


class FailureKind(StrEnum):
    """Why code did not get to its end."""

    RAISED = "raised"  # an exception
    NOT_ATTEMPTED = "not attempted"  # NotImplementedError, which the stubs raise
    BROKEN = "broken"  # a definition that Python could not read; see `course.rescue`
    TIMED_OUT = "timed out"  # stopped at its time limit
    SKIPPED = "skipped"  # not run, because an earlier case timed out
    ENDED = "ended"  # its process ended, or was killed at a limit


@dataclass(frozen=True)
class Failure:
    """Why code did not get to its end.

    type     the exception's class, "" where there was none
    message  what the exception or the limit says
    line     the student's own line where it happened, "" where that is not known
    caret    the column of that line that the error points at, -1 for none
    """

    kind: FailureKind
    type: str = ""
    message: str = ""
    line: str = ""
    caret: int = -1

    def as_data(self) -> dict[str, Any]:
        """The failure as plain data; `from_data` is the reverse."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[Any, Any]) -> Failure:
        """A failure from plain data, whatever that holds: it may come from a hostile process."""
        kind = data.get("kind")
        known = kind if isinstance(kind, str) and kind in set(FailureKind) else FailureKind.RAISED
        caret = data.get("caret")
        return cls(
            FailureKind(known),
            printable(data.get("type"), MAX_LINE),
            printable(data.get("message"), MAX_MESSAGE),
            printable(data.get("line"), MAX_LINE),
            caret if type(caret) is int and 0 <= caret <= MAX_LINE else -1,
        )

    def is_like(self, other: Failure) -> bool:
        """The same kind of failure, whatever its message and line?"""
        return (self.kind, self.type) == (other.kind, other.type)


def printable(value: Any, longest: int) -> str:
    """The start of a text, without control characters, which a terminal would obey.

    "" for anything else than text.
    """
    if not isinstance(value, str):
        return ""
    value = value[:longest]
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in value)


def failure_of(error: BaseException) -> Failure:
    """The failure that an exception is."""
    if isinstance(error, BrokenDefinition):
        return Failure.from_data(vars(error) | {"kind": FailureKind.BROKEN})
    try:
        message = str(error)[:MAX_MESSAGE]
    except Exception:
        message = ""
    line = _students_line(error.__traceback__)
    if isinstance(error, SyntaxError) and error.text:
        line = error.text.strip()
    kind = FailureKind.RAISED
    if isinstance(error, TimeLimit):
        kind = FailureKind.TIMED_OUT
    elif isinstance(error, NotImplementedError):
        kind = FailureKind.NOT_ATTEMPTED
    name = _sendable(type(error).__name__)
    return Failure(kind, name, _sendable(message), _sendable(line[:MAX_LINE]))


def _sendable(text: str) -> str:
    """Text without lone surrogates, which cannot be sent or written."""
    return text.encode("utf-8", "replace").decode()


def not_defined(names: Iterable[str], namespace: Container[str]) -> Failure | None:
    """Python's error for the first name that the namespace lacks, if there is one."""
    for name in names:
        if name not in namespace:
            return Failure(FailureKind.RAISED, "NameError", f"{name} is not defined")
    return None


def _students_line(tb: TracebackType | None) -> str:
    for frame, number in reversed(list(traceback.walk_tb(tb))):
        filename = frame.f_code.co_filename
        if not filename.startswith(NOT_STUDENTS) and not filename.startswith("<frozen"):
            return linecache.getline(filename, number, frame.f_globals).strip()
    return ""
