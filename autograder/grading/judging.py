"""From a submission's replies to its results: outcomes, explanation and credit."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from autograder.grading.bank import ExerciseBank, unnamed
from autograder.misconceptions.catalogue import (
    idea,
    misconceptions,
    on_other_bases,
    pairs,
)
from autograder.misconceptions.parts import place_of
from autograder.misconceptions.unnamed import candidates
from course import credit
from course.diagnosis import Exercise, Stage, explain
from course.judge import Answered, JudgedProperty, Reply
from course.results import UNEXPLAINED, ExerciseResult, Explanation

# exercise -> for each of its properties, and last for its evidence -> the reply to each case
Replies = Mapping[str, Sequence[Sequence[Reply]]]


def judge_submission(
    assignment: str,
    bank: Mapping[str, ExerciseBank],
    replies: Replies,
    again: Callable[[str], Sequence[Sequence[Reply]]] | None = None,
    *,
    explain: bool = True,
) -> list[ExerciseResult]:
    """The result of every exercise.

    again    plays an exercise again on its stand-in and returns the replies; see `Exercise`
    explain  whether to look for the ideas behind the failures, which takes as long as the rest
    """
    answered = {
        exercise: list(zip(one.properties, replies[exercise][:-1], strict=True))
        for exercise, one in bank.items()
    }
    failures = [
        failure
        for exercise, answers in answered.items()
        for failure in credit.decides(answers, bank[exercise].exercise.decides)
    ]
    faulty = credit.faulty_operations(failures)
    why = explanations(assignment, bank, answered) if explain else {}

    def marked(exercise: str, answers: Sequence[Answered], why: Explanation) -> ExerciseResult:
        one = bank[exercise]
        counted = [
            credit.spares(a, faulty) if a[0].name in one.exercise.spares else a for a in answers
        ]
        evidence = one.evidence, replies[exercise][-1]
        return credit.mark(exercise, answers, one.idle, why, counted=counted, evidence=evidence)

    results = {
        exercise: marked(exercise, answers, why.get(exercise, UNEXPLAINED))
        for exercise, answers in answered.items()
    }
    failed = [exercise for exercise, result in results.items() if not result.passed]
    if again is None or len(failed) < 2:
        return list(results.values())
    for exercise in failed:
        tried = results[exercise].attempted or results[exercise].broken
        if bank[exercise].exercise.stand_in and tried:
            second = list(zip(bank[exercise].properties, again(exercise)[:-1], strict=True))
            ran = not any(reply.error for _, answers in second for reply in answers)
            their = explanations(assignment, bank, {exercise: second}) if explain else {}
            result = marked(exercise, second, their.get(exercise, UNEXPLAINED))
            results[exercise] = credit.stand_in(results[exercise], result, ran)
    return list(results.values())


def explanations(
    assignment: str,
    bank: Mapping[str, ExerciseBank],
    answered: Mapping[str, Sequence[Answered]],
) -> dict[str, Explanation]:
    """The explanation of each exercise with failures, see `course.diagnosis`.

    An idea that is found and charged in one exercise may also explain the failures of another.
    """

    def answer(idea: Any, judged: JudgedProperty, number: int) -> Reply:
        return idea.answer(judged.cases[number])

    exercises = {name: Exercise(answers, answer) for name, answers in answered.items()}
    found = {
        name: explain(exercise, stages(assignment, name))
        for name, exercise in exercises.items()
        if exercise.wrong
    }
    for name, one in found.items():
        elsewhere = [idea for other in found for idea in found[other].ideas if other != name]
        if elsewhere and not set(exercises[name].wrong) <= one.explained:
            carried = explain(exercises[name], [functools.partial(_same, elsewhere)])
            if len(carried.explained) > len(one.explained):
                found[name] = carried
    return {
        name: located(assignment, exercises[name], one.explanation) for name, one in found.items()
    }


def located(assignment: str, exercise: Exercise, why: Explanation) -> Explanation:
    """The explanation, with the part of the solution that the slip is in where that is all we know.

    Unchanged where an idea already explains failures, or where every failure is an error.
    """
    if why.own or why.follows or exercise.only_errors:
        return why
    failed = list(exercise.wrong)
    place = place_of(assignment, failed)
    if place:
        return replace(why, located=place, own=failed, alone=True)
    roots = exercise.roots
    if len(roots) > 1:
        return why
    return replace(why, located=place_of(assignment, roots), own=roots)


def _same(ideas: Sequence[Any], _exercise: Exercise) -> Sequence[Any]:
    return ideas


def stages(assignment: str, exercise_id: str) -> list[Stage]:
    """The sources of ideas about an exercise, the most likely first."""
    known = [m for m in misconceptions(assignment) if m.exercise == exercise_id]
    return [
        lambda exercise: [idea(assignment, m) for m in known],
        lambda exercise: [i for m in known for i in on_other_bases(assignment, m)],
        lambda exercise: list(pairs(assignment, known, exercise)),
        lambda exercise: candidates(unnamed(assignment), exercise_id, exercise),
    ]
