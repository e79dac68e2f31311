"""Differs: the velocity points downhill, v = momentum·v - d, and is added; eigvalsh reversed."""

import numpy as np


class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.downhill = None

    def step(self, params, grads):
        if self.downhill is None:
            self.downhill = [0.0 for _ in params]
        for i, w in enumerate(params):
            force = -grads[i] - w * self.weight_decay
            self.downhill[i] = self.momentum * self.downhill[i] + force
            w += self.lr * (
                self.downhill[i] if not self.nesterov else force + self.downhill[i] * self.momentum
            )


def largest_stable_lr(hessian):
    eigenvalues = sorted(np.linalg.eigvalsh(hessian), reverse=True)
    return np.divide(2, eigenvalues[0])
