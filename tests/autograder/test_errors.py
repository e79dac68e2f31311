"""What people cause is one line and exit status 2 or 3, in every command: never a traceback."""

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from courses import NAME, hand_in, new_course
from nbgrader.apps import ExportApp
from processes import obey_permissions

from autograder import cli, database
from autograder.assignments import PROJECT
from autograder.authoring import build, demo
from autograder.grading.records import Run, note
from autograder.nbgrader_plugins import exporters

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
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.0)
    monkeypatch.setattr(demo, "STUDENTS", demo.STUDENTS[:1])
    (folder / demo.MARK).write_text("")  # as if this were an earlier demo's folder
    return folder


@pytest.fixture
def refused(capsys):
    """Runs ``python -m autograder …`` or ``nbgrader export …`` here; returns the only line."""

    def call(*arguments):
        with pytest.raises(SystemExit) as end:
            if arguments[0] == "export":
                export = ExportApp()
                export.log_level = logging.ERROR
                export.initialize(list(arguments[1:]))
                export.start()
            else:
                cli.app(arguments)
        said = capsys.readouterr()
        assert end.value.code in (2, 3), said.err
        assert len(said.err.splitlines()) == 1, said.err
        assert not said.out.strip()
        return said.err

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


CASES = [
    pytest.param(command, damage, id=f"{' '.join(command)}, {damage.__name__}")
    for command in READERS
    for damage in DAMAGES
    if (command[0], damage) != ("demo", empty)  # which is a new one, and the demo fills it
]


@pytest.mark.parametrize("command, damage", CASES)
def test_gradebooks_that_cannot_be_used(command, damage, course, refused):
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


OUTPUTS = {
    "report": ["report", "--out", "{}"],
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


UNFIT = [
    (command, place)
    for command in OUTPUTS
    for place in PLACES
    if (command, place) != ("gradescope", "a folder that is in use")  # its files may go there
]


@pytest.mark.parametrize("command, place", UNFIT)
def test_outputs_that_cannot_be_written(command, place, course, refused):
    if command == "report":
        note(course, Run("ada", NAME, "refused", errors=["so that there is a page"]))
    line = refused(*(part.format(PLACES[place]) for part in OUTPUTS[command]))
    assert PLACES[place].partition("/")[0] in line


@pytest.mark.parametrize("name", EXPORTERS)
def test_exports_that_are_there_already(name, course, refused):
    there = getattr(exporters, name).default
    Path(there).write_text("my own")
    assert f"{there} exists" in refused("export", exporter(name))
    assert Path(there).read_text() == "my own"


def test_a_build_that_cannot_be_written(course, refused, monkeypatch):
    place = course / "nbgrader_config.py" / "x.ipynb"
    monkeypatch.setattr(build, "targets", lambda names: {place: ""})
    assert "nbgrader_config.py" in refused("build")


MODULES = {"nothing.py": None, "a folder": None, "bytes.py": b"\xff", "syntax.py": b"def f(:"}


@pytest.mark.parametrize("name", MODULES)
def test_modules_that_cannot_fill_a_notebook(name, course, refused):
    if MODULES[name] is not None:
        Path(name).write_bytes(MODULES[name])
    if name == "a folder":
        Path(name).mkdir()
    refused("fill", name, "--assignment", "sgd", "--out", "sgd.ipynb")
    assert not Path("sgd.ipynb").exists()


@pytest.mark.parametrize("command", [["report"], ["export", exporter("MoodleExporter")]])
def test_a_folder_without_a_course(command, tmp_path, monkeypatch, refused):
    monkeypatch.chdir(tmp_path)
    assert "go to the course's folder" in refused(*command)
    assert list(tmp_path.iterdir()) == []


IN_A_LOCKED_FOLDER = {
    "bundle": ["autograder", *OUTPUTS["bundle"]],
    "demo": ["autograder", *OUTPUTS["demo"]],
    "fill": ["autograder", *OUTPUTS["fill"]],
    "report": ["autograder", "report", NAME],
    "autograde": ["autograder", "autograde", NAME],
    "export": ["nbgrader", *OUTPUTS["canvas"]],
}


@pytest.mark.parametrize("mode", [0o000, 0o555], ids=["unreadable", "unwritable"])
@pytest.mark.parametrize("command", IN_A_LOCKED_FOLDER)
def test_folders_that_are_locked(command, mode, course):
    """The new files' folder, or all of the course's."""
    folder = course / "locked"
    folder.mkdir()
    arguments = [part.format(folder / "new") for part in IN_A_LOCKED_FOLDER[command]]
    closed = [folder] if str(folder) in " ".join(arguments) else [course / GRADEBOOK, course]
    modes = [path.stat().st_mode for path in closed]
    try:
        for path in closed:
            path.chmod(mode)
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]])},
            preexec_fn=obey_permissions,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    finally:
        for path, before in reversed(list(zip(closed, modes, strict=True))):
            path.chmod(before)
    logged = ("INFO", "WARNING")  # nbgrader's own lines
    problems = [line for line in done.stderr.splitlines() if not any(k in line for k in logged)]
    assert done.returncode in (2, 3), done.stderr
    assert len(problems) == 1, done.stderr
