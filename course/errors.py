"""What a student's code raised, as data: type, message and the student's own line."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
import traceback
from collections.abc import Container, Iterable
from types import TracebackType

OURS = os.path.dirname(os.path.abspath(__file__))
NOT_STUDENTS = tuple({OURS, sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()})


class TimeLimit(BaseException):
    """Raised inside code that runs longer than it may; not an Exception, so that few catch it."""


def error_record(error: BaseException) -> dict[str, str]:
    """{"type", "message", "line"} of an exception; "line" is "" where no line is the student's."""
    try:
        message = str(error)[:500]
    except Exception:
        message = ""
    line = _students_line(error.__traceback__)
    if isinstance(error, SyntaxError) and error.text:
        line = error.text.strip()
    record = {"type": type(error).__name__, "message": message, "line": line[:200]}
    # Lone surrogates cannot be sent or written.
    return {key: text.encode("utf-8", "replace").decode() for key, text in record.items()}


def not_defined(names: Iterable[str], namespace: Container[str]) -> dict[str, str] | None:
    """The record of Python's error for the first name that the namespace lacks, if there is one."""
    for name in names:
        if name not in namespace:
            return {"type": "NameError", "message": f"{name} is not defined", "line": ""}
    return None


def _students_line(tb: TracebackType | None) -> str:
    for frame, number in reversed(list(traceback.walk_tb(tb))):
        filename = frame.f_code.co_filename
        if not filename.startswith(NOT_STUDENTS) and not filename.startswith("<frozen"):
            return linecache.getline(filename, number, frame.f_globals).strip()
    return ""


def explain_error(record: dict[str, str]) -> list[str]:
    """The lines that tell a student what happened: the error, their line, the usual cause."""
    kind, message, line = record["type"], record["message"], record["line"]
    if kind == "NotImplementedError":
        return ["not attempted yet: the code still raises NotImplementedError"]
    if kind == "TimeLimit":
        lines = [f"took too long: {message}"]
    elif kind in ("Ended", "Skipped"):
        lines = [f"not finished: {message}"]
    else:
        lines = [f"your code raised {kind}: {message}" if message else f"your code raised {kind}"]
    if line:
        lines.append(f"at         {line}")
    cause = _usual_cause(kind, message)
    return [*lines, f"perhaps    {cause}"] if cause else lines


def _usual_cause(kind: str, message: str) -> str:
    if "NoneType" in message:
        return "a function returned None; did you forget `return`?"
    if kind == "TypeError" and "unsupported operand" in message:
        return (
            "an operation with a number on one side; turn numbers into Values first, and define "
            "the reflected methods (__radd__, __rmul__, …) for a number on the left"
        )
    if kind == "RecursionError":
        return (
            "a method calls itself without end, or once for each node of a deep graph; a loop "
            "with a list of its own has no limit"
        )
    if kind in ("ValueError", "IndexError") and ("broadcast" in message or "shape" in message):
        return "arrays of different shapes were combined; keep state for each array apart"
    if kind == "TimeLimit":
        return "a loop that never ends, or the same things are looked at again and again"
    if kind == "NameError" and "is not defined" in message:
        return "run the cell that defines it, or look for an error in that cell"
    return ""
