"""nbgrader's hooks: `nbgrader autograde` grades in the jail, and everything else stays nbgrader's.

``nbgrader_config.py`` puts `SubmissionExporter` and `RestoreCells` before nbgrader's own
sanitizing, a quicker `OverwriteCells` into it, and `GradeSubmission` in the place of its `Execute`;
partial credit goes in as the value of the grade cell, which is nbgrader's own way.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import nbgrader.preprocessors
from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer, TraitType

from autograder import assignments
from autograder.assignments import Assignment
from autograder.grading import notebooks
from autograder.grading import pipeline as grading
from autograder.grading.records import Run, note
from autograder.jail import InfrastructureError, Limits, open_worker
from autograder.jail.limits import described

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


Cells = Mapping[str, Mapping[str, Any]]  # cell id -> its attributes


def known_cells(gradebook: Gradebook, notebook: str, assignment: str) -> Cells:
    """What the gradebook knows of a notebook's cells. Raises MissingEntry."""
    found = gradebook.find_notebook(notebook, assignment)
    cells: dict[str, dict[str, Any]] = {}
    for cell in found.source_cells:
        wanted = ("cell_type", "locked", "source", "checksum")
        cells[cell.name] = {name: getattr(cell, name) for name in wanted}
    for cell in [*found.grade_cells, *found.task_cells]:
        cells[cell.name]["max_score"] = cell.max_score
    return cells


class KnownCells:
    """The gradebook's part that nbgrader's `OverwriteCells` asks for, as data."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells

    def find_source_cell(self, name: str, *_where: str) -> SimpleNamespace:
        if name not in self.cells:
            raise MissingEntry(name)
        return SimpleNamespace(**self.cells[name])

    find_graded_cell = find_source_cell


class OverwriteCells(nbgrader.preprocessors.OverwriteCells):
    """nbgrader's own, which asks the gradebook for all cells at once and not one by one."""

    def preprocess(
        self, nb: nbformat.NotebookNode, resources: Resources
    ) -> tuple[nbformat.NotebookNode, Resources]:
        known = resources["nbgrader"]
        with Gradebook(known["db_url"]) as gradebook:
            cells = known_cells(gradebook, known["notebook"], known["assignment"])
        self.overwrite(nb, resources, cells)
        return nb, resources

    def overwrite(self, nb: nbformat.NotebookNode, resources: Resources, cells: Cells) -> None:
        """Put back what a submission may not change of the cells that the gradebook knows."""
        self.gradebook = KnownCells(cells)
        self.notebook_id = resources["nbgrader"]["notebook"]
        self.assignment_id = resources["nbgrader"]["assignment"]
        for index, cell in enumerate(nb.cells):
            self.preprocess_cell(cell, resources, index)


def _option(limit: Field[Any]) -> TraitType:
    """nbgrader's option for a field of `Limits`."""
    default: Any = limit.default
    kind = Float if isinstance(default, float) else Integer
    return kind(default, help=f"{described(limit)}.").tag(config=True)


class GradeSubmission(NbGraderPreprocessor):
    """Runs the submission in the jail and writes outputs, results and scores into its cells."""

    require_jail = Bool(False, help="Refuse to grade without a jail.").tag(config=True)
    locals().update({limit.name: _option(limit) for limit in fields(Limits)})

    @property
    def limits(self) -> Limits:
        """What a submission may use, as configured."""
        return Limits(**{limit.name: getattr(self, limit.name) for limit in fields(Limits)})

    def preprocess(
        self, nb: nbformat.NotebookNode, resources: Resources
    ) -> tuple[nbformat.NotebookNode, Resources]:
        student, assignment = resources["nbgrader"]["student"], assignment_of(resources)
        run = Run(student, assignment.name)
        try:
            worker = shared_worker(self.limits, require_jail=self.require_jail)
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


shared_worker = functools.cache(open_worker)  # one for all submissions of this process
