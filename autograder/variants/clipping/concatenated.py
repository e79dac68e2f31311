"""Differs: np.linalg.norm of all entries in one vector; clipped copies are written back."""

import numpy as np


def clip_grad_value(grads, clip_value):
    for i in range(len(grads)):
        grads[i][...] = np.clip(grads[i], a_min=-clip_value, a_max=clip_value)


def clip_grad_norm(grads, max_norm):
    total = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
    if not np.isfinite(total):
        return total
    if total > max_norm:
        for i in range(len(grads)):
            grads[i][...] = grads[i] * max_norm / total
    return total
