"""Differs: momentum in a subclass of plain descent; state by position, made by setdefault."""

import numpy as np


class Plain:
    def __init__(self, lr, weight_decay):
        self.lr = lr
        self.weight_decay = weight_decay

    def step(self, params, grads):
        for position, (w, g) in enumerate(zip(params, grads, strict=True)):
            w[:] -= self.lr * self.direction(position, g + self.weight_decay * w)

    def direction(self, position, d):
        return d


class SGD(Plain):
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        super().__init__(lr, weight_decay)
        self.momentum = momentum
        self.nesterov = nesterov
        self.state = {}

    def direction(self, position, d):
        if self.momentum == 0:
            return super().direction(position, d)
        v = self.state.setdefault(position, np.zeros_like(d))
        np.add(self.momentum * v, d, out=v)
        return d + self.momentum * v if self.nesterov else v


def largest_stable_lr(hessian):
    largest = -np.linalg.eigvalsh(-hessian)[0]
    return float(2.0 / largest)
