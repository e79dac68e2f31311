"""Results of checks as data, and as text; `course.panel` writes them as HTML.

Local checks, feedback pages and `grade --json` all show these, so that a property has one name and
one message wherever a student meets it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MAX_LINES = 15
LONGEST_CELL = 48


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
class PropertyResult:
    """How one property of an exercise turned out.

    points         what it is worth
    score          what was earned: points or 0
    message        why it failed (or earned nothing), up to 15 lines; "" where all is well
    misconception  the name of the wrong idea that explains the failure, None where none is known
    comparisons    the first cases that failed, where they were asked for
    """

    name: str
    points: float
    passed: bool
    message: str = ""
    misconception: str | None = None
    score: float = 0.0
    comparisons: Sequence[Comparison] = ()


@dataclass(frozen=True)
class ExerciseResult:
    """The results of all properties of one exercise."""

    id: str
    properties: Sequence[PropertyResult] = field(default_factory=list)

    @property
    def score(self) -> float:
        return sum(p.score for p in self.properties)

    @property
    def max_score(self) -> float:
        return sum(p.points for p in self.properties)

    @property
    def passed(self) -> bool:
        return all(p.passed for p in self.properties)


def as_text(result: ExerciseResult, points: bool = True) -> str:
    """The result as plain text: a line for each property, and why where it failed."""
    lines = [headline(result, points)]
    if untouched(result):
        return "\n".join([*lines, f"  {result.properties[0].message}"])
    for p in result.properties:
        mark = "passed" if p.passed else "failed"
        earned = f"  ({p.score:g} of {p.points:g})" if points else ""
        lines.append(f"  {mark}  {p.name}{earned}")
        lines += ["      " + line for line in p.message.splitlines()]
        lines += ["      " + line for c in p.comparisons for line in _table(c)]
    return "\n".join(lines)


def _table(comparison: Comparison) -> list[str]:
    """The comparison in columns, after an empty line."""
    rows = [["", "expected", "got"], *comparison.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = ["", *comparison.case]
    for index, row in enumerate(rows, start=-1):
        cells = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        mark = "  ← first difference" if index == comparison.first >= 0 else ""
        lines.append(f"  {cells}{mark}".rstrip())
    return lines


def untouched(result: ExerciseResult) -> bool:
    """Is all that there is to say that nothing was attempted?"""
    messages = {p.message for p in result.properties}
    return len(messages) == 1 and messages.pop().startswith("not attempted")


def headline(result: ExerciseResult, points: bool) -> str:
    """How an exercise went, in a few words: in points, or in checks that passed."""
    if points:
        return f"{result.id}: {result.score:g} of {result.max_score:g} points"
    done = sum(p.passed for p in result.properties)
    return f"{result.id}: {done} of {len(result.properties)} checks passed"


def clipped(lines: Sequence[str], limit: int = MAX_LINES, width: int = 160) -> list[str]:
    """The lines, shortened to at most ``limit`` of at most ``width`` characters."""
    kept = [line if len(line) <= width else line[: width - 2] + " …" for line in lines]
    return kept if len(kept) <= limit else [*kept[: limit - 1], "…"]
