"""Small nbgrader courses for tests, and all that a grading leaves in them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
from rich.console import Console
from sqlalchemy import create_engine, text

from autograder.assignments import PROJECT, load
from autograder.authoring.demo.students import STUDENTS
from autograder.authoring.fill import fill
from autograder.batch import progress
from autograder.misconceptions.catalogue import misconceptions

NAME = "clipping"
TIMESTAMP = "2026-11-20 12:00:00 UTC"
CONFIG = """
from pathlib import Path
c.LateSubmissionPlugin.penalty_method = "zero"
c.Exchange.root = str(Path(__file__).parent)
"""


def new_course(course: Path, more_config: str = "", known: bool = True) -> Path:
    """A course folder whose gradebook knows the assignment; nobody has handed in anything."""
    shutil.copytree(PROJECT / "source" / NAME, course / "source" / NAME)
    config = (PROJECT / "nbgrader_config.py").read_text()
    (course / "nbgrader_config.py").write_text(config + CONFIG + more_config)
    if known:
        nbgrader(course, "generate_assignment", NAME)
    return course


def submission(name: str) -> nbformat.NotebookNode:
    """A student's notebook without the lesson's own demonstrations, which take time."""
    [student] = [s for s in STUDENTS if s.name == name]
    notebook = fill(student.module(NAME), load(NAME))
    student.touch(notebook)
    needed = [c for c in notebook.cells if "nbgrader" in c.metadata or "import numpy" in c.source]
    notebook.cells = needed
    return notebook


def earned(name: str) -> float:
    """What `submission` of a student earns: all but the properties that their wrong idea breaks."""
    [student] = [s for s in STUDENTS if s.name == name]
    ideas = [m for m in misconceptions(NAME) if m.name in student.wrong.get(NAME, ())]
    broken = {prop for idea in ideas for prop in idea.own}
    properties = [prop for exercise in load(NAME).exercises for prop in exercise.properties]
    return sum(prop.points for prop in properties if prop.name not in broken)


def written() -> float:
    """The points of the answers that people grade."""
    notebook = nbformat.read(load(NAME).source_notebook, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    return sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in cells)


def hand_in(course: Path, student: str, text: str, timestamp: str = TIMESTAMP) -> Path:
    folder = course / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{NAME}.ipynb").write_text(text)
    (folder / "timestamp.txt").write_text(timestamp)
    return folder


def nbgrader(course: Path, *arguments: str) -> str:
    done = run(course, "nbgrader", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


def run(course: Path, module: str, *arguments: str) -> subprocess.CompletedProcess:
    """``python -m module …`` in the course's folder."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=course,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]])},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def autograde(
    course: Path,
    *students: str,
    workers: int | None = 2,
    scheduler: str | None = None,
    force: bool = False,
) -> tuple[int, dict, str]:
    """The command in this process: exit status, reports by student, what standard error said."""
    err = Console(stderr=True, file=(course / "err.txt").open("w"), width=200)
    out = (course / "out.txt").open("w")
    before = os.getcwd()
    os.chdir(course)
    stdout, sys.stdout = sys.stdout, out
    try:
        status = progress.autograde(NAME, students, workers, scheduler, force, True, err, err)
    finally:
        sys.stdout = stdout
        os.chdir(before)
        out.close()
        err.file.close()
    reports = json.loads((course / "out.txt").read_text())
    return status, {r["student"]: r for r in reports}, (course / "err.txt").read_text()


def rows(course: Path, url: str = "") -> dict[str, list]:
    """All that the gradebook says of submissions, without its own random ids."""
    submitted = "submitted_assignment s"
    of_notebook = f"submitted_notebook n JOIN {submitted} ON s.id = n.assignment_id"
    of_cell = (
        "base_cell b ON b.id = x.cell_id JOIN submitted_notebook n ON n.id = x.notebook_id "
        f"JOIN {submitted} ON s.id = n.assignment_id"
    )
    queries = {
        "students": "SELECT id FROM student",
        "submissions": f"SELECT student_id, timestamp, extension FROM {submitted}",
        "notebooks": f"SELECT student_id, late_submission_penalty FROM {of_notebook}",
        "grades": "SELECT student_id, b.name, auto_score, manual_score, extra_credit, "
        f"needs_manual_grade FROM grade x JOIN {of_cell}",
        "comments": "SELECT student_id, b.name, auto_comment, manual_comment "
        f"FROM comment x JOIN {of_cell}",
    }
    engine = create_engine(url or f"sqlite:///{course / 'gradebook.db'}")
    with engine.connect() as database:
        found = {name: database.execute(text(query)) for name, query in queries.items()}
        rows = {name: sorted(map(tuple, result), key=str) for name, result in found.items()}
    engine.dispose()
    return rows


def files(course: Path) -> dict[str, tuple[int, bytes]]:
    """Everything in autograded/: path -> its mode and content."""
    root = course / "autograded"
    return {
        str(path.relative_to(root)): (path.stat().st_mode, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }
