"""`python -m autograder autograde`: what `nbgrader autograde` does, many submissions at once.

Workers turn a submitted notebook into the graded one (`autograder.batch.workers`); what belongs to
a student's place in the course stays nbgrader's own code and runs here, one submission after the
other in the order in which they are finished: the student and the submission in the gradebook, time
stamps, scores, late penalties, file permissions.

A submission is saved in this order: its files are written to a folder of their own,
``autograded/.partial``, the gradebook's transaction is committed, the folder is moved to its place.
Whoever is killed between two of these leaves a submission that the next run grades again, to the
same result, since nbgrader grades what has no folder in ``autograded/``.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import logging
import os
import re
import shutil
import signal
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import nbformat
from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import AutogradeApp
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from sqlalchemy.exc import SAWarning
from traitlets import default

from autograder.batch import gradebook
from autograder.batch.files import GRADED, GRADER_FAILED, NOT_GRADED
from autograder.batch.workers import Answer, Pool, Setup, Task, make_setup
from autograder.errors import Fault
from autograder.grading import notebooks, records
from autograder.grading.bank import bank
from autograder.nbgrader_plugins import folders
from autograder.nbgrader_plugins.preprocessors import Cells, GradeSubmission, known_cells

PARTIAL = ".partial"  # hidden, so that nbgrader's patterns pass over it
LOCK_SECONDS = 30.0  # that a database may be locked or away
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)  # not one submission's trouble
STOPPING = object()

T = TypeVar("T")

# What workers and this module do in the place of nbgrader's lists of preprocessors.
SANITIZE = ["RestoreCells", "OverwriteCells"]
FINISH = [
    "GradeSubmission",
    "IgnorePattern",
    "ClearMetadataPreprocessor",
    "LimitOutput",
    "SaveAutoGrades",
    "AssignLatePenalties",
    "CheckCellMetadata",
]


class Stopped(KeyboardInterrupt):
    """A signal asked for the end; ``status`` is the exit status that says so.

    Libraries let a KeyboardInterrupt through. Any other error they may take for one of their own:
    traitlets went on without the configuration, dateutil without the time, Hypothesis said that a
    strategy is flaky.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


class Signals:
    """Context: Ctrl-C and SIGTERM end the run, but never in the middle of a save.

    They raise Stopped, or go into ``queue`` where there is one. The second is obeyed as usual.
    """

    def __init__(self) -> None:
        self.queue: SimpleQueue[tuple[Any, Any]] | None = None
        # Known before the first can come.
        numbers = (signal.SIGINT, signal.SIGTERM)
        self._before: dict[int, Any] = {int(n): signal.getsignal(n) for n in numbers}

    def __enter__(self) -> Signals:
        for number in self._before:
            signal.signal(number, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, _frame: object) -> None:
        signal.signal(number, self._before[number])
        if self.queue is None:
            raise Stopped(number)
        self.queue.put((STOPPING, number))


@dataclass(frozen=True)
class Done:
    """What became of one submission.

    status  "graded"; "refused" for a folder that is not graded; "failed" where the grader failed.
            Only the first has a score.
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
class Submission:
    """A submission that is to be graded; ``seen`` tells whether its files are still the same."""

    folder: str
    student: str
    notebooks: list[str]
    seen: list[Any] = field(default_factory=list)


class Course:
    """nbgrader's application, with the configuration of the folder that we are in.

    handler  for what nbgrader has to say

    Raises Fault where the configuration or the gradebook is not fit for this command.
    """

    def __init__(self, assignment: str, handler: logging.Handler, *, force: bool = False) -> None:
        self.assignment = assignment
        self.app = AutogradeApp()
        self.app.log_level = logging.WARNING
        try:
            self.app.initialize([])
        except SystemExit:
            raise Fault("nbgrader_config.py cannot be read: see above") from None
        folders.guard()
        # nbgrader's messages go where ours go, and without tracebacks.
        self.app.log.handlers[:] = [handler]
        self.app.log.setLevel(logging.WARNING)
        self.app.log.propagate = False
        for log in (self.app.log, logging.getLogger("tornado.application")):
            log.addFilter(_without_traceback)
        # nbgrader's own way of adding a submission, harmless, but told once for each process.
        warnings.filterwarnings("ignore", category=SAWarning)
        self.app.coursedir.assignment_id = assignment
        self.converter = ParallelAutograde(coursedir=self.app.coursedir, parent=self.app)
        self.converter.force = force
        hook = GradeSubmission(parent=self.app)
        self.limits, self.require_jail = hook.limits, hook.require_jail
        _check_steps(self.converter)

    def setup(self) -> Setup:
        """What workers need to know, from the gradebook and the configuration."""
        bank(self.assignment)  # on disk before the workers look for it
        return make_setup(self.assignment, patiently(self._cells), self.app.config)

    def note(self, done: Done, seconds: float | None = None) -> None:
        """For the report: ``seconds`` are those of the submission's own cells and cases."""
        run = records.Run(
            done.student, done.assignment, done.status, seconds, done.isolation, done.errors
        )
        records.note(Path(self.app.coursedir.root), run)

    def _cells(self) -> Cells:
        coursedir, name = self.app.coursedir, self.assignment
        with Gradebook(coursedir.db_url, coursedir.course_id) as book:
            try:
                return known_cells(book, name, name)
            except MissingEntry:
                raise Fault(
                    f"the gradebook does not know {name}: run `nbgrader generate_assignment {name}`"
                ) from None


class ParallelAutograde(Autograde):
    """nbgrader's converter, which saves what workers have graded."""

    @default("classes")
    def _classes_default(self) -> list[type]:
        return [FilesWriter]

    @property
    def _output_directory(self) -> str:
        return os.path.join(self.coursedir.autograded_directory, PARTIAL)

    def find(self, students: Sequence[str]) -> tuple[list[Submission], list[Done], int]:
        """What is to be graded, what is refused, and how many are graded already.

        students  nbgrader's patterns for student ids; none means all
        """
        found: dict[str, list[str]] = {}
        refused: list[Done] = []
        for pattern in students or ["*"]:
            self.coursedir.student_id = pattern
            try:
                reasons = folders.sift(self)
            except NbGraderException:
                refused.append(self._done(pattern, [f"there is no {self._source(pattern)}"]))
                continue
            for folder, reason in reasons.items():
                refused.append(self._done(self._student(folder), [f"refused: {reason}"]))
            found |= self.assignments
        self.coursedir.student_id = "*"
        wanted, kept = [], 0
        for folder in sorted(found):
            student = self._student(folder)
            try:
                if self._is_due(folder, student):
                    wanted.append(Submission(folder, student, found[folder]))
                else:
                    kept += 1
            except (NbGraderException, OSError) as error:
                refused.append(self._done(student, [str(error)]))
        return wanted, refused, kept

    def _is_due(self, folder: str, student: str) -> bool:
        """What `init_destination` decides, without removing anything yet."""
        if student in self.coursedir.student_id_exclude.split(","):
            return False
        target = self._place(student)
        new = self.coursedir.get_existing_timestamp(folder)
        if self.force or not os.path.exists(target):
            return True
        old = self.coursedir.get_existing_timestamp(target)
        return new is not None and old is not None and new > old

    def task(self, submission: Submission) -> Task:
        """The submission as workers get it; notes what its files look like."""
        submission.seen = self._look(submission)
        try:
            return {
                "student": submission.student,
                "data": notebooks.read_bytes(submission.notebooks[0]),
            }
        except notebooks.DamagedNotebook as damage:
            return {"student": submission.student, "damage": str(damage)}

    def has_changed(self, submission: Submission) -> bool:
        """Was it handed in anew while it was graded?"""
        return submission.seen != self._look(submission)

    def save(self, submission: Submission, answer: Answer, writer: gradebook.Writer) -> None:
        """Everything that nbgrader keeps of a graded submission: all of it or nothing."""
        name, student = self.coursedir.assignment_id, submission.student
        staging = self._format_dest(name, student)
        shutil.rmtree(staging, ignore_errors=True)
        self.notebooks = list(submission.notebooks)
        with writer.transaction():
            self.run_pre_convert_hook()
            self.init_assignment(name, student)
            resources = self.init_single_notebook_resources(self.notebooks[0])
            self.write_single_notebook(
                answer["notebook"], resources | {"output_extension": ".ipynb"}
            )
            cells = nbformat.from_dict(json.loads(answer["graded_cells"]))
            graded = nbformat.v4.new_notebook(cells=cells)
            for step in (SaveAutoGrades, AssignLatePenalties):
                graded, resources = step(parent=self)(graded, resources)
            self.set_permissions(name, student)
        self._put_in_place(staging, self._place(student))
        self.run_post_convert_hook()

    def _put_in_place(self, staging: str, target: str) -> None:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.lexists(target):
            older = f"{staging}.older"
            os.rename(target, older)
            os.rename(staging, target)
            shutil.rmtree(older)
        else:
            os.rename(staging, target)

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Context: no other run of this command writes here; leftovers of earlier ones are gone."""
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

    def _look(self, submission: Submission) -> list[Any]:
        names = [*submission.notebooks, os.path.join(submission.folder, "timestamp.txt")]
        seen: list[Any] = []
        for name in names:
            try:
                status = os.lstat(name)
                seen.append((status.st_ino, status.st_size, status.st_mtime_ns))
            except OSError:
                seen.append(None)
        return seen

    def _student(self, folder: str) -> str:
        pattern = self._format_source("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True)
        match = re.match(pattern, folder, re.DOTALL)
        assert match is not None
        return match["student_id"]

    def _source(self, student: str) -> str:
        return self._format_source(self.coursedir.assignment_id, student)

    def _place(self, student: str) -> str:
        path = self.coursedir.format_path(
            self.coursedir.autograded_directory, student, self.coursedir.assignment_id
        )
        return os.path.normpath(path)

    def _done(self, student: str, errors: Sequence[str]) -> Done:
        return Done(student, self.coursedir.assignment_id, errors=errors, status="refused")


def grade_all(
    course: Course, submissions: Sequence[Submission], pool: Pool, signals: Signals
) -> Iterator[Done]:
    """What became of each submission, as it is saved.

    Raises Fault where nothing more can be graded or saved, Stopped after a signal; in both cases
    what was yielded is saved.
    """
    converter, waiting, running = course.converter, deque(submissions), 0
    converter.writer = FilesWriter(parent=converter)
    writer = gradebook.Writer(course.app.coursedir.db_url)
    signals.queue = pool.results
    try:
        while waiting or running:
            while waiting and running < pool.capacity():
                submission = waiting.popleft()
                pool.submit(submission, converter.task(submission))
                running += 1
            submission, answer = pool.results.get()
            if submission is STOPPING:
                raise Stopped(answer)
            if submission is None:
                raise answer
            running -= 1
            if converter.has_changed(submission):
                waiting.append(submission)
            else:
                done = _saved(course, submission, answer, writer)
                course.note(done, answer.get("own_seconds"))
                yield done
    finally:
        signals.queue = None
        writer.close()


def _saved(
    course: Course, submission: Submission, answer: Answer, writer: gradebook.Writer
) -> Done:
    """Save a graded submission, patiently where the database is locked. Raises Fault."""
    record = {
        "student": submission.student,
        "assignment": course.assignment,
        "isolation": answer["isolation"],
        "seconds": round(answer["seconds"], 3),
    }
    if answer["status"] != "graded":
        return Done(**record, errors=answer["errors"], status="failed")
    try:
        patiently(lambda: course.converter.save(submission, answer, writer))
    except Fault:
        raise
    except NbGraderException as error:
        return Done(**record, errors=[_line(error)], status="refused")
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise Fault(f"cannot save: {error}") from None
        return Done(**record, errors=[f"cannot be saved: {_line(error)}"], status="failed")
    return Done(
        **record,
        score=answer["score"],
        max_score=answer["max_score"],
        errors=answer["errors"],
    )


def patiently(action: Callable[[], T]) -> T:
    """What the action returns, tried again for some seconds where the database is to blame.

    Raises Fault where that does not help.
    """
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            return action()
        except Exception as error:
            reason = gradebook.database_fault(error)
            if not reason:
                raise
            if time.monotonic() > until or "full" in reason:
                raise Fault(f"the gradebook cannot be used: {reason}") from None
        time.sleep(0.5)


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]


def _check_steps(converter: Autograde) -> None:
    """Raises Fault where nbgrader_config.py asks for steps that workers do not know."""
    for option, known in (
        ("sanitize_preprocessors", SANITIZE),
        ("autograde_preprocessors", FINISH),
    ):
        names = [
            step.rpartition(".")[2] if isinstance(step, str) else step.__name__
            for step in getattr(converter, option)
        ]
        if names != known:
            raise Fault(
                f"c.Autograde.{option} is not that of this course's nbgrader_config.py: "
                "copy that here, or use `nbgrader autograde`"
            )


def _without_traceback(record: logging.LogRecord) -> bool:
    record.exc_info = None
    return "Traceback (most recent call last)" not in record.getMessage()
