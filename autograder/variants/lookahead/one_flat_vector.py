"""Differs: all slow weights in one flat vector; np.split cuts it up."""

import numpy as np


class Lookahead:
    def __init__(self, base, k=5, alpha=0.5):
        self.base = base
        self.k = k
        self.alpha = alpha
        self.slow = None
        self.t = 0

    @property
    def lr(self):
        return self.base.lr

    @lr.setter
    def lr(self, lr):
        self.base.lr = lr

    def step(self, params, grads):
        if self.t == 0:
            self.slow = self.flat(params)
        self.t += 1
        self.base.step(list(params), list(grads))
        if self.t % self.k == 0:
            self.slow = np.average(
                [self.slow, self.flat(params)], axis=0, weights=[1 - self.alpha, self.alpha]
            )
            cuts = np.cumsum([w.size for w in params])
            for w, part in zip(params, np.split(self.slow, cuts[:-1]), strict=True):
                w.reshape(-1)[:] = part

    @staticmethod
    def flat(arrays):
        return np.concatenate([a.flatten() for a in arrays])
