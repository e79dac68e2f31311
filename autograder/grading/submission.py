"""Running a submission: its cells, and the cases of each exercise where its grade cell stands.

All of it is a list of items that go to one process in the jail. An item that ends the process costs
its own exercise and no other: a fresh process replays the cells so far without it and goes on.
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
    """One thing to do with a submission: run a cell, or play the cases of one property.

    prop  the number of the property among `ExerciseBank.played`
    """

    cell: int
    exercise: str | None = None
    prop: int = 0


@dataclass
class Outcome:
    """What became of the items so far.

    room         for how many more characters of output
    excess       for how much more in the replies than is expected
    outputs      index of a cell -> its outputs
    cell_errors  index of a cell -> what ended it early
    replies      (exercise, number of the property) -> the replies to its cases
    errors       a line for everything that ended a process
    """

    room: int
    excess: Budget = field(default_factory=Budget)
    outputs: dict[int, list[Any]] = field(default_factory=dict)
    cell_errors: dict[int, Failure] = field(default_factory=dict)
    replies: dict[tuple[str, int], list[Reply]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def by_exercise(self) -> dict[str, list[list[Reply]]]:
        """Exercise -> the replies to all that is played of it."""
        grouped: dict[str, list[list[Reply]]] = {}
        for (exercise, _), replies in sorted(self.replies.items(), key=lambda pair: pair[0]):
            grouped.setdefault(exercise, []).append(replies)
        return grouped


def prepare(assignment: Assignment, worker: Worker) -> None:
    """Start the worker, and let it know the cases. Raises InfrastructureError."""
    worker.start()
    worker.load(list(_requests(assignment.name, worker.limits.case_seconds).values()))


def play(notebook: nbformat.NotebookNode, assignment: Assignment, worker: Worker) -> Outcome:
    """Run all cells, and play each exercise's cases where its grade cell stands."""
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
            _record_death(item, reason, outcome, assignment)
            position = max(position, items.index(item) + 1)
    return outcome


def play_with_stand_in(
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
    outcome = play(new_notebook(cells=cells), assignment, worker)
    return outcome.by_exercise()[exercise_id]


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
    item: Item, assignment: Assignment, session: Session, outcome: Outcome, until: float
) -> None:
    """Note what the session answers to an item that it was asked for."""
    if item.exercise is None:
        answer = session.cell_answer(until)
        outputs = valid_outputs(answer["outputs"], min(MAX_OUTPUT, outcome.room))
        outcome.outputs[item.cell] = outputs
        outcome.room -= sum(map(size, outputs))
        if isinstance(answer["error"], dict):
            outcome.cell_errors[item.cell] = Failure.from_data(answer["error"])
        return
    prop = assignment.exercise(item.exercise).played[item.prop]
    seconds = _seconds(prop, session.limits.case_seconds)
    cases = bank(assignment.name)[item.exercise].played[item.prop].cases
    replies = outcome.replies.setdefault((item.exercise, item.prop), [])
    answers = session.play_answers(len(cases), seconds, until)
    for case, answer in zip(cases, answers, strict=True):
        error = answer["error"]
        failure = Failure.from_data(error) if isinstance(error, dict) else None
        replies.append(Reply(bounded(answer["values"], case.expected, outcome.excess), failure))


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
    """What each case of a property may take, where most may take ``case_seconds``."""
    return prop.seconds or case_seconds


def _record_death(item: Item, reason: str, outcome: Outcome, assignment: Assignment) -> None:
    """Note what a cell or a property did to its process."""
    failure = Failure(FailureKind.ENDED, message=reason)
    if item.exercise is None:
        outcome.errors.append(f"cell {item.cell + 1}: {reason}")
        outcome.cell_errors[item.cell] = failure
        outcome.outputs[item.cell] = stopped(reason)
    else:
        outcome.errors.append(f"{item.exercise}: {reason}")
        _fill(item, outcome, assignment, failure)


def _time_is_up(
    items: Sequence[Item], outcome: Outcome, assignment: Assignment, seconds: float
) -> None:
    reason = f"the submission's {seconds:g} seconds were used up before"
    outcome.errors.append(f"cell {items[0].cell + 1} and what follows: {reason}")
    for item in items:
        if item.exercise is not None:
            _fill(item, outcome, assignment, Failure(FailureKind.ENDED, message=reason))


def _fill(item: Item, outcome: Outcome, assignment: Assignment, failure: Failure) -> None:
    """Let the failure stand for the replies of a property that are missing."""
    assert item.exercise is not None
    count = len(bank(assignment.name)[item.exercise].played[item.prop].cases)
    replies = outcome.replies.setdefault((item.exercise, item.prop), [])
    replies += [Reply(Seen([]), failure)] * (count - len(replies))
