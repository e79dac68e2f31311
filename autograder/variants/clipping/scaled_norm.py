"""Differs: the norm as the largest size times the root of a sum of squared ratios; recursion."""

import numpy as np


def clip_grad_value(grads, clip_value):
    if len(grads) == 0:
        return
    first, *rest = grads
    np.clip(first, -clip_value, clip_value, out=first)
    clip_grad_value(rest, clip_value)


def clip_grad_norm(grads, max_norm):
    largest = max(np.max(np.abs(g)) for g in grads)
    if largest == 0:
        return 0.0
    if not all(np.isfinite(g).all() for g in grads):
        return float(sum(np.sum(np.abs(g)) for g in grads))
    norm = largest * np.sqrt(sum(np.sum((g / largest) ** 2) for g in grads))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return float(norm)
