"""The bank: every property's cases with the reference's answers, made once and replayed.

Hypothesis generates the cases with ``derandomize=True``, so that every student, and every regrade,
gets the same ones.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import __version__ as hypothesis_version
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal.conjecture import providers
from hypothesis.strategies import SearchStrategy
from platformdirs import user_cache_path

from autograder.assignments import PROJECT, Assignment, Exercise, Property, load
from autograder.cases.on_copies import on_copies
from autograder.cases.strategies import operations_of, shown_by
from autograder.misconceptions.unnamed import Unnamed
from autograder.misconceptions.unnamed import make as make_unnamed
from course import wire
from course.checks import idle_replies, reply
from course.compare import Seen
from course.credit import Idle
from course.judge import Case, JudgedProperty
from course.scenarios import Scenario, describe


@dataclass(frozen=True)
class ExerciseBank:
    """An exercise and its cases.

    played  its properties with their cases, in the order of `Exercise.played`: the last is the
            evidence
    """

    exercise: Exercise
    played: Sequence[JudgedProperty]

    @functools.cached_property
    def properties(self) -> Sequence[JudgedProperty]:
        return self.played[:-1]

    @property
    def evidence(self) -> JudgedProperty:
        return self.played[-1]

    @functools.cached_property
    def idle(self) -> dict[str, Idle]:
        """What doing nothing shows; see `course.credit.idle`."""
        return idle_replies(self.properties, self.exercise.objects)

    @property
    def scenarios(self) -> list[Scenario]:
        return [case.scenario for prop in self.properties for case in prop.cases]


@functools.cache
def bank(assignment: str) -> dict[str, ExerciseBank]:
    """The bank of an assignment: exercise id -> its cases.

    Making it takes seconds. It is therefore kept in the user's cache folder, under a digest of
    everything it is made from; a missing or damaged file is made again.
    """
    loaded = load(assignment)
    path = cached(assignment, "bank")
    try:
        made = wire.unpack(path.read_bytes())
    except (OSError, wire.FrameError):
        data = wire.pack(make(loaded))
        keep(path, data)
        made = wire.unpack(data)
    banks = {
        exercise.id: ExerciseBank(
            exercise,
            [
                judged(prop, made[exercise.id][prop.name], loaded.section_of(exercise, prop))
                for prop in exercise.played
            ],
        )
        for exercise in loaded.exercises
    }
    gc.freeze()  # the bank is never freed, and is too large to scan at every full collection
    return banks


@functools.cache
def unnamed(assignment: str) -> Unnamed:
    """The ideas without a name and their answers in a few cases; cached beside the bank."""
    path = cached(assignment, "ideas")
    with contextlib.suppress(OSError, wire.FrameError):
        return wire.unpack(path.read_bytes())
    properties = {exercise: one.properties for exercise, one in bank(assignment).items()}
    data = wire.pack(make_unnamed(assignment, properties))
    keep(path, data)
    return wire.unpack(data)


def cached(assignment: str, kind: str) -> Path:
    """The cache file for data of this kind, which is computed from the code: see `digest`."""
    return user_cache_path("optimization-lab") / f"{assignment}-{digest()}.{kind}"


def digest() -> str:
    """A digest of the code that the banks are made from, and of the versions that matter."""
    content = hashlib.sha256(" ".join([sys.version, hypothesis_version, np.__version__]).encode())
    for folder in ("autograder", "course", "solutions"):
        for path in sorted((PROJECT / folder).rglob("*.*")):
            if path.suffix not in (".py", ".toml"):
                continue
            content.update(path.read_bytes())
    return content.hexdigest()[:32]


def keep(path: Path, data: bytes) -> None:
    """Replace the cached files of this kind by one, atomically.

    A file that cannot be written is not an error: the next process computes the data again.
    """
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        for older in path.parent.glob(f"{path.name.partition('-')[0]}-*{path.suffix}"):
            older.unlink(missing_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        os.replace(file.name, path)


def make(assignment: Assignment) -> dict[str, dict[str, list[Any]]]:
    """Every case as plain data: exercise id -> property -> [scenario, labels, values] of each."""
    return {
        exercise.id: {
            prop.name: [
                [scenario, answer.labels, answer.values]
                for scenario in scenarios_of(prop)
                for answer in [answered(scenario, objects)]
            ]
            for prop, objects in zip(
                exercise.played, right_ones(exercise, assignment.reference), strict=True
            )
        }
        for exercise in assignment.exercises
    }


def right_ones(exercise: Exercise, reference: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The objects that give the answers for each property, and last for the evidence."""
    return [reference] * len(exercise.properties) + [on_copies(reference, exercise.objects)]


def scenarios_of(prop: Property) -> list[Scenario]:
    """The examples and the generated scenarios of a property, those with the shortest text first.

    With a threshold they keep their order.
    """
    scenarios = list(prop.examples)
    if prop.cases is not None:
        scenarios += generate(prop.cases, prop.count)
    if prop.threshold is None:
        scenarios.sort(key=lambda scenario: sum(map(len, describe(scenario))))
    return scenarios


def judged(prop: Property, cases: Sequence[Any], section: str) -> JudgedProperty:
    """The property with its cases, from their plain data."""
    return JudgedProperty(
        replace(prop, section=section),
        [
            Case(
                scenario,
                Seen(values, labels),
                frozenset(operations_of(scenario)),
                shown_by(scenario),
            )
            for scenario, labels, values in cases
        ],
    )


def answered(scenario: Scenario, reference: Mapping[str, Any]) -> Seen:
    """The reference's answer in a scenario. Raises ValueError where its code fails."""
    answer = reply(scenario, reference)
    if answer.error is not None:
        raise ValueError(f"the reference fails: {answer.error}\n" + "\n".join(describe(scenario)))
    return answer.seen


@contextlib.contextmanager
def without_local_constants() -> Iterator[None]:
    """Context: Hypothesis takes no constants from the source of loaded modules.

    Hypothesis has no option to turn this off. Different commands load different modules, and would
    generate different cases from their constants.
    """
    find = getattr(providers, "_get_local_constants", None)
    if find is None:  # a version of Hypothesis that does not do it
        yield
        return
    providers._get_local_constants = providers.Constants
    providers.CONSTANTS_CACHE.cache.clear()
    try:
        yield
    finally:
        providers._get_local_constants = find
        providers.CONSTANTS_CACHE.cache.clear()


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

    # Hypothesis would otherwise write its files into the current folder.
    with tempfile.TemporaryDirectory() as folder, without_local_constants():
        set_hypothesis_home_dir(folder)
        try:
            collect()
        finally:
            set_hypothesis_home_dir(None)
    return found
