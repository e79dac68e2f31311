"""Differs: no new arrays after the first step, everything through out= and a scratch array."""

import numpy as np


class SGD:
    __slots__ = ("_scratch", "_v", "lr", "momentum", "nesterov", "weight_decay")

    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self._v = self._scratch = None

    def step(self, params, grads):
        if self._v is None:
            self._v = tuple(np.zeros_like(w) for w in params)
            self._scratch = tuple(np.empty_like(w) for w in params)
        for w, g, v, d in zip(params, grads, self._v, self._scratch, strict=True):
            np.multiply(w, self.weight_decay, out=d)
            np.add(d, g, out=d)
            np.multiply(v, self.momentum, out=v)
            np.add(v, d, out=v)
            if self.nesterov:
                d += self.momentum * v
            else:
                np.copyto(d, v)
            np.multiply(d, self.lr, out=d)
            np.subtract(w, d, out=w)


def largest_stable_lr(hessian):
    return (2 / np.linalg.eigvalsh(np.array(hessian)))[-1].item()
