"""From what was expected and what was seen to the result of a property.

Used on both sides: by the local checks with the few cases that students may read, and by the
grader with its own. It compares plain data and never touches a student's objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest

from course.compare import Row, Seen, apart, first_difference, side_by_side
from course.errors import explain_error
from course.results import (
    LONGEST_CELL,
    MAX_LINES,
    Comparison,
    ExerciseResult,
    PropertyResult,
    clipped,
)
from course.scenarios import Scenario, describe, path
from course.scenarios.law import Relations

MOST_COMPARED, MOST_ROWS = 2, 8


@dataclass(frozen=True)
class Threshold:
    """A property that holds where a measure of what was seen is large enough.

    measure   from the observations to a number
    at_least  the smallest number that passes
    what      what the number is, for messages: "accuracy on images it has not seen"
    """

    measure: Callable[[Seen], float]
    at_least: float
    what: str


@dataclass(frozen=True)
class Case:
    """A scenario and what the reference shows in it; of a law, only the form of that matters.

    needs  the operations that the case relies on
    shows  the operations that are at fault where it fails and the rest of what it needs is right;
           see `Exercise` in autograder
    """

    scenario: Scenario
    expected: Seen
    needs: frozenset[str] = frozenset()
    shows: frozenset[str] = frozenset()

    @cached_property
    def relations(self) -> Relations | None:
        """Those of a law, None where answers are compared with the reference's."""
        if self.scenario["kind"] != "law":
            return None
        return Relations.of(self.scenario, self.expected.values)


@dataclass(frozen=True)
class Reply:
    """What a submission showed in one scenario, and the error that ended it, if any."""

    seen: Seen
    error: dict[str, str] | None = None

    def matches(self, case: Case, threshold: Threshold | None) -> bool:
        if self.error is not None:
            return False
        if case.relations is not None:
            return (
                self.seen.is_like(case.expected)
                and case.relations.first_broken(self.seen.numbers) is None
            )
        if threshold is None:
            return self.seen.equals(case.expected)
        return self.seen.form == case.expected.form and measured(self, threshold) is not None

    def equals(self, other: Reply) -> bool:
        """The same kind of error, or the same values to the tolerance?"""
        if self.error or other.error:
            return bool(self.error and other.error and self.error["type"] == other.error["type"])
        return self.seen.equals(other.seen)


def measured(reply: Reply, threshold: Threshold) -> float | None:
    """The measure where it is large enough, else None."""
    value = threshold.measure(reply.seen)
    return value if value >= threshold.at_least else None


@dataclass(frozen=True)
class JudgedProperty:
    """What the judge needs to know of a property.

    counts_with  the name of a property that doing nothing fails; this one, which doing nothing
                 satisfies, counts only together with it
    after        the name of a property that this one builds on
    slow         its cases take long to play
    section      the heading of the lesson's section to read again
    """

    name: str
    points: float
    cases: Sequence[Case]
    hint: str = ""
    counts_with: str | None = None
    threshold: Threshold | None = None
    after: str | None = None
    slow: bool = False
    section: str = ""


Diagnose = Callable[[JudgedProperty, Sequence[Reply]], tuple[str | None, list[str]]]


def judge(
    prop: JudgedProperty,
    replies: Sequence[Reply],
    diagnose: Diagnose | None = None,
    *,
    compare: bool = False,
) -> PropertyResult:
    """The result of one property from the replies to its cases.

    diagnose  from a failed property and its replies to a misconception's name, or None, and the
              lines that explain it; without it the property's own hint is shown
    compare   with the numbers of the first cases that failed, beside the expected ones
    """
    for case, reply in zip(prop.cases, replies, strict=True):
        if not reply.matches(case, prop.threshold):
            break
    else:
        return PropertyResult(prop.name, prop.points, True, score=prop.points)
    if reply.error is not None and reply.error["type"] == "NotImplementedError":
        return PropertyResult(prop.name, prop.points, False, "\n".join(explain_error(reply.error)))
    name, explanation = diagnose(prop, replies) if diagnose else (None, [])
    if not explanation and prop.hint:
        explanation = [f"hint       {prop.hint}"]
    explanation = clipped(explanation, 5)
    if prop.section:
        explanation.append(f"read       “{prop.section.replace('`', '')}”")
    lines = _case_lines(case) + _verdict(prop, case, reply)
    room = MAX_LINES - len(explanation)
    lines = clipped(lines, room) if len(lines) <= room else _middle_out(lines, room)
    return PropertyResult(
        prop.name,
        prop.points,
        False,
        "\n".join(lines + explanation),
        name,
        comparisons=_comparisons(prop, replies) if compare and prop.threshold is None else (),
    )


def _comparisons(prop: JudgedProperty, replies: Sequence[Reply]) -> list[Comparison]:
    """The first cases that failed, without what the message shows already."""
    failed = [
        (case, reply)
        for case, reply in zip(prop.cases, replies, strict=True)
        if not reply.matches(case, None)
    ]
    first = [_comparison(*pair, []) for pair in failed[:1] if len(pair[0].expected.values) > 1]
    return first + [_comparison(*pair, _case_lines(pair[0])) for pair in failed[1:MOST_COMPARED]]


def _comparison(case: Case, reply: Reply, lines: Sequence[str]) -> Comparison:
    if case.relations is None:
        rows = list(side_by_side(case.expected, reply.seen))
    else:
        rows = list(filter(None, [_difference(case, reply)[1]]))
    first = next((i for i, row in enumerate(rows) if row.differs), -1)
    start = max(0, min(first - MOST_ROWS // 2, len(rows) - MOST_ROWS))
    cells = [(row.where, row.expected, row.got) for row in rows[start : start + MOST_ROWS]]
    return Comparison(
        clipped(lines),
        [clipped(row, width=LONGEST_CELL) for row in cells],
        first - start if first >= 0 else -1,
        _paths(case, reply),
    )


def _paths(case: Case, reply: Reply) -> dict[str, tuple[list[float], list[float]]]:
    """Expected and seen numbers from step to step, where the case has such."""
    count = min(len(case.expected.values), len(reply.seen.values))
    if reply.seen.form[:count] != case.expected.form[:count]:
        return {}
    expected = path(case.scenario, case.expected.values)
    seen = path(case.scenario, reply.seen.values[:count])
    return {name: (expected[name], seen[name]) for name in expected if seen[name]}


def _case_lines(case: Case) -> list[str]:
    return _titled("case", describe(case.scenario))


def _verdict(prop: JudgedProperty, case: Case, reply: Reply) -> list[str]:
    """Expected and got, or the error."""
    if reply.error is not None:
        return explain_error(reply.error)
    if prop.threshold is not None and reply.seen.form == case.expected.form:
        value = prop.threshold.measure(reply.seen)
        return [
            f"expected   {prop.threshold.what}: at least {prop.threshold.at_least:.3f}",
            f"got        {value:.3f}",
        ]
    titles, difference = _difference(case, reply)
    if difference is None:
        return []
    return [
        f"where      {difference.where}",
        f"{titles[0]:10} {difference.expected}",
        f"{titles[1]:10} {difference.got}",
    ]


def _difference(case: Case, reply: Reply) -> tuple[Sequence[str], Row | None]:
    """Where the reply is wrong, and the titles of the two things that differ there."""
    titles, expected, seen = ("expected", "got"), case.expected, reply.seen
    if case.relations is None:
        return titles, first_difference(expected, seen)
    if not seen.is_like(expected):
        rows = zip_longest(side_by_side(expected, seen), expected.form, seen.form)
        return titles, next(row for row, wanted, given in rows if wanted != given)
    broken = case.relations.first_broken(seen.numbers)
    if broken is None:
        return titles, None
    entry = "" if broken.entry is None else f", entry {broken.entry}"
    row = Row(expected.labels[broken.index] + entry, *apart(broken.wanted, broken.given))
    return case.scenario["sides"], row


def _titled(title: str, lines: Iterable[str]) -> list[str]:
    """The lines in a column, with the title beside the first."""
    return [f"{title if i == 0 else '':10} {line}" if line else "" for i, line in enumerate(lines)]


def _middle_out(lines: Sequence[str], room: int) -> list[str]:
    """The first and the last lines, where all are too many: the verdict stands at the end."""
    tail = clipped(lines[-4:], 4)
    head = clipped(lines[: room - 5], room - 5)
    return [*head, f"{'':10} …", *tail]


def _untouched(replies: Sequence[Reply]) -> bool:
    return any(r.error is not None and r.error["type"] == "NotImplementedError" for r in replies)


def judge_exercise(
    exercise: str,
    properties: Sequence[JudgedProperty],
    replies: Sequence[Sequence[Reply]],
    diagnose: Diagnose | None = None,
    *,
    brief: bool = False,
    compare: bool = False,
) -> ExerciseResult:
    """The result of an exercise from the replies to the cases of each of its properties.

    The hint of a property that builds on one that failed is to mend that one first, and with
    ``brief`` its whole message; one that counts only together with another is held to that.
    ``compare`` is `judge`'s.
    """
    results: list[PropertyResult] = []
    failed: set[str] = set()
    for prop, answers in zip(properties, replies, strict=True):
        if prop.after in failed:
            prop = replace(prop, hint=f"first mend “{prop.after}”")
        result = judge(prop, answers, diagnose, compare=compare)
        if brief and prop.after in failed and not result.passed and not _untouched(answers):
            result = replace(result, message=prop.hint, comparisons=())
        results.append(result)
        if not result.passed:
            failed.add(prop.name)
    for i, (result, prop) in enumerate(zip(results, properties, strict=True)):
        if result.passed and prop.counts_with in failed:
            message = f"holds so far, but counts only together with “{prop.counts_with}”"
            results[i] = replace(result, passed=False, message=message, score=0.0)
    return ExerciseResult(exercise, results)
