"""Results as data: outcomes, points and explanation of an exercise's properties.

Local checks, the grader, feedback pages and `grade --json` share them. Messages for people are made
from these fields at the very end: text by `course.messages`, HTML by `course.panel`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from course.failures import Failure, FailureKind


class Outcome(StrEnum):
    """The ways in which judging a property can end."""

    PASSED = "passed"
    FAILED = "failed"  # a wrong value
    FOLLOWS = "follows"  # fails only because of a mistake that is charged in another property
    NOT_ATTEMPTED = "not attempted"  # a stub, or code that does nothing
    RAISED = "raised"
    TIMED_OUT = "timed out"
    ENDED = "ended"


@dataclass(frozen=True)
class Comparison:
    """A failed case: expected observations beside those of the reply.

    case   the case as lines of Python
    rows   (label, expected, got) as text; if there are many, those around the first difference
    first  the index of the first row that differs, -1 if none does
    paths  name of a quantity -> its expected numbers from step to step, and those of the reply
    """

    case: Sequence[str]
    rows: Sequence[Sequence[str]]
    first: int
    paths: Mapping[str, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """The text on an idea for students: what they probably think, and a question as a hint."""

    name: str
    thinks: str
    hint: str


@dataclass(frozen=True)
class Explanation:
    """The explanation of an exercise's failures.

    ideas    the misconceptions whose answers are those of the submission: one, or two at once
    located  the part of the solution that has the mistake, "" if an idea is named or none found
    perhaps  what the student may think, if several ideas have the same answers
    alone    whether everything else is right
    own      the properties that the mistake breaks by its nature: these lose their points
    missing  properties that hold but earn nothing, since the main part of the exercise is missing
    follows  the properties that fail only because of the mistake, and keep their points
    """

    ideas: Sequence[Told] = ()
    located: str = ""
    perhaps: Sequence[str] = ()
    alone: bool = False
    own: Sequence[str] = ()
    follows: Sequence[str] = ()
    missing: Sequence[str] = ()


UNEXPLAINED = Explanation()


EXPECTED_AND_GOT = ("expected", "got")


@dataclass(frozen=True)
class PropertyResult:
    """The result of one property of an exercise.

    points         the property's points
    score          the points earned: all or 0
    case           the smallest failed case, as lines of Python
    where          the label of the first observation that differs
    expected, got  the expected value of that observation and that of the reply, as text
    sides          titles for these two: for a law, both values are the student's own
    error          what ended the student's code early in that case, None if nothing did
    misconception  the name of the idea that explains the failure, None if none is known
    hint           the property's own hint
    section        the heading of the lesson's section to read again
    waits_for      the failed property that this one builds on, "" for none
    comparisons    the first failed cases, if they were asked for
    """

    name: str
    points: float
    outcome: Outcome
    score: float = 0.0
    case: Sequence[str] = ()
    where: str = ""
    expected: str = ""
    got: str = ""
    sides: Sequence[str] = EXPECTED_AND_GOT
    error: Failure | None = None
    misconception: str | None = None
    hint: str = ""
    section: str = ""
    waits_for: str = ""
    comparisons: Sequence[Comparison] = ()

    @property
    def passed(self) -> bool:
        return self.outcome is Outcome.PASSED

    @property
    def is_broken(self) -> bool:
        """Is it not judged because Python could not read a definition that it needs?"""
        return self.error is not None and self.error.kind is FailureKind.BROKEN


@dataclass(frozen=True)
class ExerciseResult:
    """The results of all properties of one exercise, and what explains those that failed."""

    id: str
    properties: Sequence[PropertyResult] = ()
    explanation: Explanation = UNEXPLAINED

    @property
    def score(self) -> float:
        return _sum(p.score for p in self.properties)

    @property
    def max_score(self) -> float:
        return _sum(p.points for p in self.properties)

    @property
    def passed(self) -> bool:
        return all(p.passed for p in self.properties)

    @property
    def attempted(self) -> bool:
        return any(p.outcome is not Outcome.NOT_ATTEMPTED for p in self.properties)

    @property
    def broken(self) -> list[PropertyResult]:
        """For each definition that Python could not read, the first property that needs it."""
        first: dict[Failure | None, PropertyResult] = {}
        for p in self.properties:
            if p.is_broken:
                first.setdefault(p.error, p)
        return list(first.values())


def _sum(shares: Iterable[float]) -> float:
    """The sum of points, without rounding errors of the shares: 3.1, not 3.0999999999999996."""
    return round(sum(shares), 9)


def as_data(result: ExerciseResult) -> dict[str, Any]:
    """The result as plain data that JSON can hold; `from_data` is the reverse."""
    return asdict(result)


def from_data(data: Mapping[str, Any]) -> ExerciseResult:
    """The result that `as_data` made this from. Raises KeyError, TypeError, ValueError."""
    explanation = data["explanation"]
    ideas = [Told(**idea) for idea in explanation["ideas"]]
    return ExerciseResult(
        data["id"],
        [_property(p) for p in data["properties"]],
        Explanation(**{**explanation, "ideas": ideas}),
    )


def _property(data: Mapping[str, Any]) -> PropertyResult:
    error = data["error"]
    return PropertyResult(
        **{
            **data,
            "outcome": Outcome(data["outcome"]),
            "error": None if error is None else Failure.from_data(error),
            "comparisons": [Comparison(**c) for c in data["comparisons"]],
        }
    )
