"""Differs: one flat velocity for all arrays together, cut up with views; singular values."""

import numpy as np


class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.v = None

    def step(self, params, grads):
        w = np.concatenate([p.ravel() for p in params])
        g = np.concatenate([g.ravel() for g in grads])
        if self.v is None:
            self.v = np.zeros(w.size)
        d = g + self.weight_decay * w
        self.v = self.momentum * self.v + d
        w -= self.lr * (d + self.momentum * self.v) if self.nesterov else self.lr * self.v
        start = 0
        for p in params:
            p.reshape(-1)[:] = w[start : start + p.size]
            start += p.size


def largest_stable_lr(hessian):
    return 2.0 / float(np.linalg.svd(hessian, compute_uv=False)[0])
