"""The nbgrader course in the current folder: its submissions, and which of them to grade."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import shutil
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbgrader.apps import AutogradeApp
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from sqlalchemy.exc import SAWarning

from autograder.assignments import load
from autograder.batch.files import GRADED, GRADER_FAILED, NOT_GRADED
from autograder.batch.workers import Setup, Task, make_setup
from autograder.errors import Fault
from autograder.grading import notebooks, points, records
from autograder.grading.bank import bank
from autograder.nbgrader_plugins import folders, hooks
from autograder.nbgrader_plugins.grading import GradeSubmission

PARTIAL = ".partial"  # folder in autograded/; hidden, so that nbgrader's patterns do not match it


@dataclass(frozen=True)
class Done:
    """The grading of one hand-in, as `autograde --json` reports it.

    status  "graded"; "refused" if the folder or notebook is not graded; "failed" if the grader
            failed. Only with "graded" there is a score.
    """

    student: str
    assignment: str
    score: float | None = None
    max_score: float | None = None
    isolation: str | None = None
    seconds: float | None = None
    errors: Sequence[str] = ()
    status: str = "graded"

    @property
    def exit_status(self) -> int:
        return {"graded": GRADED, "refused": NOT_GRADED, "failed": GRADER_FAILED}[self.status]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class HandIn:
    """A student's folder with a notebook to grade.

    stamps  inode, size and time of its files when they were read, see `Course.has_changed`
    """

    folder: str
    student: str
    notebook: str
    stamps: Sequence[tuple[int, int, int] | None] = ()


class Course:
    """nbgrader's application, with the configuration in the current folder.

    handler  for nbgrader's log messages
    force    whether to grade submissions again that are graded already

    Raises Fault if the configuration cannot be read or asks for other steps than ours.
    """

    def __init__(self, assignment: str, handler: logging.Handler, *, force: bool = False) -> None:
        self.assignment = assignment
        self.force = force
        self._warned: set[str] = set()
        self.app = AutogradeApp()
        self.app.log_level = logging.WARNING
        try:
            self.app.initialize([])
        except SystemExit:
            raise Fault("nbgrader_config.py cannot be read: see above") from None
        folders.guard()
        # nbgrader's messages go to our handler, without tracebacks.
        self.app.log.handlers[:] = [handler]
        self.app.log.setLevel(logging.WARNING)
        self.app.log.propagate = False
        for log in (self.app.log, logging.getLogger("tornado.application")):
            log.addFilter(_without_traceback)
        # Harmless: nbgrader's way of adding a submission causes it, once in each process.
        warnings.filterwarnings("ignore", category=SAWarning)
        self.coursedir = self.app.coursedir
        self.coursedir.assignment_id = assignment
        hook = GradeSubmission(parent=self.app)
        self.limits, self.require_jail = hook.limits, hook.require_jail
        self._converter = Autograde(coursedir=self.coursedir, parent=self.app)
        _check_hooks(self._converter)

    def warn(self, line: str) -> None:
        """Show a line to the person who started the run, unless it was shown before."""
        if line not in self._warned:
            self._warned.add(line)
            self.app.log.warning("%s", line)

    def agree(self) -> None:
        """Record the points of the source notebook in the gradebook. Raises Fault."""
        line = points.agree(self.coursedir, self.assignment, self.app.config)
        if line:
            self.warn(line)

    def setup(self) -> Setup:
        """The setup for workers, from the source notebook and the configuration. Raises Fault."""
        bank(self.assignment)  # made once, and on disk before the workers look for it
        cells = points.cells_of(self.coursedir, load(self.assignment), self.app.config)
        return make_setup(self.assignment, cells, self.app.config)

    def note(self, done: Done, seconds: float | None = None) -> None:
        """Add the grading to the course's list of runs.

        seconds  wall-clock time of the submission's own cells and cases
        """
        run = records.Run(
            done.student, done.assignment, done.status, seconds, done.isolation, done.errors
        )
        records.note(Path(self.coursedir.root), run)

    def find(self, students: Sequence[str]) -> tuple[list[HandIn], list[Done], int]:
        """The hand-ins to grade, those that are refused, and how many are graded already.

        students  nbgrader's patterns for student ids; an empty sequence means all students
        """
        found: dict[str, list[str]] = {}
        refused: list[Done] = []
        for pattern in students or ["*"]:
            self.coursedir.student_id = pattern
            try:
                reasons = folders.sift(self._converter)
            except NbGraderException:
                refused.append(self._refused(pattern, f"there is no {self._source(pattern)}"))
                continue
            for folder, reason in reasons.items():
                refused.append(self._refused(self._student(folder), f"refused: {reason}"))
            found |= self._converter.assignments
        self.coursedir.student_id = "*"
        due, kept = [], 0
        for folder in sorted(found):
            student = self._student(folder)
            try:
                if self._is_due(folder, student):
                    [notebook] = found[folder]
                    due.append(HandIn(folder, student, notebook))
                else:
                    kept += 1
            except (NbGraderException, OSError) as error:
                refused.append(self._refused(student, str(error)))
        return due, refused, kept

    def _is_due(self, folder: str, student: str) -> bool:
        """The decision of nbgrader's `init_destination`, without deleting an older grading."""
        if student in self.coursedir.student_id_exclude.split(","):
            return False
        target = self.place(student)
        new = self.coursedir.get_existing_timestamp(folder)
        if self.force or not os.path.exists(target):
            return True
        old = self.coursedir.get_existing_timestamp(target)
        return new is not None and old is not None and new > old

    def task(self, hand_in: HandIn) -> Task:
        """The task for a hand-in; records the stamps of its files."""
        hand_in.stamps = _stamps(hand_in)
        try:
            return {"student": hand_in.student, "data": notebooks.read_bytes(hand_in.notebook)}
        except notebooks.DamagedNotebook as damage:
            return {"student": hand_in.student, "damage": str(damage)}

    def has_changed(self, hand_in: HandIn) -> bool:
        """Have its files changed since `task` read them?"""
        return hand_in.stamps != _stamps(hand_in)

    def place(self, student: str) -> str:
        """The folder of a student's graded notebook."""
        path = self.coursedir.format_path(
            self.coursedir.autograded_directory, student, self.assignment
        )
        return os.path.normpath(path)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Context: no other `autograde` runs here, and files of interrupted ones are removed.

        Raises Fault if another one is running.
        """
        root = Path(self.coursedir.format_path(self.coursedir.autograded_directory, ".", "."))
        root = Path(os.path.normpath(root))
        root.mkdir(parents=True, exist_ok=True)
        lock = os.open(root, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise Fault(f"another `autograde` is at work in {root}") from None
        try:
            shutil.rmtree(root / PARTIAL, ignore_errors=True)
            yield
        finally:
            shutil.rmtree(root / PARTIAL, ignore_errors=True)
            os.close(lock)

    def _source(self, student: str, escape: bool = False, assignment: str = "") -> str:
        path: str = self.coursedir.format_path(
            self.coursedir.submitted_directory,
            student,
            assignment or self.assignment,
            escape=escape,
        )
        return path

    def _student(self, folder: str) -> str:
        pattern = self._source("(?P<student_id>.*)", True, "(?P<assignment_id>.*)")
        match = re.match(pattern, folder, re.DOTALL)
        assert match is not None
        return match["student_id"]

    def _refused(self, student: str, reason: str) -> Done:
        return Done(student, self.assignment, errors=[reason], status="refused")


def _stamps(hand_in: HandIn) -> list[tuple[int, int, int] | None]:
    stamps: list[tuple[int, int, int] | None] = []
    for name in (hand_in.notebook, os.path.join(hand_in.folder, "timestamp.txt")):
        try:
            status = os.lstat(name)
            stamps.append((status.st_ino, status.st_size, status.st_mtime_ns))
        except OSError:
            stamps.append(None)
    return stamps


def _check_hooks(converter: Autograde) -> None:
    """Raises Fault if nbgrader_config.py asks for other steps than the workers do."""
    for option, ours in (
        ("sanitize_preprocessors", hooks.SANITIZE),
        ("autograde_preprocessors", hooks.AUTOGRADE),
    ):
        if getattr(converter, option) != ours:
            raise Fault(
                f"c.Autograde.{option} is not as in this repository's nbgrader_config.py: "
                "copy that file here"
            )


def _without_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return "Traceback (most recent call last)" not in record.getMessage()
