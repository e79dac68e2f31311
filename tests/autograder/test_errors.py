"""What people cause is one line and exit status 2 or 3, in every command: never a traceback."""

import os
import shutil
import sqlite3
import sys

import pytest
from courses import NAME, hand_in, new_course
from nbgrader.apps import ExportApp

from autograder import cli
from autograder.assignments import PROJECT
from autograder.authoring import demo
from autograder.batch import saving

GRADEBOOK = "gradebook.db"
CONFIG = f'c.CourseDirectory.db_url = "sqlite:///{GRADEBOOK}?timeout=0.1"\n'
EXPORTERS = ["CanvasExporter", "MoodleExporter", "GradescopeExporter", "GitHubClassroomExporter"]


def exporter(name):
    return f"--exporter=autograder.nbgrader_plugins.exporters.{name}"


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    course = new_course(tmp_path_factory.mktemp("errors") / "course", CONFIG)
    hand_in(course, "ada", "{}")
    return course


@pytest.fixture
def course(made, tmp_path, monkeypatch):
    """A course folder of the test's own, in which it is; databases are not waited for."""
    folder = shutil.copytree(made, tmp_path / "course")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(saving, "LOCK_SECONDS", 0.0)
    monkeypatch.setattr(demo, "STUDENTS", demo.STUDENTS[:1])
    (folder / demo.MARK).write_text("")  # as if this were an earlier demo's folder
    return folder


@pytest.fixture
def refused(monkeypatch, capsys):
    """Runs ``python -m autograder …`` or ``nbgrader export …`` here; returns the only line."""

    def call(*arguments):
        with pytest.raises(SystemExit) as end:
            if arguments[0] == "export":
                app = ExportApp()
                app.log_level = 40  # errors
                app.initialize(list(arguments[1:]))
                app.start()
            else:
                monkeypatch.setattr(sys, "argv", ["autograder", *arguments])
                cli.main()
        said = capsys.readouterr()
        assert end.value.code in (2, 3), said.err
        assert len(said.err.splitlines()) == 1, said.err
        assert not said.out.strip()
        return said.err.strip()

    return call


def truncated(path):
    os.truncate(path, path.stat().st_size // 2)


def cut_in_the_header(path):
    os.truncate(path, 50)


def empty(path):
    os.truncate(path, 0)


def text(path):
    path.write_text("student,score\n" * 1000)


def replaced_by_a_folder(path):
    path.unlink()
    path.mkdir()


def locked(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


DAMAGES = [truncated, cut_in_the_header, empty, text, replaced_by_a_folder, locked]
READERS = [
    ["report"],
    ["report", NAME],
    ["autograde", NAME],
    ["demo", "."],
    *(["export", exporter(name)] for name in EXPORTERS),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("command", READERS, ids=lambda c: " ".join(c).rpartition(".")[2] or "demo")
def test_gradebooks_that_cannot_be_used(command, damage, course, refused):
    if command[0] == "demo" and damage is empty:
        pytest.skip("an empty gradebook is a new one: the demo fills it")
    before = set(course.iterdir())
    connection = damage(course / GRADEBOOK)
    try:
        line = refused(*command)
    finally:
        if connection:
            connection.close()
    assert "gradebook" in line or "has been graded here" in line
    if command[0] != "demo":
        assert {p.name for p in set(course.iterdir()) - before} <= {"autograded"}


def other_file(folder):
    (folder / "mine").write_text("my own")


OUTPUTS = {
    "bundle": ["bundle", "--out", "{}"],
    "demo": ["demo", "{}"],
    "fill": ["fill", str(PROJECT / "solutions" / "sgd.py"), "--assignment", "sgd", "--out", "{}"],
    "canvas": ["export", exporter("CanvasExporter"), "--to", "{}"],
    "gradescope": ["export", exporter("GradescopeExporter"), "--to", "{}"],
    "classroom": ["export", exporter("GitHubClassroomExporter"), "--to", "{}"],
}
PLACES = {
    "a path below a file": "nbgrader_config.py/new",
    "a folder that is in use": "source",
    "a name that is too long": "x" * 300,
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", OUTPUTS)
def test_outputs_that_cannot_be_written(command, place, course, refused):
    if (command, place) == ("gradescope", "a folder that is in use"):
        pytest.skip("--to names a folder that Gradescope's files may go to")
    line = refused(*(part.format(PLACES[place]) for part in OUTPUTS[command]))
    assert PLACES[place].partition("/")[0] in line
