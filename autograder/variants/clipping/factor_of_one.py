"""Differs: every array is multiplied, by min(1, max_norm / norm); sign times size for values."""

import numpy as np


def clip_grad_value(grads, clip_value):
    for g in grads:
        g[...] = np.sign(g) * np.minimum(np.abs(g), clip_value)


def clip_grad_norm(grads, max_norm):
    norm = float(np.sqrt(sum((np.abs(g) ** 2).sum() for g in grads)))
    factor = min(1.0, max_norm / norm) if 0 < norm < float("inf") else 1.0
    for g in grads:
        g *= factor
    return norm
