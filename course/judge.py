"""From expected answers and replies to the outcome of a property.

The local checks use this module with the few cases that students may read, the grader with its own
cases. It compares plain data and never touches a student's objects. `course.credit` turns outcomes
into points, `course.diagnosis` looks for the ideas behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest

from course.compare import Row, Seen, apart, first_difference, side_by_side
from course.failures import Failure, FailureKind
from course.results import EXPECTED_AND_GOT, Comparison, Outcome, PropertyResult
from course.scenarios import Scenario, describe, path
from course.scenarios.law import Relations

MAX_COMPARED, MAX_ROWS = 2, 8

OUTCOMES = {
    FailureKind.RAISED: Outcome.RAISED,
    FailureKind.NOT_ATTEMPTED: Outcome.NOT_ATTEMPTED,
    FailureKind.BROKEN: Outcome.NOT_ATTEMPTED,
    FailureKind.TIMED_OUT: Outcome.TIMED_OUT,
    FailureKind.SKIPPED: Outcome.TIMED_OUT,
    FailureKind.ENDED: Outcome.ENDED,
}


@dataclass(frozen=True)
class Threshold:
    """The condition of a property that a measure of the reply must be large enough.

    measure   from the reply's observations to a number
    at_least  the smallest number that passes
    what      the meaning of the number, for messages: "accuracy on unknown images"
    """

    measure: Callable[[Seen], float]
    at_least: float
    what: str

    def holds(self, seen: Seen) -> bool:
        return self.measure(seen) >= self.at_least  # False for nan


@dataclass(frozen=True)
class Property:
    """One law that an exercise's objects obey.

    name       a sentence of a few words, the same in checks, feedback and reports
    points     its points
    hint       shown when the property fails and no misconception explains the failure
    threshold  set if a measure decides, and not the values themselves
    after      the name of a property that this one builds on, and that should be repaired first
    slow       whether its cases take long to play: ideas are tried on them last
    section    the heading of the lesson's section to read again
    """

    name: str
    points: float
    hint: str = field(default="", kw_only=True)
    threshold: Threshold | None = field(default=None, kw_only=True)
    after: str | None = field(default=None, kw_only=True)
    slow: bool = field(default=False, kw_only=True)
    section: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Case:
    """A scenario and the reference's answer; for a law, only the form of the answer matters.

    needs  the operations that the case uses
    shows  the operations that are at fault if the case fails while all others in ``needs`` are
           right; see `course.credit.decides`
    """

    scenario: Scenario
    expected: Seen
    needs: frozenset[str] = frozenset()
    shows: frozenset[str] = frozenset()

    @cached_property
    def relations(self) -> Relations | None:
        """The relations of a law; None if replies are compared with the reference's answer."""
        if self.scenario["kind"] != "law":
            return None
        return Relations.of(self.scenario, self.expected.values)


@dataclass(frozen=True)
class Reply:
    """A submission's observations in one scenario, and what ended it early, if anything."""

    seen: Seen
    error: Failure | None = None

    def matches(self, case: Case, threshold: Threshold | None) -> bool:
        """Is this a right reply to the case?"""
        if self.error is not None:
            return False
        if case.relations is not None:
            alike = self.seen.is_like(case.expected)
            return alike and case.relations.first_broken(self.seen.numbers) is None
        if threshold is None:
            return self.seen.equals(case.expected)
        return self.seen.form == case.expected.form and threshold.holds(self.seen)

    def equals(self, other: Reply) -> bool:
        """The same kind of failure, or the same values to the tolerance?"""
        if self.error or other.error:
            return bool(self.error and other.error and self.error.is_like(other.error))
        return self.seen.equals(other.seen)


@dataclass(frozen=True)
class JudgedProperty:
    """A property and the cases that it is judged by."""

    prop: Property
    cases: Sequence[Case]

    @property
    def name(self) -> str:
        return self.prop.name

    def wrong(self, replies: Sequence[Reply]) -> list[int]:
        """The numbers of the cases whose reply is wrong."""
        threshold = self.prop.threshold
        answered = enumerate(zip(self.cases, replies, strict=True))
        return [i for i, (case, reply) in answered if not reply.matches(case, threshold)]


Answered = tuple[JudgedProperty, Sequence[Reply]]  # a property and the replies to its cases


def judge(
    judged: JudgedProperty, replies: Sequence[Reply], *, compare: bool = False
) -> PropertyResult:
    """The outcome of a property from the replies to its cases; the score is set later.

    compare   whether to include the numbers of the first failed cases, beside the expected ones
    """
    prop = judged.prop
    wrong = judged.wrong(replies)
    if not wrong:
        return PropertyResult(prop.name, prop.points, Outcome.PASSED)
    case, reply = judged.cases[wrong[0]], replies[wrong[0]]
    if reply.error is not None and OUTCOMES[reply.error.kind] is Outcome.NOT_ATTEMPTED:
        return PropertyResult(prop.name, prop.points, Outcome.NOT_ATTEMPTED, error=reply.error)
    sides, verdict = _verdict(prop, case, reply)
    shown = wrong[:MAX_COMPARED] if compare and prop.threshold is None else []
    return PropertyResult(
        prop.name,
        prop.points,
        Outcome.FAILED if reply.error is None else OUTCOMES[reply.error.kind],
        case=describe(case.scenario),
        where=verdict.where,
        expected=verdict.expected,
        got=verdict.got,
        sides=sides,
        error=reply.error,
        hint=prop.hint,
        section=prop.section,
        comparisons=_comparisons([(judged.cases[i], replies[i]) for i in shown]),
    )


def _verdict(prop: Property, case: Case, reply: Reply) -> tuple[tuple[str, str], Row]:
    """The titles of the two sides, and the first difference; an empty row after an error."""
    if reply.error is not None:
        return EXPECTED_AND_GOT, Row("", "", "")
    if prop.threshold is not None and reply.seen.form == case.expected.form:
        bound = f"{prop.threshold.what}: at least {prop.threshold.at_least:.3f}"
        return EXPECTED_AND_GOT, Row("", bound, f"{prop.threshold.measure(reply.seen):.3f}")
    sides, row = _difference(case, reply)
    return sides, row or Row("", "", "")


def _difference(case: Case, reply: Reply) -> tuple[tuple[str, str], Row | None]:
    """The first difference; for a law, the one between two of the student's own runs."""
    expected, got = case.expected, reply.seen
    if case.relations is None:
        return EXPECTED_AND_GOT, first_difference(expected, got)
    if not got.is_like(expected):
        rows = zip_longest(side_by_side(expected, got), expected.form, got.form)
        return EXPECTED_AND_GOT, next(row for row, wanted, given in rows if wanted != given)
    broken = case.relations.first_broken(got.numbers)
    if broken is None:
        return EXPECTED_AND_GOT, None
    entry = "" if broken.entry is None else f", entry {broken.entry}"
    row = Row(expected.labels[broken.index] + entry, *apart(broken.wanted, broken.given))
    return tuple(case.scenario["sides"]), row


def _comparisons(failed: Sequence[tuple[Case, Reply]]) -> list[Comparison]:
    """Comparisons of failed cases; the message already shows the first case itself."""
    first = [
        _comparison(c, r, with_case=False) for c, r in failed[:1] if len(c.expected.values) > 1
    ]
    return first + [_comparison(c, r, with_case=True) for c, r in failed[1:]]


def _comparison(case: Case, reply: Reply, *, with_case: bool) -> Comparison:
    rows = list(side_by_side(case.expected, reply.seen))
    if case.relations is not None:
        rows = [row for row in [_difference(case, reply)[1]] if row is not None]
    first = next((i for i, row in enumerate(rows) if row.differs), -1)
    start = max(0, min(first - MAX_ROWS // 2, len(rows) - MAX_ROWS))
    return Comparison(
        describe(case.scenario) if with_case else [],
        [(row.where, row.expected, row.got) for row in rows[start : start + MAX_ROWS]],
        first - start if first >= 0 else -1,
        _paths(case, reply),
    )


def _paths(case: Case, reply: Reply) -> dict[str, tuple[list[float], list[float]]]:
    """Expected numbers and those of the reply from step to step, if the case takes steps."""
    count = min(len(case.expected.values), len(reply.seen.values))
    if reply.seen.form[:count] != case.expected.form[:count]:
        return {}
    expected = path(case.scenario, case.expected.values)
    got = path(case.scenario, reply.seen.values[:count])
    return {name: (expected[name], got[name]) for name in expected if got[name]}
