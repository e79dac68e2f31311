"""Differs: callable objects for functions; the classifier fits a normal distribution per digit."""

import numpy as np


class Sweep:
    def __call__(self, make_run, lrs):
        self.runs = {}
        for self.lr in lrs:
            self.runs[self.lr] = make_run(self.lr)
        return self.runs


class Best:
    def __call__(self, table):
        ranked = sorted(table, key=self.rank(table))
        return ranked[-1]

    def rank(self, table):
        return lambda cell: (not np.isnan(table[cell]), table[cell])


class Diagnosis:
    def __init__(self, limit=0.01):
        self.limit = limit

    def __call__(self, losses):
        self.losses = np.asarray(losses, dtype=np.float64)
        self.half = self.losses[len(self.losses) // 2 :]
        for name in ("diverged", "bouncing", "plateau"):
            if getattr(self, name)():
                return name
        return "converging"

    def diverged(self):
        return bool((~np.isfinite(self.losses)).any() or self.losses[-1] > self.losses[0])

    def bouncing(self):
        steps = list(zip(self.half[:-1], self.half[1:], strict=True))
        return len([1 for a, b in steps if b > a]) * 3 >= len(steps)

    def plateau(self):
        return self.half[0] - self.half[-1] < self.limit * self.half[0]


sweep_learning_rates, best_cell, diagnose = Sweep(), Best(), Diagnosis()


class Gaussian:
    """The normal distribution of one digit's rows, its covariance shrunk towards the identity."""

    def __init__(self, rows, shrink):
        self.mean = rows.mean(axis=0)
        covariance = np.cov(rows.T) * (1 - shrink) + np.eye(rows.shape[1]) * shrink
        self.precision = np.linalg.inv(covariance)
        self.log_volume = np.linalg.slogdet(covariance)[1]

    def distance(self, row):
        return (row - self.mean) @ self.precision @ (row - self.mean) + self.log_volume


def train_classifier(X, y, seed):
    digits = [Gaussian(X[y == digit], 0.3) for digit in range(10)]

    class Model:
        @staticmethod
        def predict(new):
            return [min(range(10), key=lambda digit: digits[digit].distance(x)) for x in new]

    return Model
