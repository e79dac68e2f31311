"""Differs: plain Python numbers, entry by entry, through g.flat and np.ndindex."""

import math

import numpy as np


def clip_grad_value(grads, clip_value):
    for g in grads:
        for i in range(g.size):
            if abs(g.flat[i]) > clip_value:
                g.flat[i] = math.copysign(clip_value, g.flat[i])


def clip_grad_norm(grads, max_norm):
    total = 0.0
    for g in grads:
        for entry in np.ndindex(*g.shape):
            total += g[entry] ** 2
    norm = math.sqrt(total)
    if math.isfinite(norm) and norm > max_norm:
        for g in grads:
            for entry in np.ndindex(*g.shape):
                g[entry] = g[entry] * max_norm / norm
    return norm
