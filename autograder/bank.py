"""The bank: every property's cases with the reference's answers, made once and replayed.

Hypothesis generates the cases with ``derandomize=True``, so that every student, and every regrade,
gets the same ones.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.strategies import SearchStrategy

from autograder.assignments import Assignment, Exercise, Property, load
from autograder.cases.strategies import operations_of, shown_by
from course.checks import reply
from course.judge import Case, JudgedProperty, Reply
from course.scenarios import Scenario, describe


@dataclass(frozen=True)
class ExerciseBank:
    """An exercise with the cases of all its properties."""

    exercise: Exercise
    properties: Sequence[JudgedProperty]

    @property
    def scenarios(self) -> list[Scenario]:
        return [case.scenario for prop in self.properties for case in prop.cases]


@functools.cache
def bank(assignment: str) -> dict[str, ExerciseBank]:
    """The bank of an assignment: exercise id -> its cases."""
    loaded = load(assignment)
    return {
        exercise.id: ExerciseBank(exercise, [judged(loaded, prop) for prop in exercise.properties])
        for exercise in loaded.exercises
    }


def judged(assignment: Assignment, prop: Property) -> JudgedProperty:
    """The property with its cases, the shortest to tell first."""
    scenarios = list(prop.examples)
    if prop.cases is not None:
        scenarios += generate(prop.cases, prop.count)
    cases = [answered(scenario, assignment.reference) for scenario in scenarios]
    if prop.threshold is None:
        cases.sort(key=lambda case: sum(map(len, describe(case.scenario))))
    return JudgedProperty(
        prop.name,
        prop.points,
        cases,
        prop.hint,
        prop.counts_with,
        prop.threshold,
        prop.after,
        prop.slow,
    )


def answered(scenario: Scenario, reference: Mapping[str, Any]) -> Case:
    """The scenario with the reference's answer. Raises ValueError where the reference fails."""
    answer: Reply = reply(scenario, reference)
    if answer.error is not None:
        raise ValueError(f"the reference fails: {answer.error}\n" + "\n".join(describe(scenario)))
    return Case(scenario, answer.seen, frozenset(operations_of(scenario)), shown_by(scenario))


def generate(strategy: SearchStrategy[Scenario], count: int) -> list[Scenario]:
    """``count`` scenarios from the strategy, the same ones every time."""
    found: list[Scenario] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(scenario: Scenario) -> None:
        found.append(scenario)

    with tempfile.TemporaryDirectory() as folder:  # Hypothesis would leave its notes in ours
        set_hypothesis_home_dir(folder)
        try:
            collect()
        finally:
            set_hypothesis_home_dir(None)
    return found
