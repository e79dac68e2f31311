"""The points of a cell are those in the course's own source notebook.

nbgrader records cells and points in the gradebook when an assignment is generated. If somebody has
changed points since then, in the gradebook or in the notebook, the notebook's points are recorded
before anything is graded, as `nbgrader generate_assignment` would do. If the cells themselves
differ, grading is refused: to replace them would delete the grades that submissions already have.
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
    """`notebooks.master` of the course's source notebook. Raises Fault."""
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
    """Record the source notebook's points in the gradebook.

    Returns a line that names the changes, "" where there were none. Raises Fault where the notebook
    is damaged, or where the gradebook lacks the assignment or has other cells.
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
        "submissions graded earlier keep their old scores until graded again with --force"
    )


def difference(coursedir: CourseDirectory, gradebook: Gradebook, name: str) -> str:
    """A line on how the points in gradebook and source notebook differ, "" where they agree."""
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

    If the gradebook does not know the assignment: the sum of the points of the properties.
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
    """The cells whose points in the gradebook differ from these, as text; "" for none."""
    noted = {cell.name: cell.max_score for cell in _graded(notebook)}
    return ", ".join(
        f"{name} {worth:g}, not {noted[name]:g}"
        for name, worth in points.items()
        if name in noted and noted[name] != worth
    )


def _ids(cells: nbformat.NotebookNode) -> set[str]:
    """The ids of the cells that nbgrader records in the gradebook."""
    kinds = (is_grade, is_solution, is_locked, is_task)
    return {c.metadata.nbgrader.grade_id for c in cells.cells if any(is_(c) for is_ in kinds)}
