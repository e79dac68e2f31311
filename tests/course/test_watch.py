"""`python -m course check` on what people have: folders, other kernels, saved again and again."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from autograder.assignments import PROJECT, load
from autograder.authoring.fill import fill
from course import watch
from course.errors import NotebookError
from course.notebook import code_cells

RIGHT = (PROJECT / "solutions" / "sgd.py").read_text()
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]])}


def short(module: str) -> str:
    """A filled notebook without the lesson's own demonstrations, which take time."""
    notebook = fill(module, load("sgd"))
    needed = [c for c in notebook.cells if "nbgrader" in c.metadata or "import numpy" in c.source]
    notebook.cells = needed
    return nbformat.writes(notebook)


def check(*arguments, cwd, **environment) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "course", "check", *map(str, arguments)],
        cwd=cwd,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


class Looks:
    """Files that change between two looks at them, in the place of waiting."""

    def __init__(self, *changes):
        self.changes = list(changes)

    def __call__(self):
        if not self.changes:
            raise KeyboardInterrupt
        change = self.changes.pop(0)
        if change:
            change()


def test_saved_tells_each_file_once_and_when_it_is_whole(tmp_path):
    a, b = tmp_path / "a.ipynb", tmp_path / "b.ipynb"
    a.write_text("1")

    def look():
        return sorted(tmp_path.glob("*.ipynb"))

    changes = Looks(
        None,  # nothing happens
        lambda: a.write_text("22"),  # half of it
        lambda: a.write_text("333"),  # all of it
        None,
        None,
        lambda: b.write_text("new"),
        None,
        b.unlink,
        None,
    )
    told = []
    with pytest.raises(KeyboardInterrupt):
        for paths in watch.saved(look, changes):
            told.append([(p.name, p.read_text()) for p in paths])
    assert told == [[("a.ipynb", "1")], [("a.ipynb", "333")], [("b.ipynb", "new")]]


def test_a_named_file_that_vanishes_is_told(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("1")
    told = []
    with pytest.raises(KeyboardInterrupt):
        for paths in watch.saved(lambda: [path], Looks(path.unlink, None, None)):
            told.append(paths)
    assert told == [[path], [path]]


def test_find_looks_into_folders_and_not_where_jupyter_keeps_copies(tmp_path):
    for name in ("sgd.ipynb", "more/adam.ipynb", ".ipynb_checkpoints/sgd.ipynb", "notes.ipynb"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    found = watch.find([tmp_path, Path("x.ipynb")], ["adam", "sgd"])
    assert found == [tmp_path / "more/adam.ipynb", tmp_path / "sgd.ipynb", Path("x.ipynb")]


def test_another_kernel_is_one_line_with_the_remedy(tmp_path):
    notebook = json.loads(short(RIGHT))
    notebook["metadata"]["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    path = tmp_path / "sgd.ipynb"
    path.write_text(json.dumps(notebook))
    with pytest.raises(NotebookError, match="kernel speaks 'r'; choose the kernel Python 3"):
        code_cells(path)
    notebook["metadata"] = {"kernelspec": {"name": "my-env", "language": "python"}}
    path.write_text(json.dumps(notebook))
    assert len(code_cells(path)) > 2


@pytest.mark.parametrize("package", ["numpy", "typer", "IPython"])
def test_a_missing_package_is_one_line_with_the_remedy(package, tmp_path):
    hide = tmp_path / "hide"
    hide.mkdir()
    (hide / "sitecustomize.py").write_text(f"import sys; sys.modules[{package!r}] = None")
    (tmp_path / "sgd.ipynb").write_text(short(RIGHT))
    path = os.pathsep.join([str(hide), ENVIRONMENT["PYTHONPATH"]])
    done = check("sgd.ipynb", cwd=tmp_path, PYTHONPATH=path)
    assert done.returncode == 1, done.stdout
    [line] = done.stderr.splitlines()
    assert package in line and "install the course's wheel again" in line


def test_a_package_that_a_cell_wants_is_named(tmp_path):
    (tmp_path / "sgd.ipynb").write_text(short("import no_such_package\n\n" + RIGHT))
    done = check(tmp_path, cwd=tmp_path)
    assert "No module named 'no_such_package'; install it with pip, or do without" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
def test_the_command_watches_until_it_is_interrupted(tmp_path):
    """It says what each saved version shows, changes nothing, and exits as the last check does."""
    path = tmp_path / "sgd.ipynb"
    path.write_text(short("x = 1"))
    command = [sys.executable, "-m", "course", "check", "--watch"]
    watching = subprocess.Popen(
        command, cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    )
    try:
        assert "waiting for" in watching.stderr.readline()
        path.write_text("{")
        lines = [watching.stderr.readline(), watching.stderr.readline()]
        assert "sgd.ipynb: not a notebook, or damaged" in lines[0]
        path.write_text(short(RIGHT))
        assert "waiting for" in watching.stderr.readline()
        before = path.read_bytes()
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == 0
    finally:
        watching.kill()
        watching.stderr.close()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["sgd.ipynb"]
