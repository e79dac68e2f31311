"""Results as data: how the properties of an exercise turned out, and why.

Local checks, the grader, feedback pages and `grade --json` share them. What a person reads is made
from these fields at the very end: text by `course.messages`, HTML by `course.panel`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from course.failures import Failure, FailureKind


class Outcome(StrEnum):
    """How a property turned out."""

    PASSED = "passed"
    FAILED = "failed"  # a wrong value
    FOLLOWS = "follows"  # fails only because of a mistake that is charged in another property
    NOT_ATTEMPTED = "not attempted"  # a stub, or code that does nothing
    RAISED = "raised"
    TIMED_OUT = "timed out"
    ENDED = "ended"


@dataclass(frozen=True)
class Comparison:
    """A case that failed: what was seen beside what was expected.

    case   the case as lines of Python
    rows   (label, expected, got) as text; of many, those around the first that differs
    first  the index of the first row that differs, -1 where none does
    paths  what took steps -> the numbers that were expected, and those that were seen
    """

    case: Sequence[str]
    rows: Sequence[Sequence[str]]
    first: int
    paths: Mapping[str, tuple[Sequence[float], Sequence[float]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """What a student is told of an idea: what they probably think, a question that leads on."""

    name: str
    thinks: str
    hint: str


@dataclass(frozen=True)
class Explanation:
    """What is behind the failures of an exercise.

    ideas    the misconceptions that answer as the submission did: one, or two at once
    located  the part of the solution that the slip is in, "" where an idea is named or none found
    perhaps  what the student may think, where several ideas answer alike
    alone    is everything else right?
    own      the properties that the mistake breaks by its nature: here it is charged
    missing  properties that hold, but count for nothing, since the heart of the exercise is left
             out
    follows  the properties that fail only because of it, and keep their points
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
    """How one property of an exercise turned out.

    points         what it is worth
    score          what was earned: points or 0
    case           the smallest case that failed, as lines of Python
    where          what of it differs first
    expected, got  what that should be and what it is, as text
    sides          titles for these two: of a law both are the student's own
    error          what ended the student's code in that case, None where nothing did
    misconception  the name of the idea that explains the failure, None where none is known
    hint           the property's own, where no idea explains the failure
    section        the heading of the lesson's section to read again
    waits_for      the failed property that this one builds on, "" for none
    comparisons    the first cases that failed, where they were asked for
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
        """Was it not judged, because Python could not read a definition that it needs?"""
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
        """The first property that each broken definition keeps from being judged."""
        first: dict[Failure | None, PropertyResult] = {}
        for p in self.properties:
            if p.is_broken:
                first.setdefault(p.error, p)
        return list(first.values())


def _sum(shares: Iterable[float]) -> float:
    """Points in all, without what rounding of the shares leaves: 3.1, not 3.0999999999999996."""
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
