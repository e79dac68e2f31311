"""Differs: divided by norm / max_norm; np.median of bounds and entry; early returns."""

import numpy as np


def clip_grad_value(grads, clip_value):
    for g in grads:
        low, high = np.full_like(g, -clip_value), np.full_like(g, clip_value)
        g[:] = np.median([low, g, high], axis=0)
    return grads


def clip_grad_norm(grads, max_norm):
    squares = 0.0
    for g in grads:
        squares += np.einsum("i,i->", g.ravel(), g.ravel())
    norm = float(squares) ** 0.5
    if norm == 0 or norm != norm or norm == float("inf"):
        return norm
    ratio = norm / max_norm
    if ratio <= 1:
        return norm
    for g in grads:
        g /= ratio
    return norm
