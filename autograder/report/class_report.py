"""`python -m autograder report`: one HTML page on a class, without scripts and without network.

Scores come from nbgrader's gradebook, with the changes that people made there; results of
properties and misconceptions from the autograded notebooks; durations and errors from
``reports/runs.jsonl`` (`autograder.grading.records`). Two figures describe each exercise:

- *difficulty* p = mean score / points: 1 is easy. For exercises with partial credit this is the
  usual generalisation of the share of right answers (Crocker & Algina 1986, *Introduction to
  Classical and Modern Test Theory*, chapter 14).
- *discrimination* r = Pearson's correlation of the exercise's score with the sum of the
  assignment's other exercises. Leaving the exercise itself out of the sum is Henrysson's correction
  (1963, *Psychometrika* 28, 211-218).
"""

from __future__ import annotations

import glob
import logging
import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from nbgrader.api import (
    Assignment,
    Grade,
    Gradebook,
    GradeCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.apps import ExportApp
from nbgrader.coursedir import CourseDirectory

from autograder import assignments, database
from autograder.assignments import NAMES
from autograder.errors import UserError
from autograder.grading import points, records
from autograder.grading.records import Run
from course.messages import in_brief
from course.results import ExerciseResult, Outcome, PropertyResult, Told

log = logging.getLogger(__name__)

MARK = '<meta name="generator" content="Optimization Lab report">'
BARS = 10
MIN_SUBMISSIONS = 3  # for a correlation


@dataclass(frozen=True)
class Submission:
    """One graded submission of an assignment.

    scores   exercise -> its score in the gradebook
    results  exercise -> its result; empty if the notebook has no readable results
    waiting  number of written answers that are not graded yet
    run      its last grading, None if it is not recorded
    """

    student: str
    name: str
    scores: Mapping[str, float]
    results: Mapping[str, ExerciseResult]
    waiting: int = 0
    run: Run | None = None

    @property
    def score(self) -> float:
        return sum(self.scores.values())

    @property
    def ideas(self) -> dict[str, tuple[str, Told]]:
        """Name of each recognised misconception -> its exercise, and its text for students.

        A misconception that is found in several exercises is listed once, for one where it costs
        points if there is one.
        """
        found: dict[str, tuple[str, Told]] = {}
        for result in sorted(self.results.values(), key=lambda r: not r.explanation.own):
            for told in result.explanation.ideas:
                found.setdefault(told.name, (result.id, told))
        return found


@dataclass(frozen=True)
class Class:
    """An assignment's submissions, and the students whose submission is not graded.

    exercises  exercise -> its points, in the order of the notebook
    ungraded   student -> the reason, "" if it is not recorded
    """

    assignment: str
    exercises: Mapping[str, float]
    submissions: Sequence[Submission]
    ungraded: Mapping[str, str] = field(default_factory=dict)

    @property
    def max_score(self) -> float:
        return sum(self.exercises.values())


def write(assignment: str | None, out: Path | None = None) -> Path:
    """Write the page on the course of this folder and return its path.

    assignment  its name; None for all assignments with submissions
    out         the file; by default in the course's folder reports/. An existing file is replaced
                only if this command wrote it.

    Raises UserError and OSError.
    """
    coursedir = open_course()
    classes = collect(coursedir, [assignment] if assignment else NAMES)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        for one in classes:
            line = points.difference(coursedir, gradebook, one.assignment)
            if line:
                log.warning(line)
    if not classes:
        what = f"nothing of {assignment}" if assignment else "nothing"
        raise UserError(f"{what} has been graded here: run `nbgrader autograde` first")
    path = out or Path(coursedir.root, records.FOLDER, f"{assignment or 'class'}.html")
    if path.exists() and MARK not in path.read_text("utf-8", "replace"):
        raise UserError(f"{path} is no earlier report: name another file with --out")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(classes, coursedir.course_id), "utf-8")
    return path


def open_course() -> CourseDirectory:
    """The nbgrader course of this folder. Raises UserError."""
    app = ExportApp()
    app.log_level = 40  # errors
    try:
        app.initialize([])
    except SystemExit:
        raise UserError("nbgrader_config.py cannot be read: see above") from None
    coursedir: CourseDirectory = app.coursedir
    return coursedir


def collect(coursedir: CourseDirectory, names: Sequence[str]) -> list[Class]:
    """The submissions to these assignments; assignments without any are left out."""
    runs = records.runs(Path(coursedir.root))
    with database.opened(coursedir.db_url, coursedir.course_id) as gradebook:
        found = [_collect(coursedir, gradebook, name, runs) for name in names]
    return [one for one in found if one.submissions or one.ungraded]


def _collect(
    coursedir: CourseDirectory,
    gradebook: Gradebook,
    name: str,
    runs: Mapping[tuple[str, str], Run],
) -> Class:
    exercises = points.points_in(gradebook, name)
    columns = (
        Student.id,
        Student.first_name,
        Student.last_name,
        GradeCell.name,
        Grade.score,
        Grade.needs_manual_grade,
    )
    rows = (
        gradebook.db.query(*columns)
        .select_from(SubmittedAssignment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .join(Student, Student.id == SubmittedAssignment.student_id)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(GradeCell, GradeCell.id == Grade.cell_id)
        .filter(Assignment.name == name)
    )
    grades: dict[str, list[Any]] = {}
    for row in rows:
        grades.setdefault(row[0], []).append(row)
    submissions, ungraded = [], {}
    for student in sorted({*grades, *_handed_in(coursedir, name)}):
        run = runs.get((student, name))
        notebook = Path(_folder(coursedir, "autograded", student, name), f"{name}.ipynb")
        mine = grades.get(student)
        if mine is None or not notebook.exists():
            ungraded[student] = "; ".join(run.errors) if run and run.status != "graded" else ""
            continue
        first, last = mine[0][1:3]
        submissions.append(
            Submission(
                student,
                " ".join(filter(None, (first, last))),
                {cell: score for _, _, _, cell, score, _ in mine if cell in exercises},
                {r.id: r for r in records.results_in(notebook) if r.id in exercises},
                sum(bool(row[5]) for row in mine if row[3] not in exercises),
                run,
            )
        )
    return Class(name, exercises, submissions, ungraded)


def _folder(coursedir: CourseDirectory, kind: str, student: str, assignment: str) -> str:
    path: str = coursedir.format_path(
        getattr(coursedir, f"{kind}_directory"), student_id=student, assignment_id=assignment
    )
    return path


def _handed_in(coursedir: CourseDirectory, name: str) -> list[str]:
    """The students who have a folder for this assignment in ``submitted/``."""
    found = glob.glob(_folder(coursedir, "submitted", "*", name))
    pattern = coursedir.format_path(
        coursedir.submitted_directory, "(?P<student>[^/]+)", name, escape=True
    )
    matches = (re.fullmatch(pattern, path) for path in found if Path(path).is_dir())
    return [match["student"] for match in matches if match]


def difficulty(scores: Sequence[float], points: float) -> float | None:
    """Mean score divided by points, see the module's text; None without scores."""
    return statistics.fmean(scores) / points if scores and points else None


def discrimination(scores: Sequence[float], totals: Sequence[float]) -> float | None:
    """Correlation of an exercise's scores with the totals without it, see the module's text.

    scores, totals  of the same students in the same order

    None for fewer than three students, and if the scores, or the totals without them, are all the
    same.
    """
    rest = [total - score for score, total in zip(scores, totals, strict=True)]
    if len(scores) < MIN_SUBMISSIONS:
        return None
    deviation = statistics.pstdev(scores), statistics.pstdev(rest)
    if min(deviation) < 1e-9:
        return None
    return statistics.correlation(scores, rest)


def page(classes: Sequence[Class], course: str) -> str:
    """The page as HTML; all text from students is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = _number
    template = environment.get_template("class_report.html")
    return template.render(
        mark=jinja2.utils.markupsafe.Markup(MARK), course=course, classes=[*map(_view, classes)]
    )


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def _view(one: Class) -> dict[str, Any]:
    """The template's variables for an assignment."""
    totals = [s.score for s in one.submissions]
    return {
        "name": one.assignment,
        "max_score": one.max_score,
        "submissions": one.submissions,
        "ungraded": one.ungraded,
        "mean": statistics.fmean(totals) if totals else None,
        "median": statistics.median(totals) if totals else None,
        "deviation": statistics.stdev(totals) if len(totals) > 1 else None,
        "seconds": _median_seconds(one),
        "waiting": sum(s.waiting for s in one.submissions),
        "jailless": sum(bool(s.run and s.run.isolation == "process") for s in one.submissions),
        "kept": kept(p for s in one.submissions for r in s.results.values() for p in r.properties),
        "unrecorded": sum(not s.results for s in one.submissions),
        "bars": histogram(totals, one.max_score),
        "exercises": [_exercise(one, exercise, totals) for exercise in one.exercises],
        "ideas": _ideas(one),
        "by_hand": by_hand(one),
    }


def _median_seconds(one: Class) -> float | None:
    seconds = [s.run.seconds for s in one.submissions if s.run and s.run.seconds is not None]
    return statistics.median(seconds) if seconds else None


def kept(results: Iterable[PropertyResult]) -> float:
    """The points of properties that fail only because of a mistake that is charged elsewhere."""
    return sum(p.score for p in results if p.outcome is Outcome.FOLLOWS)


def histogram(scores: Sequence[float], most: float) -> list[dict[str, Any]]:
    """Bars that each cover a tenth of the points; scores above all points are in the last one."""
    counts = Counter(min(BARS - 1, int(BARS * max(0.0, s) / (most or 1.0) + 1e-9)) for s in scores)
    highest = max(counts.values(), default=1)
    return [
        {
            "low": most * i / BARS,
            "high": most * (i + 1) / BARS,
            "count": counts[i],
            "height": counts[i] / highest,
        }
        for i in range(BARS)
    ]


def _exercise(one: Class, exercise: str, totals: Sequence[float]) -> dict[str, Any]:
    scores = [s.scores.get(exercise, 0.0) for s in one.submissions]
    results = [s.results[exercise] for s in one.submissions if exercise in s.results]
    judged = [p for r in results for p in r.properties]
    passed = Counter(p.name for p in judged if p.passed)
    known = assignments.load(one.assignment).exercise(exercise)
    return {
        "id": exercise,
        "points": one.exercises[exercise],
        "difficulty": difficulty(scores, one.exercises[exercise]),
        "discrimination": discrimination(scores, totals),
        "kept": kept(judged),
        "properties": [
            {
                "name": p.name,
                "points": p.points * one.exercises[exercise] / known.points,
                "passed": passed[p.name],
                "of": len(results),
                "share": passed[p.name] / len(results) if results else None,
                "kept": kept(j for j in judged if j.name == p.name),
            }
            for p in known.properties
        ],
    }


def _ideas(one: Class) -> list[dict[str, Any]]:
    """The misconceptions that were recognised, the most common first."""
    holders: dict[str, list[str]] = {}
    told: dict[str, tuple[str, Told]] = {}
    for submission in one.submissions:
        told |= submission.ideas
        for name in submission.ideas:
            holders.setdefault(name, []).append(submission.student)
    common = sorted(holders.items(), key=lambda item: (-len(item[1]), told[item[0]][0], item[0]))
    return [
        {
            "exercise": told[name][0],
            "name": name,
            "students": students,
            "share": len(students) / len(one.submissions),
            "thinks": told[name][1].thinks,
            "hint": told[name][1].hint,
        }
        for name, students in common
    ]


def by_hand(one: Class) -> list[tuple[str, str]]:
    """(student, reason) for everything that a person should look at.

    These are submissions that are not graded, errors while grading and, in submissions without
    errors, exercises that were attempted but earned nothing and show no known misconception.
    """
    found = [
        (student, f"handed in, not graded{': ' if why else ''}{why}")
        for student, why in one.ungraded.items()
    ]
    for s in one.submissions:
        if s.run and s.run.errors:
            found += [(s.student, error) for error in dict.fromkeys(s.run.errors)]
            continue
        for exercise, result in s.results.items():
            if result.score == 0 and result.attempted and not result.explanation.ideas:
                what = in_brief(result)
                found.append((s.student, f"{exercise} earned nothing, cause unknown: {what}"))
    return found
