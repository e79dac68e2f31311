"""Differs: a generator holds the state and says at each step whether to synchronise."""

import itertools


class Lookahead:
    def __init__(self, base, k=5, alpha=0.5):
        self.base = base
        self.alpha = alpha
        self.is_due = itertools.cycle([*[False] * (k - 1), True])
        self.routine = None

    @property
    def lr(self):
        return self.base.lr

    @lr.setter
    def lr(self, lr):
        self.base.lr = lr

    def step(self, params, grads):
        if self.routine is None:
            self.routine = self.follow([w.copy() for w in params])
            next(self.routine)
        self.base.step(params, grads)
        self.routine.send(params)

    def follow(self, slow):
        while True:
            params = yield
            if next(self.is_due):
                for s, w in zip(slow, params, strict=True):
                    s += self.alpha * w - self.alpha * s
                    w.flat = s
