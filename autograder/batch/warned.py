"""Collecting the warnings of workers, to show them to the person who started the run."""

from __future__ import annotations

import logging
import threading

LOGGERS = ("autograder", "course", "traitlets", "py.warnings")  # traitlets': nbgrader's steps
MAX_LINE = 300  # characters of a warning


class Warned(logging.Handler):
    """A log handler that collects warnings as lines, only those of the thread that created it.

    A Dask worker may grade in several threads, and its other threads log messages too.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self._lines: list[str] = []
        for name in LOGGERS:
            logging.getLogger(name).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._lines.append(" ".join(record.getMessage().split())[:MAX_LINE])

    def take(self) -> list[str]:
        """The lines since the last call."""
        lines, self._lines = self._lines, []
        return lines

    def close(self) -> None:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self)
        super().close()
