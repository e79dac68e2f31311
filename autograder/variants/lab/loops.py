"""Differs: plain loops throughout; an MLP of its own, without course, trained with momentum."""

import math

import numpy as np


def sweep_learning_rates(make_run, lrs):
    results = {}
    for i in range(len(lrs)):
        run = make_run(lrs[i])
        results[lrs[i]] = run
    return results


def best_cell(table):
    best, highest = None, -1.0
    for cell, accuracy in table.items():
        if accuracy > highest:
            best, highest = cell, accuracy
    return best


def diagnose(losses):
    for loss in losses:
        if math.isnan(loss) or math.isinf(loss):
            return "diverged"
    if losses[-1] > losses[0]:
        return "diverged"
    half = list(losses)[len(losses) // 2 :]
    ups = 0
    for i in range(1, len(half)):
        if half[i] > half[i - 1]:
            ups += 1
    if 3 * ups >= len(half) - 1:
        return "bouncing"
    if half[-1] > 0.99 * half[0]:
        return "plateau"
    return "converging"


class Network:
    def __init__(self, rng):
        self.W1 = rng.normal(0.0, np.sqrt(2.0 / 64), (64, 200))
        self.b1 = np.zeros(200)
        self.W2 = rng.normal(0.0, 0.01, (200, 10))
        self.b2 = np.zeros(10)

    def scores(self, X):
        self.hidden = np.maximum(X @ self.W1 + self.b1, 0.0)
        return self.hidden @ self.W2 + self.b2

    def gradients(self, X, y):
        scores = self.scores(X)
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        p[np.arange(len(y)), y] -= 1.0
        p /= len(y)
        d_hidden = p @ self.W2.T * (self.hidden > 0.0)
        return X.T @ d_hidden, d_hidden.sum(axis=0), self.hidden.T @ p, p.sum(axis=0)

    def predict(self, X):
        return self.scores(X).argmax(axis=1)


def train_classifier(X, y, seed):
    rng = np.random.default_rng(seed)
    network = Network(rng)
    weights = [network.W1, network.b1, network.W2, network.b2]
    velocities = [np.zeros_like(w) for w in weights]
    for epoch in range(30):
        lr = 0.05 * (1.0 - epoch / 30)
        order = rng.permutation(len(y))
        for start in range(0, len(y), 32):
            rows = order[start : start + 32]
            for w, v, g in zip(
                weights, velocities, network.gradients(X[rows], y[rows]), strict=True
            ):
                v *= 0.9
                v += g + 1e-3 * w
                w -= lr * v
    return network
