"""The course's own source notebook says what each cell is worth, in the gradebook as well.

nbgrader notes cells and points in the gradebook when an assignment is generated. Where somebody
changed points since, there or in the notebook, those of the notebook are noted before anything is
graded, as `nbgrader generate_assignment` would do. Other cells are refused: those of a submission
that was graded would be lost.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Assignment as AssignmentRow
from nbgrader.api import Gradebook, GradeCell, MissingEntry, Notebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from autograder import assignments
from autograder.assignments import Assignment
from autograder.database import patiently
from autograder.errors import Fault
from autograder.grading import notebooks


def source_notebook(coursedir: CourseDirectory, name: str) -> Path:
    """The instructor's notebook of an assignment in a course's folder."""
    folder = coursedir.format_path(coursedir.source_directory, ".", name)
    return Path(os.path.normpath(folder), f"{name}.ipynb")


def cells_of(
    coursedir: CourseDirectory, assignment: Assignment, config: Mapping[str, Any]
) -> nbformat.NotebookNode:
    """What `notebooks.master` makes of the course's source notebook. Raises Fault."""
    path = source_notebook(coursedir, assignment.name)
    try:
        cells = notebooks.master(path, config)
    except notebooks.DamagedNotebook as damage:
        raise Fault(f"{path}: {damage}") from None
    tests = {c.metadata.nbgrader.grade_id for c in cells.cells if notebooks.is_autograded(c)}
    unknown = sorted(tests - {exercise.id for exercise in assignment.exercises})
    if unknown:
        raise Fault(
            f"{path} has test cells that this grader has no cases for: {', '.join(unknown)}"
        )
    return cells


def agree(coursedir: CourseDirectory, name: str, config: Mapping[str, Any]) -> str:
    """Note the source's points in the gradebook: a line about what that changed, "" for nothing.

    Raises Fault where the notebook or the gradebook is not fit for grading.
    """
    cells = cells_of(coursedir, assignments.load(name), config)
    path = source_notebook(coursedir, name)
    return patiently(lambda: _agree(coursedir, name, cells, path))


def _agree(coursedir: CourseDirectory, name: str, cells: nbformat.NotebookNode, path: Path) -> str:
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            notebook = gradebook.find_notebook(name, name)
        except MissingEntry:
            raise Fault(
                f"the gradebook does not know {name}: run `nbgrader generate_assignment {name}`"
            ) from None
        points = notebooks.points_of(cells)
        others = {cell.name for cell in notebook.source_cells} ^ _ids(cells)
        others |= {cell.name for cell in _graded(notebook)} ^ set(points)
        if others:
            raise Fault(
                f"{path} and the gradebook differ in cells: {', '.join(sorted(others))}; run "
                f"`nbgrader generate_assignment {name} --force`"
            )
        changes = _changes(notebook, points)
        if not changes:
            return ""
        for cell in _graded(notebook):
            cell.max_score = points[cell.name]
        gradebook.db.commit()
    return (
        f"the gradebook now has the points of {path}: {changes}; "
        "what was graded before has its old scores until it is graded with --force"
    )


def difference(coursedir: CourseDirectory, gradebook: Gradebook, name: str) -> str:
    """A line where the gradebook has other points than the source notebook, "" where not."""
    path = source_notebook(coursedir, name)
    try:
        points = notebooks.points_of(notebooks.master(path))
        changes = _changes(gradebook.find_notebook(name, name), points)
    except (MissingEntry, notebooks.DamagedNotebook):
        return ""
    if not changes:
        return ""
    return (
        f"the gradebook has other points than {path}: {changes}; "
        f"run `nbgrader autograde {name} --force`"
    )


def points_in(gradebook: Gradebook, name: str) -> dict[str, float]:
    """Exercise -> its points in the gradebook, in the order of the notebook.

    Where the gradebook does not know the assignment, the points of its properties.
    """
    rows = (
        gradebook.db.query(GradeCell.name, GradeCell.max_score)
        .join(Notebook, Notebook.id == GradeCell.notebook_id)
        .join(AssignmentRow, AssignmentRow.id == Notebook.assignment_id)
        .filter(AssignmentRow.name == name)
    )
    noted = dict(map(tuple, rows))
    exercises = {e.id: e.points for e in assignments.load(name).exercises}
    return {i: noted.get(i, p) for i, p in exercises.items() if not noted or i in noted}


def _graded(notebook: Notebook) -> list[Any]:
    """The gradebook's cells that are worth points."""
    return [*notebook.grade_cells, *notebook.task_cells]


def _changes(notebook: Notebook, points: Mapping[str, float]) -> str:
    """Which of the gradebook's cells are worth something else, "" where none is."""
    noted = {cell.name: cell.max_score for cell in _graded(notebook)}
    return ", ".join(
        f"{name} {worth:g}, not {noted[name]:g}"
        for name, worth in points.items()
        if name in noted and noted[name] != worth
    )


def _ids(cells: nbformat.NotebookNode) -> set[str]:
    """The cells that nbgrader notes in the gradebook."""
    kinds = (is_grade, is_solution, is_locked, is_task)
    return {c.metadata.nbgrader.grade_id for c in cells.cells if any(is_(c) for is_ in kinds)}
