"""Which misconceptions explain what a submission showed, and the lines that say so.

Used on both sides, as `course.judge` is: the grader knows what a misconception answers in its own
cases, the local checks know it for the few that students may read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

from course.judge import JudgedProperty, Reply

MOST_CANDIDATES = 3
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


def fitting(
    ideas: Sequence[AnyIdea],
    answers: Callable[[AnyIdea, JudgedProperty], Iterable[Reply]],
    exercise: Sequence[tuple[JudgedProperty, Sequence[Reply]]],
    prop: JudgedProperty,
    replies: Sequence[Reply],
) -> list[AnyIdea]:
    """The ideas that answer every case of a failed property as the submission did.

    And a good part of those cases of the whole exercise that they get wrong: where many a fault
    looks alike, in the first step of an optimizer say, that alone does not tell which it is.

    ideas     those that belong to the exercise
    answers   from an idea and a property to the idea's reply to each case
    exercise  all properties of the exercise with the submission's replies
    """
    if prop.threshold is not None and any(p.threshold is None for p, _ in exercise):
        return []  # the exact properties tell more, and sooner
    quick = [(p, r) for p, r in exercise if not p.slow and p.threshold is None]

    def explains(idea: AnyIdea, prop: JudgedProperty, replies: Sequence[Reply]) -> bool:
        pairs = zip(replies, answers(idea, prop), strict=True)
        return all(reply.equals(answer) for reply, answer in pairs)

    def explains_all(idea: AnyIdea) -> bool:
        return all(explains(idea, p, r) for p, r in quick)

    if prop.slow:
        ideas = list(filter(explains_all, ideas))

    def likely(idea: AnyIdea) -> bool:
        alike = [
            reply.equals(answer)
            for p, r in quick
            for case, reply, answer in zip(p.cases, r, answers(idea, p), strict=True)
            if not answer.matches(case, None)
        ]
        return sum(alike) >= GOOD_PART * len(alike)

    found = [idea for idea in ideas if explains(idea, prop, replies) and likely(idea)]
    if len(found) > 1:  # the one that explains the whole exercise, if there is one
        found = list(filter(explains_all, found)) or found
    return found


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
