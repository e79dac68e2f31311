"""Differs: the slow weights are copied at the start of each round, where fast equals slow."""

import copy


class Lookahead:
    def __init__(self, base, k=5, alpha=0.5):
        self.base = base
        self.k = k
        self.alpha = alpha
        self.done = 0

    @property
    def lr(self):
        return self.base.lr

    @lr.setter
    def lr(self, value):
        self.base.lr = value

    def step(self, params, grads):
        if self.done == 0:
            self.anchor = copy.deepcopy(params)
        self.base.step(params, grads)
        self.done = (self.done + 1) % self.k
        if self.done == 0:
            for i, fast in enumerate(params):
                fast[...] = self.anchor[i] + self.alpha * (fast - self.anchor[i])
