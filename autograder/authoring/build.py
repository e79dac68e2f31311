"""From lessons and solutions to ``source/``, ``release/`` and the local checks' examples.

All three are generated and committed. `write` updates them, `check` reports which are out of date.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import logging
import math
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import numpy as np
from nbformat.v4 import new_notebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from autograder.assignments import (
    NAMES,
    PROJECT,
    Assignment,
    Exercise,
    Property,
    load,
    use_own_programs,
)
from autograder.authoring import bundle
from autograder.batch import files as grade_report
from autograder.errors import UserError
from autograder.grading.bank import answered
from autograder.jail import open_worker
from autograder.misconceptions.catalogue import Misconception, misconceptions
from autograder.misconceptions.catalogue import idea as as_idea
from course import judge
from course.checks import reply
from course.judge import Reply
from course.wire import Odd

HIDDEN = """\
### BEGIN HIDDEN TESTS
from autograder import hidden

hidden("{exercise}", {objects})
### END HIDDEN TESTS"""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def targets(names: Sequence[str] = NAMES) -> dict[Path, str]:
    """Each generated file of these assignments -> its up-to-date text."""
    assignments = [load(name) for name in names]
    files: dict[Path, str] = {}
    for assignment in assignments:
        files[assignment.source_notebook] = as_json(source_notebook(assignment))
        checks = PROJECT / "course" / "checks" / f"{assignment.name}.json"
        files[checks] = public_checks(assignment)
    released = release_notebooks({a.name: files[a.source_notebook] for a in assignments})
    for assignment in assignments:
        files[assignment.release_notebook] = released[assignment.name]
    return files


def write(names: Sequence[str] = NAMES, report: Callable[[Path], None] = lambda path: None) -> None:
    """Write the generated files that are out of date; ``report`` is called with each."""
    for path, text in targets(names).items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            report(path)


def out_of_date(names: Sequence[str] = NAMES) -> list[Path]:
    """The generated files that are missing or differ from their up-to-date text."""
    return [
        path
        for path, text in targets(names).items()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def check(names: Sequence[str] = NAMES) -> list[str]:
    """A line for each problem of the generated files; changes nothing.

    Files must be up to date, release and bundle must not show solutions or hidden tests, the source
    notebook must score full marks and the untouched release notebook none.
    """
    problems = [f"{path.relative_to(PROJECT)} is out of date" for path in out_of_date(names)]
    if problems:
        return problems
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder, "bundle")
        bundle.make(made)
        problems += [f"bundle/{line}" for line in bundle.leaks(made)]
    for name in names:
        assignment = load(name)
        problems += [f"release/{name} shows {text!r}" for text in leaks(assignment)]
        paths = [assignment.source_notebook, assignment.release_notebook]
        source, release = grade_report.grade_files(paths, open_worker())
        if source.score != source.max_score:
            problems.append(f"the source notebook lost marks:\n{source.as_text()}")
        if release.score != 0:
            problems.append(f"the untouched release notebook scores:\n{release.as_text()}")
    return problems


def leaks(assignment: Assignment) -> list[str]:
    """The parts of solutions and hidden tests that are in the release notebook."""
    notebook = nbformat.read(assignment.release_notebook, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells)
    lines = [line.strip() for line in text.splitlines()]
    found = [word for word in ("BEGIN ", "END SOLUTION", "autograder", "hidden(") if word in text]
    solution = "".join((PROJECT / "solutions" / f"{name}.py").read_text("utf-8") for name in NAMES)
    for region in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", solution, re.DOTALL):
        secret = [line.strip() for line in region.splitlines() if line.strip()]
        for i in range(max(1, len(secret) - 2)):
            part = secret[i : i + 3]
            if any(lines[j : j + len(part)] == part for j in range(len(lines))):
                found.append(" / ".join(part))
    return found


def as_json(notebook: nbformat.NotebookNode) -> str:
    return nbformat.writes(notebook, version=4) + "\n"


def source_notebook(assignment: Assignment) -> nbformat.NotebookNode:
    """The instructor's notebook: the lesson with solutions, hidden tests, nbgrader's metadata."""
    lesson = jupytext.read(assignment.lesson, fmt="md:myst")
    cells = [_built(cell, assignment) for cell in lesson.cells]
    for index, cell in enumerate(cells):
        key = cell.metadata.get("nbgrader", {}).get("grade_id") or f"{assignment.name}-{index}"
        cell.id = hashlib.sha256(key.encode()).hexdigest()[:8]
    graded = [c.metadata.nbgrader.grade_id for c in cells if "nbgrader" in c.metadata]
    missing = [e.id for e in assignment.exercises if e.id not in graded]
    if missing:
        raise UserError(f"{assignment.lesson.name}: no grade cell for {', '.join(missing)}")
    return new_notebook(cells=cells, metadata=METADATA)


def _built(cell: nbformat.NotebookNode, assignment: Assignment) -> nbformat.NotebookNode:
    """The cell as it stands in the source notebook."""
    marks, cell.metadata = cell.metadata, nbformat.NotebookNode()
    if "solution" in marks:
        objects = [place.split(":") for place in marks.solution.split()]
        cell.source = "\n\n\n".join(object_source(module, name) for module, name in objects)
        cell.metadata.nbgrader = _nbgrader("-".join(name for _, name in objects), solution=True)
    elif "grade" in marks:
        try:
            exercise = assignment.exercise(marks.grade)
        except StopIteration:
            raise UserError(f"{assignment.lesson.name}: no exercise {marks.grade!r}") from None
        hidden = HIDDEN.format(exercise=exercise.id, objects=", ".join(exercise.objects))
        cell.source = f"{cell.source.strip()}\n\n{hidden}"
        cell.metadata.nbgrader = _nbgrader(exercise.id, points=exercise.points)
    elif "written" in marks:
        cell.metadata.nbgrader = _nbgrader(marks.written, solution=True, points=marks.points)
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
        cell.metadata.tags = ["raises-exception"]  # "Run all" then goes on after a failed check
    return cell


def _nbgrader(grade_id: str, *, solution: bool = False, points: float | None = None) -> Any:
    """nbgrader's cell metadata, schema version 3."""
    metadata = {
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        metadata["points"] = points
    return nbformat.from_dict(metadata)


def object_source(module: str, name: str) -> str:
    """The source of one top-level class or function of a module of ``solutions``."""
    path = PROJECT / Path(*module.split(".")).with_suffix(".py")
    text = path.read_text("utf-8")
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
            end = node.end_lineno or node.lineno
            while end < len(lines) and lines[end][:1] in ("", " "):  # a comment may be the end
                end += 1
            return "\n".join(lines[node.lineno - 1 : end]).rstrip()
    raise UserError(f"{path.name} defines no {name}")


def release_notebooks(sources: dict[str, str]) -> dict[str, str]:
    """Name -> release notebook, which nbgrader's generate_assignment makes of the source."""
    use_own_programs()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in sources.items():
            path = Path(folder, "source", name, f"{name}.ipynb")
            path.parent.mkdir(parents=True)
            path.write_text(text, "utf-8")
        config = Config()
        config.CourseDirectory.root = config.Exchange.root = folder
        released = {}
        logging.disable(logging.WARNING)  # nbgrader logs every step
        try:
            api = NbGraderAPI(config=config)
            for name in sources:
                result = api.generate_assignment(name)
                if not result["success"]:
                    raise UserError(f"nbgrader cannot release {name}: {result['log']}")
                path = Path(folder, "release", name, f"{name}.ipynb")
                released[name] = path.read_text("utf-8")
        finally:
            logging.disable(logging.NOTSET)
        return released


def public_checks(assignment: Assignment) -> str:
    """The local checks of an assignment as JSON: the examples of each property with its answers."""
    data = {
        exercise.id: {
            "objects": list(exercise.objects),
            "properties": [
                {
                    **shared_fields(prop),
                    "section": assignment.section_of(exercise, prop),
                    "at_least": prop.local_at_least,
                    "cases": [
                        {
                            "scenario": scenario,
                            "labels": answer.labels,
                            "values": rounded(answer.values, exact=prop.threshold is None),
                        }
                        for scenario in prop.public or prop.examples
                        for answer in [answered(scenario, assignment.reference)]
                    ],
                }
                for prop in exercise.properties
            ],
            "ideas": [
                {
                    "name": idea.name,
                    "thinks": idea.thinks,
                    "hint": idea.hint,
                    "own": idea.own,
                    "hollow": bool(idea.reason),
                    "answers": wrong_answers(assignment, exercise, idea),
                }
                for idea in misconceptions(assignment.name)
                if idea.exercise == exercise.id
            ],
        }
        for exercise in assignment.exercises
    }
    return json_text(to_json(data))


def shared_fields(prop: Property) -> dict[str, Any]:
    """The fields of a property that local checks have too; a threshold is not plain data."""
    names = [f.name for f in fields(judge.Property) if f.name != "threshold"]
    return {name: getattr(prop, name) for name in names}


def wrong_answers(
    assignment: Assignment, exercise: Exercise, idea: Misconception
) -> dict[str, dict[str, Any]]:
    """The idea's answers in the public cases in which they differ from the reference's.

    Property -> number of the case -> {"values"} or {"error"}. Slow properties are played only if no
    other property tells the idea from the reference.
    """
    answers: dict[str, dict[str, Any]] = {}
    for prop in sorted(exercise.properties, key=lambda prop: prop.slow):
        if prop.threshold is not None or (prop.slow and answers):
            continue
        for number, scenario in enumerate(prop.public or prop.examples):
            with np.errstate(all="ignore"):
                answer = reply(scenario, as_idea(assignment.name, idea).objects)
            if not answer.equals(Reply(answered(scenario, assignment.reference))):
                error = answer.error and {"error": answer.error.type}
                shown = error or {"values": rounded(answer.seen.values)}
                answers.setdefault(prop.name, {})[str(number)] = shown
    return answers


def rounded(value: Any, exact: bool = True) -> Any:
    """Numbers rounded far below the tolerance; `Odd` as {"odd": text}.

    Generated files then do not depend on the last digits, which differ between processors and
    libraries. With ``exact`` false, for thresholds, only the form matters: all numbers are 0.
    """
    if isinstance(value, Odd):
        return {"odd": value.text}
    if isinstance(value, list):
        return [rounded(item, exact) for item in value]
    if isinstance(value, np.ndarray):
        return np.array([rounded(float(x), exact) for x in value.ravel()]).reshape(value.shape)
    if not isinstance(value, float):
        return value
    return float(f"{round(value, 12):.10g}") if exact else 0.0


def to_json(data: Any) -> Any:
    """The data with only what JSON can hold; `course.checks.from_json` is the reverse."""
    if isinstance(data, np.ndarray):
        return {"array": to_json(data.tolist())}
    if isinstance(data, float) and not math.isfinite(data):
        return {"number": str(data)}
    if isinstance(data, Odd):
        raise UserError(f"the reference shows {data.text}, which no check can expect")
    if isinstance(data, dict):
        return {key: to_json(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [to_json(item) for item in data]
    return data


def json_text(data: dict[str, Any]) -> str:
    """JSON with one line for each case and each idea, so that its diffs are short."""
    dumps = functools.partial(json.dumps, allow_nan=False)
    exercises = []
    for exercise_id, exercise in data.items():
        properties = []
        for prop in exercise["properties"]:
            head = {key: value for key, value in prop.items() if key != "cases"}
            cases = ",\n".join("    " + dumps(case) for case in prop["cases"])
            inner = dumps(head, ensure_ascii=False)[:-1]
            properties.append(f'   {inner}, "cases": [\n{cases}]}}')
        ideas = ["   " + dumps(idea, ensure_ascii=False) for idea in exercise["ideas"]]
        exercises.append(
            f" {dumps(exercise_id)}: {{\n"
            f'  "objects": {dumps(exercise["objects"])},\n  "properties": [\n'
            + ",\n".join(properties)
            + '],\n  "ideas": [\n'
            + ",\n".join(ideas)
            + "]}"
        )
    return "{\n" + ",\n".join(exercises) + "\n}\n"
