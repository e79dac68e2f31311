"""The whole way with plain nbgrader: the demo's class, its gradebook, feedback and export."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.assignments import NAMES, PROJECT, load
from autograder.authoring.demo.students import STUDENTS

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


def command(*arguments, cwd: Path) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
        env=os.environ | {"COLUMNS": "160"},
    )
    return done


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """The demo's folder; some submissions of more fates are graded on top by the tests."""
    folder = tmp_path_factory.mktemp("class") / "demo"
    done = command("-m", "autograder", "demo", folder, cwd=folder.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "demo.out").write_text(done.stdout)
    return folder


def scores(course: Path) -> dict[tuple[str, str], float]:
    """(student, assignment) -> automatic score, from the gradebook."""
    found = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student in STUDENTS:
            for name in filter(student.hands_in, NAMES):
                notebook = gradebook.find_submission_notebook(name, name, student.name)
                code = [g for g in notebook.grades if g.cell.cell_type == "code"]
                found[student.name, name] = sum(g.auto_score for g in code)
    return found


def test_the_demo_ends_with_the_grade_table(course):
    said = (course / "demo.out").read_text()
    table = {row.split("│")[1].strip(): row for row in said.splitlines() if row.count("│") > 3}
    for student in STUDENTS:
        assert student.fate.split()[0] in table[student.name]
    total = sum(load(name).points for name in NAMES)
    assert f"{total:g} / {total:g}" in table["ada"]
    assert "feedback" in said
    assert "ormgrader" in said
    assert "reports/class.html" in said
    page = (course / "reports" / "class.html").read_text()
    assert all(f'<h2 id="{name}">' in page for name in NAMES)


def test_fates(course):
    graded = scores(course)
    assert graded["ada", "lab"] == load("lab").points
    for name in NAMES[:5]:
        most = load(name).points
        for perfect in ("ada", "bruno"):
            assert graded[perfect, name] == most
        for nothing in ("hana", "kaspar"):
            assert graded[nothing, name] == 0
        for partly in ("chen", "dora", "emil", "fatima", "goran"):
            assert graded[partly, name] < most
    value, sgd = load("value"), load("sgd")
    assert graded["igor", "value"] == value.points - value.exercise("value-minimize").points
    assert graded["june", "value"] == value.points - value.exercise("value-fit-line").points
    assert graded["igor", "sgd"] == graded["june", "sgd"] == sgd.exercise("sgd-step").points


def test_grade_and_autograde_agree_twice(course, request):
    """But for those that loop for ever, since `grade` gives each loop its time."""
    long = request.config.getoption("--regrades") > 1
    before = scores(course)
    paths = [
        course / "submitted" / student.name / name / f"{name}.ipynb"
        for student in STUDENTS
        for name in (NAMES if long else ("sgd",))
        if student.name != "igor" and student.hands_in(name)
    ]
    done = command("-m", "autograder", "grade", "--json", *paths, cwd=course)
    assert done.returncode == 0, done.stderr
    by_grade = {
        (Path(r["notebook"]).parts[-3], r["assignment"]): r["score"]
        for r in json.loads(done.stdout)
    }
    assert len(by_grade) == len(paths)
    assert {key: before[key] for key in by_grade} == by_grade
    again = command("-m", "nbgrader", "autograde", "clipping", "--force", cwd=course)
    assert again.returncode == 0, again.stderr
    assert scores(course) == before


def test_feedback_explains_every_lost_point_and_shows_no_solution(course):
    page = (course / "feedback" / "dora" / "sgd" / "sgd.html").read_text()
    for part in ("weight decay", "opt = SGD(", "expected", "got", "hint"):
        assert part in page
    for name in NAMES:
        solution = (PROJECT / "solutions" / f"{name}.py").read_text()
        page = (course / "feedback" / "hana" / name / f"{name}.html").read_text()
        for region in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", solution, re.DOTALL):
            secret = region.strip()
            assert len(secret) < 30 or secret not in page


def test_autograded_notebooks_are_valid_and_show_figures(course):
    path = course / "autograded" / "ada" / "sgd" / "sgd.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    figures = [o for c in notebook.cells for o in c.get("outputs", []) if "image/png" in str(o)]
    assert len(figures) >= 3
    [step] = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "sgd-step"
    ]
    assert float(step.outputs[-1].data["text/plain"]) == load("sgd").exercise("sgd-step").points


def test_export(course):
    with (course / "grades.csv").open() as file:
        rows = {(r["student_id"], r["assignment"]): r for r in csv.DictReader(file)}
    for (student, name), score in scores(course).items():
        assert float(rows[student, name]["raw_score"]) == score
        possible = float(rows[student, name]["max_score"])
        assert possible > load(name).points  # with the written answers


def test_written_answers_wait_for_a_person_unless_they_are_empty(course):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student, waiting in (("ada", True), ("bruno", False)):
            grades = gradebook.find_submission_notebook("sgd", "sgd", student).grades
            written = [g for g in grades if g.cell.cell_type == "markdown"]
            assert [g.needs_manual_grade for g in written] == [waiting] * 2


def test_damaged_and_tampered_submissions_in_a_class(course):
    """Each gets its grade; the rest of the class is graded as before."""
    good = (course / "submitted" / "bruno" / "sgd" / "sgd.ipynb").read_text()
    answered = json.loads(good)
    for cell in answered["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "sgd-question-lr":
            cell["source"] = "Because the largest eigenvalue says so."
    stripped = json.loads(good)
    for cell in stripped["cells"]:
        cell["metadata"] = {}
    handed_in = {
        "cut": good[: len(good) // 2],
        "empty": "",
        "stripped": json.dumps(stripped),
        "answered": json.dumps(answered),
        "binary": "\x00\x01\x02",
    }
    for student, text in handed_in.items():
        folder = course / "submitted" / student / "sgd"
        folder.mkdir(parents=True)
        (folder / "sgd.ipynb").write_text(text)
    done = command("-m", "nbgrader", "autograde", "sgd", cwd=course)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    most = load("sgd").points
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        for student, score in (("cut", 0), ("empty", 0), ("binary", 0), ("stripped", most)):
            submission = gradebook.find_submission_notebook("sgd", "sgd", student)
            assert submission.score == score, student
            assert sum(
                "could not" in line or "not a notebook" in line
                for line in done.stderr.splitlines()
                if f"/{student}/" in line
            ) == (score == 0)
        answered_grades = gradebook.find_submission_notebook("sgd", "sgd", "answered").grades
        assert [g.needs_manual_grade for g in answered_grades].count(True) == 1
    assert scores(course)["ada", "sgd"] == most


def test_an_earlier_demo_is_run_again_and_another_folder_left_alone(course, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    done = command("-m", "autograder", "demo", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "not empty" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    assert (
        load("sgd").source_notebook.read_text()
        == (course / "source" / "sgd" / "sgd.ipynb").read_text()
    )
