"""Differs: plain Python numbers, entry by entry; the largest eigenvalue from the squared matrix."""

import math

import numpy as np


class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.velocity = {}

    def step(self, params, grads):
        for i, (w, g) in enumerate(zip(params, grads, strict=True)):
            for entry in np.ndindex(w.shape):
                d = float(g[entry]) + self.weight_decay * float(w[entry])
                v = self.momentum * self.velocity.get((i, entry), 0.0) + d
                self.velocity[i, entry] = v
                if self.nesterov:
                    v = d + self.momentum * v
                w[entry] -= self.lr * v


def largest_stable_lr(hessian):
    return 2 / math.sqrt(np.linalg.eigvalsh(hessian @ hessian).max())
