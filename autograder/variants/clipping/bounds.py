"""Differs: np.maximum and np.minimum; the norm through np.vdot; the factor through out=."""

import numpy as np


def clip_grad_value(grads, clip_value):
    for g in grads:
        np.maximum(g, -clip_value, out=g)
        np.minimum(g, clip_value, out=g)


def clip_grad_norm(grads, max_norm):
    norm = np.sqrt(np.sum([np.vdot(g, g) for g in grads]))
    if np.isfinite(norm) and norm > max_norm:
        for g in grads:
            np.multiply(g, max_norm / norm, out=g)
    return norm
