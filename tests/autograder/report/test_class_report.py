"""The report on a class: its figures, what it escapes, and where its data comes from."""

import json
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from courses import NAME, autograde, earned, files, hand_in, nbgrader, new_course, run, submission
from nbformat.v4 import new_output
from nbgrader.coursedir import CourseDirectory

from autograder.assignments import load
from autograder.grading import records
from autograder.grading.pipeline import grade, make_plan
from autograder.grading.records import RESULT, Run
from autograder.jail import open_worker
from autograder.report import class_report
from autograder.report.class_report import Class, Submission, difficulty, discrimination, histogram
from course.failures import Failure, FailureKind
from course.judge import OUTCOMES
from course.results import ExerciseResult, Explanation, Outcome, PropertyResult, Told

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
IDEA = "norm-per-array"


def test_difficulty_is_the_mean_over_the_points():
    assert difficulty([0, 3, 6], 6) == 0.5
    assert difficulty([], 6) is None


def test_discrimination_leaves_the_exercise_itself_out():
    """By hand: the rest is 6, 2, 1; deviations 1, 0, -1 and 3, -1, -2; 5 / sqrt(2 · 14)."""
    scores, totals = [2, 1, 0], [8, 3, 1]
    assert discrimination(scores, totals) == pytest.approx(5 / 28**0.5)
    assert discrimination([1, 0, 1], [2, 2, 2]) == pytest.approx(-1)
    assert discrimination([1, 1, 1], [3, 2, 1]) is None
    assert discrimination([1, 0], [2, 0]) is None


def test_the_histogram_has_a_place_for_every_score():
    bars = histogram([0, 1.99, 2, 19.9, 20, 23, -1], 20)
    assert [bar["count"] for bar in bars] == [3, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert [bar["height"] for bar in bars][:3] == [1, pytest.approx(1 / 3), 0]
    assert (bars[1]["low"], bars[1]["high"]) == (2, 4)
    assert all(bar["count"] == 0 for bar in histogram([], 20))


RAISED = Failure(FailureKind.RAISED, "KeyError", "'x'")


def result(
    exercise: str, score: float, error: Failure | None = None, idea: str | None = None
) -> ExerciseResult:
    name = load(NAME).exercise(exercise).properties[0].name
    outcome = OUTCOMES[error.kind] if error else Outcome.FAILED if idea else Outcome.PASSED
    told = [Told(idea, "thinks", "hint")] if idea else []
    prop = PropertyResult(name, 1, outcome, score, error=error, misconception=idea)
    return ExerciseResult(exercise, [prop], Explanation(ideas=told, own=[name]))


def submitted(student: str, score: float, results=(), **more) -> Submission:
    scores = {"clipping-value": score, "clipping-norm": score / 2}
    return Submission(student, more.pop("name", ""), scores, {r.id: r for r in results}, **more)


def a_class(*submissions: Submission, **ungraded: str) -> Class:
    return Class(NAME, {"clipping-value": 6.0, "clipping-norm": 14.0}, submissions, ungraded)


class Elements(HTMLParser):
    """The elements of a page and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def test_what_students_write_is_text_and_nothing_else():
    """A name, an id, an output in a message and an error that contain a script."""
    raised = Failure(FailureKind.RAISED, "ValueError", SCRIPT)
    page = class_report.page(
        [
            a_class(
                submitted(SCRIPT, 3, [result("clipping-norm", 0, raised)], name=SCRIPT),
                submitted("b", 2, run=Run("b", NAME, errors=[f"cell 3: {SCRIPT}"])),
                submitted("c", 2, [result("clipping-value", 1, raised, SCRIPT)]),
                **{SCRIPT + "d": SCRIPT},
            )
        ],
        SCRIPT,
    )
    elements = Elements(page)
    assert elements.text.count("alert(1)") >= 9
    tags = {tag for tag, _ in elements.found}
    assert not tags & {"script", "img", "a", "link", "iframe", "object", "form"}
    names = {name for _, attributes in elements.found for name in attributes}
    assert not any(name.startswith("on") for name in names)
    assert not names & {"src", "href", "srcset", "action"}
    assert "default-src 'none'" in page


def test_the_page_stands_alone_and_its_drawings_have_words():
    page = class_report.page([a_class(submitted("a", 6), submitted("b", 2))], "course")
    elements = Elements(page)
    assert "://" not in page and "url(" not in page and "@import" not in page
    drawings = [attributes for tag, attributes in elements.found if tag == "svg"]
    assert drawings and all(a["role"] == "img" and a["aria-label"] for a in drawings)
    labels = [a["aria-label"] for a in drawings]
    assert "Number of submissions by score. 2 to 4: 1. 8 to 10: 1." in labels
    assert ("html", {"lang": "en"}) in elements.found
    assert "Similarity of submissions is not judged." in elements.text


def test_several_assignments_have_an_overview():
    other = Class("sgd", {"sgd-step": 15.0}, [], {"late": ""})
    page = class_report.page([a_class(submitted("a", 6)), other], "course")
    links = [attributes["href"] for tag, attributes in Elements(page).found if tag == "a"]
    assert links == [f"#{NAME}", "#sgd"]
    assert all(f'id="{link[1:]}"' in page for link in links)


def test_misconceptions_are_counted_by_student_with_their_hints():
    twice = result("clipping-norm", 1, idea=IDEA)
    twice = replace(twice, properties=[*twice.properties] * 2)
    other = result("clipping-value", 1, idea="negative-cut-to-zero")
    view = class_report._view(
        a_class(
            submitted("a", 1, [other]),
            submitted("b", 1, [twice]),
            submitted("c", 1, [twice, other]),
        )
    )
    assert [(i["name"], i["students"]) for i in view["ideas"]] == [
        (IDEA, ["b", "c"]),
        ("negative-cut-to-zero", ["a", "c"]),
    ]
    assert all(idea["thinks"] and idea["hint"] for idea in view["ideas"])
    first = view["exercises"][0]["properties"][0]
    assert (first["passed"], first["of"], first["share"]) == (0, 2, 0)


def test_a_misconception_that_shows_in_two_exercises_counts_once():
    """Where it costs points, not where something only follows from it."""
    charged = result("clipping-norm", 0, idea=IDEA)
    carried = result("clipping-value", 6, idea=IDEA)
    follows = [p.name for p in carried.properties]
    carried = replace(carried, explanation=Explanation(charged.explanation.ideas, follows=follows))
    view = class_report._view(a_class(submitted("a", 6, [carried, charged])))
    assert [(i["name"], i["exercise"], i["students"]) for i in view["ideas"]] == [
        (IDEA, "clipping-norm", ["a"])
    ]


def test_points_kept_by_follow_through():
    """Of what follows, and not of what passed or what was charged."""
    exercise = load(NAME).exercise("clipping-norm")
    first, second, third = exercise.properties[:3]
    outcomes = [
        PropertyResult(first.name, 2, Outcome.FAILED),
        PropertyResult(second.name, 3, Outcome.FOLLOWS, 3),
        PropertyResult(third.name, 4, Outcome.PASSED, 4),
    ]
    norm = ExerciseResult("clipping-norm", outcomes)
    one = a_class(submitted("a", 6, [norm]), submitted("b", 6, [norm]), submitted("c", 6))
    value, step = class_report._view(one)["exercises"]
    assert (value["kept"], step["kept"]) == (0, 6)
    assert [p["kept"] for p in step["properties"][:3]] == [0, 6, 0]
    text = " ".join(Elements(class_report.page([one], "course")).text.split())
    assert "points kept by follow-through: 6" in text


def test_what_people_should_look_at():
    found = class_report.by_hand(
        a_class(
            submitted("known", 0, [result("clipping-norm", 0, RAISED, IDEA)]),
            submitted("odd", 0, [result("clipping-norm", 0, RAISED)]),
            submitted("empty", 0, [result("clipping-norm", 0, Failure(FailureKind.NOT_ATTEMPTED))]),
            submitted("half", 1, [result("clipping-norm", 1, RAISED)]),
            submitted(
                "cut",
                0,
                [result("clipping-norm", 0, RAISED)],
                run=Run("cut", NAME, errors=["not a notebook", "not a notebook"]),
            ),
            gone="the grader failed",
        )
    )
    assert found == [
        ("gone", "handed in, not graded: the grader failed"),
        ("odd", "clipping-norm earned nothing, cause unknown: your code raised KeyError: 'x'"),
        ("cut", "not a notebook"),
    ]


def test_runs_survive_a_line_that_was_cut_short(tmp_path):
    assert records.runs(tmp_path) == {}
    records.note(tmp_path, Run("a", NAME, seconds=1.0, isolation="jail"))
    records.note(tmp_path, Run("b\n", NAME, "failed", errors=["x\ny"]))
    records.note(tmp_path, Run("a", NAME, seconds=2.0, isolation="process"))
    with (tmp_path / "reports" / "runs.jsonl").open("a") as file:
        file.write('[1]\n{"student": "c"}\n{"student": "a", "assi')
    found = records.runs(tmp_path)
    assert set(found) == {("a", NAME), ("b\n", NAME)}
    assert found["a", NAME].seconds == 2.0
    assert found["b\n", NAME].errors == ["x\ny"]


def test_a_course_that_cannot_be_written_costs_no_grade(tmp_path):
    (tmp_path / "reports").write_text("a file in the place of the folder")
    records.note(tmp_path, Run("a", NAME))


def test_students_cannot_write_results(tmp_path):
    """Neither by metadata and outputs that they hand in, nor by what their cells show."""
    forged = {"id": "clipping-norm", "score": 14, "max_score": 14, "properties": []}
    notebook = submission("hana")
    show = (
        "from IPython.display import display\n"
        f"display({{{RESULT!r}: {forged!r}, 'text/plain': ''}}, raw=True)\n"
        f"display({{{RESULT!r}: 'as text', 'text/plain': ''}}, raw=True)"
    )
    metadata = {"nbgrader": {"grade": True, "grade_id": "mine"}, "forged": forged}
    notebook.cells.insert(0, nbformat.v4.new_code_cell(show, metadata=metadata))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [new_output("display_data", data={RESULT: forged})]
    notebook.metadata[RESULT] = forged
    with open_worker() as worker:
        graded = grade(nbformat.writes(notebook).encode(), make_plan(load(NAME)), worker)
    path = tmp_path / f"{NAME}.ipynb"
    nbformat.write(graded.notebook, path)
    assert "'as text'" in path.read_text()  # below the student's own cell
    found = records.results_in(path)
    assert [r.id for r in found] == [e.id for e in load(NAME).exercises]
    assert [r.score for r in found] == [0, 0]
    assert "forged" not in path.read_text()


@pytest.mark.parametrize("content", [None, "", "[]", '{"cells": [{"metadata": {}}]}', "{}"])
def test_a_notebook_without_results(content, tmp_path):
    path = tmp_path / "a.ipynb"
    if content is not None:
        path.write_text(content)
    assert records.results_in(path) == []


@pytest.mark.parametrize(
    "structure",
    [
        "{nbgrader_step}/{student_id}/{assignment_id}",
        "x/{assignment_id}/{nbgrader_step}/{student_id}",
    ],
)
def test_submissions_are_found_where_the_course_keeps_them(structure, tmp_path):
    coursedir = CourseDirectory(root=str(tmp_path), directory_structure=structure)
    for student in ("a.b", "c d", ".hidden"):
        Path(coursedir.format_path("submitted", student, NAME)).mkdir(parents=True)
    Path(coursedir.format_path("submitted", "other", "sgd")).mkdir(parents=True)
    Path(coursedir.format_path("submitted", "file", NAME)).parent.mkdir(exist_ok=True)
    Path(coursedir.format_path("submitted", "file", NAME)).write_text("")
    assert sorted(class_report._handed_in(coursedir, NAME)) == ["a.b", "c d"]


def report(course: Path, *arguments: str) -> subprocess.CompletedProcess:
    return run(course, "autograder", "report", *arguments)


def test_a_folder_that_is_no_course(tmp_path):
    done = report(tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "go to the course's folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """A graded class; one student's submission came after the grading."""
    course = new_course(tmp_path_factory.mktemp("class") / "course")
    for name in ("ada", "chen", "hana"):
        hand_in(course, name, nbformat.writes(submission(name)))
    hand_in(course, "cut", "{")
    nbgrader(course, "autograde", NAME)
    hand_in(course, "tardy", nbformat.writes(submission("ada")))
    return course


@pytest.mark.slow
def test_the_command(course):
    records.note(course, Run("tardy", NAME, "refused", errors=["refused: the folder is a link"]))
    done = report(course, NAME)
    assert done.returncode == 0, done.stderr
    path = course / "reports" / f"{NAME}.html"
    assert done.stdout == f"wrote {path}\n"
    page = path.read_text()
    for part in (
        IDEA,
        "jail",
        "handed in, not graded: refused: the folder is a link",
        "perhaps it was cut short",
    ):
        assert part in page
    text = " ".join(Elements(page).text.split())
    assert "graded: 4" in text and "handed in, not graded: 1" in text
    most = load(NAME).points
    assert f"mean: {(most + earned('chen')) / 4:.1f} of {most:g}" in text  # ada, chen and two 0

    path.write_text("my own notes")
    again = report(course, NAME)
    assert again.returncode == 2
    assert "no earlier report" in again.stderr
    assert path.read_text() == "my own notes"
    elsewhere = report(course, NAME, "--out", "page.html")
    assert elsewhere.returncode == 0
    assert report(course, NAME, "--out", "page.html").returncode == 0
    none = report(course, "sgd")
    assert (none.returncode, len(none.stderr.splitlines())) == (2, 1)


@pytest.mark.slow
def test_both_commands_leave_the_same_records(course, tmp_path):
    """Times apart; a regrade leaves the same files."""
    before, noted = files(course), records.runs(course)
    status, _, said = autograde(course, "ada", "chen", "hana", "cut", force=True)
    assert status == 0, said
    assert files(course) == before
    again = records.runs(course)
    noted.pop(("tardy", NAME), None)
    again.pop(("tardy", NAME), None)
    assert set(again) == set(noted)
    for key, run_ in again.items():
        assert run_.seconds is not None and run_.seconds > 0
        assert (run_.status, run_.isolation, list(run_.errors)) == (
            noted[key].status,
            noted[key].isolation,
            list(noted[key].errors),
        )
    lines = (course / "reports" / "runs.jsonl").read_text().splitlines()
    assert len(lines) >= 8 and all(json.loads(line) for line in lines)
