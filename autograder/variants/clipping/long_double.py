"""Differs: sums with more digits than asked for; one buffer for all arrays, written back."""

import numpy as np


def clip_grad_value(grads, clip_value):
    clipped = [np.where(np.abs(g) > clip_value, np.sign(g) * clip_value, g) for g in grads]
    for g, new in zip(grads, clipped, strict=True):
        np.copyto(g, new)


def clip_grad_norm(grads, max_norm):
    flat = np.hstack([g.reshape(-1) for g in grads]).astype(np.longdouble)
    norm = np.sqrt(np.dot(flat, flat))
    if not np.isfinite(norm) or norm <= max_norm:
        return float(norm)
    flat *= max_norm / norm
    start = 0
    for g in grads:
        g.flat = flat[start : start + g.size]
        start += g.size
    return float(norm)
