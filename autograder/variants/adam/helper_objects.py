"""Differs: dataclasses; a helper object for each array does the whole update."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Track:
    """One array's moments."""

    m: np.ndarray
    v: np.ndarray

    def advance(self, g, beta1, beta2):
        self.m = beta1 * self.m + (1 - beta1) * g
        self.v = beta2 * self.v + (1 - beta2) * g**2

    def direction(self, correction1, correction2, eps):
        return (self.m / correction1) / (np.sqrt(self.v / correction2) + eps)


@dataclass(eq=False)
class Adam:
    lr: float = 1e-3
    betas: tuple = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    decoupled: bool = False
    tracks: list = field(default_factory=list, init=False)
    t: int = field(default=0, init=False)

    def step(self, params, grads):
        self.t += 1
        while len(self.tracks) < len(params):
            like = params[len(self.tracks)]
            self.tracks.append(Track(np.full(like.shape, 0.0), np.full(like.shape, 0.0)))
        corrections = tuple(-np.expm1(self.t * np.log(beta)) if beta else 1 for beta in self.betas)
        for track, w, g in zip(self.tracks, params, grads, strict=True):
            penalty = 0.0 if self.decoupled else self.weight_decay * w
            track.advance(g + penalty, *self.betas)
            shrunk = w * (1 - self.lr * self.weight_decay) if self.decoupled else w
            w[:] = shrunk - self.lr * track.direction(*corrections, self.eps)
