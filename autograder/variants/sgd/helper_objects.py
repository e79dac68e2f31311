"""Differs: a dataclass, with one helper object for each array that holds its velocity."""

from dataclasses import dataclass, field

import numpy as np


class Track:
    """The velocity of one array."""

    def __init__(self, like):
        self.velocity = np.full(like.shape, 0.0)

    def direction(self, d, momentum, nesterov):
        self.velocity = d + momentum * self.velocity
        return d + momentum * self.velocity if nesterov else self.velocity


@dataclass(eq=False)
class SGD:
    lr: float = 0.01
    momentum: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool = False
    tracks: list = field(default_factory=list, init=False, repr=False)

    def step(self, params, grads):
        self.tracks = self.tracks or [Track(w) for w in params]
        for track, w, g in zip(self.tracks, params, grads, strict=True):
            w -= self.lr * track.direction(self.decayed(w, g), self.momentum, self.nesterov)

    def decayed(self, w, g):
        return g + self.weight_decay * w


def largest_stable_lr(hessian):
    return 2.0 / spectrum(hessian)[-1]


def spectrum(matrix):
    """The eigenvalues of a symmetric matrix, the largest last."""
    return np.sort(np.linalg.eigvals((matrix + matrix.T) / 2).real)
