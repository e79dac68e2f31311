"""Differs: first to length 1, then to max_norm; a running norm, array by array; np.clip(out=)."""

import numpy as np


def clip_grad_value(grads, clip_value):
    list(map(lambda g: np.clip(g, -clip_value, clip_value, out=g), grads))


def clip_grad_norm(grads, max_norm):
    norm = np.float64(0)
    for g in grads:
        norm = np.hypot(norm, np.sqrt(np.square(g).sum()))
    exceeds = norm - max_norm > 0
    if exceeds and np.isfinite(norm):
        for g in grads:
            g /= norm
            g *= max_norm
    return norm.item()
