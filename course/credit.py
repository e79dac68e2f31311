"""What outcomes earn: the rules of partial credit, each of them one function.

| rule           | what it is for |
|---|---|
| `judge`        | a property pays all of its points where every case matches, else nothing |
| threshold      | a measure that is large enough pays, see `course.judge.Threshold` |
| `after`        | what builds on a failed property says that this one is to be mended first |
| `idle`         | what doing nothing satisfies pays only where the submission does anything |
| `computed_all` | who computes all that is right and puts it nowhere did not do nothing |
| `follow`       | what fails only because of a mistake that is charged elsewhere keeps its points |
| `decides`      | which operations are at fault, by the properties that show one operation each |
| `spares`       | a fault of an operation costs its own properties: others are judged without it |
| `stand_in`     | an exercise that builds on a wrong class is judged again on a right one |

Local checks and grader share them, so that a student sees before handing in what a mistake costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from course.compare import Seen
from course.judge import Answered, JudgedProperty, Property, Reply, judge
from course.results import UNEXPLAINED, ExerciseResult, Explanation, Outcome, PropertyResult
from course.scenarios.computed import MOST_ARRAYS

FEWEST_CASES = 3  # that `spares` leaves, else all are kept
NO_EVIDENCE: Answered = JudgedProperty(Property("", 0.0), []), []


@dataclass(frozen=True)
class Idle:
    """What doing nothing, in each of some ways, shows in the cases of a property.

    wrong  the cases that it gets wrong in all ways; none where it satisfies the property in one
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
    explanation  what is behind the failures; it never costs anything
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
    """Failed properties with the failed one that they build on, and no numbers until then."""
    failed = {result.name for result in results if not result.passed}
    return [
        replace(result, waits_for=judged.prop.after, comparisons=())
        if judged.prop.after in failed and not result.passed
        else result
        for result, judged in zip(results, properties, strict=True)
    ]


def follow(results: Sequence[PropertyResult], explanation: Explanation) -> list[PropertyResult]:
    """Failed properties that only follow from the mistake, and what the mistake is."""
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
    """What holds in code that does nothing counts as not attempted, and nothing follows."""
    return [replace(r, outcome=Outcome.NOT_ATTEMPTED) if r.passed else r for r in results]


def is_idle(
    results: Sequence[PropertyResult],
    answered: Sequence[Answered],
    idle_ones: Mapping[str, Idle],
) -> bool:
    """Does the submission fail all that doing nothing fails, and mostly show the same there?

    What raises an error shows nothing. Only the properties in ``idle_ones`` are looked at.
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
                replies[i].error is not None or any(replies[i].equals(w[i]) for w in shown.replies)
                for i in shown.wrong
            ]
    return sum(same) > len(same) / 2


def differs(answered: Sequence[Answered], idle_ones: Mapping[str, Idle]) -> bool:
    """Does the submission show in any case what doing nothing does not?"""
    return any(
        reply.error is None and not any(reply.equals(way[i]) for way in shown.replies)
        for judged, replies in answered
        if (shown := idle_ones.get(judged.name)) is not None
        for i, reply in enumerate(replies)
    )


def computed_all(judged: JudgedProperty, replies: Sequence[Reply]) -> bool:
    """Was what is right computed in every step of every case, wherever it went?

    As opposed to what is seen of it: ``w = w - lr*d`` changes no array of the caller's. It has to
    be in one and the same variable, and few are looked at, so that none is right by chance.
    """
    places: list[set[tuple[int, int]]] = []
    for case, reply in zip(judged.cases, replies, strict=True):
        if reply.error is not None or len(reply.seen.values) != len(case.expected.values):
            return False
        places += map(_places, case.expected.values, reply.seen.values)
    return bool(places) and bool(set.intersection(*places))


def _places(expected: Any, shown: Any) -> set[tuple[int, int]]:
    """The variables, and the items in them, that are one of the expected arrays.

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
        for place, array in arrays[:MOST_ARRAYS]
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
    """A property without the cases that need an operation which others show to be at fault.

    With all of them where too few would be left.
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
    if len(telling) < min(FEWEST_CASES, len(judged.cases)):
        return answered
    cases = [case for case, _ in kept]
    return replace(judged, cases=cases), [reply for _, reply in kept]


def stand_in(own: ExerciseResult, second: ExerciseResult, ran: bool) -> ExerciseResult:
    """The result on a right class in the place of the student's own, if it is better or clearer.

    ran  did nothing raise an error there?
    """
    return second if second.score > own.score or ran else own
