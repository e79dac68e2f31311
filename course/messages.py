"""Results as text: all messages about results are written in this module.

`course.panel` shows the same messages as HTML.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from course.failures import Failure, FailureKind
from course.results import (
    UNEXPLAINED,
    Comparison,
    ExerciseResult,
    Explanation,
    Outcome,
    PropertyResult,
)

WIDTH = 80  # columns of a terminal
MAX_LINES = 25  # lines about one exercise, so that they fit on a screen
FULL = 20  # lines of one property's message
MIN_CASE_LINES = 6  # lines of a case that are shown even if MAX_LINES is exceeded
TITLE = 11  # columns of a title such as "expected"
MAX_CELL = 48  # characters in a table

RULE = (
    "A property pays its points where every case of it holds. A mistake costs once, in the "
    "properties that it breaks by its nature; what fails only because of it keeps its points, if "
    "the grader recognises the mistake. What is not written, or does nothing, earns nothing."
)

Row = tuple[str, str]  # a title, and what stands beside it

MARKS = {
    Outcome.PASSED: "passed",
    Outcome.FOLLOWS: "follows",
    Outcome.NOT_ATTEMPTED: "to do",
}


def mark(result: PropertyResult) -> str:
    """The outcome of a property in a word."""
    if result.is_broken:
        return "broken"
    return MARKS.get(result.outcome, "failed")


def headline(result: ExerciseResult, points: bool) -> str:
    """How an exercise went, in a few words: in points, or in checks that passed."""
    if points:
        return f"{result.id}: {result.score:g} of {result.max_score:g} points"
    done = sum(p.passed for p in result.properties)
    return f"{result.id}: {done} of {len(result.properties)} checks passed"


def as_text(result: ExerciseResult, points: bool = True, hint: int = 2) -> str:
    """The result as plain text: a line for each property, the explanation once.

    points  whether to show the points that each property earned
    hint    1: what is wrong; 2: also hints and comparisons
    """
    lines = [headline(result, points)]
    if not result.attempted:
        return "\n".join([*lines, *(f"  {line}" for line in nothing_attempted(result))])
    shown = first_shown(result)
    others = {
        p.name: _in_short(p, result, points)
        for p in result.properties
        if p is not shown and p.outcome is not Outcome.FOLLOWS
    }
    followers = _wrapped(following(result), "  ", 10)
    for p in result.properties:
        if p is shown:
            lines += _wrapped(one_line(p, UNEXPLAINED, points), "  ", 10)
            room = MAX_LINES - len(lines) - sum(map(len, others.values())) - len(followers)
            said = message_lines(p, result.explanation, hint, room, WIDTH - 6)
            compared = p.comparisons if hint > 1 else ()
            said += [line for comparison in compared for line in table(comparison)]
            lines += [f"      {line}".rstrip() for line in said]
        else:
            lines += others.get(p.name, [])
    lines += followers
    return "\n".join(lines)


def _in_short(p: PropertyResult, result: ExerciseResult, points: bool) -> list[str]:
    """A property that is not the one shown: its line, and once what is broken."""
    lines = _wrapped(one_line(p, result.explanation, points), "  ", 10)
    if p in result.broken:
        lines += [f"      {line}" for line in not_attempted(p, WIDTH - 6)]
    return lines


def nothing_attempted(result: ExerciseResult) -> list[str]:
    """The message on an exercise that is not begun, or of which Python could read nothing."""
    told = result.broken or result.properties[:1]
    return [line for p in told for line in not_attempted(p, WIDTH - 2)]


def first_shown(result: ExerciseResult) -> PropertyResult | None:
    """The failed property whose smallest case is shown: the mistake's own, if it is known."""
    failed = [p for p in result.properties if p.outcome not in MARKS]
    own = [p for p in failed if p.name in result.explanation.own]
    return next(iter([*own, *failed]), None)


def one_line(p: PropertyResult, explanation: Explanation, points: bool) -> str:
    """A property on one line: outcome, name, and the reason in a few words."""
    earned = f"  ({p.score:g} of {p.points:g})" if points else ""
    return f"{mark(p):6}  {p.name}{earned}{_in_brief(p, explanation)}"


def _in_brief(p: PropertyResult, explanation: Explanation) -> str:
    if p.outcome in MARKS:
        return ""
    if p.name in explanation.own and explanation.own[0] != p.name:
        return ": the same mistake"
    return f": first mend “{p.waits_for}”" if p.waits_for else ""


def following(result: ExerciseResult) -> str:
    """One line on all properties that fail only because of the mistake; "" where none does."""
    names = [p.name for p in result.properties if p.outcome is Outcome.FOLLOWS]
    if not names:
        return ""
    source = "the mistake" if result.explanation.own else "the mistake in another exercise"
    return f"{source} explains {len(names)} more, no further points lost: {'; '.join(names)}"


def message(p: PropertyResult, explanation: Explanation) -> str:
    """Why a property failed (or earned nothing), up to `FULL` lines; "" where it passed."""
    return "\n".join(message_lines(p, explanation, 2, FULL, WIDTH))


def message_lines(
    p: PropertyResult, explanation: Explanation, hint: int, room: int, width: int
) -> list[str]:
    """The same as lines, at most ``room`` of at most ``width`` characters."""
    if p.outcome is Outcome.PASSED:
        return []
    if p.outcome is Outcome.FOLLOWS:
        where = f"in “{explanation.own[0]}”" if explanation.own else "in another exercise"
        return [f"follows from the mistake {where}: no points lost"]
    if p.name in explanation.missing:
        return ["holds in what is there, but counts only with the heart of the exercise"]
    if p.outcome is Outcome.NOT_ATTEMPTED:
        return not_attempted(p, width)
    why = _lines(advice(p, explanation, hint), width)
    what = _lines([*verdict(p)], width)
    case = [f"{'' if i else 'case':{TITLE}}{line}" for i, line in enumerate(p.case)]
    room = max(room - len(why) - len(what), MIN_CASE_LINES)
    return [*clipped(case, room, width), *what, *why]


def not_attempted(p: PropertyResult, width: int) -> list[str]:
    """The message on a stub, on a broken definition, and on code that does nothing."""
    if p.error is None:
        why = "code that does nothing satisfies this, and so far nothing else holds"
        return _lines([("", f"earns nothing yet: {why}")], width)
    if p.is_broken:
        return _broken(p.error, width)
    return ["not attempted yet: the code still raises NotImplementedError"]


def _broken(error: Failure, width: int) -> list[str]:
    """Why Python could not read a definition: as Python says it, with a caret below the line."""
    first = max(0, error.caret - width + 15)  # so much of a long line that the caret is in sight
    caret = [" " * (4 + error.caret - first) + "^"] if error.caret >= 0 else []
    return [
        "not judged, since Python stops here:",
        *clipped(["    " + error.line[first:]], 1, width),
        *caret,
        *_lines([("", f"{error.type}: {error.message}")], width),
    ]


def in_brief(result: ExerciseResult) -> str:
    """The verdict on the first failed property, on one line."""
    shown = first_shown(result)
    for title, text in verdict(shown) if shown else ():
        if title in ("", "got"):
            return " ".join(f"{title} {text}".split())
    return ""


def verdict(p: PropertyResult) -> Iterator[Row]:
    """The first difference of a case, with expected value and reply; or the error."""
    if p.error is not None:
        yield from failure(p.error)
        return
    expected, got = p.sides
    for title, text in (("where", p.where), (expected, p.expected), (got, p.got)):
        if text:
            yield title, text


def advice(p: PropertyResult, explanation: Explanation, hint: int) -> list[Row]:
    """The likely mistake, a hint, and the section to read again."""
    rows: list[Row] = []
    if p.name in explanation.own:
        rows += _of_ideas(explanation, hint)
    elif p.waits_for:
        rows.append(("hint", f"first mend “{p.waits_for}”"))
    hinted = any(title == "hint" for title, _ in rows)
    if p.hint and p.error is None and not hinted and not explanation.ideas:
        rows.append(("hint", p.hint))
    if p.section:
        rows.append(("read", f"“{p.section.replace('`', '')}”"))
    return rows


def _of_ideas(explanation: Explanation, hint: int) -> Iterator[Row]:
    for number, idea in enumerate(explanation.ideas):
        yield "and" if number else "likely", idea.thinks
    if explanation.located:
        rest = "everything else is right; " if explanation.alone else ""
        yield "likely", f"{rest}the slip is in {explanation.located}"
    for thought in explanation.perhaps:
        yield "perhaps", thought
    for number, idea in enumerate(explanation.ideas if hint > 1 else ()):
        yield "and" if number else "hint", idea.hint


def failure(error: Failure) -> Iterator[Row]:
    """What happened: the error, the student's line, the usual cause."""
    if error.kind is FailureKind.TIMED_OUT:
        yield "", f"took too long: {error.message}"
    elif error.kind in (FailureKind.ENDED, FailureKind.SKIPPED):
        yield "", f"not finished: {error.message}"
    else:
        said = f": {error.message}" if error.message else ""
        yield "", f"your code raised {error.type}{said}"
    if error.line:
        yield "at", error.line
    cause = usual_cause(error)
    if cause:
        yield "perhaps", cause


def usual_cause(error: Failure) -> str:
    """The most frequent cause of such an error, "" if none is known."""
    kind, said = error.type, error.message
    if "NoneType" in said:
        return "a function returned None; did you forget `return`?"
    if kind == "TypeError" and "unsupported operand" in said:
        return (
            "an operation with a number on one side; turn numbers into Values first, and define "
            "the reflected methods (__radd__, __rmul__, …) for a number on the left"
        )
    if kind == "RecursionError":
        return (
            "a method calls itself without end, or once for each node of a deep graph; a loop "
            "with a list of its own has no limit"
        )
    if kind in ("ValueError", "IndexError") and ("broadcast" in said or "shape" in said):
        return "arrays of different shapes were combined; keep state for each array apart"
    if error.kind is FailureKind.TIMED_OUT:
        return "a loop that never ends, or the same things are looked at again and again"
    if kind == "NameError" and "is not defined" in said:
        return "run the cell that defines it, or look for an error in that cell"
    return ""


def table(comparison: Comparison) -> list[str]:
    """The comparison in columns, after an empty line."""
    rows = [["", "expected", "got"], *(clipped(row, 3, MAX_CELL) for row in comparison.rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = ["", *clipped(comparison.case, FULL, WIDTH)]
    for index, row in enumerate(rows, start=-1):
        cells = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        note = "  ← first difference" if index == comparison.first >= 0 else ""
        lines.append(f"  {cells}{note}".rstrip())
    return lines


def clipped(lines: Sequence[str], limit: int, width: int) -> list[str]:
    """The lines, shortened to at most ``limit`` of at most ``width`` characters."""
    kept = [line if len(line) <= width else line[: width - 2] + " …" for line in lines]
    return kept if len(kept) <= limit else [*kept[: limit - 1], f"{'':{TITLE}}…"]


def _lines(rows: Iterable[Row], width: int) -> list[str]:
    """Rows with their titles in a column, wrapped beside them; without a title from the margin."""
    lines: list[str] = []
    for title, text in rows:
        indent = TITLE if title else 0
        wrapped = textwrap.wrap(
            text, width - indent, break_on_hyphens=False, max_lines=4, placeholder=" …"
        )
        lines += [f"{'' if i else title:{indent}}{line}" for i, line in enumerate(wrapped)]
    return lines


def _wrapped(text: str, indent: str, hanging: int) -> list[str]:
    """A text on lines of the terminal's width; the second and later ones hang."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * hanging,
        break_on_hyphens=False,
    )
