"""What is behind the failures of an exercise: the ideas that answer as the submission did.

An *idea* is an edited reference: we know what a student who has it, and is otherwise right, shows
in every case. A misconception is an idea with a name; an edit without a name says at least where
the slip is. Used on both sides, as `course.judge` is: the grader plays ideas on its own cases, the
local checks know what misconceptions show in the few cases that students may read.

Where an idea answers *every* case of the exercise as the submission did, it explains the exercise:
the properties that it breaks by its nature (its *own*) are its price, the other ones that fail only
follow. Where none does, an idea is *found* in its own properties, if all of these fail as the idea
fails them, and whatever else fails as the idea fails it follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from course.judge import Answered, JudgedProperty, Reply
from course.results import UNEXPLAINED, Explanation, Told
from course.tolerance import ATOL, RTOL

MOST_CANDIDATES = 3
MOST_AT_ONCE = 2  # ideas that are found side by side
SAMPLE = 30  # cases that an idea is tried on first, of those that failed
MOST_FAILURES = 8  # that a suspect for a pair has to explain a part of
FEWER = 15  # cases of a property that are looked at where only a part has to agree
# Of the cases of an exercise that an idea gets wrong, a submission with this idea and another one
# got 46 % or more wrong in the same way, one with neither 20 % or less: that was measured on pairs
# of misconceptions and on mutants of the references.
GOOD_PART = 1 / 3


class Idea(Protocol):
    """An edited reference.

    told     what a student is told of it: of two misconceptions at once both, nothing of an edit
             without a name
    located  the part of the solution that an edit without a name changes
    own      the properties that it breaks by its nature
    hollow   does it leave out the heart of the exercise? Then its own do not count even where they
             hold in what is left
    """

    @property
    def told(self) -> Sequence[Told]: ...
    @property
    def located(self) -> str: ...
    @property
    def own(self) -> Sequence[str]: ...
    @property
    def hollow(self) -> bool: ...


# An idea's reply to a case of a property; None where that is not known, and then nothing follows.
Answer = Callable[[Idea, JudgedProperty, int], Reply | None]


class Exercise:
    """An exercise as a submission answered it, held against ideas.

    answered  all properties with the submission's replies
    answer    an idea's reply to a case; called for as few cases as will do
    """

    def __init__(self, answered: Sequence[Answered], answer: Answer) -> None:
        self._answer = answer
        self._replies = {judged.name: (judged, replies) for judged, replies in answered}
        wrong = {judged.name: judged.wrong(replies) for judged, replies in answered}
        self.wrong = {name: numbers for name, numbers in wrong.items() if numbers}
        # Long ones last, and what failed before the rest.
        self._order = sorted(self._replies, key=self._cost)

    def _cost(self, name: str) -> tuple[bool, bool, bool]:
        prop = self._replies[name][0].prop
        return prop.slow, prop.threshold is not None, name not in self.wrong

    def reply(self, name: str, number: int) -> Reply:
        """What the submission answered in a case of a property."""
        return self._replies[name][1][number]

    def points(self, names: Iterable[str]) -> float:
        return sum(self._replies[n][0].prop.points for n in set(names) if n in self._replies)

    def explained_by(self, idea: Idea) -> bool:
        """Does it answer every case as the submission did?"""
        return all(self.fits(idea, name) for name in self._order) and self.tells(idea)

    def fits(self, idea: Idea, name: str) -> bool:
        """Does it answer every case of this property as the submission did?

        Where a threshold decides, the same verdict is enough: long training enlarges rounding.
        """
        judged, replies = self._replies[name]
        threshold = judged.prop.threshold
        for i in self._failures_first(name):
            answer = self._answer(idea, judged, i)
            if answer is None:
                continue
            if threshold is not None:
                case = judged.cases[i]
                if answer.matches(case, threshold) != replies[i].matches(case, threshold):
                    return False
            elif not replies[i].equals(answer):
                return False
        return True

    def _failures_first(self, name: str) -> list[int]:
        """All cases of a property: a sample of the failed ones first, as they tell ideas apart."""
        wrong = self.wrong.get(name, [])
        sample = wrong[:: max(1, len(wrong) // SAMPLE)]
        return list(dict.fromkeys([*sample, *range(len(self._replies[name][1]))]))

    def tells(self, idea: Idea, among: Iterable[str] | None = None) -> bool:
        """Have they more in common than nan: a finite wrong number, a wrong kind, an error?

        An error tells only of ideas with a name: many a small edit ends in the same one.
        """
        for name in self.wrong if among is None else among:
            judged, replies = self._replies[name]
            for i in self.wrong[name] if judged.prop.threshold is None else ():
                answer = self._answer(idea, judged, i)
                silent = replies[i].error is not None and not idea.told
                if silent or not answer or not _tells(replies[i], judged, i):
                    continue
                if replies[i].equals(answer):
                    return True
        return False

    def found_in_own(self, idea: Idea) -> bool:
        """Do all of its own properties fail as it fails them?"""
        own = [name for name in idea.own if name in self._replies]
        return (
            bool(own)
            and all(name in self.wrong for name in own)
            and all(self.fits(idea, name) for name in own)
            and self.tells(idea, own)
        )

    @property
    def roots(self) -> list[str]:
        """The failed properties that build on no other failed one."""
        return [n for n in self.wrong if self._replies[n][0].prop.after not in self.wrong]

    @property
    def only_errors(self) -> bool:
        """Are all failures errors, so that no wrong value can be looked at?"""
        return all(
            self._replies[name][1][i].error is not None
            for name, numbers in self.wrong.items()
            for i in numbers
        )

    def is_exact(self, name: str) -> bool:
        """Is this a quick property that values decide, not a threshold?"""
        prop = self._replies[name][0].prop
        return prop.threshold is None and not prop.slow

    def share_of_failures(self, idea: Idea) -> float:
        """The share of the first wrong values that the idea explains; 0 where all are errors."""
        wrong = [
            (self._replies[name][0], self._replies[name][1][i], i)
            for name in filter(self.is_exact, self.wrong)
            for i in self.wrong[name]
            if self._replies[name][1][i].error is None
        ][:MOST_FAILURES]
        answers = [(reply, self._answer(idea, judged, i)) for judged, reply, i in wrong]
        alike = [answer is not None and reply.equals(answer) for reply, answer in answers]
        return sum(alike) / len(alike) if alike else 0.0

    def in_common(self, idea: Idea) -> float:
        """The share of the cases that the idea gets wrong in which the submission answers alike."""
        alike = []
        for name in filter(self.is_exact, self._replies):
            judged, replies = self._replies[name]
            for i in range(0, len(replies), max(1, len(replies) // FEWER)):
                answer = self._answer(idea, judged, i)
                if answer and not answer.matches(judged.cases[i], None):
                    alike.append(replies[i].equals(answer))
        return sum(alike) / len(alike) if alike else 1.0

    def explains(self, idea: Idea) -> frozenset[str]:
        """The failed properties that it answers as the submission did."""
        return frozenset(
            name for name in self._order if name in self.wrong and self.fits(idea, name)
        )


def _tells(reply: Reply, judged: JudgedProperty, number: int) -> bool:
    expected = judged.cases[number].expected
    if reply.error is not None or reply.seen.form != expected.form:
        return True
    got, wanted = reply.seen.numbers, expected.numbers
    with np.errstate(all="ignore"):
        off = np.abs(got - wanted) > ATOL + RTOL * np.abs(wanted)
    return bool((off & np.isfinite(got)).any())


Stage = Callable[[Exercise], Sequence[Idea]]


@dataclass(frozen=True)
class Found:
    """The ideas behind failures, the failed properties that they are charged for, and the rest."""

    ideas: Sequence[Idea] = ()
    explanation: Explanation = UNEXPLAINED

    @property
    def explained(self) -> set[str]:
        return {*self.explanation.own, *self.explanation.follows}


def explain(exercise: Exercise, stages: Sequence[Stage]) -> Found:
    """What explains the failures of an exercise.

    stages  where ideas come from, each asked only where no earlier one explains every failure
    """
    best = Found()
    for stage in stages if exercise.wrong else []:
        ideas = stage(exercise)
        complete = [idea for idea in ideas if exercise.explained_by(idea)]
        if complete:
            found = _one_of(exercise, complete, list(exercise.wrong))
            missing = [n for idea in found.ideas if idea.hollow for n in idea.own]
            empty = [name for name in missing if name not in exercise.wrong]
            why = replace(found.explanation, alone=not empty, missing=empty)
            return replace(found, explanation=why)
        found = _found(exercise, [idea for idea in ideas if exercise.found_in_own(idea)])
        if len(found.explained) > len(best.explained):
            best = found
        if len(best.explained) == len(exercise.wrong):
            return best
    if exercise.wrong and not best.ideas and stages:
        return _likely(exercise, stages[0](exercise))
    return best


def _found(exercise: Exercise, ideas: Sequence[Idea]) -> Found:
    """Those of the ideas, all found in their own properties, that together explain most."""
    explained = {idea: exercise.explains(idea) for idea in ideas}
    chosen = Found()
    for _ in range(MOST_AT_ONCE):
        news = {idea: names - chosen.explained for idea, names in explained.items()}
        most = max(map(len, news.values()), default=0)
        if most == 0:
            break
        alike = [idea for idea in ideas if len(news[idea]) == most]
        names = [name for name in exercise.wrong if name in news[alike[0]]]
        chosen = _both(chosen, _one_of(exercise, alike, names))
    return chosen


def _one_of(exercise: Exercise, ideas: Sequence[Idea], explained: Sequence[str]) -> Found:
    """One of these ideas, which all explain as much: the dearest says what it costs.

    It is named where it is the only one. One that is charged in another exercise costs nothing
    here; one of which no own property fails is charged for all.
    """
    dearest = max(ideas, key=lambda idea: exercise.points(idea.own))
    own = [name for name in exercise.wrong if name in dearest.own]
    if not own and (exercise.points(dearest.own) or not dearest.own):
        own = list(explained)
    told = list(dict.fromkeys(told for idea in ideas for told in idea.told))
    alike = len({tuple(idea.told) for idea in ideas}) == 1
    places = {idea.located for idea in ideas}
    explanation = Explanation(
        ideas=told if alike else (),
        located=places.pop() if len(places) == 1 and not told else "",
        perhaps=[t.thinks for t in told] if not alike and len(told) <= MOST_CANDIDATES else (),
        own=own,
        follows=[name for name in explained if name not in own],
    )
    return Found([dearest], explanation)


def _both(one: Found, other: Found) -> Found:
    first, second = one.explanation, other.explanation
    own = [*first.own, *(name for name in second.own if name not in first.own)]
    follows = dict.fromkeys((*first.follows, *second.follows))
    return Found(
        [*one.ideas, *other.ideas],
        Explanation(
            ideas=[*first.ideas, *second.ideas],
            located="; ".join(dict.fromkeys(filter(None, (first.located, second.located)))),
            perhaps=[*first.perhaps, *second.perhaps],
            own=own,
            follows=[name for name in follows if name not in own],
        ),
    )


def _likely(exercise: Exercise, ideas: Sequence[Idea]) -> Found:
    """The ideas that answer the first failed property as the submission did; nothing is spared.

    And a good part of the cases that they get wrong: where many a fault looks alike, in the first
    step of an optimizer say, that alone does not tell which it is.
    """
    exact = [name for name in exercise.wrong if exercise.is_exact(name)][:1]
    fitting = [
        idea
        for idea in (ideas if exact else ())
        if exercise.fits(idea, exact[0])
        and exercise.tells(idea, exact)
        and exercise.in_common(idea) >= GOOD_PART
    ]
    if not fitting or len(fitting) > MOST_CANDIDATES:
        return Found()
    told = [told for idea in fitting for told in idea.told]
    if len(fitting) == 1:
        return Found((), Explanation(ideas=told, own=exact))
    return Found((), Explanation(perhaps=[t.thinks for t in told], own=exact))
