"""What replaces nbgrader's own to save time, against nbgrader's own."""

import copy

import nbformat
import nbgrader.api
import nbgrader.preprocessors
import pytest
from courses import NAME, new_course
from nbgrader.api import Gradebook
from sqlalchemy import Engine, event

from autograder.batch.gradebook import keep_engines
from autograder.nbgrader_plugins.preprocessors import OverwriteCells

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("known") / "course")


@pytest.fixture
def url(course):
    return f"sqlite:///{course / 'gradebook.db'}"


def cells_of(notebook, kind):
    return [c for c in notebook.cells if c.metadata.get("nbgrader", {}).get(kind)]


def other_text(notebook):
    for cell in cells_of(notebook, "grade_id"):
        cell.source += "\n# changed"


def other_points(notebook):
    for cell in cells_of(notebook, "grade"):
        cell.metadata.nbgrader.points = 99.0


def unlocked(notebook):
    for cell in cells_of(notebook, "locked"):
        cell.metadata.nbgrader.locked = False


def other_type(notebook):
    cell = cells_of(notebook, "grade")[0]
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


def unknown(notebook):
    cells_of(notebook, "grade_id")[0].metadata.nbgrader.grade_id = "nobody-knows"


@pytest.mark.parametrize("tamper", [other_text, other_points, unlocked, other_type, unknown])
def test_cells_are_overwritten_as_by_nbgrader(course, url, tamper):
    released = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    tamper(released)
    known = {"notebook": NAME, "assignment": NAME, "db_url": url, "student": "ada"}
    resources = {"nbgrader": known, "unique_key": NAME}
    theirs, _ = nbgrader.preprocessors.OverwriteCells()(copy.deepcopy(released), resources)
    ours, _ = OverwriteCells()(copy.deepcopy(released), resources)
    assert ours == theirs
    assert ours != released


def test_all_cells_are_asked_for_at_once(course, url):
    released = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
    known = {"notebook": NAME, "assignment": NAME, "db_url": url, "student": "ada"}
    asked = []

    def note(_connection, _cursor, statement, *_more):
        if "source_cell" in statement:
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        OverwriteCells()(released, {"nbgrader": known, "unique_key": NAME})
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(cells_of(released, "grade_id")) > 5
    assert len([s for s in asked if s.startswith("SELECT")]) == 1


def test_an_engine_is_kept_and_its_connections_are_not(url, tmp_path, monkeypatch):
    monkeypatch.setattr(nbgrader.api, "create_engine", nbgrader.api.create_engine)
    keep_engines()
    with Gradebook(url) as one:
        one.find_assignment(NAME)
    with Gradebook(url) as two, Gradebook(f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert two.engine is one.engine is not other.engine
        assert two.find_assignment(NAME).name == NAME
        assert other.assignments == []
    assert one.engine.pool.checkedin() == 0
