"""Which misconceptions explain what a submission showed, and the lines that say so.

Used on both sides, as `course.judge` is: the grader knows what a misconception answers in its own
cases, the local checks know it for the few that students may read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from course.judge import JudgedProperty, Reply

MOST_CANDIDATES = 3
# Cases of a property that an idea is tried on, simple and long ones, since all would take much
# longer: of those that failed and of the others; and of all where only a part has to agree.
SAMPLE, FEWER = 30, 15
# Of the cases of an exercise that an idea gets wrong, a submission with this idea and another one
# got 46 % or more wrong in the same way, one with neither 20 % or less: that was measured on pairs
# of misconceptions and on mutants of the references.
GOOD_PART = 1 / 3


class Idea(Protocol):
    """A misconception: its name, what the student probably thinks, a question that leads on."""

    @property
    def name(self) -> str: ...
    @property
    def thinks(self) -> str: ...
    @property
    def hint(self) -> str: ...


AnyIdea = TypeVar("AnyIdea", bound=Idea)


class Fitting(Generic[AnyIdea]):
    """Finds the ideas that explain what a submission showed in an exercise.

    ideas     those that belong to the exercise
    answer    the idea's reply to a case, from the idea, the property and the case's number
    exercise  all properties of the exercise with the submission's replies
    """

    def __init__(
        self,
        ideas: Sequence[AnyIdea],
        answer: Callable[[AnyIdea, JudgedProperty, int], Reply],
        exercise: Sequence[tuple[JudgedProperty, Sequence[Reply]]],
    ) -> None:
        self._ideas, self._answer = ideas, answer
        self._exact = any(p.threshold is None for p, _ in exercise)
        self._quick = [(p, r) for p, r in exercise if not p.slow and p.threshold is None]
        self._likely: dict[str, bool] = {}

    def found(self, prop: JudgedProperty, replies: Sequence[Reply]) -> list[AnyIdea]:
        """The ideas that answer the cases of a failed property as the submission did.

        And a good part of those cases of the whole exercise that they get wrong: where many a fault
        looks alike, in the first step of an optimizer say, that alone does not tell which it is.
        """
        if prop.threshold is not None and self._exact:
            return []  # the exact properties tell more, and sooner
        ideas = list(filter(self._explains_all, self._ideas)) if prop.slow else self._ideas
        order = _failures_first(prop, replies)
        found = [i for i in ideas if self._explains(i, prop, replies, order) and self._is_likely(i)]
        for explains in (self._explains_sample, self._explains_all):
            if len(found) > 1:  # the one that explains the whole exercise, if there is one
                found = list(filter(explains, found)) or found
        return found

    def _explains(
        self, idea: AnyIdea, prop: JudgedProperty, replies: Sequence[Reply], order: Iterable[int]
    ) -> bool:
        return all(replies[i].equals(self._answer(idea, prop, i)) for i in order)

    def _explains_sample(self, idea: AnyIdea) -> bool:
        return all(self._explains(idea, p, r, _failures_first(p, r)) for p, r in self._quick)

    def _explains_all(self, idea: AnyIdea) -> bool:
        return all(self._explains(idea, p, r, range(len(r))) for p, r in self._quick)

    def _is_likely(self, idea: AnyIdea) -> bool:
        if idea.name not in self._likely:
            answered = [
                (p.cases[i], r[i], self._answer(idea, p, i))
                for p, r in self._quick
                for i in _sample(range(len(r)), FEWER)
            ]
            alike = [reply.equals(a) for case, reply, a in answered if not a.matches(case, None)]
            self._likely[idea.name] = sum(alike) >= GOOD_PART * len(alike)
        return self._likely[idea.name]


def _failures_first(prop: JudgedProperty, replies: Sequence[Reply]) -> list[int]:
    """A sample of the failed cases, which tell most ideas apart, then one of the others.

    Every answer of an idea has to be played, hence few, and in this order.
    """
    answered = enumerate(zip(prop.cases, replies, strict=True))
    passed = [i for i, (case, reply) in answered if reply.matches(case, prop.threshold)]
    failed = sorted(set(range(len(replies))) - set(passed))
    return [*_sample(failed, SAMPLE), *_sample(passed, SAMPLE)]


def _sample(numbers: Sequence[int], count: int) -> Sequence[int]:
    """So many of the numbers, or up to twice as many: the first of them and evenly spread."""
    return numbers[:: max(1, len(numbers) // count)]


def sentences(found: Sequence[Idea], hint: int = 2) -> tuple[str | None, list[str]]:
    """The name of the one idea that fits, if it is one, and the lines that tell the student.

    hint  1: what they probably think; 2: and the question that leads on

    Up to three that fit are mentioned; of more than that, nothing is said.
    """
    if len(found) == 1:
        lines = [f"likely     {found[0].thinks}", f"hint       {found[0].hint}"]
        return found[0].name, lines[:hint]
    if len(found) > MOST_CANDIDATES:
        return None, []
    return None, [f"perhaps    {idea.thinks}" for idea in found]
