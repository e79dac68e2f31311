"""What grading records for reports and exports, besides the scores in nbgrader's gradebook.

A grade cell of an autograded notebook holds its result as data, in an output of the type `RESULT`.
Students cannot write it, since grade cells and all outputs are made by the grader, and it is the
same each time the submission is graded. What differs each time, the duration and the errors, goes
to ``reports/runs.jsonl`` in the course's folder: one line for each time a submission is graded. A
submission's last line counts.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from course.messages import message
from course.results import ExerciseResult, from_data

RESULT = "application/vnd.optimization-lab.result+json"
FOLDER = "reports"
RUNS = "runs.jsonl"


@dataclass(frozen=True)
class Run:
    """One grading of one submission.

    status   "graded", or "refused" or "failed" as in `autograder.batch.course.Done`
    seconds  wall-clock time of its cells and cases
    """

    student: str
    assignment: str
    status: str = "graded"
    seconds: float | None = None
    isolation: str | None = None
    errors: Sequence[str] = ()


def as_json(result: ExerciseResult) -> dict[str, Any]:
    """The result of an exercise as `grade --json` has it."""
    located = result.explanation.located or None
    explained = {*result.explanation.own, *result.explanation.follows}
    return {
        "id": result.id,
        "score": result.score,
        "max_score": result.max_score,
        "properties": [
            {
                "name": p.name,
                "points": p.points,
                "score": p.score,
                "passed": p.passed,
                "outcome": p.outcome,
                "message": message(p, result.explanation),
                "misconception": p.misconception,
                "located": located if p.name in explained else None,
            }
            for p in result.properties
        ],
    }


def results_in(notebook: Path) -> list[ExerciseResult]:
    """The results in an autograded notebook; an empty list where they are missing or unreadable."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        graded = [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade")]
        outputs = [output for cell in graded for output in cell.get("outputs", ())]
        found = [o["data"][RESULT] for o in outputs if RESULT in o.get("data", {})]
        return [*map(from_data, found)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def note(course: Path, run: Run) -> None:
    """Add a run to the course's list. A list that cannot be written costs no grade."""
    line = json.dumps(asdict(run)) + "\n"
    with contextlib.suppress(OSError):
        path = course / FOLDER / RUNS
        path.parent.mkdir(exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(file, line.encode())  # one call, so that lines of two processes do not mix
        finally:
            os.close(file)


def runs(course: Path) -> dict[tuple[str, str], Run]:
    """(student, assignment) -> its last run."""
    return {(run.student, run.assignment): run for run in _all_runs(course / FOLDER / RUNS)}


def _all_runs(path: Path) -> Iterator[Run]:
    names = {field.name for field in fields(Run)}
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        # Lines that were cut short or written by something else are ignored.
        with contextlib.suppress(ValueError, TypeError, AttributeError):
            yield Run(**{name: v for name, v in json.loads(line).items() if name in names})
