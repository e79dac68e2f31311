"""nbgrader's hooks: `nbgrader autograde` grades in the jail, and everything else stays nbgrader's.

``nbgrader_config.py`` puts `SubmissionExporter` and `RestoreCells` before nbgrader's own
sanitizing and `GradeSubmission` in the place of its `Execute`; partial credit goes in as the value
of the grade cell, which is nbgrader's own way.
"""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer

from autograder import assignments, grading, notebooks
from autograder.assignments import Assignment
from autograder.jail import InfrastructureError, Limits, Worker, policy
from autograder.records import Run, note

Resources = dict[str, Any]


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


class SubmissionExporter(NotebookExporter):
    """Reads a submission whatever its state; a damaged one becomes an empty one that says so.

    problems  a line for each thing in the last submission that could not be used
    """

    problems: Sequence[str] = ()

    def from_filename(  # type: ignore[no-untyped-def]
        self, filename: str, resources: Resources | None = None, **kw
    ):
        restoring = any(isinstance(p, RestoreCells) for p in self._preprocessors)
        if not restoring:
            return super().from_filename(filename, resources=resources, **kw)
        try:
            notebook, problems = notebooks.read(filename)
        except notebooks.DamagedNotebook as damage:
            notebook, problems = notebooks.instead_of(str(damage))
        for problem in problems:
            self.log.error("%s: %s", filename, problem)
        self.problems = problems
        return self.from_notebook_node(notebook, resources=resources, **kw)


class RestoreCells(NbGraderPreprocessor):
    """Puts every cell that is not the student's back as it was released."""

    def preprocess(
        self, nb: nbformat.NotebookNode, resources: Resources
    ) -> tuple[nbformat.NotebookNode, Resources]:
        return notebooks.restore(nb, assignment_of(resources)), resources


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
        student, assignment = resources["nbgrader"]["student"], assignment_of(resources)
        run = Run(student, assignment.name)
        try:
            worker = shared_worker(self.limits, self.require_jail)
            graded = grading.grade_restored(nb, assignment, worker)
        except InfrastructureError as error:
            self._note(replace(run, status="failed", errors=[f"the grader failed: {error}"]))
            raise NbGraderException(f"no grade, try again: {error}") from error
        for line in graded.errors:
            self.log.warning("%s: %s", student, line)
        errors = [*getattr(self.parent, "problems", ()), *graded.errors]
        self._note(replace(run, seconds=graded.seconds, isolation=graded.isolation, errors=errors))
        return graded.notebook, resources

    def _note(self, run: Run) -> None:
        """For the report, where nbgrader's converter says which course this is."""
        converter = getattr(self.parent, "parent", None)
        if isinstance(converter, BaseConverter):
            note(Path(converter.coursedir.root), run)


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
            grading.log.warning("grading without a jail, in a bare process: %s", reason)
        worker = Worker(limits)
        atexit.register(worker.close)
        _workers[limits] = worker
    return _workers[limits]
