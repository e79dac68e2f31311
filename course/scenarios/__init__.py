"""Scenarios: what the checks ask of a student's objects, written as data.

A scenario is a dict of plain values and arrays with a ``kind``: "build ``SGD(lr=0.1)``, take these
steps". `play` acts it out on the student's objects and yields what can be seen: pairs of a label
and a value. The checks compare these with what the reference shows; nothing here knows an answer.

`describe` writes the scenario as the lines of Python that it stands for, for messages.
Each kind is one module of this package with the functions ``play`` and ``describe``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from course.scenarios import call, chain, descent, expression, optimizer, training

KINDS = {
    "call": call,
    "chain": chain,
    "descent": descent,
    "expression": expression,
    "optimizer": optimizer,
    "training": training,
}

Scenario = Mapping[str, Any]
Observation = tuple[str, Any]


def play(scenario: Scenario, objects: Mapping[str, Any]) -> Iterator[Observation]:
    """Act the scenario out on ``objects`` (name -> the student's class or function).

    Yields (label, value): values are floats, strings, arrays, lists of these, or `course.wire.Odd`
    for anything else. What the student's code raises passes through.
    """
    return KINDS[scenario["kind"]].play(scenario, objects)


def describe(scenario: Scenario) -> list[str]:
    """The scenario as lines of Python, arrays abbreviated."""
    return KINDS[scenario["kind"]].describe(scenario)
