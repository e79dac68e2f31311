"""nbgrader's hook that grades: `nbgrader autograde` runs and judges submissions in the jail.

``nbgrader_config.py`` puts it in place of nbgrader's own steps before the scores are saved. Partial
credit is the value of the grade cell, which nbgrader reads.
"""

from __future__ import annotations

import functools
import os
from dataclasses import Field, fields, replace
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float, Integer, TraitType

from autograder import assignments
from autograder.assignments import Assignment
from autograder.errors import Fault
from autograder.grading import pipeline
from autograder.grading.notebooks import received
from autograder.grading.pipeline import make_plan
from autograder.grading.points import cells_of
from autograder.grading.records import Run, note
from autograder.jail import InfrastructureError, Limits, open_worker
from autograder.jail.limits import described

Resources = dict[str, Any]


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
        """The graded notebook, made from the file that `reading` names; ``nb`` is not used."""
        path, student = resources["submission"], resources["nbgrader"]["student"]
        assignment = assignment_of(resources)
        course = Path.cwd()  # nbgrader converts with the course's folder as the current one
        run = Run(student, assignment.name)
        try:
            worker = shared_worker(self.limits, require_jail=self.require_jail)
            plan = make_plan(assignment, self._cells(assignment), self.config)
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

    def _cells(self, assignment: Assignment) -> nbformat.NotebookNode:
        coursedir = CourseDirectory(parent=self, root=os.getcwd())
        try:
            return cells_of(coursedir, assignment, self.config)
        except Fault as fault:
            raise NbGraderException(str(fault)) from None


def assignment_of(resources: Resources) -> Assignment:
    """The assignment that nbgrader is converting. Raises NbGraderException for an unknown one."""
    name, notebook = resources["nbgrader"]["assignment"], resources["nbgrader"]["notebook"]
    try:
        assignment = assignments.load(name)
    except KeyError:
        known = ", ".join(assignments.NAMES)
        raise NbGraderException(f"no assignment {name!r} in this course; it has {known}") from None
    if notebook != name:
        raise NbGraderException(f"assignment {name!r} has one notebook, {name}.ipynb")
    return assignment


shared_worker = functools.cache(open_worker)  # one for all submissions of this process
