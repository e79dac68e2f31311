"""The points of the course's own source notebook are what counts, wherever a number is shown."""

import csv
import json
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from courses import NAME, autograde, files, hand_in, nbgrader, new_course, rows, run, submission
from nbgrader.api import Gradebook

from autograder.assignments import load
from autograder.nbgrader_plugins.gradescope import ROOT

pytestmark = pytest.mark.slow

# Once the points are not a multiple of those of the exercise's properties.
POINTS = {"clipping-value": 9.0, "clipping-norm": 3.1}
MOST = sum(POINTS.values())
WRITTEN = 2.5
NOTED = "the gradebook now has the points of"
CLASS = ("ada", "chen", "hana")


def source(course: Path) -> Path:
    return course / "source" / NAME / f"{NAME}.ipynb"


def change(course: Path, points: dict[str, float], written: float = WRITTEN) -> None:
    """Give the cells of the source notebook other points, every written answer the same."""
    notebook = nbformat.read(source(course), as_version=4)
    for cell in notebook.cells:
        known = cell.metadata.get("nbgrader", {})
        if known.get("grade"):
            known["points"] = points.get(known["grade_id"], written)
    nbformat.write(notebook, source(course))


def handed_in(course: Path) -> Path:
    for name in CLASS:
        hand_in(course, name, nbformat.writes(submission(name)))
    return course


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Path:
    """A course whose author changed points before the assignment was generated."""
    course = new_course(tmp_path_factory.mktemp("before") / "course", known=False)
    change(course, POINTS)
    nbgrader(course, "generate_assignment", NAME)
    return handed_in(course)


@pytest.fixture(scope="module")
def after(tmp_path_factory) -> Path:
    """A course whose author changed points when the gradebook had the others."""
    course = new_course(tmp_path_factory.mktemp("after") / "course")
    change(course, POINTS)
    return handed_in(course)


def gradebook(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}")


def noted(course: Path) -> dict[str, float]:
    """The points in the gradebook."""
    with gradebook(course) as book:
        cells = book.find_notebook(NAME, NAME).grade_cells
        return {cell.name: cell.max_score for cell in cells}


def scores(course: Path) -> dict[str, dict[str, float]]:
    """Student -> exercise -> score in the gradebook."""
    found: dict[str, dict[str, float]] = {}
    for student, cell, score, *_ in rows(course)["grades"]:
        if cell in POINTS:
            found.setdefault(student, {})[cell] = score
    return found


def export(course: Path, exporter: str, target: str) -> Path:
    plugin = f"--exporter=autograder.nbgrader_plugins.exporters.{exporter}"
    nbgrader(course, "export", plugin, "--to", target)
    return course / target


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def assert_everything_agrees(course: Path) -> None:
    """Gradebook, notebooks, report, every exporter and feedback have the same numbers."""
    given = scores(course)
    total = {student: sum(given[student].values()) for student in CLASS}
    assert given["ada"] == POINTS and total["hana"] == 0
    assert 0 < total["chen"] < MOST
    questions = len(noted(course)) - len(POINTS)
    assert {i: p for i, p in noted(course).items() if i in POINTS} == POINTS
    possible = MOST + questions * WRITTEN

    for student in CLASS:
        notebook = nbformat.read(
            course / "autograded" / student / NAME / f"{NAME}.ipynb", as_version=4
        )
        for cell in notebook.cells:
            exercise = cell.metadata.get("nbgrader", {}).get("grade_id")
            if exercise in POINTS:
                score, points = given[student][exercise], POINTS[exercise]
                assert cell.metadata.nbgrader.points == points
                assert cell.outputs[-1].data["text/plain"] == repr(score)
                shown = cell.outputs[0].data["text/plain"].splitlines()[0]
                assert shown == f"{exercise}: {score:g} of {points:g} points"

    assert run(course, "autograder", "report", NAME).returncode == 0
    page = (course / "reports" / f"{NAME}.html").read_text()
    text = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert f"of {MOST:g}" in text
    for exercise, points in POINTS.items():
        assert f"{exercise} {points:g}" in text, text

    head, possibles, *canvas = table(export(course, "CanvasExporter", "c.csv"))
    assert head[5] == NAME and float(possibles[5]) == pytest.approx(possible)
    assert {row[3]: float(row[5]) for row in canvas} == pytest.approx(total, abs=0.005)
    _, *moodle = table(export(course, "MoodleExporter", "m.csv"))
    assert {row[2]: float(row[4]) for row in moodle} == pytest.approx(total, abs=0.005)

    folder = export(course, "GradescopeExporter", "gs")
    for student in CLASS:
        data = json.loads((folder / student / NAME / "results.json").read_text())
        assert data["score"] == pytest.approx(total[student])
        for test in data["tests"]:
            assert test["score"] == given[student][test["name"]]
            assert test["max_score"] == POINTS[test["name"]]
    with zipfile.ZipFile(folder / f"autograder-{NAME}.zip") as archive:
        packed = archive.read(f"{ROOT}/source/{NAME}/{NAME}.ipynb")
    assert packed == source(course).read_bytes()

    workflow = yaml.safe_load(export(course, "GitHubClassroomExporter", "c.yml").read_text())
    steps = workflow["jobs"]["run-autograding-tests"]["steps"]
    most = {s["id"]: s["with"]["max-score"] for s in steps if "id" in s}
    assert most == {exercise: round(points) for exercise, points in POINTS.items()}

    nbgrader(course, "generate_feedback", NAME, "--force")
    for student in CLASS:
        html = (course / "feedback" / student / NAME / f"{NAME}.html").read_text()
        shown, *_ = re.findall(r"\(Score: ([\d.]+) / ([\d.]+)\)", html)
        assert [float(n) for n in shown] == pytest.approx([total[student], possible], abs=0.005)
        for exercise, points in POINTS.items():
            assert f"{exercise}: {given[student][exercise]:g} of {points:g} points" in html


def assert_json_agrees(reports: dict, course: Path) -> None:
    given = scores(course)
    for student in CLASS:
        assert reports[student]["score"] == pytest.approx(sum(given[student].values()))
        assert reports[student]["max_score"] == pytest.approx(MOST)


def test_points_that_were_changed_before_the_assignment_was_generated(before, tmp_path):
    course, other = (shutil.copytree(before, tmp_path / name) for name in ("ours", "theirs"))
    status, reports, said = autograde(course)
    assert status == 0, said
    assert NOTED not in said
    assert_json_agrees(reports, course)
    assert NOTED not in nbgrader(other, "autograde", NAME)
    assert (rows(course), files(course)) == (rows(other), files(other))
    assert_everything_agrees(course)


def test_points_that_were_changed_after_the_assignment_was_generated(after, tmp_path):
    """Both commands say so in the same line, and note them as generating it anew would."""
    course, other = (shutil.copytree(after, tmp_path / name) for name in ("ours", "theirs"))
    old = noted(course)
    status, reports, said = autograde(course)
    assert status == 0, said
    [line] = [line for line in said.splitlines() if NOTED in line]
    by_nbgrader = nbgrader(other, "autograde", NAME)
    [theirs] = [line for line in by_nbgrader.splitlines() if NOTED in line]
    assert theirs.endswith(line.replace(str(course), str(other)))
    for exercise, points in POINTS.items():
        assert f"{exercise} {points:g}, not {old[exercise]:g}" in line
    assert_json_agrees(reports, course)
    assert (rows(course), files(course)) == (rows(other), files(other))
    assert noted(course) == noted(other)
    assert_everything_agrees(course)

    again, _, said = autograde(course, force=True)
    assert again == 0 and NOTED not in said
    nbgrader(other, "generate_assignment", NAME, "--force")
    assert noted(course) == noted(other)


def test_points_that_somebody_changed_in_the_gradebook(before, tmp_path):
    """Those of the source notebook count; a report and an export before that say what differs."""
    course = shutil.copytree(before, tmp_path / "course")
    assert autograde(course)[0] == 0
    with gradebook(course) as book:
        book.find_graded_cell("clipping-norm", NAME, NAME).max_score = 100.0
        book.db.commit()
    warning = "clipping-norm 3.1, not 100; run `nbgrader autograde clipping --force`"
    done = run(course, "autograder", "report", NAME)
    assert done.returncode == 0 and warning in " ".join(done.stderr.split())
    plugin = "--exporter=autograder.nbgrader_plugins.exporters.CanvasExporter"
    assert warning in nbgrader(course, "export", plugin, "--to", "c.csv")
    status, _, said = autograde(course, force=True)
    assert status == 0
    assert "clipping-norm 3.1, not 100" in said
    assert_everything_agrees(course)


def test_it_is_told_where_nothing_is_to_be_graded(before, tmp_path):
    """What was graded before has the old scores: that is said, and nothing is lost."""
    course = shutil.copytree(before, tmp_path / "course")
    assert autograde(course)[0] == 0
    given = scores(course)
    change(course, POINTS | {"clipping-value": 18.0})
    status, reports, said = autograde(course)
    assert (status, reports) == (0, {})
    assert "clipping-value 18, not 9; submissions graded earlier keep their old scores" in said
    assert "3 graded before" in said
    assert scores(course) == given


def refusal(course: Path) -> str:
    """What both commands say, which grade nothing."""
    status, reports, said = autograde(course)
    assert (status, reports) == (3, {})
    [line] = said.splitlines()
    done = run(course, "nbgrader", "autograde", NAME)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    reason = line.removeprefix("the grader failed: ").partition("; 0 of ")[0]
    assert reason in done.stderr
    assert files(course) == {}
    return reason


def test_other_cells_than_the_gradebook_knows_are_refused(before, tmp_path):
    course = shutil.copytree(before, tmp_path / "course")
    notebook = nbformat.read(source(course), as_version=4)
    notebook.cells = [
        c
        for c in notebook.cells
        if c.metadata.get("nbgrader", {}).get("grade_id") != "clipping-value"
    ]
    nbformat.write(notebook, source(course))
    reason = refusal(course)
    assert "and the gradebook differ in cells: clipping-value" in reason
    assert f"run `nbgrader generate_assignment {NAME} --force`" in reason

    nbgrader(course, "generate_assignment", NAME, "--force")
    status, reports, said = autograde(course)
    assert status == 0, said
    assert {r["max_score"] for r in reports.values()} == {POINTS["clipping-norm"]}
    assert reports["ada"]["score"] == POINTS["clipping-norm"]
    assert run(course, "autograder", "report", NAME).returncode == 0


def test_tests_that_nothing_is_known_of_are_refused(before, tmp_path):
    course = shutil.copytree(before, tmp_path / "course")
    text = source(course).read_text().replace('"clipping-value"', '"my-own"')
    source(course).write_text(text)
    assert "test cells that this grader has no cases for: my-own" in refusal(course)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}"])
def test_a_source_notebook_that_cannot_be_read_is_refused(before, tmp_path, text):
    course = shutil.copytree(before, tmp_path / "course")
    source(course).unlink()
    if text is not None:
        source(course).write_text(text)
    assert refusal(course).startswith(str(source(course)))


def test_an_assignment_that_the_gradebook_does_not_know(tmp_path):
    course = handed_in(new_course(tmp_path / "course", known=False))
    assert refusal(course) == (
        f"the gradebook does not know {NAME}: run `nbgrader generate_assignment {NAME}`"
    )
    assert set(POINTS) == {exercise.id for exercise in load(NAME).exercises}
