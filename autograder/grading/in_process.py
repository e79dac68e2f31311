"""Judging in this process, without notebook and without jail: for code that authors trust."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from autograder.assignments import NAMES, PROJECT, load
from autograder.grading.bank import ExerciseBank, bank
from autograder.grading.judging import judge_submission
from course.checks import CheckFailed, reply
from course.judge import JudgedProperty, Reply
from course.messages import as_text
from course.results import ExerciseResult

Play = Callable[[JudgedProperty, Mapping[str, Any]], Sequence[Reply]]


def play_all(prop: JudgedProperty, objects: Mapping[str, Any]) -> list[Reply]:
    """The replies of some objects to all cases of a property."""
    return [reply(case.scenario, objects) for case in prop.cases]


def hidden(exercise: str, *objects: Any) -> float:
    """Judge the objects by all cases of an exercise and print the result.

    This is the hidden test of a grade cell, for trying a notebook in an instructor's own kernel;
    submissions are graded in a jail instead. Returns the score: as the value of the cell, nbgrader
    reads it as partial credit. Raises CheckFailed where the score is 0, ValueError for an unknown
    exercise.
    """
    for name in NAMES:
        for known in load(name).exercises:
            if known.id == exercise:
                exercise_bank = bank(name)[exercise]
                named = dict(zip(known.objects, objects, strict=True))
                replies = [play_all(prop, named) for prop in exercise_bank.played]
                [result] = judge_submission(name, {exercise: exercise_bank}, {exercise: replies})
                print(as_text(result))
                if result.score == 0:
                    raise CheckFailed(f"{exercise}: 0 of {result.max_score:g} points")
                return result.score
    raise ValueError(f"there is no exercise {exercise!r}")


def replies_of(
    assignment: str,
    text: str,
    name: str,
    like_reference: Collection[str] = (),
    play: Play = play_all,
) -> dict[str, list[Sequence[Reply]]]:
    """The replies to every case by a submission that consists of one module.

    text            the module's source
    name            its ``__name__``
    like_reference  names of objects that are the reference's own: these are not played, their
                    replies are the reference's answers
    play            from a property and the objects to the replies

    Raises whatever the module raises when it is executed.
    """
    namespace = executed(name, text)
    return {
        exercise: [
            [Reply(case.expected) for case in prop.cases]
            if set(exercise_bank.exercise.objects) <= set(like_reference)
            else play(prop, namespace)
            for prop in exercise_bank.played
        ]
        for exercise, exercise_bank in bank(assignment).items()
    }


def judge_module(
    assignment: str,
    text: str,
    name: str,
    replies: Mapping[str, Sequence[Sequence[Reply]]],
    play: Play = play_all,
    *,
    explain: bool = True,
) -> list[ExerciseResult]:
    """The results of the submission with these replies; see `replies_of`, `judge_submission`."""

    def again(exercise: str) -> list[Sequence[Reply]]:
        exercise_bank: ExerciseBank = bank(assignment)[exercise]
        stand_in = PROJECT / "autograder" / "cases" / f"{exercise_bank.exercise.stand_in}.py"
        namespace = executed(name, text, stand_in.read_text("utf-8"))
        return [play(prop, namespace) for prop in exercise_bank.played]

    return judge_submission(assignment, bank(assignment), replies, again, explain=explain)


def executed(name: str, *texts: str) -> dict[str, Any]:
    """The namespace after executing the modules in it, one after the other."""
    namespace: dict[str, Any] = {"__name__": name}
    for text in texts:
        exec(compile(text, f"<{name}>", "exec", dont_inherit=True), namespace)
    return namespace
