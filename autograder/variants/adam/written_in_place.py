"""Differs: __slots__, and no new arrays after the first step: everything through out=."""

import numpy as np


class Adam:
    __slots__ = ("_m", "_scratch", "_t", "_v", "betas", "decoupled", "eps", "lr", "weight_decay")

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        self._t = 0
        self._m = self._v = self._scratch = None

    def step(self, params, grads):
        if self._m is None:
            self._m = [np.zeros_like(w) for w in params]
            self._v = [np.zeros_like(w) for w in params]
            self._scratch = [(np.empty_like(w), np.empty_like(w)) for w in params]
        self._t += 1
        beta1, beta2 = self.betas
        correction1, correction2 = 1 - beta1**self._t, 1 - beta2**self._t
        for w, g, m, v, (d, s) in zip(params, grads, self._m, self._v, self._scratch, strict=True):
            np.copyto(d, g)
            if self.decoupled:
                np.multiply(w, 1 - self.lr * self.weight_decay, out=w)
            else:
                np.multiply(w, self.weight_decay, out=s)
                np.add(d, s, out=d)
            np.multiply(m, beta1, out=m)
            np.multiply(d, 1 - beta1, out=s)
            np.add(m, s, out=m)
            np.multiply(v, beta2, out=v)
            np.square(d, out=s)
            np.multiply(s, 1 - beta2, out=s)
            np.add(v, s, out=v)
            np.divide(v, correction2, out=s)
            np.sqrt(s, out=s)
            np.add(s, self.eps, out=s)
            np.divide(m, correction1, out=d)
            np.divide(d, s, out=d)
            np.multiply(d, self.lr, out=d)
            np.subtract(w, d, out=w)
