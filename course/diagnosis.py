"""Explaining the failures of an exercise by ideas that give the same replies as the submission.

An *idea* is an edited reference; its answers are those of a student who makes this one mistake. A
misconception is an idea with a name; an idea without a name still tells which part of the solution
is wrong. Local checks and grader both use this module: the grader plays ideas on its own cases, the
local checks have the answers of misconceptions in the few cases that students may read.

If an idea's answers equal the submission's replies in *every* case, the idea explains the exercise:
the properties that it breaks by its nature (its *own*) lose their points, other failed properties
only follow. If there is no such idea, an idea is *found* if all its own properties fail with the
idea's answers; other failed properties with the idea's answers follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from course.judge import Answered, JudgedProperty, Reply
from course.results import UNEXPLAINED, Explanation, Told
from course.tolerance import ATOL, RTOL

MAX_CANDIDATES = 3
MAX_AT_ONCE = 2  # ideas that are found side by side
SAMPLE = 30  # failed cases that an idea is tried on first
MAX_FAILURES = 8  # that a suspect for a pair has to explain a part of
FEWER = 15  # cases of a property that `in_common` compares
# A lower bound for `in_common`. On pairs of misconceptions and mutants of the references, it was
# measured as 46 % or more for submissions that have the idea, 20 % or less for others.
GOOD_PART = 1 / 3


class Idea(Protocol):
    """An edited reference.

    told     its texts for students: two for a pair of misconceptions, none for an idea without name
    located  the part of the solution that is changed, for an idea without name
    own      the properties that it breaks by its nature
    hollow   whether it leaves out the main part of the exercise: then its own properties earn
             nothing even if they hold
    """

    @property
    def told(self) -> Sequence[Told]: ...
    @property
    def located(self) -> str: ...
    @property
    def own(self) -> Sequence[str]: ...
    @property
    def hollow(self) -> bool: ...


# From an idea to its answer in a case of a property, None if that is not known.
Answer = Callable[[Idea, JudgedProperty, int], Reply | None]


class Exercise:
    """A submission's replies to an exercise, to be compared with the answers of ideas.

    answered  all properties with the submission's replies
    answer    gives an idea's answer in a case; called as rarely as possible
    """

    def __init__(self, answered: Sequence[Answered], answer: Answer) -> None:
        self._answer = answer
        self._replies = {judged.name: (judged, replies) for judged, replies in answered}
        wrong = {judged.name: judged.wrong(replies) for judged, replies in answered}
        self.wrong = {name: numbers for name, numbers in wrong.items() if numbers}
        # Slow properties last; failed properties before passed ones.
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
        """Do the idea's answers equal the replies in every case?"""
        return all(self.fits(idea, name) for name in self._order) and self.tells(idea)

    def fits(self, idea: Idea, name: str) -> bool:
        """Do the idea's answers equal the replies in every case of this property?

        With a threshold, the same verdict is enough, since long training amplifies rounding errors.
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
        """All cases of a property; first a sample of the failed ones, which differ among ideas."""
        wrong = self.wrong.get(name, [])
        sample = wrong[:: max(1, len(wrong) // SAMPLE)]
        return list(dict.fromkeys([*sample, *range(len(self._replies[name][1]))]))

    def tells(self, idea: Idea, among: Iterable[str] | None = None) -> bool:
        """Do idea and submission share a specific mistake: a wrong finite number, form, or error?

        A shared nan is not specific. Nor is a shared error, for an idea without name: many small
        edits raise the same error.
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
        """Do all of the idea's own properties fail with the idea's answers?"""
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
        """Are all failures errors, without any wrong value?"""
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
        ][:MAX_FAILURES]
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
        """The failed properties in which the idea's answers equal the replies."""
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
    """The ideas that explain failures, and the explanation that they give."""

    ideas: Sequence[Idea] = ()
    explanation: Explanation = UNEXPLAINED

    @property
    def explained(self) -> set[str]:
        return {*self.explanation.own, *self.explanation.follows}


def explain(exercise: Exercise, stages: Sequence[Stage]) -> Found:
    """What explains the failures of an exercise.

    stages  sources of ideas, each used only if the earlier ones do not explain every failure
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
    """Of ideas that are found in their own properties, those that together explain most."""
    explained = {idea: exercise.explains(idea) for idea in ideas}
    chosen = Found()
    for _ in range(MAX_AT_ONCE):
        news = {idea: names - chosen.explained for idea, names in explained.items()}
        most = max(map(len, news.values()), default=0)
        if most == 0:
            break
        alike = [idea for idea in ideas if len(news[idea]) == most]
        names = [name for name in exercise.wrong if name in news[alike[0]]]
        chosen = _both(chosen, _one_of(exercise, alike, names))
    return chosen


def _one_of(exercise: Exercise, ideas: Sequence[Idea], explained: Sequence[str]) -> Found:
    """The explanation by ideas that explain the same properties.

    The idea whose own properties have the most points decides which properties lose points; it is
    named if all the ideas have the same texts. If it is charged in another exercise, nothing is
    lost here; if none of its own properties fails, all explained properties lose their points.
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
        perhaps=[t.thinks for t in told] if not alike and len(told) <= MAX_CANDIDATES else (),
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
    """The likely ideas, by the replies to the first failed property; no property keeps its points.

    Different mistakes can give the same replies there, for example in an optimizer's first step.
    The ideas must therefore also have `GOOD_PART` of their wrong answers in common with the
    submission.
    """
    exact = [name for name in exercise.wrong if exercise.is_exact(name)][:1]
    fitting = [
        idea
        for idea in (ideas if exact else ())
        if exercise.fits(idea, exact[0])
        and exercise.tells(idea, exact)
        and exercise.in_common(idea) >= GOOD_PART
    ]
    if not fitting or len(fitting) > MAX_CANDIDATES:
        return Found()
    told = [told for idea in fitting for told in idea.told]
    if len(fitting) == 1:
        return Found((), Explanation(ideas=told, own=exact))
    return Found((), Explanation(perhaps=[t.thinks for t in told], own=exact))
