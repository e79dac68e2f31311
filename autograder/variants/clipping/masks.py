"""Differs: boolean masks; a wrapper that turns a factor into the change."""

import functools

import numpy as np


def clip_grad_value(grads, clip_value):
    for g in grads:
        g[g > clip_value] = clip_value
        g[g < -clip_value] = -clip_value


def scales(factor_of):
    """Makes a function that scales grads out of one that computes the norm and the factor."""

    @functools.wraps(factor_of)
    def scale(grads, max_norm):
        norm, factor = factor_of(grads, max_norm)
        if factor is not None:
            for g in grads:
                g[:] *= factor
        return norm

    return scale


@scales
def clip_grad_norm(grads, max_norm):
    norm = np.sqrt(np.add.reduce([np.add.reduce(np.square(g), axis=None) for g in grads]))
    return norm, max_norm / norm if np.isfinite(norm) and not norm <= max_norm else None
