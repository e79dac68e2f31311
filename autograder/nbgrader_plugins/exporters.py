"""Grades and graders for other systems.

Run as ``nbgrader export --exporter=autograder.nbgrader_plugins.exporters.…``. All of them are
plugins of nbgrader: ``--to`` names the output, ``--assignment`` and ``--student`` choose the
scores. An output that exists is replaced only if ``--to`` names it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from nbgrader.api import Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin

from autograder import assignments, database
from autograder.assignments import NAMES
from autograder.errors import UserError, told
from autograder.grading import points
from autograder.grading.records import as_json
from autograder.nbgrader_plugins import gradescope
from autograder.report.class_report import Submission, collect


class Exporter(ExportPlugin):
    """The base of all exporters. ``default`` is the path of the output without ``--to``."""

    default = ""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        coursedir = self.parent.coursedir
        # nbgrader opens the gradebook next, and would show a traceback if it is damaged.
        with self._told(), database.opened(coursedir.db_url, coursedir.course_id):
            pass

    def export(self, gradebook: Gradebook) -> None:
        """Call `write`; if it fails, log one line and exit with a status. nbgrader calls this."""
        with self._told(), database.faults(self.parent.coursedir.db_url):
            self.write(gradebook)

    def write(self, gradebook: Gradebook) -> None:
        """Write the output. Raises UserError and OSError."""
        raise NotImplementedError

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (UserError, OSError) as error:
            line, status = told(error)
            self.log.error(line)
            raise SystemExit(status) from None

    def target(self) -> Path:
        """The path to write to. Raises UserError if it exists and --to does not name it."""
        path = Path(self.to or self.default)
        if not self.to and path.exists():
            raise UserError(f"{path} exists: name it with --to to replace it, or name another")
        return path

    def chosen(self, gradebook: Gradebook) -> list[str]:
        """The assignments to export, in teaching order. Raises UserError for an unknown one.

        Warns where gradebook and source notebook differ in points.
        """
        known = [a.name for a in gradebook.assignments]
        wanted = list(map(str, self.assignment)) or known
        for name in wanted:
            if name not in known:
                raise UserError(f"the gradebook does not know {name}")
            line = points.difference(self.parent.coursedir, gradebook, name)
            if line:
                self.log.warning("%s", line)
        return sorted(wanted, key=lambda n: NAMES.index(n) if n in NAMES else len(NAMES))

    def students(self, gradebook: Gradebook) -> list[Student]:
        """The students to export, sorted by last name."""
        wanted = set(map(str, self.student))
        found = [s for s in gradebook.students if not wanted or s.id in wanted]
        return sorted(found, key=lambda s: (s.last_name or "", s.first_name or "", s.id))

    def score(self, gradebook: Gradebook, assignment: str, student: Student) -> str:
        """The score minus late penalty, with at most two decimals; "" if there is no score."""
        try:
            submission = gradebook.find_submission(assignment, student.id)
        except MissingEntry:
            return ""
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        if any(
            g.cell.cell_type == "code" and {g.auto_score, g.manual_score} == {None} for g in grades
        ):
            self.log.warning(
                "%s of %s was not autograded: its cell is empty", assignment, student.id
            )
            return ""
        if submission.needs_manual_grade:
            self.log.warning("%s of %s still has answers to grade", assignment, student.id)
        score = max(0.0, submission.score - (submission.late_submission_penalty or 0.0))
        return f"{score:.2f}".rstrip("0").rstrip(".")


class CsvExporter(Exporter):
    """A table with a row for each student and a column for each assignment."""

    def write(self, gradebook: Gradebook) -> None:
        path = self.target()
        names = self.chosen(gradebook)
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerows(self.head(gradebook, names))
            for student in self.students(gradebook):
                scores = [self.score(gradebook, name, student) for name in names]
                table.writerow([*self.person(student), *scores])
        self.log.info("Exported grades to %s", path)

    def head(self, gradebook: Gradebook, names: Sequence[str]) -> list[list[Any]]:
        """The rows above the students."""
        raise NotImplementedError

    def person(self, student: Student) -> list[str]:
        """A student's cells left of the scores."""
        raise NotImplementedError


class CanvasExporter(CsvExporter):
    """A file for Canvas: Gradebook → Import.

    After the Canvas guide *How do I import grades in the Gradebook* and Canvas's own importer.

    Canvas wants the columns Student, ID, SIS User ID, SIS Login ID and Section in this order before
    the assignments, then a row *Points Possible*. It finds a student by the ID, which is nbgrader's
    ``lms_user_id``, then by the login, which is nbgrader's student id, then by name. A column whose
    title Canvas does not know becomes a new assignment, if you confirm it there; Canvas shows all
    changes before it makes them. A student without a submission has an empty cell.
    """

    default = "canvas.csv"

    def head(self, gradebook: Gradebook, names: Sequence[str]) -> list[list[Any]]:
        fixed = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        points = [f"{gradebook.find_assignment(name).max_score:g}" for name in names]
        return [[*fixed, *names], ["    Points Possible", "", "", "", "", *points]]

    def person(self, student: Student) -> list[str]:
        names = [student.last_name, student.first_name]
        name = ", ".join(filter(None, names)) or student.id
        return [name, student.lms_user_id or "", "", student.id, ""]


class MoodleExporter(CsvExporter):
    """A file for Moodle: Grades → Import → CSV file (Moodle docs *Grade import*).

    One header row, UTF-8, commas. Moodle asks which column identifies the student: *Email address*
    or *ID number*, which is nbgrader's student id. It then asks which grade item each column
    belongs to. It treats imported grades as graded by hand.
    """

    default = "moodle.csv"

    def head(self, gradebook: Gradebook, names: Sequence[str]) -> list[list[Any]]:
        fixed = ["First name", "Last name", "ID number", "Email address"]
        return [[*fixed, *(f"Assignment: {name} (Real)" for name in names)]]

    def person(self, student: Student) -> list[str]:
        return [
            student.first_name or "",
            student.last_name or "",
            student.id,
            student.email or "",
        ]


class GradescopeExporter(Exporter):
    """For Gradescope, see `autograder.nbgrader_plugins.gradescope`.

    Writes ``STUDENT/ASSIGNMENT/results.json`` for each graded submission, with the scores of the
    gradebook and without written answers, and ``autograder-ASSIGNMENT.zip`` for courses in which
    Gradescope does the grading. The zips contain solutions and hidden cases: for instructors only.
    """

    default = "gradescope"

    def write(self, gradebook: Gradebook) -> None:
        folder = self.target()
        names = [name for name in self.chosen(gradebook) if name in NAMES]
        wanted = {student.id for student in self.students(gradebook)}
        folder.mkdir(parents=True, exist_ok=True)
        for one in collect(self.parent.coursedir, names):
            for submission in one.submissions:
                if submission.student in wanted:
                    place = folder / submission.student / one.assignment
                    place.mkdir(parents=True, exist_ok=True)
                    data = self.results(submission, one.exercises)
                    text = json.dumps(data, indent=1) + "\n"
                    (place / "results.json").write_text(text, "utf-8")
        for name in names:
            assignment = assignments.load(name)
            source = points.source_notebook(self.parent.coursedir, name)
            if not source.exists():
                source = assignment.source_notebook
            gradescope.write_zip(assignment, folder / f"autograder-{name}.zip", source)
        self.log.info("Exported results and autograders to %s", folder)

    def results(self, submission: Submission, exercises: Mapping[str, float]) -> dict[str, Any]:
        """The results of a graded submission, as `gradescope.results` has them.

        exercises  what each is worth
        """
        shown = []
        for exercise, worth in exercises.items():
            result = submission.results.get(exercise)
            known = as_json(result) if result else {"id": exercise, "properties": []}
            earned = {"score": submission.scores.get(exercise, 0.0), "max_score": worth}
            shown.append(known | earned)
        run = submission.run
        grade = {
            "score": submission.score,
            "exercises": shown,
            "isolation": run.isolation if run else None,
            "errors": list(run.errors) if run else [],
        }
        return gradescope.results(grade, run.seconds if run else None)


class GitHubClassroomExporter(Exporter):
    """A workflow for GitHub Classroom, for ``.github/workflows/`` of the starter repository.

    The starter repository is the unpacked bundle. Students can read and change the workflow, so it
    runs only the local checks and contains nothing hidden. Each exercise is one step, which earns
    all points or none.
    After the README of *autograding-grading-reporter*: the workflow is named *Autograding Tests*,
    its only job *run-autograding-tests*, and the results of a step with the id X are handed on as
    ``X_RESULTS``, in capitals. That README also says that GitHub has ended Classroom itself; the
    workflow remains one that runs in any repository on GitHub.
    """

    default = "classroom.yml"

    def write(self, gradebook: Gradebook) -> None:
        path = self.target()
        names = [name for name in self.chosen(gradebook) if name in NAMES]
        path.parent.mkdir(parents=True, exist_ok=True)
        worth = {name: points.points_in(gradebook, name) for name in names}
        path.write_text(yaml.safe_dump(workflow(worth), sort_keys=False), "utf-8")
        self.log.info("Exported the workflow to %s", path)


def workflow(worth: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """The workflow that checks some assignments, as data.

    worth  assignment -> exercise -> its points
    """
    checked = [(name, *item) for name, exercises in worth.items() for item in exercises.items()]
    ids = [exercise for _, exercise, _ in checked]
    command = 'python -m pytest tests/local --notebook {name}.ipynb -k "{id}:"'
    checks = [
        {
            "name": exercise,
            "id": exercise,
            "uses": "classroom-resources/autograding-command-grader@v1",
            "with": {
                "test-name": exercise,
                "command": command.format(name=name, id=exercise),
                "timeout": 10,
                "max-score": round(most),
            },
        }
        for name, exercise, most in checked
    ]
    return {
        "name": "Autograding Tests",
        "on": ["push", "workflow_dispatch"],
        "permissions": {"checks": "write", "actions": "read", "contents": "read"},
        "jobs": {
            "run-autograding-tests": {
                "runs-on": "ubuntu-latest",
                "steps": [
                    {"name": "Checkout code", "uses": "actions/checkout@v4"},
                    {
                        "name": "Python",
                        "uses": "actions/setup-python@v5",
                        "with": {"python-version": "3.12"},
                    },
                    {
                        "name": "Install",
                        "run": "python -m pip install ./optimization_lab-*.whl pytest",
                    },
                    *checks,
                    {
                        "name": "Autograding Reporter",
                        "uses": "classroom-resources/autograding-grading-reporter@v1",
                        "env": {
                            f"{i.upper()}_RESULTS": f"${{{{ steps.{i}.outputs.result }}}}"
                            for i in ids
                        },
                        "with": {"runners": ",".join(ids)},
                    },
                ],
            }
        },
    }
