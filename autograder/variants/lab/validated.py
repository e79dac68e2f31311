"""Differs: checks its arguments; tries two rates on held-back digits and trains the better one."""

import numpy as np

from course.data import train_validation_split
from course.nn import Linear, ReLU, Sequential
from course.trainer import CosineSchedule, EarlyStopping, Trainer


def sweep_learning_rates(make_run, lrs):
    assert callable(make_run)
    runs = {}
    for lr in lrs:
        if lr in runs:
            raise ValueError(f"{lr} stands twice in lrs")
        history, accuracy = make_run(lr)
        runs[lr] = (history, float(accuracy))
    return runs


def best_cell(table):
    if not table:
        raise ValueError("an empty table has no best cell")
    best = None
    for cell in table:
        if np.isnan(table[cell]):
            continue
        if best is None or table[cell] > table[best]:
            best = cell
    return best


def diagnose(losses):
    if len(losses) < 4:
        raise ValueError("at least 4 losses, please")
    losses = np.asarray(losses, dtype=float)
    second_half = losses[len(losses) // 2 :]
    fraction_up = np.count_nonzero(np.ediff1d(second_half) > 0) / (len(second_half) - 1)
    if np.isfinite(losses).sum() < len(losses) or losses[-1] > losses[0]:
        return "diverged"
    if fraction_up >= 1 / 3:
        return "bouncing"
    if second_half[-1] > second_half[0] * (1 - 0.01):
        return "plateau"
    return "converging"


class Nesterov:
    def __init__(self, lr):
        self.lr, self.v = lr, {}

    def step(self, params, grads):
        for w, g in zip(params, grads, strict=True):
            d = g + 5e-4 * w
            v = self.v[id(w)] = 0.9 * self.v.get(id(w), 0.0) + d
            w -= self.lr * (d + 0.9 * v)


def trained(X, y, lr, epochs, seed):
    rng = np.random.default_rng(seed)
    model = Sequential(Linear(64, 256, "relu", rng), ReLU(), Linear(256, 10, None, rng))
    trainer = Trainer(model, Nesterov(lr))
    callbacks = [CosineSchedule(lr, epochs), EarlyStopping(10)]
    trainer.train(X, y, epochs, 32, verbose=False, callbacks=callbacks, seed=seed)
    return trainer


def train_classifier(X, y, seed):
    fit, held = train_validation_split(X, y, 0.2, seed)
    scores = {lr: trained(*fit, lr, 5, seed).evaluate(*held) for lr in (0.01, 0.03)}
    return trained(X, y, max(scores, key=scores.get), 25, seed)
