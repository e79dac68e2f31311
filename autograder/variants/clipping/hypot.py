"""Differs: math.hypot over all entries; np.nditer for the values."""

import math

import numpy as np


def clip_grad_value(grads, clip_value):
    for g in grads:
        with np.nditer(g, op_flags=["readwrite"]) as entries:
            for x in entries:
                x[...] = max(-clip_value, min(clip_value, float(x)))


def clip_grad_norm(grads, max_norm):
    norm = math.hypot(*(x for g in grads for x in g.flat))
    if norm <= max_norm or math.isinf(norm) or math.isnan(norm):
        return norm
    factor = max_norm / norm
    for g in grads:
        g[...] = factor * g
    return norm
