"""Grading one submission: a file's bytes in, the graded notebook and its results out.

`grade` does all steps. Its callers, the command `grade`, the workers of `autograde` and the hook of
`nbgrader autograde`, only read the submission's file and save the graded notebook and results.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import nbformat
from nbconvert.preprocessors import ClearMetadataPreprocessor, Preprocessor
from nbgrader.preprocessors import CheckCellMetadata, IgnorePattern, LimitOutput
from traitlets.config import Config

from autograder.assignments import Assignment
from autograder.grading.bank import bank
from autograder.grading.judging import judge_submission
from autograder.grading.notebooks import (
    DamagedNotebook,
    instead_of,
    master,
    parse,
    points_of,
    restore,
)
from autograder.grading.outputs import write_outputs
from autograder.grading.submission import Record, play, play_with_stand_in, prepare
from autograder.jail import InfrastructureError, Worker
from course.results import ExerciseResult

log = logging.getLogger(__name__)

ATTEMPTS = 3
# nbgrader's own steps on a graded notebook, in their order; each has options in its configuration.
FINISH = (IgnorePattern, ClearMetadataPreprocessor, LimitOutput, CheckCellMetadata)


@dataclass(frozen=True)
class Plan:
    """What is the same for all submissions of an assignment.

    master  the instructor's cells with their points, see `notebooks.master`
    finish  the steps of `FINISH`, configured
    """

    assignment: Assignment
    master: nbformat.NotebookNode
    finish: Sequence[Preprocessor]


def make_plan(
    assignment: Assignment,
    cells: nbformat.NotebookNode | None = None,
    config: Mapping[str, Any] | None = None,
) -> Plan:
    """The plan of an assignment.

    cells   `notebooks.master` of the course's source notebook; by default of this repository's
    config  nbgrader's configuration
    """
    cells = cells or master(assignment.source_notebook)
    return Plan(assignment, cells, [step(config=Config(config or {})) for step in FINISH])


@dataclass(frozen=True)
class Graded:
    """A graded submission.

    notebook   the restored notebook with all outputs; grade cells show their results
    exercises  the results, in the order of the notebook
    isolation  "jail" or "process"
    seconds    wall-clock time of its cells and cases
    problems   a line for each cell of the file that could not be used
    errors     a line for each cell or property that ended the process, or had no time left
    damaged    whether the file could not be used at all
    """

    notebook: nbformat.NotebookNode
    exercises: Sequence[ExerciseResult]
    isolation: str
    seconds: float
    problems: Sequence[str] = ()
    errors: Sequence[str] = ()
    damaged: bool = False

    @property
    def score(self) -> float:
        return sum(e.score for e in self.exercises)

    @property
    def max_score(self) -> float:
        return sum(e.max_score for e in self.exercises)


def grade(submitted: bytes | DamagedNotebook, plan: Plan, worker: Worker) -> Graded:
    """Grade a submission: the bytes of its file, or what is wrong with the file.

    A damaged one gets a notebook that says so, and no points. Raises InfrastructureError where the
    grader failed: then there is no grade.
    """
    damaged = False
    try:
        if isinstance(submitted, DamagedNotebook):
            raise submitted
        notebook, problems = parse(submitted)
    except DamagedNotebook as damage:
        damaged, notebook, problems = True, instead_of(damage), [str(damage)]
    notebook = restore(notebook, plan.master)
    record, exercises, seconds = _judged(notebook, plan, worker)
    write_outputs(notebook, record.outputs, exercises)
    for step in plan.finish:
        notebook, _ = step(notebook, {})
    return Graded(notebook, exercises, worker.isolation, seconds, problems, record.errors, damaged)


def _judged(
    notebook: nbformat.NotebookNode, plan: Plan, worker: Worker
) -> tuple[Record, list[ExerciseResult], float]:
    """The record of a restored notebook's cells and cases, the results, and the seconds it took.

    A worker that fails is replaced and the submission tried again. Raises InfrastructureError
    after `ATTEMPTS` failures.
    """
    assignment, points = plan.assignment, points_of(plan.master)
    cases = {  # made before the clock starts, since this can take seconds
        exercise: made for exercise, made in bank(assignment.name).items() if exercise in points
    }
    for attempt in range(1, ATTEMPTS + 1):
        try:
            prepare(assignment, worker)
            start = time.monotonic()
            record = play(notebook, assignment, worker)
            break
        except InfrastructureError as error:
            worker.close()
            if attempt == ATTEMPTS:
                raise
            log.warning("the worker failed, trying again: %s", error)
    again = functools.partial(play_with_stand_in, notebook, assignment, worker)
    results = judge_submission(assignment.name, cases, record.by_exercise(), again)
    exercises = [scaled(result, points[result.id]) for result in results]
    return record, exercises, time.monotonic() - start


def scaled(result: ExerciseResult, points: float) -> ExerciseResult:
    """The result with the exercise worth ``points``; its properties keep their shares."""
    if points == result.max_score:
        return result
    factor = points / result.max_score
    return replace(
        result,
        properties=[
            replace(p, points=p.points * factor, score=p.score * factor) for p in result.properties
        ],
    )
