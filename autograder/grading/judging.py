"""From a submission's replies to its results: what is behind the failures, and what it earns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from autograder.grading.bank import ExerciseBank
from autograder.misconceptions.catalogue import explanation
from course import credit
from course.judge import Answered, Reply
from course.results import UNEXPLAINED, ExerciseResult

Replies = Mapping[str, Sequence[Sequence[Reply]]]  # exercise -> property -> the reply to each case


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
    explain  with the ideas that are behind the failures, which takes as long as the rest
    """
    answered = {
        exercise_id: list(zip(exercise_bank.properties, replies[exercise_id], strict=True))
        for exercise_id, exercise_bank in bank.items()
    }
    failures = [
        failure
        for exercise_id, answers in answered.items()
        for failure in credit.decides(answers, bank[exercise_id].exercise.decides)
    ]
    faulty = credit.faulty_operations(failures)

    def marked(exercise_id: str, answers: Sequence[Answered]) -> ExerciseResult:
        one = bank[exercise_id]
        counted = [
            credit.spares(a, faulty) if a[0].name in one.exercise.spares else a for a in answers
        ]
        why = explanation(assignment, exercise_id, answers) if explain else UNEXPLAINED
        return credit.mark(exercise_id, answers, one.idle, why, counted=counted)

    results = {
        exercise_id: marked(exercise_id, answers) for exercise_id, answers in answered.items()
    }
    failed = [exercise_id for exercise_id, result in results.items() if not result.passed]
    if again is None or len(failed) < 2:
        return list(results.values())
    for exercise_id in failed:
        if bank[exercise_id].exercise.stand_in and results[exercise_id].attempted:
            second = list(zip(bank[exercise_id].properties, again(exercise_id), strict=True))
            ran = not any(reply.error for _, answers in second for reply in answers)
            result = marked(exercise_id, second)
            results[exercise_id] = credit.stand_in(results[exercise_id], result, ran)
    return list(results.values())
