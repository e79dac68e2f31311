"""Grading one submission: a notebook in, the graded notebook and its results out."""

from __future__ import annotations

import functools
import logging
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.assignments import PROJECT, Assignment, Property
from autograder.grading.bank import bank
from autograder.grading.judging import judge_submission
from autograder.grading.notebooks import is_autograded, restore
from autograder.grading.records import RESULT
from autograder.jail import Died, InfrastructureError, Limits, Session, Worker
from autograder.jail.worker import packed_cell, packed_play
from course.compare import Seen
from course.failures import Failure, FailureKind, printable
from course.judge import Reply
from course.messages import as_text
from course.panel import as_html
from course.results import ExerciseResult, as_data
from course.scenarios.plain import kind_of
from course.wire import Flat, FrameError, Odd

log = logging.getLogger(__name__)

ATTEMPTS = 3
MOST_MORE = 2_000_000  # numbers, in all answers, beyond twice what is expected of each; see `seen`
MOST_OUTPUT = 4_000_000  # characters below one cell
LEAST_OUTPUT = 1_000  # characters that one output counts as, for each takes time to validate
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
SHOWN = {"text/plain": None, "image/png": BASE64, "image/jpeg": BASE64}
NOT_SHOWN = "[an output that is neither text nor an image: not shown]"


@dataclass(frozen=True)
class Graded:
    """A graded submission.

    notebook   the restored notebook with all outputs; grade cells show their results
    exercises  the results, in the order of the notebook
    isolation  "jail" or "process"
    seconds    by the clock that its cells and cases took
    errors     a line for everything that went wrong around the exercises
    """

    notebook: nbformat.NotebookNode
    exercises: Sequence[ExerciseResult]
    isolation: str
    errors: Sequence[str] = ()
    seconds: float = 0.0

    @property
    def score(self) -> float:
        return sum(e.score for e in self.exercises)

    @property
    def max_score(self) -> float:
        return sum(e.max_score for e in self.exercises)


@dataclass(frozen=True)
class Item:
    """One thing to do with a submission: run a cell, or play the cases of one property."""

    cell: int
    exercise: str | None = None
    prop: int = 0


@dataclass
class Outcome:
    """What became of the items so far.

    room  for how many more characters of output
    more  a list of one number: for how much more in the answers than is expected, see `seen`
    """

    room: int
    more: list[int] = field(default_factory=lambda: [MOST_MORE])
    outputs: dict[int, list[Any]] = field(default_factory=dict)
    cell_errors: dict[int, Failure] = field(default_factory=dict)
    replies: dict[tuple[str, int], list[Reply]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def grade(submitted: nbformat.NotebookNode, assignment: Assignment, worker: Worker) -> Graded:
    """Grade a notebook that `autograder.grading.notebooks.read` returned.

    A worker that fails is replaced and the submission tried again. Raises InfrastructureError
    where that does not help: then there is no grade.
    """
    notebook = restore(submitted, assignment)
    return grade_restored(notebook, assignment, worker)


def grade_restored(
    notebook: nbformat.NotebookNode, assignment: Assignment, worker: Worker
) -> Graded:
    """Grade a notebook that `notebooks.restore` returned; its outputs are replaced."""
    bank(assignment.name)  # not on the submission's time
    for attempt in range(1, ATTEMPTS + 1):
        try:
            worker.start()
            worker.load(list(_requests(assignment.name, worker.limits.case_seconds).values()))
            start = time.monotonic()
            outcome = run(notebook, assignment, worker)
            break
        except InfrastructureError as error:
            worker.close()
            if attempt == ATTEMPTS:
                raise
            log.warning("the worker failed, trying again: %s", error)
    again = functools.partial(run_with_stand_in, notebook, assignment, worker)
    exercises = judge_submission(
        assignment.name, bank(assignment.name), _by_exercise(outcome), again
    )
    _write_outputs(notebook, outcome, exercises)
    seconds = time.monotonic() - start
    return Graded(notebook, exercises, worker.isolation, outcome.errors, seconds)


def run(notebook: nbformat.NotebookNode, assignment: Assignment, worker: Worker) -> Outcome:
    """Run all cells, and play each exercise's cases where its grade cell stands.

    When an item ends the process, a fresh one replays the cells so far without it and goes on with
    the next: it costs its own exercise and no other.
    """
    items = list(_items(notebook, assignment))
    outcome = Outcome(worker.limits.output)
    fatal: set[Item] = set()
    until = time.monotonic() + worker.limits.submission_seconds
    position = 0
    while position < len(items):
        if time.monotonic() > until:
            _time_is_up(items[position:], outcome, assignment, worker.limits.submission_seconds)
            break
        item = items[0]
        session = None
        try:
            with worker.session() as session:
                for item in items[:position]:
                    if item.exercise is None and item not in fatal:
                        session.run_cell(notebook.cells[item.cell].source, until)
                asked = position
                while position < len(items):
                    while asked < len(items) and session.ask(
                        _request(items[asked], notebook, assignment, worker.limits)
                    ):
                        asked += 1
                    item = items[position]
                    _take(item, assignment, session, outcome, until)
                    position += 1
        except Died as death:
            reason = session.reason if session is not None and session.reason else str(death)
            fatal.add(item)
            _record_death(item, reason, outcome, assignment, notebook)
            position = max(position, items.index(item) + 1)
    return outcome


def run_with_stand_in(
    notebook: nbformat.NotebookNode, assignment: Assignment, worker: Worker, exercise_id: str
) -> list[list[Reply]]:
    """The replies of one exercise where the stand-in's definitions replace the student's own."""
    exercise = assignment.exercise(exercise_id)
    stand_in = PROJECT / "autograder" / "cases" / f"{exercise.stand_in}.py"
    cells = [
        cell
        for cell in notebook.cells
        if not is_autograded(cell) or cell.metadata.nbgrader.grade_id == exercise_id
    ]
    at = next(i for i, cell in enumerate(cells) if is_autograded(cell))
    cells = [*cells[:at], new_code_cell(stand_in.read_text("utf-8")), cells[at]]
    outcome = run(new_notebook(cells=cells), assignment, worker)
    return _by_exercise(outcome)[exercise_id]


def _items(notebook: nbformat.NotebookNode, assignment: Assignment) -> Iterator[Item]:
    known = {exercise.id: exercise for exercise in assignment.exercises}
    for index, cell in enumerate(notebook.cells):
        if is_autograded(cell):
            exercise = known[cell.metadata.nbgrader.grade_id]
            for number in range(len(exercise.properties)):
                yield Item(index, exercise.id, number)
        elif cell.cell_type == "code" and cell.source.strip():
            yield Item(index)


def _request(
    item: Item, notebook: nbformat.NotebookNode, assignment: Assignment, limits: Limits
) -> bytes:
    if item.exercise is None:
        return packed_cell(notebook.cells[item.cell].source, limits.cell_seconds)
    return _requests(assignment.name, limits.case_seconds)[item.exercise, item.prop]


def _take(
    item: Item, assignment: Assignment, session: Session, outcome: Outcome, until: float
) -> None:
    """Note what the session answers to an item that it was asked for."""
    if item.exercise is None:
        answer = session.cell_answer(until)
        outputs = valid_outputs(answer["outputs"], min(MOST_OUTPUT, outcome.room))
        outcome.outputs[item.cell] = outputs
        outcome.room -= sum(map(_size, outputs))
        if isinstance(answer["error"], dict):
            outcome.cell_errors[item.cell] = Failure.from_data(answer["error"])
        return
    prop = assignment.exercise(item.exercise).properties[item.prop]
    seconds = _seconds(prop, session.limits.case_seconds)
    cases = bank(assignment.name)[item.exercise].properties[item.prop].cases
    replies = outcome.replies.setdefault((item.exercise, item.prop), [])
    answers = session.play_answers(len(cases), seconds, until)
    for case, answer in zip(cases, answers, strict=True):
        error = answer["error"]
        failure = Failure.from_data(error) if isinstance(error, dict) else None
        replies.append(Reply(seen(answer["values"], case.expected, outcome.more), failure))


@functools.cache
def _requests(assignment: str, case_seconds: float) -> dict[tuple[str, int], bytes]:
    """The packed play request for each property of each exercise."""
    return {
        (exercise_id, number): packed_play(
            exercise_bank.exercise.objects,
            [case.scenario for case in judged.cases],
            _seconds(prop, case_seconds),
        )
        for exercise_id, exercise_bank in bank(assignment).items()
        for number, (prop, judged) in enumerate(
            zip(exercise_bank.exercise.properties, exercise_bank.properties, strict=True)
        )
    }


def _seconds(prop: Property, case_seconds: float) -> float:
    """What each case of a property may take, where most may take ``case_seconds``."""
    return prop.seconds or case_seconds


def _record_death(
    item: Item,
    reason: str,
    outcome: Outcome,
    assignment: Assignment,
    notebook: nbformat.NotebookNode,
) -> None:
    """Note what a cell or a property did to its process."""
    failure = Failure(FailureKind.ENDED, message=reason)
    if item.exercise is None:
        outcome.errors.append(f"cell {item.cell + 1}: {reason}")
        outcome.cell_errors[item.cell] = failure
        outcome.outputs[item.cell] = [
            new_output(
                "error",
                ename="Ended",
                evalue=reason,
                traceback=[f"This cell was stopped: {reason}."],
            )
        ]
        return
    outcome.errors.append(f"{item.exercise}: {reason}")
    replies = outcome.replies.setdefault((item.exercise, item.prop), [])
    _fill(replies, item, assignment, failure)


def _fill(replies: list[Reply], item: Item, assignment: Assignment, failure: Failure) -> None:
    assert item.exercise is not None
    count = len(bank(assignment.name)[item.exercise].properties[item.prop].cases)
    replies += [Reply(Seen([]), failure)] * (count - len(replies))


def _time_is_up(
    items: Sequence[Item], outcome: Outcome, assignment: Assignment, seconds: float
) -> None:
    reason = f"the submission's {seconds:g} seconds were used up before"
    outcome.errors.append(f"cell {items[0].cell + 1} and what follows: {reason}")
    for item in items:
        if item.exercise is not None:
            replies = outcome.replies.setdefault((item.exercise, item.prop), [])
            _fill(replies, item, assignment, Failure(FailureKind.ENDED, message=reason))


def _by_exercise(outcome: Outcome) -> dict[str, list[list[Reply]]]:
    grouped: dict[str, list[list[Reply]]] = {}
    for (exercise, _), replies in sorted(outcome.replies.items(), key=lambda pair: pair[0]):
        grouped.setdefault(exercise, []).append(replies)
    return grouped


def seen(values: Any, expected: Seen, room: list[int]) -> Seen:
    """What a reply's values show. Raises Died where they are nonsense.

    room  a list of one number: what they may weigh beyond twice what is expected; that is taken off
    """
    if isinstance(values, Flat):
        known = expected.flat
        # As large as what was expected, and put together as it: nothing else to look at.
        if known and values.shapes == known.shapes and values.numbers.size == known.numbers.size:
            return Seen(values)
        try:
            values = values.values()
        except FrameError as error:
            raise Died(f"it answered with nonsense: {error}") from None
    left = [room[0] + 2 * sum(map(_weight, expected.values))]
    kept = _bounded_list(values, left, 4) if isinstance(values, list) else []
    room[0] = max(0, min(room[0], left[0]))
    return Seen(kept)


def _weight(value: Any) -> int:
    """The memory that a value takes in a list, in units of 8 bytes, rounded up."""
    if isinstance(value, list):
        return 10 + sum(map(_weight, value))
    if isinstance(value, np.ndarray):
        return 20 + value.nbytes // 8
    if isinstance(value, Odd):
        return 50
    return 10 + len(value) // 8 if isinstance(value, str) else 4


def _bounded_list(values: list[Any], room: list[int], depth: int) -> list[Any]:
    """The values, with what is too large or nested too deeply for any answer as Odd, the last."""
    kept: list[Any] = []
    for value in values:
        kept.append(_bounded(value, room, depth))
        if room[0] < 0:
            break
    return kept


def _bounded(value: Any, room: list[int], depth: int) -> Any:
    room[0] -= 10 if isinstance(value, list) else _weight(value)  # of a list the items will count
    too_deep = isinstance(value, list) and depth == 0
    if room[0] < 0 or too_deep or isinstance(value, dict | bytes | Flat):
        return Odd(f"{kind_of(value)}, too large for any answer"[:200])
    if isinstance(value, list):
        return _bounded_list(value, room, depth - 1)
    if isinstance(value, np.ndarray):
        return np.array(value)  # not a view, which would keep the whole frame that it came in
    return Odd(printable(value.text[:200])) if isinstance(value, Odd) else value


def valid_outputs(outputs: Any, room: int = MOST_OUTPUT) -> list[nbformat.NotebookNode]:
    """Outputs from the jail as nbformat has them; what does not fit or is too much is left out.

    room  characters that they may have together

    Only text and images remain: HTML, JavaScript, SVG, LaTeX and Markdown would be run as they are
    by the pages of the feedback and the formgrader, with the rights of whoever looks at them.
    """
    valid: list[nbformat.NotebookNode] = []
    for output in outputs if isinstance(outputs, list) else []:
        made = _valid_output(output) if isinstance(output, dict) else None
        if made is None:
            continue
        room -= _size(made)
        if room < 0:
            text = "[more output than a notebook holds: the rest was dropped]"
            return [*valid, new_output("stream", name="stderr", text=text)]
        valid.append(made)
    return valid


def _size(output: nbformat.NotebookNode) -> int:
    return max(len(str(output)), LEAST_OUTPUT)


def _valid_output(output: dict[Any, Any]) -> nbformat.NotebookNode | None:
    def text(key: str) -> str:
        value = output.get(key)
        return value if isinstance(value, str) else ""

    kind, data = text("output_type"), output.get("data")
    if kind == "stream":
        name = "stderr" if text("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=text("text"))
    if kind in ("display_data", "execute_result") and isinstance(data, dict):
        kept = {
            mime: data[mime]
            for mime, pattern in SHOWN.items()
            if isinstance(data.get(mime), str)
            and (pattern is None or pattern.fullmatch(data[mime]))
        }
        more = {"execution_count": None} if kind == "execute_result" else {}
        return new_output(kind, data=kept or {"text/plain": NOT_SHOWN}, **more)
    if kind == "error":
        lines = output.get("traceback")
        traceback = (
            [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        )
        return new_output("error", ename=text("ename"), evalue=text("evalue"), traceback=traceback)
    return None


def _write_outputs(
    notebook: nbformat.NotebookNode, outcome: Outcome, exercises: Sequence[ExerciseResult]
) -> None:
    """Outputs into the cells; a grade cell shows its result, and its score for nbgrader."""
    results = {result.id: result for result in exercises}
    count = 0
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        if is_autograded(cell):
            cell.outputs = grade_outputs(
                results[cell.metadata.nbgrader.grade_id],
                float(cell.metadata.nbgrader.points),
                count,
            )
        else:
            cell.outputs = outcome.outputs.get(index, [])


def grade_outputs(
    result: ExerciseResult, points: float, count: int | None = None
) -> list[nbformat.NotebookNode]:
    """What a grade cell shows: the result, and as its value the score that nbgrader reads.

    ``points`` is what the cell is worth in the gradebook; the score is scaled to it.
    """
    score = points * result.score / result.max_score if result.max_score else 0.0
    data = {"text/plain": as_text(result), "text/html": as_html(result), RESULT: as_data(result)}
    return [
        new_output("display_data", data=data),
        new_output("execute_result", data={"text/plain": repr(score)}, execution_count=count),
    ]
