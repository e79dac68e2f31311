"""Differs: nanargmax; the classifier asks the three nearest digits and needs no weights."""

import numpy as np


def sweep_learning_rates(make_run, lrs):
    results = [make_run(lr) for lr in lrs]
    return {lr: result for lr, result in zip(lrs, results, strict=True)}


def best_cell(table):
    cells = list(table)
    return cells[np.nanargmax([table[cell] for cell in cells])]


def diagnose(losses):
    losses = np.array(losses)
    half = losses[losses.size // 2 :]
    with np.errstate(invalid="ignore"):
        conditions = {
            "diverged": np.any(~np.isfinite(losses)) or losses[-1] > losses[0],
            "bouncing": 3 * np.count_nonzero(half[1:] > half[:-1]) >= half.size - 1,
            "plateau": (half[0] - half[-1]) / abs(half[0]) < 0.01,
            "converging": True,
        }
    return next(name for name, holds in conditions.items() if holds)


class Neighbours:
    def __init__(self, X, y):
        self.X, self.y = X, y

    def predict(self, X):
        distances = (X**2).sum(axis=1)[:, None] - 2.0 * X @ self.X.T + (self.X**2).sum(axis=1)
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :3]
        return np.array([np.bincount(votes, minlength=10).argmax() for votes in self.y[nearest]])


def train_classifier(X, y, seed):
    return Neighbours(X, y)
