"""The kind ``law``: several runs, and relations between their observations.

``runs``   scenarios of other kinds, played one after the other, each on fresh objects
``names``  what each of them is called, in labels: "alone: w after step 2"
``equal``  list of relations {"left": term, "right": [term, …]}: the left term is the sum of the
           right ones; a term is [factor, index of an observation of all runs together, entry],
           the entry in the order of `ravel`, or None for the whole value
``sides``  titles for what the right and the left side of a relation are, in messages

A law is judged on the student's own replies, not against the reference's numbers. It can hold in
code with a wrong formula, and fail in code that is right otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.scenarios import call, expression, optimizer
from course.scenarios.state import kept
from course.tolerance import ATOL, RTOL

RUNS: Mapping[str, Any] = {"call": call, "expression": expression, "optimizer": optimizer}


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, run in zip(scenario["names"], scenario["runs"], strict=True):
        put_back = kept(objects.values())
        try:
            for label, value in RUNS[run["kind"]].play(run, objects):
                yield f"{name}: {label}", value
        finally:
            put_back()


def describe(scenario: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, run in zip(scenario["names"], scenario["runs"], strict=True):
        lines += [f"# {name}", *RUNS[run["kind"]].describe(run)]
    return lines


@dataclass(frozen=True)
class Broken:
    """A relation that does not hold.

    index, entry  the observation on its left, and the entry of it, None where that is a number
    wanted        what the right side comes to; None where a side is not made of numbers
    given         the left side
    """

    index: int
    entry: int | None = None
    wanted: float | None = None
    given: float | None = None


class Misfit(ValueError):
    """A relation that does not fit the values; ``index`` is that of the one on its left."""

    def __init__(self, index: int) -> None:
        super().__init__(f"nothing to relate to observation {index}")
        self.index = index


@dataclass(frozen=True)
class Relations:
    """The relations of a law on all numbers that it shows, one after the other: n of them.

    left         position of the left term's number, (n,)
    left_factor  its factor, (n,)
    right        positions of the right terms' numbers, (most terms, n)
    factors      their factors; 0 where a relation has fewer terms than another, (most terms, n)
    places       for each relation the observation and the entry on its left
    """

    left: np.ndarray
    left_factor: np.ndarray
    right: np.ndarray
    factors: np.ndarray
    places: Sequence[tuple[int, int | None]]

    @classmethod
    def of(cls, scenario: Mapping[str, Any], values: Sequence[Any]) -> Relations:
        """The relations for values of these shapes.

        Raises Misfit where one asks for a number that there is not, or for other shapes.
        """
        sizes = [_size(value) for value in values]
        starts = np.cumsum([0, *(size or 0 for size in sizes)])
        rows: list[list[tuple[float, int]]] = []
        places: list[tuple[int, int | None]] = []
        for relation in scenario["equal"]:
            terms = relation["left"], *relation["right"]
            sides = [_numbers(term, sizes, starts) for term in terms]
            index = relation["left"][1]
            if any(len(side) != len(sides[0]) or not side for side in sides):
                raise Misfit(index)
            rows += map(list, zip(*sides, strict=True))
            is_array = isinstance(values[index], np.ndarray)
            places += [
                (index, position - int(starts[index]) if is_array else None)
                for _, position in sides[0]
            ]
        most = max((len(row) for row in rows), default=1)
        filled = [row + [(0.0, row[0][1])] * (most - len(row)) for row in rows]
        factors, positions = np.array(filled, dtype=float).reshape(-1, most, 2).T
        at = positions.astype(int)
        return cls(at[0], factors[0], at[1:], factors[1:], places)

    def first_broken(self, numbers: np.ndarray) -> Broken | None:
        """The first relation that does not hold on finite numbers, to the tolerance."""
        with np.errstate(all="ignore"):
            given = self.left_factor * numbers[self.left]
            wanted = (self.factors * numbers[self.right]).sum(axis=0)
            holds = np.abs(given - wanted) <= ATOL + RTOL * np.abs(wanted)
        holds &= np.isfinite(given) & np.isfinite(wanted)
        if holds.all():
            return None
        first = int(np.argmin(holds))
        return Broken(*self.places[first], float(wanted[first]), float(given[first]))


def first_broken(scenario: Mapping[str, Any], values: Sequence[Any]) -> Broken | None:
    """The first relation of a law that does not hold for the observed values, whatever they are."""
    try:
        relations = Relations.of(scenario, values)
    except Misfit as misfit:
        return Broken(misfit.index)
    parts = [np.ravel(value) for value in values if _size(value) is not None]
    return relations.first_broken(np.concatenate(parts) if parts else np.empty(0))


def _size(value: Any) -> int | None:
    """How many numbers a float or a float64 array holds; None for anything else."""
    if type(value) is float:
        return 1
    if type(value) is np.ndarray and value.dtype == np.float64:
        return value.size
    return None


def _numbers(
    term: Sequence[Any], sizes: Sequence[int | None], starts: np.ndarray
) -> list[tuple[float, int]]:
    """The factor and the position of each number of a term, none where there are no such."""
    factor, index, entry = term
    size = (sizes[index] if index < len(sizes) else None) or 0
    entries = range(size) if entry is None else range(entry, min(entry + 1, size))
    return [(factor, int(starts[index]) + i) for i in entries]
