"""Differs: lists for tuples, NumPy numbers; random features with a linear layer solved exactly."""

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np


def sweep_learning_rates(make_run, lrs):
    return OrderedDict((lr, list(make_run(lr))) for lr in lrs)


def best_cell(table):
    accuracies = np.ma.masked_invalid(list(table.values()))
    return tuple(list(table)[accuracies.argmax()])


def diagnose(losses):
    losses = np.asarray(losses)
    if not (np.isfinite(losses).all() and losses[0] >= losses[-1]):
        return np.str_("diverged")
    half = losses[-len(losses) // 2 :]
    if np.greater(half[1:], half[:-1]).sum() >= (half.size - 1) / 3:
        return np.str_("bouncing")
    return np.str_(["converging", "plateau"][int(1.0 - half[-1] / half[0] < 0.01)])


@dataclass
class RandomFeatures:
    seed: int
    width: int = 2500
    penalty: float = 300.0

    def features(self, X):
        rng = np.random.default_rng(self.seed)
        return np.maximum(
            X @ rng.normal(size=(64, self.width)) / 8.0 + rng.normal(size=self.width), 0
        )

    def fit(self, X, y):
        F = self.features(X)
        dual = np.linalg.solve(F @ F.T + self.penalty * np.eye(len(F)), np.eye(10)[y] - 0.1)
        self.weights = F.T @ dual
        return self

    def predict(self, X):
        return np.argmax(self.features(X) @ self.weights, axis=-1).astype(np.float64)


def train_classifier(X, y, seed):
    return RandomFeatures(seed).fit(X, y)
