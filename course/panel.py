"""Results of checks as HTML: the panel below a check, and the output on a feedback page.

Without scripts. Text and lines take the page's own colour, so that the panel can be read on a
light and on a dark page and in print; green, red and orange only repeat what words say.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from course.results import Comparison, ExerciseResult, PropertyResult, headline, untouched

# Each has a contrast of at least 3 to white and to #111111.
GREEN, RED, ORANGE = "#2a8a45", "#d9483b", "#D55E00"
WIDTH, HEIGHT, MARGIN = 240, 110, 8  # of a drawing's lines, in pixels


def as_html(result: ExerciseResult, points: bool = True, notes: Sequence[str] = ()) -> str:
    """The result as an HTML fragment; failed properties can be folded. ``notes`` stand below."""
    if untouched(result):
        rows = [f"<li>{escape(result.properties[0].message)}</li>"]
    else:
        rows = [_property(p, points) for p in result.properties]
    title = escape(headline(result, points))
    colour = GREEN if result.passed else RED
    return (
        f'<section class="course-check" aria-label="{title}" style="border:1px solid {colour};'
        'border-left-width:6px;padding:.4em .8em;margin:.3em 0">'
        f'<strong>{title}</strong><ul style="list-style:none;padding:0;margin:.3em 0">'
        f"{''.join(rows)}</ul>{''.join(f'<div>{escape(note)}</div>' for note in notes)}</section>"
    )


def _property(p: PropertyResult, points: bool) -> str:
    """One line where it passed or one line says it all, else something to unfold."""
    mark, colour = ("passed", GREEN) if p.passed else ("failed", RED)
    earned = f" ({p.score:g} of {p.points:g})" if points else ""
    line = (
        f'<b style="border-bottom:2px solid {colour}">{mark}</b> {escape(p.name)}{escape(earned)}'
    )
    if "\n" in p.message:
        details = _pre(p.message) + "".join(map(_comparison, p.comparisons))
        line = (
            '<details open><summary style="cursor:pointer;display:list-item">'
            f'{line}</summary><div style="margin-left:1.2em">{details}</div></details>'
        )
    elif p.message:
        line += f": {escape(p.message)}"
    return f'<li style="margin:.15em 0">{line}</li>'


def _pre(text: str) -> str:
    style = (
        "margin:.3em 0 .6em;padding:0;border:0;white-space:pre-wrap;word-break:normal;"
        "font-family:monospace"
    )
    return f'<pre style="{style};background:none;color:inherit">{escape(text)}</pre>'


def _comparison(comparison: Comparison) -> str:
    rows = []
    for index, (label, expected, got) in enumerate(comparison.rows):
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
