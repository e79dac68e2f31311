"""The bank of ideas: misconceptions as small edits of the reference, and what they answer.

`autograder.grading.judging` holds a submission's replies against what each would have answered.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np

from autograder.assignments import PROJECT
from autograder.misconceptions.bases import BASES
from course.checks import reply
from course.compare import Seen
from course.diagnosis import GOOD_PART, Exercise
from course.errors import TimeLimit
from course.failures import failure_of
from course.judge import Case, Reply
from course.results import Told

MOST_SUSPECTS = 2  # ideas that are tried together with every other one


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

    @property
    def told(self) -> Told:
        return Told(self.name, self.thinks, self.hint)


@dataclass(frozen=True, eq=False)
class Idea:
    """An edited reference, and what it answered so far; see `course.diagnosis.Idea`.

    text        the module
    most_lines  how many lines it may run in one case, None where its loops are known to end
    """

    name: str
    text: str
    told: tuple[Told, ...] = ()
    own: tuple[str, ...] = ()
    located: str = ""
    hollow: bool = False
    most_lines: int | None = None
    _answers: dict[int, tuple[Case, Reply]] = field(default_factory=dict, repr=False)

    @functools.cached_property
    def objects(self) -> dict[str, Any]:
        """The classes and functions of someone with this idea."""
        namespace: dict[str, Any] = {"__name__": f"idea:{self.name}"}
        exec(compile(self.text, f"<{self.name}>", "exec"), namespace)
        return namespace

    def answer(self, case: Case) -> Reply:
        """What it answers, computed once; the case is kept so that its id stays its own."""
        if id(case) not in self._answers:
            self._answers[id(case)] = case, self._play(case)
        return self._answers[id(case)][1]

    def _play(self, case: Case) -> Reply:
        try:
            with np.errstate(all="ignore"), line_limit(self.most_lines):
                return reply(case.scenario, self.objects)
        except TimeLimit as error:
            return Reply(Seen([]), failure_of(error))


@functools.cache
def misconceptions(assignment: str) -> tuple[Misconception, ...]:
    """The misconceptions of an assignment."""
    return importlib.import_module(f"autograder.misconceptions.{assignment}").MISCONCEPTIONS


@functools.cache
def reference(assignment: str) -> str:
    """The text of the reference's module."""
    return (PROJECT / "solutions" / f"{assignment}.py").read_text("utf-8")


@contextlib.contextmanager
def line_limit(most: int | None) -> Iterator[None]:
    """Context: TimeLimit in code that runs more lines than that; None for no limit.

    Counted and not timed, so that an idea answers the same on every machine and in every thread.
    """
    if most is None:
        yield
        return
    left = most

    def count(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TimeLimit(f"stopped after {most:,} lines")
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        yield
    finally:
        sys.settrace(before)


def edited(assignment: str, edits: Iterable[tuple[str, str]]) -> str:
    """The reference's module after the edits. Raises ValueError where one fits not exactly once."""
    text = reference(assignment)
    for old, new in edits:
        if text.count(old) != 1:
            raise ValueError(f"{assignment}: {text.count(old)} places to edit for {old!r}")
        text = text.replace(old, new)
    return text


@functools.cache
def idea(assignment: str, misconception: Misconception) -> Idea:
    """The misconception as an edited reference."""
    return Idea(
        misconception.name,
        edited(assignment, misconception.edits),
        (misconception.told,),
        misconception.own,
        hollow=bool(misconception.reason),
    )


@functools.cache
def on_other_bases(assignment: str, misconception: Misconception) -> tuple[Idea, ...]:
    """The same misconception in solutions that are put together in other ways."""
    found = []
    for base in BASES.get(assignment, ()):
        try:
            text = edited(assignment, (*base, *misconception.edits))
        except ValueError:  # it is about lines that this base does not have
            continue
        told, own = (misconception.told,), misconception.own
        found.append(Idea(f"{misconception.name} elsewhere", text, told, own))
    return tuple(found)


@functools.cache
def together(assignment: str, one: Misconception, other: Misconception) -> Idea | None:
    """Someone with both misconceptions; None where their edits do not go together."""
    name = f"{one.name} and {other.name}"
    own = tuple(dict.fromkeys(one.own + other.own))
    try:
        both = Idea(name, edited(assignment, one.edits + other.edits), (one.told, other.told), own)
        return both if both.objects else None
    except (ValueError, SyntaxError):
        return None


def pairs(assignment: str, known: Sequence[Misconception], exercise: Exercise) -> Iterator[Idea]:
    """Two misconceptions that together answer every case as the submission did.

    One of them has to explain a good part of the first failures alone. Where all failures are
    errors, one idea is behind them, or a slip such as a syntax error.
    """
    shares = {m: exercise.share_of_failures(idea(assignment, m)) for m in known}
    suspects = sorted((m for m in known if shares[m] >= GOOD_PART), key=lambda m: -shares[m])
    tried: set[frozenset[str]] = set()
    for one, other in itertools.product(suspects[:MOST_SUSPECTS], known):
        names = frozenset([one.name, other.name])
        if len(names) == 2 and names not in tried:
            tried.add(names)
            both = together(assignment, one, other)
            if both is not None and exercise.explained_by(both):
                yield both
