"""Differs: one helper object for each array, and one for the clock."""

import numpy as np


class SlowArray:
    def __init__(self, fast):
        self.values = np.empty_like(fast)
        self.values[...] = fast

    def pull(self, fast, alpha):
        step = np.subtract(fast, self.values)
        np.multiply(step, alpha, out=step)
        np.add(self.values, step, out=self.values)
        fast[...] = self.values


class Clock:
    def __init__(self, period):
        self.period = period
        self.ticks = 0

    def tick(self):
        self.ticks += 1
        return self.ticks == self.period * (self.ticks // self.period)


class Lookahead:
    __slots__ = ("alpha", "base", "clock", "slow")

    def __init__(self, base, k=5, alpha=0.5):
        self.base = base
        self.clock = Clock(k)
        self.alpha = alpha
        self.slow = ()

    @property
    def lr(self):
        return self.base.lr

    @lr.setter
    def lr(self, lr):
        self.base.lr = lr

    def step(self, params, grads):
        if not self.slow:
            self.slow = tuple(SlowArray(w) for w in params)
        self.base.step(params, grads)
        if self.clock.tick():
            for slow, fast in zip(self.slow, params, strict=True):
                slow.pull(fast, self.alpha)
