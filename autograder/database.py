"""Faults of a gradebook's database: waiting for those that may end, one line for the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from nbgrader.api import Gradebook
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)

from autograder.errors import Fault, UserError

MISTAKES = (DataError, IntegrityError, NotSupportedError, ProgrammingError)  # errors of our queries
LOCK_SECONDS = 30.0  # to wait for a database that is locked or unreachable
# Parts of SQLite's messages about faults for which waiting is no help.
LASTING = ("full", "malformed", "not a database")

T = TypeVar("T")


@contextmanager
def opened(url: str, course_id: str = "default_course") -> Iterator[Gradebook]:
    """Context: the gradebook at this URL.

    Raises UserError if there is none, Fault if it cannot be used.
    """
    place = make_url(url)
    if place.drivername.startswith("sqlite") and not _has_content(Path(place.database or "")):
        raise UserError(
            f"there is no gradebook here ({place.database}), or an empty one: go to the course's "
            "folder, where nbgrader_config.py is"
        )
    with faults(url), Gradebook(url, course_id) as gradebook:
        yield gradebook


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


@contextmanager
def faults(url: str) -> Iterator[None]:
    """Context: turns errors of the database at this URL into a Fault."""
    try:
        yield
    except Exception as error:
        reason = database_fault(error)
        if not reason:
            raise
        name = make_url(url).database
        raise Fault(f"the gradebook {name} cannot be used: {reason}") from None


def database_fault(error: BaseException | None) -> str:
    """The database's message in one line, if it caused the error; else "".

    The causes of an error are searched too, since nbgrader wraps some errors in its own.
    """
    while error is not None:
        if isinstance(error, DBAPIError) and (
            error.connection_invalidated or not isinstance(error, MISTAKES)
        ):
            return " ".join(str(error.orig).split())[:200]
        error = error.__cause__ or error.__context__
    return ""


def patiently(action: Callable[[], T]) -> T:
    """The value of ``action``, which is called again while the database fails.

    Raises Fault after `LOCK_SECONDS`, or at once for a lasting fault.
    """
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return action()
        except Exception as error:
            reason = database_fault(error)
            if not reason:
                raise
            if time.monotonic() > until or any(word in reason for word in LASTING):
                raise Fault(f"the gradebook cannot be used: {reason}") from None
        time.sleep(0.5)
