"""The bank of misconceptions: wrong ideas as small edits of the reference, each with a hint.

`diagnose` compares a submission's replies with what each misconception would have answered.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.assignments import PROJECT
from course.checks import reply
from course.judge import Case, JudgedProperty, Reply

MOST_CANDIDATES = 3


@dataclass(frozen=True)
class Misconception:
    """A wrong idea: the reference with a few lines replaced.

    name      stable, in kebab-case
    exercise  the exercise that it belongs to, where it has to cost points
    edits     (lines of the reference, what this idea writes instead); each stands there once
    thinks    one sentence: what the student probably thinks
    hint      one sentence that leads on without giving the line away
    """

    name: str
    exercise: str
    edits: tuple[tuple[str, str], ...]
    thinks: str
    hint: str


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


def diagnose(
    assignment: str,
    exercise: str,
    others: Sequence[tuple[JudgedProperty, Sequence[Reply]]],
    prop: JudgedProperty,
    replies: Sequence[Reply],
) -> tuple[str | None, list[str]]:
    """The misconception that explains all replies to a failed property, and lines that say so.

    others  all properties of the exercise with their replies

    The name is None where none, or more than one, fits; up to three that fit are mentioned.
    """
    if prop.threshold is not None and any(p.threshold is None for p, _ in others):
        return None, []  # the exact properties tell more, and sooner
    candidates = [m for m in misconceptions(assignment) if m.exercise == exercise]
    quick = [(p, r) for p, r in others if not p.slow and p.threshold is None]

    def explains_all(m: Misconception) -> bool:
        return all(_explains(assignment, m, p, r) for p, r in quick)

    if prop.slow:
        candidates = list(filter(explains_all, candidates))
    fitting = [m for m in candidates if _explains(assignment, m, prop, replies)]
    if len(fitting) > 1:  # the one that explains the whole exercise, if there is one
        fitting = list(filter(explains_all, fitting)) or fitting
    if len(fitting) == 1:
        return fitting[0].name, [f"likely     {fitting[0].thinks}", f"hint       {fitting[0].hint}"]
    lines = [f"perhaps    {m.thinks}" for m in fitting[:MOST_CANDIDATES]]
    return None, lines if len(fitting) <= MOST_CANDIDATES else []


def _explains(
    assignment: str, misconception: Misconception, prop: JudgedProperty, replies: Sequence[Reply]
) -> bool:
    """Does someone with this idea answer every case as the submission did?"""
    return all(
        _same(answer, _answer(assignment, misconception, case))
        for case, answer in zip(prop.cases, replies, strict=True)
    )


_answers: dict[tuple[Misconception, int], tuple[Case, Reply]] = {}


def _answer(assignment: str, misconception: Misconception, case: Case) -> Reply:
    """What this idea answers, computed once; the case is kept so that its id stays its own."""
    key = misconception, id(case)
    if key not in _answers:
        with np.errstate(all="ignore"):
            answer = reply(case.scenario, objects(assignment, misconception))
        _answers[key] = case, answer
    return _answers[key][1]


def _same(answer: Reply, other: Reply) -> bool:
    if answer.error or other.error:
        return bool(answer.error and other.error and answer.error["type"] == other.error["type"])
    return answer.seen.equals(other.seen)
