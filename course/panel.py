"""Results of checks as HTML: the panel below a check, and the output on a feedback page.

Without scripts. Text and lines take the page's own colour, so that the panel can be read on a
light and on a dark page and in print; green, red and orange only repeat what words say.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from course import messages
from course.results import UNEXPLAINED, Comparison, ExerciseResult, Outcome, PropertyResult

# Each has a contrast of at least 3 to white and to #111111.
GREEN, RED, ORANGE, GREY = "#2a8a45", "#d9483b", "#D55E00", "#767676"
WIDTH, HEIGHT, MARGIN = 240, 110, 8  # of a drawing's lines, in pixels
COLOURS = {
    Outcome.PASSED: GREEN,
    Outcome.FOLLOWS: GREY,
    Outcome.NOT_ATTEMPTED: GREY,
}


def as_html(
    result: ExerciseResult, points: bool = True, notes: Sequence[str] = (), hint: int = 2
) -> str:
    """The result as an HTML fragment: the first failure open, the others folded.

    points, hint  as in `course.messages.as_text`
    notes         lines that stand below
    """
    title = escape(messages.headline(result, points))
    colour = GREEN if result.passed else RED if result.attempted else GREY
    return (
        f'<section class="course-check" aria-label="{title}" style="border:1px solid {colour};'
        'border-left-width:6px;padding:.4em .8em;margin:.3em 0">'
        f'<strong>{title}</strong><ul style="list-style:none;padding:0;margin:.3em 0">'
        f"{''.join(_rows(result, points, hint))}</ul>"
        f"{''.join(f'<div>{escape(note)}</div>' for note in notes)}</section>"
    )


def _rows(result: ExerciseResult, points: bool, hint: int) -> Iterator[str]:
    """A list item for each property; what follows from a mistake is one item below it."""
    if not result.attempted:
        yield f"<li>{_pre(chr(10).join(messages.nothing_attempted(result)))}</li>"
        return
    shown = messages.first_shown(result)
    for p in result.properties:
        if p is shown:
            line = messages.one_line(p, UNEXPLAINED, points)
            yield _item(_folded(_marked(p, line), _said(p, result, hint), is_open=True))
        elif p.outcome is Outcome.FOLLOWS:
            continue
        else:
            line = _marked(p, messages.one_line(p, result.explanation, points))
            is_told = p.outcome not in messages.MARKS or p in result.broken
            said = _said(p, result, hint) if is_told else ""
            yield _item(_folded(line, said, is_open=p.is_broken) if said else line)
    if messages.following(result):
        yield _item(escape(messages.following(result)))
    if points and not result.passed:
        yield _item(_folded("how points are counted", escape(messages.RULE), is_open=False))


def _item(content: str) -> str:
    return f'<li style="margin:.15em 0">{content}</li>'


def _marked(p: PropertyResult, line: str) -> str:
    """The line with its first word set off in the colour of the outcome."""
    mark, colour = messages.mark(p), COLOURS.get(p.outcome, RED)
    return f'<b style="border-bottom:2px solid {colour}">{mark}</b>{escape(line[len(mark) :])}'


def _said(p: PropertyResult, result: ExerciseResult, hint: int) -> str:
    lines = messages.message_lines(p, result.explanation, hint, messages.FULL, messages.WIDTH)
    compared = p.comparisons if hint > 1 else ()
    return _pre("\n".join(lines)) + "".join(map(_comparison, compared))


def _folded(line: str, details: str, *, is_open: bool) -> str:
    return (
        f'<details{" open" if is_open else ""}><summary style="cursor:pointer;display:list-item">'
        f'{line}</summary><div style="margin-left:1.2em">{details}</div></details>'
    )


def _pre(text: str) -> str:
    style = (
        "margin:.3em 0 .6em;padding:0;border:0;white-space:pre-wrap;word-break:normal;"
        "font-family:monospace"
    )
    return f'<pre style="{style};background:none;color:inherit">{escape(text)}</pre>'


def _comparison(comparison: Comparison) -> str:
    rows = []
    for index, row in enumerate(comparison.rows):
        label, expected, got = messages.clipped(row, 3, messages.MAX_CELL)
        cells = f"<td>{escape(expected)}</td><td>{escape(got)}</td>"
        if index == comparison.first:
            label, cells = f"{label} (first difference)", cells.replace("<td>", _BOLD)
        rows.append(f'<tr><th scope="row" style="text-align:left">{escape(label)}</th>{cells}</tr>')
    head = "<td></td>" + "".join(f'<th scope="col">{name}</th>' for name in ("expected", "got"))
    drawings = "".join(
        _drawing(name, expected, got) for name, (expected, got) in comparison.paths.items()
    )
    return (
        (_pre("\n".join(comparison.case)) if comparison.case else "")
        + f'<table style="margin:.3em 0 .6em;font-size:inherit"><thead><tr>{head}</tr></thead>'
        + f"<tbody>{''.join(rows)}</tbody></table><div>{drawings}</div>"
    )


_BOLD = '<td style="font-weight:bold">'


def _drawing(name: str, expected: Sequence[float], got: Sequence[float]) -> str:
    """A number from step to step, in the colour of the text where expected, orange where seen."""
    finite = [y for y in [*expected, *got] if abs(y) < 1e100]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    steps = max(len(expected), len(got)) - 1

    def points(numbers: Sequence[float]) -> list[tuple[float, float]]:
        return [
            (
                MARGIN + WIDTH * i / max(1, steps),
                MARGIN + HEIGHT * (high - y) / ((high - low) or 1.0),
            )
            for i, y in enumerate(numbers)
            if math.isfinite(y) and low <= y <= high
        ]

    def line(numbers: Sequence[float], style: str) -> str:
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points(numbers))
        return f'<polyline points="{corners}" fill="none" stroke-width="2" {style}/>'

    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points(got))
    alternative = (
        f"{name} from step 0 to {steps}: expected to end at {expected[-1]:.6g}, "
        f"got {got[-1]:.6g} at step {len(got) - 1}"
    )
    return (
        '<figure style="display:inline-block;margin:.3em 1em .3em 0">'
        f'<svg role="img" aria-label="{escape(alternative)}" '
        f'width="{WIDTH + 2 * MARGIN}" height="{HEIGHT + 2 * MARGIN}">'
        + line(got, f'stroke="{ORANGE}"')
        + f'<g fill="{ORANGE}">{dots}</g>'
        + line(expected, 'stroke="currentColor" stroke-dasharray="6 4"')
        + f"</svg><figcaption>{escape(name)}, steps 0 to {steps}, from {low:.4g} to {high:.4g}:"
        "<br>dashed expected, dots got</figcaption></figure>"
    )
