"""Differs: histories and accuracies collected in columns; dropout behind the first layer."""

import numpy as np

from course.nn import Dropout, Linear, ReLU, Sequential
from course.trainer import CosineSchedule, Trainer


def sweep_learning_rates(make_run, lrs):
    histories, accuracies = [], []
    for lr in lrs:
        history, accuracy = make_run(lr)
        histories.append(history)
        accuracies.append(accuracy)
    return {lr: (h, a) for lr, h, a in zip(lrs, histories, accuracies, strict=True)}


def best_cell(table):
    names, rates = zip(*table, strict=True)
    values = np.nan_to_num(np.array(list(table.values())), nan=-1.0)
    i = int(values.argmax())
    return names[i], rates[i]


def diagnose(losses):
    losses = np.array(losses, dtype=np.longdouble)
    if not np.isfinite(losses).all() or losses[-1] > losses[0]:
        return "diverged"
    _, half = np.split(losses, [len(losses) // 2])
    ups = np.diff(half) > 0
    if np.sum(ups) >= np.size(ups) / 3:
        return "bouncing"
    return "plateau" if (half[0] - half[-1]) * 100 < half[0] else "converging"


class Adam:
    def __init__(self, lr):
        self.lr, self.t, self.m, self.v = lr, 0, None, None

    def step(self, params, grads):
        self.m = self.m or [np.zeros_like(w) for w in params]
        self.v = self.v or [np.zeros_like(w) for w in params]
        self.t += 1
        scale = self.lr * np.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        for w, g, m, v in zip(params, grads, self.m, self.v, strict=True):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            w -= scale * m / (np.sqrt(v) + 1e-8)


def train_classifier(X, y, seed):
    rng = np.random.default_rng(seed)
    layers = [Linear(64, 300, "relu", rng), ReLU(), Dropout(0.3, rng)]
    layers += [Linear(300, 100, "relu", rng), ReLU(), Linear(100, 10, None, rng)]
    trainer = Trainer(Sequential(*layers), Adam(2e-3), grad_clip_norm=5.0)
    schedule = CosineSchedule(2e-3, 30)
    trainer.train(X, y, epochs=30, verbose=False, callbacks=[schedule], seed=seed)
    return trainer
