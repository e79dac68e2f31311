"""A submission's replies, made safe to judge and to show: bounded values, printable text.

Replies come from hostile code. Values that are larger or more deeply nested than any right answer
are replaced by an `Odd` that describes them, before anything else handles them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.jail import Died
from course.compare import Seen
from course.failures import printable
from course.scenarios.plain import kind_of
from course.wire import Flat, FrameError, Odd

MAX_EXCESS = 2_000_000  # weight of a submission's replies beyond twice that of the right answers
MAX_DEPTH = 4  # of lists in lists
MAX_DESCRIPTION = 200  # characters of an Odd


@dataclass
class Budget:
    """How much weight may still be taken; see `weight`."""

    left: int = MAX_EXCESS

    def take(self, weight: int) -> bool:
        """Subtract this weight; False where the budget is exceeded."""
        self.left -= weight
        return self.left >= 0


def bounded(values: Any, expected: Seen, excess: Budget) -> Seen:
    """The values of a reply, bounded. Raises Died where they are malformed.

    excess  the weight allowed beyond twice that of ``expected``; the weight used is subtracted
    """
    if isinstance(values, Flat):
        known = expected.flat
        # Same size and structure as expected: within bounds.
        if known and values.shapes == known.shapes and values.numbers.size == known.numbers.size:
            return Seen(values)
        try:
            values = values.values()
        except FrameError as error:
            raise Died(f"it answered with nonsense: {error}") from None
    budget = Budget(excess.left + 2 * sum(map(weight, expected.values)))
    kept = _bounded_list(values, budget, MAX_DEPTH) if isinstance(values, list) else []
    excess.left = max(0, min(excess.left, budget.left))
    return Seen(kept)


def weight(value: Any) -> int:
    """The memory that a value takes in a list, in units of 8 bytes, rounded up."""
    if isinstance(value, list):
        return 10 + sum(map(weight, value))
    if isinstance(value, np.ndarray):
        return 20 + value.nbytes // 8
    if isinstance(value, Odd):
        return 50
    return 10 + len(value) // 8 if isinstance(value, str) else 4


def _bounded_list(values: list[Any], budget: Budget, depth: int) -> list[Any]:
    """The values, with those that are too large or too deeply nested as Odd.

    The list ends with the value that exceeds the budget.
    """
    kept: list[Any] = []
    for value in values:
        kept.append(_bounded(value, budget, depth))
        if budget.left < 0:
            break
    return kept


def _bounded(value: Any, budget: Budget, depth: int) -> Any:
    is_list = isinstance(value, list)
    fits = budget.take(10 if is_list else weight(value))  # the items of a list are taken later
    if not fits or (is_list and depth == 0) or isinstance(value, dict | bytes | Flat):
        return Odd(f"{kind_of(value)}, too large for any answer"[:MAX_DESCRIPTION])
    if is_list:
        return _bounded_list(value, budget, depth - 1)
    if isinstance(value, np.ndarray):
        return np.array(value)  # not a view, which would keep the whole frame that it came in
    return Odd(printable(value.text, MAX_DESCRIPTION)) if isinstance(value, Odd) else value
