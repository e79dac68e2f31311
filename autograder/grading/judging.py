"""From a submission's replies to its results: points, messages, likely misconceptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from autograder.grading.bank import ExerciseBank
from autograder.misconceptions.catalogue import diagnoser
from course.judge import JudgedProperty, Reply, judge_exercise
from course.results import ExerciseResult

Replies = Mapping[str, Sequence[Sequence[Reply]]]
FEWEST_CASES = 3


def judge_submission(
    assignment: str,
    bank: Mapping[str, ExerciseBank],
    replies: Replies,
    again: Callable[[str], Sequence[Sequence[Reply]]] | None = None,
    *,
    explain: bool = True,
) -> list[ExerciseResult]:
    """The result of every exercise, from the replies to each case of each of its properties.

    again    from an exercise with a stand-in to its replies with that; see `Exercise`
    explain  with likely misconceptions, which takes as long as the rest
    """
    faulty = faulty_operations(bank, replies)
    results = {
        exercise_id: judge_replies(assignment, exercise_bank, replies[exercise_id], faulty, explain)
        for exercise_id, exercise_bank in bank.items()
    }
    failed = {exercise_id for exercise_id, result in results.items() if not result.passed}
    if again is None or len(failed) < 2:
        return list(results.values())
    for exercise_id in failed:
        if bank[exercise_id].exercise.stand_in and _attempted(results[exercise_id]):
            second = again(exercise_id)
            result = judge_replies(assignment, bank[exercise_id], second, faulty, explain)
            ran = not any(answer.error for answers in second for answer in answers)
            if result.score > results[exercise_id].score or ran:
                results[exercise_id] = result
    return list(results.values())


def _attempted(result: ExerciseResult) -> bool:
    return any("not attempted" not in p.message for p in result.properties)


def judge_replies(
    assignment: str,
    exercise_bank: ExerciseBank,
    replies: Sequence[Sequence[Reply]],
    faulty: Mapping[str, set[str]],
    explain: bool = True,
) -> ExerciseResult:
    """The result of one exercise; ``faulty`` is what `faulty_operations` found."""
    exercise = exercise_bank.exercise
    answered = list(zip(exercise_bank.properties, replies, strict=True))
    judged = []
    for prop, answers in answered:
        if prop.name in exercise.spares:
            elsewhere = {op for op, found_by in faulty.items() if found_by - {prop.name}}
            prop, answers = without(prop, answers, elsewhere)
        judged.append((prop, answers))
    properties, kept = zip(*judged, strict=True)
    look = diagnoser(assignment, exercise.id, answered) if explain else None
    return judge_exercise(exercise.id, properties, kept, look)


def faulty_operations(bank: Mapping[str, ExerciseBank], replies: Replies) -> dict[str, set[str]]:
    """Operations that are at fault -> the properties that show it."""
    failures = [
        (case, prop.name)
        for exercise_id, exercise_bank in bank.items()
        for prop, answers in zip(exercise_bank.properties, replies[exercise_id], strict=True)
        if prop.name in exercise_bank.exercise.decides
        for case, answer in zip(prop.cases, answers, strict=True)
        if case.shows and not answer.matches(case, prop.threshold)
    ]
    faulty: dict[str, set[str]] = {}
    for case, prop_name in sorted(failures, key=lambda failure: len(failure[0].needs)):
        if not any(operation in faulty for operation in case.needs - case.shows):
            for operation in case.shows:
                faulty.setdefault(operation, set()).add(prop_name)
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
    # Without an operation on two Values nothing is shared, and no fault of order could show.
    telling = [case for case, _ in kept if any(need.endswith(" vv") for need in case.needs)]
    if len(telling) < min(FEWEST_CASES, len(prop.cases)):
        return prop, replies
    return replace(prop, cases=[case for case, _ in kept]), [answer for _, answer in kept]
