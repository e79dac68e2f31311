"""Differs: the norm of the arrays' Frobenius norms; np.clip with positions and g[:] = …."""

import numpy as np


def clip_grad_value(grads, clip_value):
    for g in grads:
        g[:] = g.clip(-clip_value, clip_value)


def clip_grad_norm(grads, max_norm):
    norms = np.array([np.linalg.norm(g) for g in grads])
    norm = np.linalg.norm(norms)
    clip = norm > max_norm and norm < np.inf
    _ = [np.multiply(g, max_norm / norm, g) for g in grads] if clip else []
    return norm
