"""Differs: dict updates and sorted with a key; Trainer with AdamW of its own and a plateau rule."""

import itertools

import numpy as np

from course.data import train_validation_split
from course.nn import Linear, ReLU, Sequential
from course.trainer import ReduceOnPlateau, Trainer


def sweep_learning_rates(make_run, lrs):
    runs = dict()
    for lr in lrs:
        runs.update({lr: make_run(lr)})
    return runs


def best_cell(table):
    finite = [item for item in table.items() if not np.isnan(item[1])]
    return sorted(finite, key=lambda item: item[1], reverse=True)[0][0]


def diagnose(losses):
    first, last = losses[0], losses[-1]
    if not all(np.isfinite(losses)) or first < last:
        answer = "diverged"
    else:
        half = losses[len(losses) // 2 :]
        ups = sum(b > a for a, b in itertools.pairwise(half))
        if ups / (len(half) - 1) >= 1 / 3:
            answer = "bouncing"
        elif half[0] - half[-1] < half[0] / 100:
            answer = "plateau"
        else:
            answer = "converging"
    return answer


class AdamW:
    def __init__(self, lr):
        self.lr, self.moments, self.t = lr, {}, 0

    def step(self, params, grads):
        self.t += 1
        for i, (w, g) in enumerate(zip(params, grads, strict=True)):
            m, v = self.moments.get(i, (0.0, 0.0))
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            self.moments[i] = m, v
            w -= self.lr * 0.02 * w
            w -= self.lr * (m / (1 - 0.9**self.t)) / (np.sqrt(v / (1 - 0.999**self.t)) + 1e-8)


def train_classifier(X, y, seed):
    (X_fit, y_fit), held = train_validation_split(X, y, 0.05, seed)
    rng = np.random.default_rng(seed)
    model = Sequential(Linear(64, 400, "relu", rng), ReLU(), Linear(400, 10, None, rng))
    trainer = Trainer(model, AdamW(2e-3))
    trainer.train(X_fit, y_fit, 25, 32, False, held, callbacks=[ReduceOnPlateau(0.3, 3)], seed=seed)
    return trainer
