"""The command `grade`: a report on each notebook, as data, text and JSON."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import assignments
from autograder.assignments import Assignment
from autograder.grading import pipeline
from autograder.grading.bank import bank
from autograder.grading.notebooks import received
from autograder.grading.pipeline import make_plan
from autograder.grading.records import as_json
from autograder.jail import InfrastructureError, Worker
from course.messages import as_text
from course.results import ExerciseResult

GRADED, NOT_GRADED, GRADER_FAILED = 0, 1, 3


@dataclass(frozen=True)
class Report:
    """The grades of one notebook. ``score`` is None if the grader itself failed."""

    notebook: str
    assignment: str | None
    score: float | None
    max_score: float
    isolation: str
    exercises: Sequence[ExerciseResult] = ()
    errors: Sequence[str] = ()
    exit_status: int = GRADED

    def as_json(self) -> dict[str, Any]:
        """The object of SPEC's `grade --json`."""
        return {
            "notebook": self.notebook,
            "assignment": self.assignment,
            "score": self.score,
            "max_score": self.max_score,
            "isolation": self.isolation,
            "exercises": [as_json(exercise) for exercise in self.exercises],
            "errors": list(self.errors),
        }

    def as_text(self) -> str:
        score = "no grade" if self.score is None else f"{self.score:g} of {self.max_score:g}"
        lines = [f"{self.notebook}: {score}  [{self.isolation}]"]
        lines += [f"  error: {line}" for line in self.errors]
        lines += ["  " + line for e in self.exercises for line in as_text(e).splitlines()]
        return "\n".join(lines)


def grade_files(
    paths: Iterable[Path], worker: Worker, forced: Assignment | None = None
) -> Iterator[Report]:
    """A report for each file, in order; closes the worker at the end.

    forced  the assignment of all files; by default the name of each file is that of its assignment
    """
    paths = list(paths)
    with worker, ThreadPoolExecutor(1) as warming:
        # The worker starts while the bank of cases is made.
        started = warming.submit(_start, worker)
        for name in {(forced.name if forced else path.stem) for path in paths}:
            if name in assignments.NAMES:
                bank(name)
        started.result()
        for path in paths:
            yield grade_file(path, forced, worker)


def _start(worker: Worker) -> None:
    with contextlib.suppress(InfrastructureError):  # each submission tries again, and reports it
        worker.start()


def grade_file(path: Path, forced: Assignment | None, worker: Worker) -> Report:
    """The report on one file. Errors of the file or of the grader are part of the report."""
    assignment = forced
    if assignment is None:
        try:
            assignment = assignments.load(path.stem)
        except KeyError:
            known = ", ".join(assignments.NAMES)
            line = f"the file name does not say the assignment ({known}): use --assignment"
            return _failed(path, None, worker, line, NOT_GRADED)
    try:
        graded = pipeline.grade(received(path), make_plan(assignment), worker)
    except InfrastructureError as error:
        return _failed(path, assignment, worker, f"the grader failed: {error}", GRADER_FAILED)
    except Exception as error:
        pipeline.log.debug("the grader failed", exc_info=True)
        line = f"the grader failed: {type(error).__name__}: {error}"
        return _failed(path, assignment, worker, line.splitlines()[0].rstrip(": "), GRADER_FAILED)
    if graded.damaged:
        return _failed(path, assignment, worker, graded.problems[0], NOT_GRADED)
    return Report(
        str(path),
        assignment.name,
        graded.score,
        graded.max_score,
        graded.isolation,
        graded.exercises,
        [*graded.problems, *graded.errors],
    )


def _failed(
    path: Path, assignment: Assignment | None, worker: Worker, line: str, status: int
) -> Report:
    most = assignment.points if assignment else 0.0
    score = None if status == GRADER_FAILED else 0.0
    name = assignment.name if assignment else None
    return Report(str(path), name, score, float(most), worker.isolation, (), [line], status)
