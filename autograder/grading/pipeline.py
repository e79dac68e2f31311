"""Grading one submission: a notebook in, the graded notebook and its results out."""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import nbformat

from autograder.assignments import Assignment
from autograder.grading.bank import bank
from autograder.grading.judging import judge_submission
from autograder.grading.notebooks import restore
from autograder.grading.outputs import write_outputs
from autograder.grading.submission import play, play_with_stand_in, prepare
from autograder.jail import InfrastructureError, Worker
from course.results import ExerciseResult

log = logging.getLogger(__name__)

ATTEMPTS = 3


@dataclass(frozen=True)
class Graded:
    """A graded submission.

    notebook   the restored notebook with all outputs; grade cells show their results
    exercises  the results, in the order of the notebook
    isolation  "jail" or "process"
    seconds    by the clock that its cells and cases took
    errors     a line for everything that went wrong around the exercises
    """

    notebook: nbformat.NotebookNode
    exercises: Sequence[ExerciseResult]
    isolation: str
    errors: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def score(self) -> float:
        return sum(e.score for e in self.exercises)

    @property
    def max_score(self) -> float:
        return sum(e.max_score for e in self.exercises)


def grade(submitted: nbformat.NotebookNode, assignment: Assignment, worker: Worker) -> Graded:
    """Grade a notebook that `autograder.grading.notebooks.read` returned.

    A worker that fails is replaced and the submission tried again. Raises InfrastructureError
    where that does not help: then there is no grade.
    """
    notebook = restore(submitted, assignment)
    return grade_restored(notebook, assignment, worker)


def grade_restored(
    notebook: nbformat.NotebookNode, assignment: Assignment, worker: Worker
) -> Graded:
    """Grade a notebook that `notebooks.restore` returned; its outputs are replaced."""
    cases = bank(assignment.name)  # not on the submission's time
    for attempt in range(1, ATTEMPTS + 1):
        try:
            prepare(assignment, worker)
            start = time.monotonic()
            outcome = play(notebook, assignment, worker)
            break
        except InfrastructureError as error:
            worker.close()
            if attempt == ATTEMPTS:
                raise
            log.warning("the worker failed, trying again: %s", error)
    again = functools.partial(play_with_stand_in, notebook, assignment, worker)
    exercises = judge_submission(assignment.name, cases, outcome.by_exercise(), again)
    write_outputs(notebook, outcome.outputs, exercises)
    seconds = time.monotonic() - start
    return Graded(notebook, exercises, worker.isolation, outcome.errors, seconds)
