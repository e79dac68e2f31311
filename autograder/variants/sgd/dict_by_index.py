"""Differs: velocities in a dict by index, made when needed; w[...] = w - …; eigvals, unsorted."""

import numpy as np


class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.state = {}

    def step(self, params, grads):
        for i in range(len(params)):
            w, g = params[i], grads[i]
            d = g + self.weight_decay * w
            if i not in self.state:
                self.state[i] = np.zeros(w.shape)
            self.state[i] = self.momentum * self.state[i] + d
            d = d + self.momentum * self.state[i] if self.nesterov else self.state[i]
            w[...] = w - self.lr * d


def largest_stable_lr(hessian):
    return 2 / max(np.linalg.eigvals(hessian).real)
