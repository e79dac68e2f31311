"""The bundle: what is in it, what may not be, and that students can work with it alone."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.assignments import NAMES, PROJECT, load
from autograder.authoring import bundle
from autograder.batch.files import grade_files
from autograder.errors import Fault, UserError
from autograder.jail import open_worker

OURS = str(PROJECT)


def run(*command, cwd, **environment) -> subprocess.CompletedProcess:
    """A command without this repository on Python's path."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def answer(path: Path) -> None:
    """Fill the solution cells of a bundled notebook as the source notebook has them."""
    source = nbformat.read(load(path.stem).source_notebook, as_version=4)
    solved = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in source.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = solved.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "bundle"
    bundle.make(folder)
    return folder


@pytest.fixture
def copied(made, tmp_path) -> Path:
    return shutil.copytree(made, tmp_path / "bundle")


def test_what_is_in_it(made):
    names = {path.relative_to(made).as_posix() for path in bundle.files(made)}
    [wheel] = [name for name in names if name.endswith("-py3-none-any.whl")]
    assert names - {wheel} == {
        "README.md",
        bundle.SUMS,
        "tests/local/conftest.py",
        "tests/local/test_notebook.py",
        *(f"{name}.ipynb" for name in NAMES),
    }
    with zipfile.ZipFile(made / wheel) as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {
            "course",
            wheel.removesuffix("-py3-none-any.whl") + ".dist-info",
        }
    readme = (made / "README.md").read_text()
    assert wheel in readme
    assert len(readme.splitlines()) < 70  # one page


def test_nothing_of_the_instructors_is_in_it(made):
    assert bundle.leaks(made) == []


PLANTED = {
    "a file": ("digits.bin", (PROJECT / "autograder/data/digits_heldout.npz").read_bytes()),
    "a name": ("solutions/sgd.py", b"pass"),
    "a solution": ("notes.py", (PROJECT / "solutions/adam.py").read_bytes()[-900:]),
    "a docstring": (
        "notes.md",
        b"From a submission's replies to its results:\nwhat is behind the failures, "
        b"and what it earns.",
    ),
    "a comment in JSON": (
        "notes.json",
        b'{"a": [{"b": "Hypothesis would otherwise write its files into the current folder."}]}',
    ),
    "a case's own words": ("x.txt", b"Reference for the assignment ``adam``: Adam and AdamW."),
}


@pytest.mark.parametrize("what", PLANTED)
def test_the_scan_finds(what, copied):
    name, data = PLANTED[what]
    (copied / name).parent.mkdir(exist_ok=True)
    (copied / name).write_bytes(data)
    found = bundle.leaks(copied)
    assert found
    assert all(line.startswith(f"{name}: ") for line in found)


def test_the_scan_looks_into_cells_and_wheels(copied):
    lines = (PROJECT / "autograder/grading/judging.py").read_text().splitlines()
    start = lines.index("    failures = [")
    code = "\n".join(lines[start : start + bundle.RUN])
    path = copied / "sgd.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[3].source += f"\n{code}"
    nbformat.write(notebook, path)
    [wheel] = copied.glob("*.whl")
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("course/more.py", code)
    found = bundle.leaks(copied)
    assert [line.partition(": ")[0] for line in found] == [
        f"{wheel.name}/course/more.py",
        "sgd.ipynb",
    ]
    assert all("autograder/grading/judging.py" in line for line in found)


def test_a_bundle_that_leaks_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "leaks", lambda folder: ["x: 'secret'"])
    with pytest.raises(Fault, match="x: 'secret'"):
        bundle.write(tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_only_an_untouched_bundle_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "leaks", lambda folder: [])
    folder = tmp_path / "bundle"
    names = bundle.write(folder)
    assert "sgd.ipynb" in names
    before = bundle.checksums(folder)
    bundle.write(folder)
    assert bundle.checksums(folder) == before

    answer(folder / "sgd.ipynb")
    with pytest.raises(UserError, match="somebody changed"):
        bundle.write(folder)
    assert bundle.checksums(folder) != before
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="no earlier bundle"):
        bundle.write(mine)
    with pytest.raises(UserError, match="not a folder"):
        bundle.write(mine / "thesis.txt")
    assert [path.name for path in mine.iterdir()] == ["thesis.txt"]


@pytest.mark.slow
def test_bundled_notebooks_are_graded_as_released_ones(copied):
    """The cell that installs is to the grader a cell of the student's own."""
    paths = [copied / f"{name}.ipynb" for name in ("sgd", "adam")]
    answer(paths[0])
    filled, empty = grade_files(paths, open_worker())
    most = load("sgd").points
    assert (filled.score, filled.max_score, list(filled.errors)) == (most, most, [])
    assert empty.score == 0


@pytest.fixture(scope="module")
def students(made, tmp_path_factory) -> tuple[Path, Path]:
    """A bundle in an environment that has its wheel and, of ours, nothing but the packages.

    Returns Python and the folder.
    """
    place = tmp_path_factory.mktemp("student")
    folder = shutil.copytree(made, place / "bundle")
    answer(folder / "sgd.ipynb")
    environment = place / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    [wheel] = folder.glob("*.whl")
    offline = ["--no-deps", "--no-index", "--quiet", "--disable-pip-version-check"]
    pip = [sys.executable, "-m", "pip", "--python", python, "install", *offline, wheel]
    installed = run(*pip, cwd=folder)
    assert installed.returncode == 0, installed.stderr
    # .pth files in there are not obeyed, so that this repository's editable install is not seen.
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    Path(site.stdout.strip(), "packages.pth").write_text(sysconfig.get_path("purelib"))
    return python, folder


@pytest.mark.slow
def test_the_wheel_works_without_this_repository(students):
    python, folder = students
    where = run(python, "-c", "import course; print(course.__file__)", cwd=folder)
    assert Path(where.stdout.strip()).is_relative_to(folder.parent / "venv")
    for name in ("autograder", "solutions"):
        missing = run(python, "-c", f"import {name}", cwd=folder)
        assert "ModuleNotFoundError" in missing.stderr

    before = bundle.checksums(folder)
    right = run(python, "-m", "course", "check", "sgd.ipynb", cwd=folder)
    assert right.returncode == 0, right.stdout + right.stderr
    assert "10 of 10 checks passed" in right.stdout
    wrong = run(python, "-m", "course", "check", "clipping.ipynb", cwd=folder)
    assert wrong.returncode == 1
    assert "not attempted yet" in wrong.stdout
    assert bundle.checksums(folder) == before


@pytest.mark.slow
def test_the_local_checks_through_pytest_without_this_repository(students):
    python, folder = students
    options = ["-q", "-p", "no:cacheprovider"]
    command = [python, "-B", "-m", "pytest", "tests/local", *options, "--notebook"]
    right = run(*command, "sgd.ipynb", cwd=folder)
    assert right.returncode == 0, right.stdout + right.stderr
    assert "12 passed" in right.stdout
    assert run(*command, "adam.ipynb", cwd=folder).returncode == 1


def test_the_first_cell_installs_the_wheel_where_it_is_missing(made, tmp_path, capsys):
    """With IPython's own syntax; pip is a stand-in, that there be no network."""
    from IPython.core.interactiveshell import InteractiveShell

    notebook = nbformat.read(made / "sgd.ipynb", as_version=4)
    first = notebook.cells[0]
    assert first.cell_type == "code" and "nbgrader" not in first.metadata
    [wheel] = made.glob("*.whl")
    assert f"%pip install --quiet {wheel.name}" in first.source
    shell, asked = InteractiveShell(), []
    shell.register_magic_function(asked.append, magic_name="pip")
    shell.run_cell(first.source).raise_error()
    assert asked == [] and capsys.readouterr().out == ""

    missing = first.source.replace('"course"', '"no_such_package"')
    before = os.getcwd()
    try:
        os.chdir(tmp_path)
        shell.run_cell(missing).raise_error()
        assert asked == [] and f"Put {wheel.name} beside this" in capsys.readouterr().out
        os.chdir(made)
        shell.run_cell(missing).raise_error()
    finally:
        os.chdir(before)
    assert asked == [f"install --quiet {wheel.name}"]
