"""Optimizers that the checks bring along, where an exercise wraps another optimizer.

They are small on purpose. Two of them carry a state from step to step, as SGD with momentum and
Adam do, so that a wrapper which disturbs it, or steps too often, ends somewhere else. One keeps it
in a list, the other looks it up by the array itself, which must not be a copy for that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Arrays = Sequence[np.ndarray]


class Plain:
    """w ← w − lr·g"""

    def __init__(self, lr: float) -> None:
        self.lr = lr

    def step(self, params: Arrays, grads: Arrays) -> None:
        for w, g in zip(params, grads, strict=True):
            w -= self.lr * g


class Averaging:
    """w ← w − lr·(mean of all gradients so far)"""

    def __init__(self, lr: float) -> None:
        self.lr = lr
        self.count = 0
        self.totals: list[np.ndarray] = []

    def step(self, params: Arrays, grads: Arrays) -> None:
        self.totals = self.totals or [np.zeros_like(w) for w in params]
        self.count += 1
        for w, g, total in zip(params, grads, self.totals, strict=True):
            total += g
            w -= self.lr * total / self.count


class Scaling:
    """w ← w − lr·g / (1 + largest |g| so far)"""

    def __init__(self, lr: float) -> None:
        self.lr = lr
        self.known: list[tuple[np.ndarray, np.ndarray]] = []

    def step(self, params: Arrays, grads: Arrays) -> None:
        for w, g in zip(params, grads, strict=True):
            largest = self.largest_of(w)
            np.maximum(largest, np.abs(g), out=largest)
            w -= self.lr * g / (1.0 + largest)

    def largest_of(self, w: np.ndarray) -> np.ndarray:
        """The largest |g| of this very array, 0 at first."""
        for array, largest in self.known:
            if array is w:
                return largest
        self.known.append((w, np.zeros_like(w)))
        return self.known[-1][1]


GIVEN = {"Plain": Plain, "Averaging": Averaging, "Scaling": Scaling}
