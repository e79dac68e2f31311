"""From what a student's code returns to plain data, and from plain data to text."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.wire import Odd

MAX_ITEMS = 100_000


def number(value: Any) -> float | Odd:
    """An int, a float or a NumPy number as a float, anything else as Odd."""
    if isinstance(value, bool | np.bool_) or not isinstance(
        value, int | float | np.floating | np.integer
    ):
        return Odd(kind_of(value))
    try:
        return float(value)
    except OverflowError:
        return Odd("an int too large for a float")


def plain(value: Any) -> Any:
    """Numbers as floats, arrays as copies, lists and tuples item by item, text; the rest as Odd."""
    if isinstance(value, str):
        return str.__str__(value)  # the text itself, where an Enum would say its own name
    if isinstance(value, np.ndarray):
        return np.array(value) if value.dtype.kind in "fiub" else Odd(kind_of(value))
    if isinstance(value, list | tuple):
        return [plain(item) for item in value[:MAX_ITEMS]]
    return number(value)


def kind_of(value: Any) -> str:
    """What a value is, in a few words: "None", "an array of shape (2,)", "a Value"."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def show(value: Any) -> str:
    """A number, an array or a list as it is written in a message: short, nested like Python."""
    if isinstance(value, np.ndarray):
        if value.size > 16:
            return f"<array of shape {value.shape}, starting {show(value.ravel()[:4])[:-1]}, ...]>"
        return show(value.tolist())
    if isinstance(value, list | tuple):
        return "[" + ", ".join(show(item) for item in value) + "]"
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)


def arguments(values: dict[str, Any] | list[Any]) -> str:
    """Arguments with or without names as Python writes them; a list in them stands for a tuple."""
    if isinstance(values, list):
        return ", ".join(map(_argument, values))
    return ", ".join(f"{name}={_argument(value)}" for name, value in values.items())


def _argument(value: Any) -> str:
    if isinstance(value, list):
        return f"({', '.join(map(_argument, value))})"
    return str(value) if isinstance(value, bool) else show(value)
