"""From outcomes to points: the rules of partial credit, each of them one function.

| rule           | what it does |
|---|---|
| `judge`        | a property earns all its points if every case matches, else nothing |
| threshold      | a large enough measure earns the points, see `course.judge.Threshold` |
| `after`        | a failed property names the failed one that it builds on, to repair that first |
| `idle`         | what doing nothing satisfies earns points only if the code does something |
| `computed_all` | computing the right values without storing them is not doing nothing |
| `follow`       | what fails only because of a mistake charged elsewhere keeps its points |
| `decides`      | which operations the failed cases show, in properties that show one each |
| `spares`       | other properties are judged without the cases that need an operation at fault |
| `stand_in`     | an exercise that builds on a wrong class is judged again on a right one |

Local checks and grader share these rules, so that students see the cost of a mistake before they
hand in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from course.compare import Seen
from course.judge import Answered, Case, JudgedProperty, Property, Reply, judge
from course.results import UNEXPLAINED, ExerciseResult, Explanation, Outcome, PropertyResult
from course.scenarios.computed import MAX_ARRAYS

MIN_CASES = 3  # if `spares` would leave fewer, all cases are kept
NO_EVIDENCE: Answered = JudgedProperty(Property("", 0.0), []), []


@dataclass(frozen=True)
class Idle:
    """The replies of code that does nothing to the cases of a property.

    replies  for each of several ways to do nothing, the reply to each case
    wrong    the cases that are wrong in every way; none if one way satisfies the property
    """

    replies: Sequence[Sequence[Reply]]
    wrong: Sequence[int]


def mark(
    exercise: str,
    answered: Sequence[Answered],
    idle_ones: Mapping[str, Idle],
    explanation: Explanation = UNEXPLAINED,
    *,
    counted: Sequence[Answered] | None = None,
    evidence: Answered = NO_EVIDENCE,
    compare: bool = False,
) -> ExerciseResult:
    """The result of an exercise from the replies to the cases of each of its properties.

    answered     the properties and the replies to their cases
    explanation  of the failures; it never lowers the score
    counted      the same without the cases that `spares` leaves out
    evidence     the cases for `computed_all`
    compare      see `course.judge.judge`
    """
    results = [judge(j, replies, compare=compare) for j, replies in counted or answered]
    results = after(results, [judged for judged, _ in answered])
    known = bool(explanation.alone and explanation.ideas) and differs(answered, idle_ones)
    shown = known or computed_all(*evidence)
    if not shown and is_idle(results, answered, idle_ones):
        results = idle(results)
    else:
        results = follow(results, explanation)
    return ExerciseResult(exercise, [*map(_paid, results)], explanation)


def _paid(result: PropertyResult) -> PropertyResult:
    pays = result.outcome in (Outcome.PASSED, Outcome.FOLLOWS)
    return replace(result, score=result.points if pays else 0.0)


def after(
    results: Sequence[PropertyResult], properties: Sequence[JudgedProperty]
) -> list[PropertyResult]:
    """Failed properties that build on another failed one name that one, and show no numbers."""
    failed = {result.name for result in results if not result.passed}
    return [
        replace(result, waits_for=judged.prop.after, comparisons=())
        if judged.prop.after in failed and not result.passed
        else result
        for result, judged in zip(results, properties, strict=True)
    ]


def follow(results: Sequence[PropertyResult], explanation: Explanation) -> list[PropertyResult]:
    """The results after the explanation: some failed properties only follow from the mistake."""
    name = explanation.ideas[0].name if explanation.ideas else None
    followed = []
    for result in results:
        if not result.passed and result.name in explanation.follows:
            result = replace(result, outcome=Outcome.FOLLOWS, misconception=name)
        elif not result.passed and result.name in explanation.own:
            result = replace(result, misconception=name)
        elif result.name in explanation.missing:
            result = replace(result, outcome=Outcome.NOT_ATTEMPTED, misconception=name)
        followed.append(result)
    return followed


def idle(results: Sequence[PropertyResult]) -> list[PropertyResult]:
    """All passed properties count as not attempted, since the code does nothing."""
    return [replace(r, outcome=Outcome.NOT_ATTEMPTED) if r.passed else r for r in results]


def is_idle(
    results: Sequence[PropertyResult],
    answered: Sequence[Answered],
    idle_ones: Mapping[str, Idle],
) -> bool:
    """Does the submission fail all properties that doing nothing fails, mostly with its replies?

    An error counts as a reply of code that does nothing, and so do numbers of which none is finite.
    Only the properties in ``idle_ones`` are compared.
    """
    telling = [shown for shown in idle_ones.values() if shown.wrong]
    if not telling or all(result.passed for result in results):
        return False
    same = []
    for judged, replies in answered:
        shown = idle_ones.get(judged.name)
        if shown is not None and shown.wrong:
            if not judged.wrong(replies):
                return False
            same += [
                _shows_nothing(replies[i])
                or any(_same(replies[i], w[i], judged.cases[i]) for w in shown.replies)
                for i in shown.wrong
            ]
    return sum(same) > len(same) / 2


def _shows_nothing(reply: Reply) -> bool:
    """Is it an error, or are all of its numbers nan or infinite?"""
    numbers = reply.seen.numbers
    return reply.error is not None or bool(len(numbers) and not np.isfinite(numbers).any())


def _same(reply: Reply, idle_one: Reply, case: Case) -> bool:
    """Does a reply show what doing nothing shows, whatever number the function returns?

    Where nothing but what it returns is looked at, that counts.
    """
    kept = [i for i, label in enumerate(case.expected.labels) if not label.endswith("the result")]
    shown, other = reply.seen.values, idle_one.seen.values
    if kept and len(shown) == len(other) == len(case.expected.labels):
        return Seen([shown[i] for i in kept]).equals(Seen([other[i] for i in kept]))
    return reply.equals(idle_one)


def differs(answered: Sequence[Answered], idle_ones: Mapping[str, Idle]) -> bool:
    """Is any reply of the submission, other than an error, unlike those of doing nothing?"""
    return any(
        reply.error is None and not any(reply.equals(way[i]) for way in shown.replies)
        for judged, replies in answered
        if (shown := idle_ones.get(judged.name)) is not None
        for i, reply in enumerate(replies)
    )


def computed_all(judged: JudgedProperty, replies: Sequence[Reply]) -> bool:
    """Does the code compute the right array in every step of every case, even if it is lost?

    For example, ``w = w - lr*d`` computes the right array but changes no array of the caller. The
    right arrays must always be in the same variable, and only `MAX_ARRAYS` arrays are compared, so
    that a match by chance is unlikely.
    """
    places: list[set[tuple[int, int]]] = []
    for case, reply in zip(judged.cases, replies, strict=True):
        if reply.error is not None or len(reply.seen.values) != len(case.expected.values):
            return False
        places += map(_places, case.expected.values, reply.seen.values)
    return bool(places) and bool(set.intersection(*places))


def _places(expected: Any, shown: Any) -> set[tuple[int, int]]:
    """(variable, item) of each array that equals one of the expected arrays.

    expected, shown  for each variable a list of arrays, see `course.scenarios.computed`
    """
    wanted = [Seen([array]) for variable in expected for array in variable]
    arrays = [
        ((i, j), array)
        for i, variable in enumerate(shown if isinstance(shown, list) else [])
        for j, array in enumerate(variable if isinstance(variable, list) else [])
    ]
    return {
        place
        for place, array in arrays[:MAX_ARRAYS]
        if any(Seen([array]).equals(right) for right in wanted)
    }


def decides(
    properties: Iterable[Answered], deciding: frozenset[str] | set[str]
) -> list[tuple[frozenset[str], frozenset[str], str]]:
    """(operations shown, operations needed, property) of each failed case that shows operations.

    deciding  the properties whose cases show one operation each
    """
    return [
        (judged.cases[i].shows, judged.cases[i].needs, judged.name)
        for judged, replies in properties
        if judged.name in deciding
        for i in judged.wrong(replies)
        if judged.cases[i].shows
    ]


def faulty_operations(
    failures: Iterable[tuple[frozenset[str], frozenset[str], str]],
) -> dict[str, set[str]]:
    """Operations that are at fault -> the properties that show it, from what `decides` found.

    An operation is at fault only where no other one that the case needs is.
    """
    faulty: dict[str, set[str]] = {}
    for shows, needs, prop in sorted(failures, key=lambda failure: len(failure[1])):
        if not any(operation in faulty for operation in needs - shows):
            for operation in shows:
                faulty.setdefault(operation, set()).add(prop)
    return faulty


def spares(answered: Answered, faulty: Mapping[str, set[str]]) -> Answered:
    """A property without the cases that need an operation that other properties show at fault.

    If too few cases would be left, all are kept.
    """
    judged, replies = answered
    elsewhere = {op for op, found_by in faulty.items() if found_by - {judged.name}}
    if not elsewhere:
        return answered
    kept = [
        (case, reply)
        for case, reply in zip(judged.cases, replies, strict=True)
        if case.needs and not case.needs & elsewhere
    ]
    # Without an operation on two Values nothing is shared, and no fault of order could show.
    telling = [case for case, _ in kept if any(need.endswith(" vv") for need in case.needs)]
    if len(telling) < min(MIN_CASES, len(judged.cases)):
        return answered
    cases = [case for case, _ in kept]
    return replace(judged, cases=cases), [reply for _, reply in kept]


def stand_in(own: ExerciseResult, second: ExerciseResult, ran: bool) -> ExerciseResult:
    """The better of two results: on the student's own class, and on the right stand-in.

    ran  whether the second run raised no error: its result is then taken even if it is not better
    """
    return second if second.score > own.score or ran else own
