"""Differs: math.fsum adds the squares; generators; np.copyto writes where a mask says so."""

import itertools
import math

import numpy as np


def clip_grad_value(grads, clip_value):
    for g, sign in itertools.product(grads, (1, -1)):
        np.copyto(g, sign * clip_value, where=sign * g > clip_value)


def clip_grad_norm(grads, max_norm):
    entries = itertools.chain.from_iterable(g.ravel().tolist() for g in grads)
    norm = math.sqrt(math.fsum(x * x for x in entries))
    if max_norm < norm < math.inf:
        for g in grads:
            np.copyto(g, g * (max_norm / norm))
    return norm
