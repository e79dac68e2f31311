"""`python -m autograder bundle`: the files for students, checked for secrets.

A bundle has the wheel of `course`, the release notebooks with a cell that installs it, the local
checks for pytest and a README. `leaks` searches all files, also those in the wheel, for text from
`solutions/` or `autograder/`; a bundle with such text is not written.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell

from autograder.assignments import NAMES, PROJECT, load
from autograder.errors import Fault, UserError
from autograder.misconceptions.catalogue import misconceptions

SUMS = "SHA256SUMS"  # for sha256sum(1); also marks a folder as a bundle
SECRET = ("solutions", "autograder", "source")
RUN = 5  # lines of code in a row that count as copied; fewer are the same by chance
WORDS = 5  # words of a sentence that counts as copied
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)

ANY_WHEEL = "optimization_lab-VERSION-py3-none-any.whl"  # in the README

INSTALL = """\
# Installs the package `course` where it is missing, as in Colab.
from importlib.util import find_spec
from pathlib import Path

if find_spec("course") is None:
    if Path("{wheel}").exists():
        %pip install --quiet {wheel}
    else:
        print("Put {wheel} beside this notebook (Colab: Files, Upload), run this cell again.")"""


def write(folder: Path) -> list[str]:
    """Make the bundle in ``folder`` and return the names of its files.

    The folder may be new, empty, or an unchanged earlier bundle, which is replaced. Raises
    UserError for any other folder, and Fault with a line for each leak in the new bundle.
    """
    folder = folder.resolve()
    reason = why_not(folder)
    if reason:
        raise UserError(f"{reason}: name another folder with --out")
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary, "bundle")
        make(made)
        found = leaks(made)
        if found:
            raise Fault("\n".join(["no bundle, it would contain secrets:", *found]))
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(made, folder)
    return [str(path.relative_to(folder)) for path in files(folder)]


def why_not(folder: Path) -> str:
    """Why a bundle may not be written to this folder; "" if it may."""
    if not folder.exists():
        return ""
    if not folder.is_dir():
        return f"{folder} is not a folder"
    if not any(folder.iterdir()):
        return ""
    try:
        sums = (folder / SUMS).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return f"{folder} is not empty and no earlier bundle"
    if any(path.is_symlink() for path in folder.rglob("*")) or checksums(folder) != sums:
        return f"{folder} is a bundle that somebody changed"
    return ""


def make(folder: Path) -> None:
    """Write all files of the bundle into a new folder. Raises Fault."""
    (folder / "tests").mkdir(parents=True)
    wheel = build_wheel(folder)
    for name in NAMES:
        notebook = with_install(nbformat.read(load(name).release_notebook, as_version=4), wheel)
        (folder / f"{name}.ipynb").write_text(nbformat.writes(notebook) + "\n", "utf-8")
    (folder / "tests" / "local").mkdir()
    for path in sorted((PROJECT / "tests" / "local").glob("*.py")):
        shutil.copyfile(path, folder / "tests" / "local" / path.name)
    readme = (PROJECT / "course" / "README.md").read_text("utf-8")
    (folder / "README.md").write_text(readme.replace(ANY_WHEEL, wheel), "utf-8")
    (folder / SUMS).write_text(checksums(folder), "utf-8")


def build_wheel(folder: Path) -> str:
    """Build the wheel of `course` into a folder, without network; its name. Raises Fault."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise Fault(f"the wheel cannot be built (it takes the extra `staff`): {reason}")
    [path] = folder.glob("*.whl")
    return path.name


def with_install(notebook: nbformat.NotebookNode, wheel: str) -> nbformat.NotebookNode:
    """The notebook with a first cell that installs the wheel."""
    cell = new_code_cell(INSTALL.format(wheel=wheel), id="install")
    notebook.cells.insert(0, cell)
    return notebook


def files(folder: Path) -> list[Path]:
    """All files of a bundle, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def checksums(folder: Path) -> str:
    """The digests of all files but this list, as ``sha256sum`` prints them."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files(folder)
        if path.relative_to(folder) != Path(SUMS)
    ]
    return "".join(lines)


def leaks(folder: Path) -> list[str]:
    """A line for each thing in a bundle that only instructors may have.

    That is a file of `solutions/`, `autograder/` or `source/`; a sentence of five words or more
    from a string or a comment there; five lines of code in a row, blank ones and comments aside.
    Not counted is text that students see on purpose: the stubs of `solutions/`, which are all code
    outside the solution marks; from `autograder/` the names, hints and sections of properties, the
    texts of misconceptions, which the local checks show, and the cell `INSTALL`.
    """
    secret_files = {
        hashlib.sha256(path.read_bytes()).digest(): path.relative_to(PROJECT)
        for path in instructors_files()
        if path.read_bytes().strip()
    }
    sentences, runs = secret_text()
    found = []
    for name, data in contents(folder):
        if set(Path(name).parts) & set(SECRET):
            found.append(f"{name}: a place of the instructors' name")
        same = secret_files.get(hashlib.sha256(data).digest())
        if same:
            found.append(f"{name}: the file {same}")
        texts = list(texts_of(name, data))
        prose = " ".join(" ".join(texts).split())
        found += [f"{name}: {where}: {s!r}" for s, where in sentences.items() if s in prose]
        for run in {run for text in texts for run in runs_of(code_lines(text))} & set(runs):
            found.append(f"{name}: {runs[run]}: {' / '.join(run)}")
    return sorted(found)


def instructors_files() -> list[Path]:
    """Every file that no student may have."""
    return [
        path
        for folder in SECRET
        for path in sorted((PROJECT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each file of a bundle, then of each file in its wheels."""
    for path in files(folder):
        yield str(path.relative_to(folder)), path.read_bytes()
    for path in files(folder):
        if zipfile.is_zipfile(path) and path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                for name in wheel.namelist():
                    yield f"{path.name}/{name}", wheel.read(name)


def texts_of(name: str, data: bytes) -> Iterator[str]:
    """The texts in a file: the strings of JSON and notebooks, else all of it; none of binaries."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    if name.endswith((".ipynb", ".json")):
        yield from strings_in(json.loads(text))
    else:
        yield text
        if name.endswith(".py"):
            with contextlib.suppress(SyntaxError):
                yield from python_texts(text)


def strings_in(data: Any) -> Iterator[str]:
    """All strings in JSON; a notebook's list of lines is one string."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list) and data and all(isinstance(item, str) for item in data):
        yield "".join(data)
        yield from data
    elif isinstance(data, Mapping | list):
        for item in data.values() if isinstance(data, Mapping) else data:
            yield from strings_in(item)


@functools.cache
def secret_text() -> tuple[dict[str, str], dict[tuple[str, ...], str]]:
    """Secret sentence -> its file, and secret run of code lines -> its file."""
    texts = {
        str(path.relative_to(PROJECT)): path.read_text("utf-8")
        for folder in ("solutions", "autograder")
        for path in sorted((PROJECT / folder).rglob("*.py"))
    }
    shown, shown_runs = set(shown_on_purpose()), set()
    for place, text in texts.items():
        if place.startswith("solutions"):
            stub = ast.parse(SOLUTION.sub("pass", text))
            stub.body = [n for n in stub.body if isinstance(n, ast.ClassDef | ast.FunctionDef)]
            shown |= {s for said in strings_of(stub) for s in sentences_of(said)}
            shown_runs |= set(runs_of(code_lines(SOLUTION.sub("", text))))
    sentences: dict[str, str] = {}
    runs: dict[tuple[str, ...], str] = {}
    for place, text in texts.items():
        said = {s for part in python_texts(text) for s in sentences_of(part)}
        sentences |= dict.fromkeys(said - shown, place)
        runs |= dict.fromkeys(set(runs_of(code_lines(text))) - shown_runs, place)
    return sentences, runs


def shown_on_purpose() -> Iterator[str]:
    """The sentences of the grader that students are meant to read."""
    for name in NAMES:
        properties = [p for exercise in load(name).exercises for p in exercise.properties]
        said = [text for p in properties for text in (p.name, p.hint, p.section)]
        said += [text for idea in misconceptions(name) for text in (idea.thinks, idea.hint)]
        for text in [*said, INSTALL]:
            yield from sentences_of(text)


def python_texts(text: str) -> Iterator[str]:
    """The strings of a Python module, and its comments, those in a row as one."""
    yield from strings_of(ast.parse(text))
    comment: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            comment.append(token.string.lstrip("# "))
        elif comment and token.type not in (tokenize.NL, tokenize.NEWLINE):
            yield " ".join(comment)
            comment = []


def strings_of(tree: ast.Module) -> Iterator[str]:
    """The strings in a syntax tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def sentences_of(text: str) -> list[str]:
    """The sentences of a text that have at least `WORDS` words, each on one line."""
    parts = re.split(r"(?<=[.!?:;])\s+|\n\s*\n", text)
    whole = [" ".join(part.split()) for part in parts]
    return [part for part in whole if sum(map(_is_word, part.split())) >= WORDS]


def _is_word(text: str) -> bool:
    return re.fullmatch(r"\W*[^\W\d_]+(['’-][^\W\d_]+)*[^\w(]*", text) is not None


def code_lines(text: str) -> list[str]:
    """The lines without indentation, blank ones and comments."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def runs_of(lines: list[str]) -> Iterable[tuple[str, ...]]:
    """Every `RUN` lines in a row."""
    return (tuple(lines[i : i + RUN]) for i in range(len(lines) - RUN + 1))
