"""Grading many submissions at once and saving them as `nbgrader autograde` does.

Workers turn a submitted notebook into the graded one (`autograder.batch.workers`). Everything else
is done here by nbgrader's own code, one submission after the other in the order in which they are
finished: the student and the submission in the gradebook, time stamps, scores, late penalties, file
permissions.

A submission is saved in this order: its files are written to a folder in ``autograded/.partial``,
the gradebook's transaction is committed, the folder is moved to its place. If the process is killed
between these steps, the next run grades the submission again with the same result, since nbgrader
grades each submission that has no folder in ``autograded/``.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections import deque
from collections.abc import Iterator, Sequence

import nbformat
from nbconvert.writers import FilesWriter
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from traitlets import default

from autograder.batch.course import PARTIAL, Course, Done, HandIn
from autograder.batch.gradebook import Writer
from autograder.batch.signals import STOPPING, Signals, Stopped
from autograder.batch.workers import Answer, Pool
from autograder.database import patiently
from autograder.errors import Fault
from autograder.nbgrader_plugins import hooks

# Errors of the disk, by which no other submission could be saved either.
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


class Saver(Autograde):
    """nbgrader's converter, changed to save the answers of workers."""

    def __init__(self, course: Course) -> None:
        super().__init__(coursedir=course.coursedir, parent=course.app)
        self.course = course
        self.writer = FilesWriter(parent=self)

    @default("classes")
    def _classes_default(self) -> list[type]:
        return [FilesWriter]

    @property
    def _output_directory(self) -> str:
        return os.path.join(self.coursedir.autograded_directory, PARTIAL)

    def save(self, hand_in: HandIn, answer: Answer, gradebook: Writer) -> None:
        """Save everything that nbgrader keeps of a graded submission, or nothing of it."""
        name, student = self.coursedir.assignment_id, hand_in.student
        staging = self._format_dest(name, student)
        shutil.rmtree(staging, ignore_errors=True)
        self.notebooks = [hand_in.notebook]
        with gradebook.transaction():
            self.run_pre_convert_hook()
            self.init_assignment(name, student)
            resources = self.init_single_notebook_resources(hand_in.notebook)
            self.write_single_notebook(
                answer["notebook"], resources | {"output_extension": ".ipynb"}
            )
            cells = nbformat.from_dict(json.loads(answer["graded_cells"]))
            graded = nbformat.v4.new_notebook(cells=cells)
            for step in hooks.SAVE:
                graded, resources = step(parent=self)(graded, resources)
            self.set_permissions(name, student)
        _put_in_place(staging, self.course.place(student))
        self.run_post_convert_hook()


def _put_in_place(staging: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.lexists(target):
        older = f"{staging}.older"
        os.rename(target, older)
        os.rename(staging, target)
        shutil.rmtree(older)
    else:
        os.rename(staging, target)


def grade_all(
    course: Course, hand_ins: Sequence[HandIn], pool: Pool, signals: Signals
) -> Iterator[Done]:
    """Grade and save the hand-ins; yields each when it is saved, refused or failed.

    A hand-in whose files changed meanwhile is graded again. Raises Fault if no more can be graded
    or saved, Stopped after a signal; everything that was yielded before is saved.
    """
    saver, gradebook = Saver(course), Writer(course.coursedir.db_url)
    waiting, running = deque(hand_ins), 0
    signals.queue = pool.results
    try:
        while waiting or running:
            while waiting and running < pool.capacity():
                hand_in = waiting.popleft()
                pool.submit(hand_in, course.task(hand_in))
                running += 1
            hand_in, answer = pool.results.get()
            if hand_in is STOPPING:
                raise Stopped(answer)
            if hand_in is None:
                raise answer
            running -= 1
            for line in answer.get("warnings", ()):
                course.warn(line)
            if course.has_changed(hand_in):
                waiting.append(hand_in)
            else:
                done = _saved(saver, hand_in, answer, gradebook)
                course.note(done, answer.get("own_seconds"))
                yield done
    finally:
        signals.queue = None
        gradebook.close()


def _saved(saver: Saver, hand_in: HandIn, answer: Answer, gradebook: Writer) -> Done:
    """Save a graded submission; waits while the database is locked. Raises Fault."""
    record = {
        "student": hand_in.student,
        "assignment": saver.course.assignment,
        "isolation": answer["isolation"],
        "seconds": round(answer["seconds"], 3),
    }
    if answer["status"] != "graded":
        return Done(**record, errors=answer["errors"], status="failed")
    try:
        patiently(lambda: saver.save(hand_in, answer, gradebook))
    except Fault:
        raise
    except NbGraderException as error:
        return Done(**record, errors=[_line(error)], status="refused")
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            raise Fault(f"cannot save: {error}") from None
        return Done(**record, errors=[f"cannot be saved: {_line(error)}"], status="failed")
    return Done(
        **record,
        score=answer["score"],
        max_score=answer["max_score"],
        errors=answer["errors"],
    )


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:300]
