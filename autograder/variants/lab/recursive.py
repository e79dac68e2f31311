"""Differs: recursion in place of loops; a tanh network, full of closures instead of classes."""

import math
from types import SimpleNamespace

import numpy as np


def sweep_learning_rates(make_run, lrs):
    if len(lrs) == 0:
        return {}
    first = {lrs[0]: make_run(lrs[0])}
    return first | sweep_learning_rates(make_run, lrs[1:])


def best_cell(table):
    def best(cells):
        head, *tail = cells
        if not tail:
            return head
        other = best(tail)
        return other if not table[head] > table[other] and not math.isnan(table[other]) else head

    return best(table)


def diagnose(losses):
    if not np.isfinite(np.sum(losses)) or losses[-1] > losses[0]:
        return "diverged"
    half = [*losses][len(losses) // 2 :]

    def ups(rest):
        return 0 if len(rest) < 2 else (rest[1] > rest[0]) + ups(rest[1:])

    if ups(half) >= (len(half) - 1) / 3:
        return "bouncing"
    return "converging" if half[-1] <= half[0] - 0.01 * half[0] else "plateau"


def train_classifier(X, y, seed):
    rng = np.random.default_rng(seed)
    weights = [
        rng.normal(0.0, 0.125, (64, 300)),
        np.zeros(300),
        rng.normal(0.0, 0.05, (300, 10)),
        np.zeros(10),
    ]
    m, v = ([np.zeros_like(w) for w in weights] for _ in range(2))

    def forward(X):
        hidden = np.tanh(X @ weights[0] + weights[1])
        return hidden, hidden @ weights[2] + weights[3]

    def step(rows, lr, t):
        hidden, scores = forward(X[rows])
        d = np.exp(scores - scores.max(axis=1, keepdims=True))
        d = d / d.sum(axis=1, keepdims=True) - np.eye(10)[y[rows]]
        d /= len(rows)
        d_hidden = (d @ weights[2].T) * (1.0 - hidden**2)
        grads = X[rows].T @ d_hidden, d_hidden.sum(axis=0), hidden.T @ d, d.sum(axis=0)
        for i, g in enumerate(grads):
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.999 * v[i] + 0.001 * g**2
            hat = m[i] / (1 - 0.9**t), v[i] / (1 - 0.999**t)
            weights[i] = weights[i] * (1 - 0.1 * lr) - lr * hat[0] / (np.sqrt(hat[1]) + 1e-8)

    steps = 1000
    for t in range(1, steps + 1):
        step(rng.choice(len(y), 32, replace=False), 3e-3 * (1 - t / steps), t)
    return SimpleNamespace(predict=lambda X: forward(X)[1].argmax(axis=1))
