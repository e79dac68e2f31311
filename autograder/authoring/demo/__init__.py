"""The example class: from release to grades with nbgrader, with submissions of many kinds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from autograder import database
from autograder.assignments import NAMES, PROJECT, load
from autograder.authoring.demo.students import STUDENTS
from autograder.authoring.fill import fill
from autograder.errors import Fault, UserError

MARK = ".optimization-lab-demo"
TIMESTAMP = "2026-11-20 12:00:00 UTC"
OWN_CONFIG = """
# The example class has submissions that never end: stop them earlier than usual.
c.GradeSubmission.cell_seconds = 6.0
c.GradeSubmission.case_seconds = 2.0

# The demo's own exchange folder, so that the formgrader does not use the machine's.
from pathlib import Path

c.Exchange.root = str(Path(__file__).parent / "exchange")
Path(c.Exchange.root).mkdir(exist_ok=True)
"""


def make_class(folder: Path, out: Console) -> None:
    """Make the example course in ``folder``, grade it, and print the grade table.

    An earlier demo in the folder is replaced. Raises UserError if it holds anything else.
    """
    folder = prepare(folder)
    handed_in = sum(student.hands_in(name) for student in STUDENTS for name in NAMES)
    total = 3 + len(NAMES) + 2 * handed_in
    with Progress(console=out, transient=True) as progress:
        task = progress.add_task("writing submissions", total=total)
        write_submissions(folder)
        progress.advance(task, 3)
        for name in NAMES:
            progress.update(task, description=f"releasing {name}")
            nbgrader(folder, ["generate_assignment", name, "--force"])
            progress.advance(task)
            for command, sign in (
                ("autograde", "Autograding "),
                ("generate_feedback", "Converting "),
            ):
                progress.update(task, description=f"nbgrader {command} {name}")
                nbgrader(
                    folder,
                    [command, name, "--force"],
                    lambda line, sign=sign: progress.advance(task, sign in line),
                )
    nbgrader(folder, ["export", "--to", "grades.csv"])
    nbgrader(folder, ["report"], module="autograder")
    out.print(grade_table(folder))
    show = _shown(folder)
    out.print(
        f"Feedback pages: {show}/feedback/STUDENT/ASSIGNMENT/ASSIGNMENT.html", highlight=False
    )
    out.print(f"Report:         {show}/reports/class.html", highlight=False)
    out.print(f"All grades:     {show}/grades.csv", highlight=False)
    jupyter = Path(sys.executable).with_name("jupyter")
    program = "jupyter" if shutil.which("jupyter") == str(jupyter) else str(jupyter)
    out.print(
        f"Formgrader:     cd {show} && {program} lab, then menu Nbgrader → Formgrader",
        highlight=False,
        soft_wrap=True,
    )


def prepare(folder: Path) -> Path:
    """The folder with nbgrader's configuration and the source notebooks in it."""
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is not a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise UserError(f"{folder} is not empty and no earlier demo: name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("made by `python -m autograder demo`\n")
    config = (PROJECT / "nbgrader_config.py").read_text("utf-8")
    (folder / "nbgrader_config.py").write_text(config + OWN_CONFIG, "utf-8")
    shutil.copytree(PROJECT / "source", folder / "source", dirs_exist_ok=True)
    return folder


def write_submissions(folder: Path) -> None:
    """``submitted/STUDENT/ASSIGNMENT/ASSIGNMENT.ipynb`` for every student, and their names."""
    for student in STUDENTS:
        for name in filter(student.hands_in, NAMES):
            notebook = fill(student.module(name), load(name))
            student.touch(notebook)
            target = folder / "submitted" / student.name / name
            target.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, target / f"{name}.ipynb")
            (target / "timestamp.txt").write_text(TIMESTAMP)
    url = _gradebook(folder)
    with database.faults(url), Gradebook(url) as gradebook:
        for student in STUDENTS:  # else the formgrader calls each of them "None, None"
            gradebook.update_or_create_student(
                student.name, first_name=student.name.title(), last_name="Example"
            )


def nbgrader(  # type: ignore[no-untyped-def]
    folder: Path, arguments: Sequence[str], watch=lambda line: None, module: str = "nbgrader"
) -> None:
    """Run nbgrader in the folder; ``watch`` is called with each line of its log. Raises Fault.

    module  the Python module of the program to run
    """
    log: list[str] = []
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        log.append(line)
        watch(line)
    if process.wait():
        path = folder / "nbgrader.log"
        path.write_text("".join(log))
        errors = [re.sub(r"^\[.*?\] *", "", line).strip() for line in log if "ERROR" in line]
        reason = errors[0] if errors else "no reason given"
        raise Fault(f"{module} {arguments[0]} failed: {reason} (all of it in {path})")


def grade_table(folder: Path) -> Table:
    """A table of each student's kind of submission and scores, from the gradebook."""
    table = Table("student", "what happened", *NAMES, "total", title="Grades (automatic part)")
    with database.opened(_gradebook(folder)) as gradebook:
        for student in STUDENTS:
            scores, most, cells = [], [], []
            for name in NAMES:
                if not student.hands_in(name):
                    cells.append("–")
                    continue
                submission = gradebook.find_submission_notebook(name, name, student.name)
                grades = [g for g in submission.grades if g.cell.cell_type == "code"]
                scores.append(sum(g.auto_score or 0.0 for g in grades))
                most.append(sum(g.max_score for g in grades))
                cells.append(f"{scores[-1]:g} / {most[-1]:g}")
            cells.append(f"{sum(scores):g} / {sum(most):g}")
            table.add_row(student.name, student.fate, *cells)
    return table


def _gradebook(folder: Path) -> str:
    return f"sqlite:///{folder / 'gradebook.db'}"


def _shown(folder: Path) -> str:
    """The folder relative to the current one, if it is inside."""
    try:
        return str(folder.relative_to(Path.cwd()))
    except ValueError:
        return str(folder)
