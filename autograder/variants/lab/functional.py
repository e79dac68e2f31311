"""Differs: map, zip and reduce; the classifier is kernel ridge regression, solved in one go."""

import functools
import itertools
import math

import numpy as np


def sweep_learning_rates(make_run, lrs):
    return dict(zip(lrs, map(make_run, lrs), strict=True))


def best_cell(table):
    def better(a, b):
        return b if math.isnan(table[a]) or table[b] > table[a] else a

    return functools.reduce(better, table)


def diagnose(losses):
    losses = [float(loss) for loss in losses]
    half = losses[len(losses) // 2 :]
    steps = [b - a for a, b in itertools.pairwise(half)]
    if not all(map(math.isfinite, losses)) or losses[-1] > losses[0]:
        return "diverged"
    if sum(step > 0 for step in steps) * 3 >= len(steps):
        return "bouncing"
    return "plateau" if half[0] - half[-1] < 0.01 * half[0] else "converging"


class KernelRidge:
    def __init__(self, X, y):
        self.X = X
        targets = np.eye(10)[y]
        self.coefficients = np.linalg.solve(self.kernel(X) + 0.01 * np.eye(len(X)), targets)

    def kernel(self, X):
        squares = (X**2).sum(axis=1)[:, None] + (self.X**2).sum(axis=1) - 2.0 * X @ self.X.T
        return np.exp(-squares / 128.0)

    def predict(self, X):
        return (self.kernel(X) @ self.coefficients).argmax(axis=1).tolist()


train_classifier = lambda X, y, seed: KernelRidge(X, y)  # noqa: E731
