"""What CONTRIBUTING says to authors, step by step in a copy of the repository, on a toy."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.assignments import PROJECT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("authoring")]

TOY = Path(__file__).parent / "toy"
NEW_FILES = {
    "solution.py": "solutions/toy.py",
    "parts.toml": "solutions/toy.toml",
    "cases.py": "autograder/cases/toy.py",
    "misconceptions.py": "autograder/misconceptions/toy.py",
    "variant.py": "autograder/variants/toy/towards_x.py",
    "lesson.md": "course/lessons/toy.md",
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """A copy of the repository with two assignments, of which one is new."""
    clone = tmp_path_factory.mktemp("author") / "clone"
    ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", "demo", "bundle")
    shutil.copytree(PROJECT, clone, ignore=ignored)
    for name, place in NEW_FILES.items():
        (clone / place).parent.mkdir(exist_ok=True)
        shutil.copy(TOY / name, clone / place)
    edit(clone / "autograder" / "assignments.py", '("value", "sgd", "adam", ', '("toy", ')
    edit(clone / "autograder" / "assignments.py", ', "lookahead", "lab")', ")")
    for name in ("value", "sgd", "adam", "lookahead", "lab"):
        for place in (f"checks/{name}.json", f"lessons/{name}.md"):
            (clone / "course" / place).unlink()
        (clone / "autograder" / "cases" / f"{name}.py").unlink()
    run(clone, "build")
    return clone


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def run(clone: Path, *arguments: str, status: int = 0) -> str:
    """``python -m autograder …`` in the copy; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *arguments],
        cwd=clone,
        env=os.environ | {"PYTHONPATH": str(clone), "XDG_CACHE_HOME": str(clone / "cache")},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def graded(clone: Path, *edits: tuple[str, str]) -> tuple[float, set, set]:
    """Score of the edited reference, and the names and places of what is wrong in it."""
    shutil.copy(clone / "solutions" / "toy.py", clone / "module.py")
    for old, new in edits:
        edit(clone / "module.py", old, new)
    run(clone, "fill", "module.py", "--assignment", "toy", "--out", "toy.ipynb")
    [report] = json.loads(run(clone, "grade", "--json", "toy.ipynb"))
    assert report["max_score"] == 2
    properties = [p for e in report["exercises"] for p in e["properties"]]
    return (
        report["score"],
        {p["misconception"] for p in properties},
        {p["located"] for p in properties},
    )


def test_a_new_assignment_is_built_checked_audited_and_graded(clone):
    assert "up to date" in run(clone, "build", "--check")
    said = run(clone, "audit", "toy")
    assert "legitimate variants   1/1 accepted" in said
    assert "misconceptions        1/1 caught, 1/1 named" in said
    assert graded(clone) == (2, {None}, {None})
    swapped = ("beta * m + (1 - beta) * x", "(1 - beta) * m + beta * x")
    assert graded(clone, swapped) == (0, {"weights-swapped"}, {None})
    # In no bank: the part of the reference says where it is and what it costs.
    before = ("means, m = [], 0.0", "means, m = [], 1.0")
    assert graded(clone, before) == (1, {None}, {"the mean before the first number"})


def test_a_changed_lesson_is_out_of_date_until_it_is_built(clone):
    edit(clone / "course" / "lessons" / "toy.md", "# A running mean", "# Running means")
    assert "source/toy/toy.ipynb" in run(clone, "build", "--check", status=1)
    assert "wrote release/toy/toy.ipynb" in run(clone, "build")
    assert "up to date" in run(clone, "build", "--check")


def test_one_assignment_is_built_alone(clone):
    for name in ("toy", "clipping"):
        lesson = clone / "course" / "lessons" / f"{name}.md"
        lesson.write_text(lesson.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")
    said = run(clone, "build", "toy")
    assert set(said.splitlines()) == {f"wrote {k}/toy/toy.ipynb" for k in ("source", "release")}
    assert "no assignment" in run(clone, "build", "adam", status=2)
    assert "source/clipping/clipping.ipynb" in run(clone, "build", "--check", status=1)
    run(clone, "build")


def test_a_new_property_without_cases_that_need_it_leaves_a_mutant_alive(clone):
    """The audit asks for what a property is missing, here cases with more than one number."""
    cases = clone / "autograder" / "cases" / "toy.py"
    before = cases.read_text("utf-8")
    edit(cases, "st.builds(mean, numbers, betas)", "None")
    edit(cases, "[mean([1.0, 1.0], 0.5), mean([1.0, 3.0, -2.0], 0.9)]", "[mean([2.0], 0.0)]")
    assert "mutant survives without an explanation" in run(clone, "audit", "toy", status=1)
    cases.write_text(before, "utf-8")
    run(clone, "audit", "toy")


def test_a_misconception_that_loses_nothing_is_reported(clone):
    ideas = clone / "autograder" / "misconceptions" / "toy.py"
    before = ideas.read_text("utf-8")
    edit(ideas, '"(1 - beta) * m + beta * x"', '"m * beta + (1 - beta) * x"')
    said = run(clone, "audit", "toy", status=1)
    assert "misconception weights-swapped loses nothing in toy-mean" in said
    ideas.write_text(before, "utf-8")
