"""Comparing observations with expected ones, to the tolerance of the course.

Values are compared as float64 with rtol 1e-7 and atol 1e-10, the sense of `numpy.isclose`;
kinds, shapes and dtypes are compared before values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from course.scenarios.plain import kind_of, show
from course.tolerance import ATOL, RTOL
from course.wire import Flat, Odd

MAX_SHOWN, MAX_TEXT = 50, 200


class Seen:
    """The observations of one scenario: values, and a label for each."""

    def __init__(self, values: Sequence[Any] | Flat, labels: Sequence[str] = ()) -> None:
        if isinstance(values, Flat):
            self.flat = values
        else:
            self.values = list(values)
        self.labels = list(labels)

    @cached_property
    def values(self) -> list[Any]:
        assert self.flat is not None
        return self.flat.values()

    @cached_property
    def flat(self) -> Flat | None:
        """The values as `Flat`, None if some are neither floats nor float64 arrays."""
        return Flat.of(self.values)

    @cached_property
    def form(self) -> list[Any]:
        """Kind, shape and dtype of each value; values of equal form can be compared."""
        return [_form(value) for value in self.values]

    @cached_property
    def numbers(self) -> np.ndarray:
        """All numbers in one flat float64 array."""
        if self.flat is not None:
            return self.flat.numbers
        parts: list[np.ndarray] = []
        for value in self.values:
            _collect(value, parts)
        return np.concatenate(parts) if parts else np.empty(0)

    @cached_property
    def finite(self) -> bool:
        return bool(np.isfinite(self.numbers).all())

    def is_like(self, expected: Seen) -> bool:
        """Are there equally many values, of the same kinds, shapes and dtypes?"""
        if self.flat is not None and expected.flat is not None:
            return self.flat.shapes == expected.flat.shapes
        return self.form == expected.form

    def equals(self, expected: Seen) -> bool:
        """Are the values the expected ones, to the tolerance?"""
        if not self.is_like(expected):
            return False
        if (self.numbers == expected.numbers).all():  # most right answers, and far quicker
            return True
        if expected.finite:  # allclose takes five times as long
            with np.errstate(all="ignore"):
                off = np.abs(self.numbers - expected.numbers)
            return bool((off <= ATOL + RTOL * np.abs(expected.numbers)).all())
        return bool(np.allclose(self.numbers, expected.numbers, RTOL, ATOL, equal_nan=True))


def _form(value: Any) -> tuple[Any, ...]:
    """A tuple that begins with the kind, so that no text can look like a number or an array."""
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.str, value.shape)
    if isinstance(value, list):
        return ("list", *map(_form, value))
    if isinstance(value, float | int) and not isinstance(value, bool):
        return ("number",)
    return ("other", type(value).__name__, value)


def _collect(value: Any, parts: list[np.ndarray]) -> None:
    if isinstance(value, np.ndarray):
        parts.append(value.ravel().astype(float, copy=False))
    elif isinstance(value, list):
        for item in value:
            _collect(item, parts)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        parts.append(np.array([_float(value)]))


def _float(value: float | int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


@dataclass(frozen=True)
class Row:
    """One observation as text: its label, the expected value, the value of the reply."""

    where: str
    expected: str
    got: str
    differs: bool = True


def first_difference(expected: Seen, got: Seen) -> Row | None:
    """Where ``got`` first differs from ``expected``; None where it does not."""
    return next((row for row in side_by_side(expected, got) if row.differs), None)


def side_by_side(expected: Seen, got: Seen) -> Iterator[Row]:
    """A row for each expected observation, and one row if there are more than expected."""
    for i, (label, wanted) in enumerate(zip(expected.labels, expected.values, strict=True)):
        if i < len(got.values):
            text = show(wanted)
            yield _differ(label, wanted, got.values[i]) or Row(label, text, text, False)
        else:
            yield Row(label, show(wanted), "nothing")
    if len(got.values) > len(expected.values):
        extra = len(got.values) - len(expected.values)
        yield Row("at the end", "nothing more", f"{extra} more values")


def _differ(label: str, wanted: Any, given: Any) -> Row | None:
    if Seen([given]).equals(Seen([wanted])):
        return None
    if isinstance(wanted, list) and isinstance(given, list) and len(wanted) == len(given):
        for i, (one, other) in enumerate(zip(wanted, given, strict=True)):
            difference = _differ(f"{label}[{i}]", one, other)
            if difference:
                return difference
    if isinstance(wanted, np.ndarray) and isinstance(given, np.ndarray):
        if wanted.shape != given.shape or wanted.dtype != given.dtype:
            return Row(label, kind_of(wanted), kind_of(given))
        if wanted.size > 6:
            return _differing_entry(label, wanted, given)
    return Row(label, *apart(wanted, given))


def _differing_entry(label: str, wanted: np.ndarray, given: np.ndarray) -> Row | None:
    differs = ~np.isclose(given, wanted, RTOL, ATOL, equal_nan=True)
    index = tuple(int(i) for i in np.argwhere(differs)[0])
    entry = ", ".join(map(str, index))
    return Row(f"{label}, entry [{entry}]", *apart(float(wanted[index]), float(given[index])))


def apart(wanted: Any, given: Any) -> tuple[str, str]:
    """Both as text, with as many digits as needed to differ (at least 6)."""
    for digits in (6, 9, 12, 17):
        texts = _digits(wanted, digits), _digits(given, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _digits(value: Any, digits: int) -> str:
    if isinstance(value, np.ndarray):
        if value.size > MAX_SHOWN:
            return kind_of(value)
        value = value.tolist()
    if isinstance(value, list):
        if len(value) > MAX_SHOWN:
            return f"a list of {len(value)} items"
        return "[" + ", ".join(_digits(item, digits) for item in value) + "]"
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{_float(value) + 0.0:.{digits}g}"  # -0 as 0, which it equals
    return (value.text if isinstance(value, Odd) else repr(value)[:MAX_TEXT])[:MAX_TEXT]
