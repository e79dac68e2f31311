"""What stands in the place of nbgrader's own, against nbgrader's own."""

import copy
import os

import nbformat
import nbgrader.api
import nbgrader.preprocessors
import pytest
from courses import NAME, new_course
from nbgrader.api import Gradebook

from autograder.batch.gradebook import keep_engines
from autograder.grading import notebooks
from autograder.grading.notebooks import master, parse, restore

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


@pytest.fixture
def released(course):
    return nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)


def overwritten(notebook, url):
    """What nbgrader's own step makes of a notebook, from the cells in the gradebook."""
    known = {"notebook": NAME, "assignment": NAME, "db_url": url, "student": "ada"}
    resources = {"nbgrader": known, "unique_key": NAME}
    return nbgrader.preprocessors.OverwriteCells()(copy.deepcopy(notebook), resources)[0]


@pytest.mark.parametrize("tamper", [other_text, other_points, unlocked, other_type, unknown])
def test_nbgrader_would_overwrite_nothing_in_what_was_restored(course, released, url, tamper):
    tamper(released)
    assert overwritten(released, url) != released
    parsed, _ = parse(nbformat.writes(released).encode())
    restored = restore(parsed, master(course / "source" / NAME / f"{NAME}.ipynb"))
    assert overwritten(restored, url) == restored


def test_the_cells_are_made_once_for_a_class(course, monkeypatch):
    """For as long as the source notebook and the configuration are the same."""
    made = []
    monkeypatch.setattr(notebooks, "_masters", {})
    monkeypatch.setattr(notebooks, "_made_master", lambda *_: made.append(1) or object())
    path = course / "source" / NAME / f"{NAME}.ipynb"
    os.utime(path)
    assert master(path) is master(path)
    assert master(path, {"ClearSolutions": {"text_stub": "…"}}) is not master(path)
    assert len(made) == 2
    os.utime(path, ns=(0, 0))
    assert master(path) is master(path)
    assert len(made) == 3


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
