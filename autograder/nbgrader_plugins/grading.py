"""nbgrader's hook that grades: `nbgrader autograde` runs and judges submissions in the jail.

``nbgrader_config.py`` puts it in the place of what nbgrader does itself before it saves the scores;
partial credit goes in as the value of the grade cell, which is nbgrader's own way.
"""

from __future__ import annotations

import atexit
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer

from autograder import assignments
from autograder.assignments import Assignment
from autograder.grading import pipeline
from autograder.grading.notebooks import received
from autograder.grading.pipeline import make_plan
from autograder.grading.records import Run, note
from autograder.jail import InfrastructureError, Limits, Worker, policy

Resources = dict[str, Any]


class GradeSubmission(NbGraderPreprocessor):
    """Runs the submission in the jail and writes outputs, results and scores into its cells."""

    require_jail = Bool(False, help="Refuse to grade where bubblewrap does not work.").tag(
        config=True
    )
    cell_seconds = Float(Limits.cell_seconds, help="CPU seconds that one cell may take.").tag(
        config=True
    )
    case_seconds = Float(
        Limits.case_seconds, help="CPU seconds that one case of a property may take."
    ).tag(config=True)
    submission_seconds = Float(
        Limits.submission_seconds, help="Seconds by the clock for a whole submission."
    ).tag(config=True)
    memory = Integer(Limits.memory, help="Bytes for all processes of a submission.").tag(
        config=True
    )
    processes = Integer(Limits.processes, help="How many processes it may have.").tag(config=True)
    output = Integer(
        Limits.output, help="Characters of output that its notebook may hold, in all cells."
    ).tag(config=True)

    @property
    def limits(self) -> Limits:
        """What a submission may use, as configured."""
        return Limits(
            self.cell_seconds,
            self.case_seconds,
            self.submission_seconds,
            self.memory,
            self.processes,
            self.output,
        )

    def preprocess(
        self, nb: nbformat.NotebookNode, resources: Resources
    ) -> tuple[nbformat.NotebookNode, Resources]:
        """The graded notebook in the place of ``nb``, from the file that `reading` names."""
        path, student = resources["submission"], resources["nbgrader"]["student"]
        assignment = assignment_of(resources)
        course = Path.cwd()  # where nbgrader goes for the time that it converts
        run = Run(student, assignment.name)
        try:
            worker = shared_worker(self.limits, self.require_jail)
            plan = make_plan(assignment, config=self.config)
            graded = pipeline.grade(received(path), plan, worker)
        except InfrastructureError as error:
            note(course, replace(run, status="failed", errors=[f"the grader failed: {error}"]))
            raise NbGraderException(f"no grade, try again: {error}") from error
        for line in graded.problems:
            self.log.error("%s: %s", path, line)
        for line in graded.errors:
            self.log.warning("%s: %s", student, line)
        errors = [*graded.problems, *graded.errors]
        note(
            course,
            replace(run, seconds=graded.seconds, isolation=graded.isolation, errors=errors),
        )
        return graded.notebook, resources


def assignment_of(resources: Resources) -> Assignment:
    """The assignment that nbgrader is working on. Raises NbGraderException for a foreign one."""
    name, notebook = resources["nbgrader"]["assignment"], resources["nbgrader"]["notebook"]
    try:
        assignment = assignments.load(name)
    except KeyError:
        known = ", ".join(assignments.NAMES)
        raise NbGraderException(f"no assignment {name!r} in this course; it has {known}") from None
    if notebook != name:
        raise NbGraderException(f"assignment {name!r} has one notebook, {name}.ipynb")
    return assignment


_workers: dict[Limits, Worker] = {}


def shared_worker(limits: Limits, require_jail: bool) -> Worker:
    """The process's one worker with these limits, started when first asked for.

    Warns once where there is no jail. Raises InfrastructureError where one is required.
    """
    reason = policy.why_no_jail()
    if reason and require_jail:
        raise InfrastructureError(f"a jail is required, but {reason}")
    if limits not in _workers:
        if reason:
            pipeline.log.warning("grading without a jail, in a bare process: %s", reason)
        worker = Worker(limits)
        atexit.register(worker.close)
        _workers[limits] = worker
    return _workers[limits]
