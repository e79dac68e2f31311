"""Results of checks as data, and as text and HTML.

Local checks, feedback pages and `grade --json` all show these, so that a property has one name and
one message wherever a student meets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

MAX_LINES = 15


@dataclass(frozen=True)
class PropertyResult:
    """How one property of an exercise turned out.

    points         what it is worth
    score          what was earned: points or 0
    message        why it failed (or earned nothing), up to 15 lines; "" where all is well
    misconception  the name of the wrong idea that explains the failure, None where none is known
    """

    name: str
    points: float
    passed: bool
    message: str = ""
    misconception: str | None = None
    score: float = 0.0


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
    lines = [_headline(result, points)]
    if _untouched(result):
        return "\n".join([*lines, f"  {result.properties[0].message}"])
    for p in result.properties:
        mark = "passed" if p.passed else "failed"
        earned = f"  ({p.score:g} of {p.points:g})" if points else ""
        lines.append(f"  {mark}  {p.name}{earned}")
        lines += ["      " + line for line in p.message.splitlines()]
    return "\n".join(lines)


def as_html(result: ExerciseResult, points: bool = True) -> str:
    """The result as an HTML fragment without scripts; colours come with words, not alone."""
    rows = []
    if _untouched(result):
        rows.append(f"<li>{escape(result.properties[0].message)}</li>")
    for p in () if rows else result.properties:
        mark, colour = ("passed", "#1a7f37") if p.passed else ("failed", "#cf222e")
        earned = f" ({p.score:g} of {p.points:g})" if points else ""
        message = (
            '<pre style="margin:.3em 0 .6em 1em;white-space:pre-wrap">'
            + escape(p.message)
            + "</pre>"
            if p.message
            else ""
        )
        rows.append(
            f'<li style="margin:.15em 0"><b style="color:{colour}">{mark}</b> '
            f"{escape(p.name)}{earned}{message}</li>"
        )
    return (
        '<div class="course-check" style="border-left:4px solid #6e7781;padding-left:.8em">'
        f"<b>{escape(_headline(result, points))}</b>"
        f'<ul style="list-style:none;padding-left:0">{"".join(rows)}</ul></div>'
    )


def _untouched(result: ExerciseResult) -> bool:
    """Is all that there is to say that nothing was attempted?"""
    messages = {p.message for p in result.properties}
    return len(messages) == 1 and messages.pop().startswith("not attempted")


def _headline(result: ExerciseResult, points: bool) -> str:
    if points:
        return f"{result.id}: {result.score:g} of {result.max_score:g} points"
    done = sum(p.passed for p in result.properties)
    return f"{result.id}: {done} of {len(result.properties)} checks passed"


def clipped(lines: Sequence[str], limit: int = MAX_LINES, width: int = 160) -> list[str]:
    """The lines, shortened to at most ``limit`` of at most ``width`` characters."""
    kept = [line if len(line) <= width else line[: width - 2] + " …" for line in lines]
    return kept if len(kept) <= limit else [*kept[: limit - 1], "…"]
