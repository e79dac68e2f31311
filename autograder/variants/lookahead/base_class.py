"""Differs: a wrapper class that knows lr, below it one that synchronises; modulo counter."""

import abc

import numpy as np


class Wrapper(abc.ABC):
    """An optimizer around another one, with its lr."""

    def __init__(self, inner):
        self._inner = inner

    lr = property(
        lambda self: self._inner.lr, lambda self, lr: setattr(self._inner, "lr", lr), None, "rate"
    )

    def step(self, params, grads):
        self.before(params)
        self._inner.step(params, grads)
        self.after(params)

    @abc.abstractmethod
    def before(self, params):
        """Called before each step."""

    @abc.abstractmethod
    def after(self, params):
        """Called after each step."""


class Lookahead(Wrapper):
    def __init__(self, base, k=5, alpha=0.5):
        super().__init__(base)
        self.k, self.alpha = k, alpha
        self.slow = []
        self.counter = 0

    def before(self, params):
        self.slow = self.slow or [np.array(w) for w in params]

    def after(self, params):
        self.counter = (self.counter + 1) % self.k
        if not self.counter:
            for i in range(len(params)):
                self.slow[i] = self.slow[i] + self.alpha * (params[i] - self.slow[i])
                params[i][...] = self.slow[i]
