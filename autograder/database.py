"""What may be wrong with a gradebook's database: waited for, or told in one line."""

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

MISTAKES = (DataError, IntegrityError, NotSupportedError, ProgrammingError)  # of the query
LOCK_SECONDS = 30.0  # that a database may be locked or away
# What no waiting mends: parts of SQLite's messages.
LASTING = ("full", "malformed", "not a database")

T = TypeVar("T")


@contextmanager
def opened(url: str, course_id: str = "default_course") -> Iterator[Gradebook]:
    """Context: the gradebook at this URL. Raises UserError where there is none, else `Fault`."""
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
    """Context: where the database at this URL cannot be used, that is a Fault."""
    try:
        yield
    except Exception as error:
        reason = database_fault(error)
        if not reason:
            raise
        name = make_url(url).database
        raise Fault(f"the gradebook {name} cannot be used: {reason}") from None


def database_fault(error: BaseException | None) -> str:
    """What the database said where it is behind an error, in one line; "" where it is not.

    nbgrader turns some of them into errors of its own, hence the look at what they came from.
    """
    while error is not None:
        if isinstance(error, DBAPIError) and (
            error.connection_invalidated or not isinstance(error, MISTAKES)
        ):
            return " ".join(str(error.orig).split())[:200]
        error = error.__cause__ or error.__context__
    return ""


def patiently(action: Callable[[], T]) -> T:
    """What the action returns, tried again for some seconds where the database is to blame.

    Raises Fault where that does not help.
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
