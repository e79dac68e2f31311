"""Scenarios: what the checks ask of a student's objects, written as data.

A scenario is a dict of plain values and arrays with a ``kind``: "build ``SGD(lr=0.1)``, take these
steps". `play` acts it out on the student's objects and yields what can be seen: pairs of a label
and a value. The checks compare these with what the reference shows; nothing here knows an answer.

`describe` writes the scenario as the lines of Python that it stands for, for messages.
Each kind is one module of this package with the functions ``play`` and ``describe``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from course.scenarios import (
    call,
    chain,
    classifier,
    descent,
    expression,
    law,
    optimizer,
    sweep,
    table,
    training,
)
from course.scenarios.state import kept

KINDS = {
    "call": call,
    "chain": chain,
    "classifier": classifier,
    "descent": descent,
    "expression": expression,
    "law": law,
    "optimizer": optimizer,
    "sweep": sweep,
    "table": table,
    "training": training,
}

Scenario = Mapping[str, Any]
Observation = tuple[str, Any]


def play(scenario: Scenario, objects: Mapping[str, Any]) -> Iterator[Observation]:
    """Act the scenario out on ``objects`` (name -> the student's class or function).

    Yields (label, value): values are floats, strings, arrays, lists of these, or `course.wire.Odd`
    for anything else. What the student's code raises passes through. What the student's classes
    and functions share (`course.scenarios.state`) is afterwards as it was before, so that it shows
    only in scenarios that are about it.
    """
    put_back = kept(objects.values())
    try:
        yield from KINDS[scenario["kind"]].play(scenario, objects)
    finally:
        put_back()


def path(scenario: Scenario, values: Sequence[Any]) -> dict[str, list[float]]:
    """What takes steps -> its numbers from step to step, from the values of the observations.

    Empty where a scenario has nothing of the kind. Kinds that have it define ``path``.
    """
    kind: Any = KINDS[scenario["kind"]]
    return kind.path(scenario, values) if hasattr(kind, "path") else {}


def describe(scenario: Scenario) -> list[str]:
    """The scenario as lines of Python, arrays abbreviated."""
    return KINDS[scenario["kind"]].describe(scenario)
