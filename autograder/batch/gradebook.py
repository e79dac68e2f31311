"""Writing to the gradebook with one transaction for each submission.

nbgrader opens the gradebook again for each step of a submission and commits after each cell. This
takes most of the time of saving, and a process that is killed in between leaves half of the scores.
Here all steps of one submission use the same connection, and one commit at the end: the database
gets all of a submission's changes or none.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import nbgrader.api
from nbgrader.api import Gradebook
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import scoped_session, sessionmaker

from autograder.errors import Vanished

SQLITE_WAIT = 1.0  # seconds that one attempt waits for another program's lock
ANALYZE_EVERY = 20  # transactions


def keep_engines() -> None:
    """Make nbgrader in this process use one engine for each database, as SQLAlchemy advises.

    nbgrader makes a new engine whenever it opens the gradebook, several times for a submission, and
    each engine compiles all statements again. Connections are still closed with the gradebook.
    """
    nbgrader.api.create_engine = functools.cache(create_engine)


class Writer:
    """The only writer of a gradebook, which must exist already."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._file = make_url(url).database if make_url(url).drivername.startswith("sqlite") else ""
        self._engine = _sqlite(url) if self._file else create_engine(url, pool_pre_ping=True)
        self._identity = self._look()
        self._courses: set[str] = set()
        self._transactions = 0

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Context: every `Gradebook` with this URL takes part in one transaction.

        The transaction is committed at the end, and rolled back after any exception. Raises
        Vanished and SQLAlchemy's errors.
        """
        self._check_file()
        try:
            with self._engine.begin() as connection:
                with self._taking_part(connection):
                    yield
                if self._file and self._transactions % ANALYZE_EVERY == 0:
                    # Without ANALYZE, SQLite scans all grades of a cell to find a student's.
                    connection.exec_driver_sql("ANALYZE")
        except BaseException:
            self._courses.clear()
            raise
        self._transactions += 1
        self._check_file()

    @contextmanager
    def _taking_part(self, connection: Connection) -> Iterator[None]:
        # With "rollback_only", a session's commit does not end the transaction; a rollback does.
        make = sessionmaker(bind=connection, join_transaction_mode="rollback_only")
        session = scoped_session(make)
        own_init, own_close = Gradebook.__init__, Gradebook.close

        def init(
            gradebook: Gradebook,
            db_url: str,
            course_id: str = "default_course",
            authenticator: Any = None,
        ) -> None:
            if db_url != self.url:
                own_init(gradebook, db_url, course_id, authenticator)
                return
            gradebook.engine, gradebook.db = self._engine, session
            gradebook.course_id, gradebook.authenticator = course_id, authenticator
            if course_id not in self._courses:
                gradebook.check_course(course_id=course_id)
                self._courses.add(course_id)

        def close(gradebook: Gradebook) -> None:
            if gradebook.db is not session:
                own_close(gradebook)

        Gradebook.__init__, Gradebook.close = init, close
        try:
            yield
        finally:
            Gradebook.__init__, Gradebook.close = own_init, own_close
            session.remove()

    def _look(self) -> tuple[int, int] | None:
        if not self._file:
            return None
        try:
            status = os.stat(self._file)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _check_file(self) -> None:
        if self._look() != self._identity:
            raise Vanished(f"the gradebook {self._file} was removed or replaced")


def _sqlite(url: str) -> Engine:
    """An engine that takes the write lock when a transaction begins, not at its first change."""
    engine = create_engine(url, connect_args={"timeout": SQLITE_WAIT})

    @event.listens_for(engine, "connect")
    def leave_begin_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA analysis_limit = 1000")  # ANALYZE takes a sample of the rows

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
