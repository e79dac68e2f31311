"""From a submission's replies to its results: points, messages, likely misconceptions."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from autograder.bank import ExerciseBank
from autograder.misconceptions import diagnose
from course.judge import JudgedProperty, Reply, judge, settle
from course.results import ExerciseResult

Replies = Mapping[str, Sequence[Sequence[Reply]]]
FEWEST_CASES = 3


def judge_submission(
    assignment: str, bank: Mapping[str, ExerciseBank], replies: Replies
) -> list[ExerciseResult]:
    """The result of every exercise, from the replies to each case of each of its properties."""
    faulty = faulty_operations(bank, replies)
    results = []
    for exercise_id, exercise_bank in bank.items():
        properties, judged = [], []
        for prop, answers in zip(exercise_bank.properties, replies[exercise_id], strict=True):
            if prop.name in exercise_bank.exercise.spares:
                elsewhere = {op for op, found_by in faulty.items() if found_by - {prop.name}}
                prop, answers = without(prop, answers, elsewhere)
            properties.append(prop)
            judged.append(
                judge(prop, answers, functools.partial(diagnose, assignment, exercise_id))
            )
        results.append(settle(exercise_id, judged, properties))
    return results


def faulty_operations(bank: Mapping[str, ExerciseBank], replies: Replies) -> dict[str, set[str]]:
    """Operations that fail on their own -> the properties that show it, by one-operation cases."""
    faulty: dict[str, set[str]] = {}
    for exercise_id, exercise_bank in bank.items():
        for prop, answers in zip(exercise_bank.properties, replies[exercise_id], strict=True):
            if prop.name in exercise_bank.exercise.decides:
                for case, answer in zip(prop.cases, answers, strict=True):
                    if case.shows and not answer.matches(case, prop.threshold):
                        for operation in case.shows:
                            faulty.setdefault(operation, set()).add(prop.name)
    return faulty


def without(
    prop: JudgedProperty, replies: Sequence[Reply], faulty: set[str]
) -> tuple[JudgedProperty, Sequence[Reply]]:
    """The property and replies without the cases that need a faulty operation, if enough remain."""
    if not faulty:
        return prop, replies
    kept = [
        (case, answer)
        for case, answer in zip(prop.cases, replies, strict=True)
        if case.needs and not case.needs & faulty
    ]
    if len(kept) < min(FEWEST_CASES, len(prop.cases)):
        return prop, replies
    return replace(prop, cases=[case for case, _ in kept]), [answer for _, answer in kept]
