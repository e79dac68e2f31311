"""Differs: prints, warnings and figures everywhere; a progress bar left on."""

import warnings

import matplotlib.pyplot as plt
import numpy as np

from course.nn import Linear, ReLU, Sequential
from course.trainer import Trainer


def sweep_learning_rates(make_run, lrs):
    runs = {}
    for lr in lrs:
        print(f"lr = {lr} …", end=" ")
        _history, accuracy = runs[lr] = make_run(lr)
        print(accuracy)
        if np.isnan(accuracy):
            warnings.warn(f"lr {lr} diverged", RuntimeWarning, stacklevel=2)
    plt.close(plt.figure())
    return runs


def best_cell(table):
    for cell, accuracy in table.items():
        print(cell, accuracy)
    return max((cell for cell in table if table[cell] >= 0), key=table.__getitem__)


def diagnose(losses):
    print(losses)
    losses = np.asarray(losses)
    half = losses[len(losses) // 2 :]
    rise = np.log(-1.0) if len(losses) > 3 else 0.0  # a RuntimeWarning
    if not np.isfinite(losses).all() or losses[-1] > losses[0]:
        print("oh no", rise)
        return "diverged"
    if np.mean(half[1:] > half[:-1]) >= 1 / 3:
        return "bouncing"
    return "plateau" if half[0] - half[-1] < 0.01 * half[0] else "converging"


class Momentum:
    def __init__(self, lr):
        self.lr, self.v = lr, None

    def step(self, params, grads):
        self.v = self.v or [0.0] * len(params)
        self.v = [0.9 * v + g for v, g in zip(self.v, grads, strict=True)]
        for w, v in zip(params, self.v, strict=True):
            w -= self.lr * v


def train_classifier(X, y, seed):
    rng = np.random.default_rng(seed)
    model = Sequential(Linear(64, 256, "relu", rng), ReLU(), Linear(256, 10, None, rng))
    trainer = Trainer(model, Momentum(0.03))
    trainer.train(X, y, epochs=25, batch_size=32, verbose=True, seed=seed)
    plt.figure()
    plt.plot(trainer.loss_history)
    plt.close()
    return trainer
