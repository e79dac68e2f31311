"""The bank of misconceptions: wrong ideas as small edits of the reference, each with a hint.

`diagnoser` compares a submission's replies with what each misconception would have answered.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.assignments import PROJECT
from course.checks import reply
from course.diagnosis import GOOD_PART, Fitting, sentences
from course.judge import Case, Diagnose, JudgedProperty, Reply

MOST_FAILURES, MOST_SUSPECTS = 8, 2


@dataclass(frozen=True)
class Misconception:
    """A wrong idea: the reference with a few lines replaced.

    name      stable, in kebab-case
    exercise  the exercise that it belongs to, where it has to cost points
    edits     (lines of the reference, what this idea writes instead); each stands there once
    thinks    one sentence: what the student probably thinks
    hint      one sentence that leads on without giving the line away
    also      other exercises in which it has to cost points as well
    own       the properties that it breaks by its nature, whose points it costs; what else fails
              because of it follows
    reason    why it may cost more than 8 of the assignment's points, where it does
    """

    name: str
    exercise: str
    edits: tuple[tuple[str, str], ...]
    thinks: str
    hint: str
    also: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    reason: str = ""


@functools.cache
def misconceptions(assignment: str) -> tuple[Misconception, ...]:
    """The misconceptions of an assignment."""
    return importlib.import_module(f"autograder.misconceptions.{assignment}").MISCONCEPTIONS


def edited(assignment: str, edits: Iterable[tuple[str, str]]) -> str:
    """The reference's module after the edits. Raises ValueError where one fits not exactly once."""
    text = (PROJECT / "solutions" / f"{assignment}.py").read_text("utf-8")
    for old, new in edits:
        if text.count(old) != 1:
            raise ValueError(f"{assignment}: {text.count(old)} places to edit for {old!r}")
        text = text.replace(old, new)
    return text


@functools.cache
def objects(assignment: str, misconception: Misconception) -> dict[str, Any]:
    """The classes and functions of someone with this idea."""
    namespace: dict[str, Any] = {"__name__": f"misconception:{misconception.name}"}
    code = compile(edited(assignment, misconception.edits), f"<{misconception.name}>", "exec")
    exec(code, namespace)
    return namespace


def diagnoser(
    assignment: str, exercise: str, answered: Sequence[tuple[JudgedProperty, Sequence[Reply]]]
) -> Diagnose:
    """What explains a submission's failed properties in one exercise.

    answered  all properties of the exercise with the submission's replies

    The name that it returns is None where no misconception, or more than one, explains the replies
    to a property; up to three that do are mentioned. Where only two together explain them, both
    are mentioned, and the name is that of the first.
    """
    ideas = [m for m in misconceptions(assignment) if m.exercise == exercise]

    def answer_to(misconception: Misconception, prop: JudgedProperty, number: int) -> Reply:
        return answer(assignment, misconception, prop.cases[number])

    fitting = Fitting(ideas, answer_to, answered)

    def diagnose(prop: JudgedProperty, replies: Sequence[Reply]) -> tuple[str | None, list[str]]:
        found = fitting.found(prop, replies)
        if found or prop.slow or prop.threshold is not None:
            return sentences(found)
        pair = _two_at_once(assignment, ideas, prop, replies)
        if pair is None:
            return None, []
        one, other = pair
        return one.name, [
            f"likely     {one.thinks}",
            f"and        {other.thinks}",
            f"hint       {one.hint}",
            f"and        {other.hint}",
        ]

    return diagnose


def _two_at_once(
    assignment: str,
    ideas: Sequence[Misconception],
    prop: JudgedProperty,
    replies: Sequence[Reply],
) -> tuple[Misconception, Misconception] | None:
    """The only two ideas that together answer every case as the submission did, if there are.

    One of them has to explain a good part of the first failures alone. It comes first. Where all
    failures are errors, one idea is behind them, or a slip such as a syntax error, which would take
    longest: every idea would have to be tried.
    """
    answered = list(zip(prop.cases, replies, strict=True))
    answered.sort(key=lambda pair: pair[1].matches(pair[0], None))
    failures = [(c, r) for c, r in answered if not r.matches(c, None)]
    if all(r.error for _, r in failures):
        return None
    failures = failures[:MOST_FAILURES]
    explained = {
        idea: sum(r.equals(answer(assignment, idea, c)) for c, r in failures) for idea in ideas
    }
    suspects = [idea for idea in ideas if explained[idea] >= GOOD_PART * len(failures)]
    suspects.sort(key=lambda idea: -explained[idea])
    pairs: dict[frozenset[str], tuple[Misconception, Misconception]] = {}
    for one, other in itertools.product(suspects[:MOST_SUSPECTS], ideas):
        both = _together(assignment, one, other)
        if both and all(r.equals(answer(assignment, both, c)) for c, r in answered):
            pairs.setdefault(frozenset([one.name, other.name]), (one, other))
    return pairs.popitem()[1] if len(pairs) == 1 else None


@functools.cache
def _together(assignment: str, one: Misconception, other: Misconception) -> Misconception | None:
    """Someone with both ideas; None where their edits do not go together."""
    both = replace(one, name=f"{one.name} and {other.name}", edits=one.edits + other.edits)
    with contextlib.suppress(ValueError, SyntaxError):
        objects(assignment, both)
        return both
    return None


_answers: dict[tuple[str, str, int], tuple[Case, Reply]] = {}


def answer(assignment: str, misconception: Misconception, case: Case) -> Reply:
    """What this idea answers, computed once; the case is kept so that its id stays its own."""
    key = assignment, misconception.name, id(case)
    if key not in _answers:
        with np.errstate(all="ignore"):
            given = reply(case.scenario, objects(assignment, misconception))
        _answers[key] = case, given
    return _answers[key][1]
