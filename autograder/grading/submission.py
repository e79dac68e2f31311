"""Running a submission: its cells, and at each grade cell the cases of that exercise.

A submission is a list of items that one process in the jail works through. An item that ends the
process costs its own exercise and no other: a new process runs the earlier cells again, without
that item, and continues behind it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from autograder.assignments import PROJECT, Assignment, Property
from autograder.grading.bank import bank
from autograder.grading.notebooks import is_autograded
from autograder.grading.outputs import MAX_OUTPUT, size, stopped, valid_outputs
from autograder.grading.replies import Budget, bounded
from autograder.jail import Died, Limits, Session, Worker
from autograder.jail.worker import packed_cell, packed_play
from course.compare import Seen
from course.failures import Failure, FailureKind
from course.judge import Reply


@dataclass(frozen=True)
class Item:
    """One step of a submission: run a cell, or play the cases of one property.

    cell      the index of the cell
    exercise  the exercise to play, None to run the cell
    prop      the index of the property in `ExerciseBank.played`
    """

    cell: int
    exercise: str | None = None
    prop: int = 0


@dataclass
class Record:
    """What the items so far have shown.

    room         characters of output that may still come
    excess       weight that replies may still have beyond what is expected, see `bounded`
    outputs      index of a cell -> its outputs
    cell_errors  index of a cell -> what ended it early
    replies      (exercise, index of the property) -> the replies to its cases
    errors       a line for each item that ended a process, and one where the time was used up
    """

    room: int
    excess: Budget = field(default_factory=Budget)
    outputs: dict[int, list[Any]] = field(default_factory=dict)
    cell_errors: dict[int, Failure] = field(default_factory=dict)
    replies: dict[tuple[str, int], list[Reply]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def by_exercise(self) -> dict[str, list[list[Reply]]]:
        """Exercise -> for each of its properties, and last for its evidence -> the replies."""
        grouped: dict[str, list[list[Reply]]] = {}
        for (exercise, _), replies in sorted(self.replies.items(), key=lambda pair: pair[0]):
            grouped.setdefault(exercise, []).append(replies)
        return grouped


def prepare(assignment: Assignment, worker: Worker) -> None:
    """Start the worker and load the cases into it. Raises InfrastructureError."""
    worker.start()
    worker.load(list(_requests(assignment.name, worker.limits.case_seconds).values()))


def play(notebook: nbformat.NotebookNode, assignment: Assignment, worker: Worker) -> Record:
    """Run all cells in order, and at each grade cell play the cases of its exercise."""
    items = list(_items(notebook, assignment))
    record = Record(worker.limits.output)
    fatal: set[Item] = set()
    until = time.monotonic() + worker.limits.submission_seconds
    position = 0
    while position < len(items):
        if time.monotonic() > until:
            _time_is_up(items[position:], record, assignment, worker.limits.submission_seconds)
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
                    _take(item, assignment, session, record, until)
                    position += 1
        except Died as death:
            reason = session.reason if session is not None and session.reason else str(death)
            fatal.add(item)
            _record_death(item, reason, record, assignment)
            position = max(position, items.index(item) + 1)
    return record


def play_with_stand_in(
    notebook: nbformat.NotebookNode, assignment: Assignment, worker: Worker, exercise_id: str
) -> list[list[Reply]]:
    """The replies of one exercise with the stand-in's definitions in place of the student's own."""
    exercise = assignment.exercise(exercise_id)
    stand_in = PROJECT / "autograder" / "cases" / f"{exercise.stand_in}.py"
    cells = [
        cell
        for cell in notebook.cells
        if not is_autograded(cell) or cell.metadata.nbgrader.grade_id == exercise_id
    ]
    at = next(i for i, cell in enumerate(cells) if is_autograded(cell))
    cells = [*cells[:at], new_code_cell(stand_in.read_text("utf-8")), cells[at]]
    record = play(new_notebook(cells=cells), assignment, worker)
    return record.by_exercise()[exercise_id]


def _items(notebook: nbformat.NotebookNode, assignment: Assignment) -> Iterator[Item]:
    known = {exercise.id: exercise for exercise in assignment.exercises}
    for index, cell in enumerate(notebook.cells):
        if is_autograded(cell):
            exercise = known[cell.metadata.nbgrader.grade_id]
            for number in range(len(exercise.played)):
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
    item: Item, assignment: Assignment, session: Session, record: Record, until: float
) -> None:
    """Receive and record the session's answer to an item that was requested before."""
    if item.exercise is None:
        answer = session.cell_answer(until)
        outputs = valid_outputs(answer["outputs"], min(MAX_OUTPUT, record.room))
        record.outputs[item.cell] = outputs
        record.room -= sum(map(size, outputs))
        if isinstance(answer["error"], dict):
            record.cell_errors[item.cell] = Failure.from_data(answer["error"])
        return
    prop = assignment.exercise(item.exercise).played[item.prop]
    seconds = _seconds(prop, session.limits.case_seconds)
    cases = bank(assignment.name)[item.exercise].played[item.prop].cases
    replies = record.replies.setdefault((item.exercise, item.prop), [])
    answers = session.play_answers(len(cases), seconds, until)
    for case, answer in zip(cases, answers, strict=True):
        error = answer["error"]
        failure = Failure.from_data(error) if isinstance(error, dict) else None
        replies.append(Reply(bounded(answer["values"], case.expected, record.excess), failure))


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
            zip(exercise_bank.exercise.played, exercise_bank.played, strict=True)
        )
    }


def _seconds(prop: Property, case_seconds: float) -> float:
    """The CPU seconds for each case of a property: its own limit, or else ``case_seconds``."""
    return prop.seconds or case_seconds


def _record_death(item: Item, reason: str, record: Record, assignment: Assignment) -> None:
    """Record that a cell or a property ended its process."""
    failure = Failure(FailureKind.ENDED, message=reason)
    if item.exercise is None:
        record.errors.append(f"cell {item.cell + 1}: {reason}")
        record.cell_errors[item.cell] = failure
        record.outputs[item.cell] = stopped(reason)
    else:
        record.errors.append(f"{item.exercise}: {reason}")
        _fill(item, record, assignment, failure)


def _time_is_up(
    items: Sequence[Item], record: Record, assignment: Assignment, seconds: float
) -> None:
    reason = f"the submission's {seconds:g} seconds were used up before"
    waiting = [item for item in items if item.exercise is None or _case_count(item, assignment)]
    if waiting:
        record.errors.append(f"cell {waiting[0].cell + 1} and what follows: {reason}")
    for item in items:
        if item.exercise is not None:
            _fill(item, record, assignment, Failure(FailureKind.ENDED, message=reason))


def _fill(item: Item, record: Record, assignment: Assignment, failure: Failure) -> None:
    """Record the failure as the reply to each case of a property that has none yet."""
    assert item.exercise is not None
    count = _case_count(item, assignment)
    replies = record.replies.setdefault((item.exercise, item.prop), [])
    replies += [Reply(Seen([]), failure)] * (count - len(replies))


def _case_count(item: Item, assignment: Assignment) -> int:
    """How many cases an item plays; none is the evidence of an exercise that has none."""
    assert item.exercise is not None
    return len(bank(assignment.name)[item.exercise].played[item.prop].cases)
