"""Differs: how far base has moved the weights is kept, and (1 - alpha) of it taken back."""

import numpy as np


class Lookahead:
    def __init__(self, base, k=5, alpha=0.5):
        self.base = base
        self.k = k
        self.alpha = alpha
        self.moved = None
        self.t = 0

    @property
    def lr(self):
        return self.base.lr

    @lr.setter
    def lr(self, lr):
        self.base.lr = lr

    def step(self, params, grads):
        before = [w.copy() for w in params]
        self.base.step(params, grads)
        if self.moved is None:
            self.moved = [np.zeros_like(w) for w in params]
        for moved, w, w_before in zip(self.moved, params, before, strict=True):
            moved += w - w_before
        self.t += 1
        if self.t % self.k == 0:
            for moved, w in zip(self.moved, params, strict=True):
                w -= (1 - self.alpha) * moved
                moved.fill(0)
