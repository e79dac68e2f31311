"""What workers warn of, on its way to the person who started the run."""

from __future__ import annotations

import logging
import threading

LOGGERS = ("autograder", "course", "traitlets", "py.warnings")  # traitlets': nbgrader's steps
LONGEST = 300  # characters of a line


class Warned(logging.Handler):
    """Keeps the warnings of the thread that made it, as lines, until they are taken.

    A Dask worker may grade in several threads, and has messages of its own.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread = threading.get_ident()
        self._lines: list[str] = []
        for name in LOGGERS:
            logging.getLogger(name).addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._lines.append(" ".join(record.getMessage().split())[:LONGEST])

    def take(self) -> list[str]:
        """The lines since the last time."""
        lines, self._lines = self._lines, []
        return lines

    def close(self) -> None:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self)
        super().close()
