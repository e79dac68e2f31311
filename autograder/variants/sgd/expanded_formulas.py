"""Differs: the formulas multiplied out, from the old velocity; a case for each kind of step."""

import numpy as np


class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.v = []

    def step(self, params, grads):
        lr, m, decay = self.lr, self.momentum, self.weight_decay
        while len(self.v) < len(params):
            self.v.append(np.zeros_like(params[len(self.v)]))
        for w, g, v in zip(params, grads, self.v, strict=True):
            old = v.copy()
            v[:] = m * old + g + decay * w
            if m == 0:
                w *= 1 - lr * decay
                w -= lr * g
            elif self.nesterov:
                w -= lr * ((1 + m) * g + (1 + m) * decay * w + m**2 * old)
            else:
                w -= lr * m * old + lr * g + lr * decay * w


def largest_stable_lr(hessian):
    return 1 / (np.linalg.eigvalsh(hessian)[-1] / 2)
