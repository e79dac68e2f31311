"""Differs: no velocity before the first step, which copies the gradient; norm of order 2."""

import numpy as np


class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.momentum_buffers = []

    def step(self, params, grads):
        first = len(self.momentum_buffers) == 0
        for i, (param, grad) in enumerate(zip(params, grads, strict=True)):
            if self.weight_decay != 0:
                grad = grad + self.weight_decay * param
            if self.momentum != 0:
                if first:
                    self.momentum_buffers.append(grad.copy())
                else:
                    self.momentum_buffers[i] *= self.momentum
                    self.momentum_buffers[i] += grad
                if self.nesterov:
                    grad = grad + self.momentum * self.momentum_buffers[i]
                else:
                    grad = self.momentum_buffers[i]
            param += -self.lr * grad


def largest_stable_lr(hessian):
    return float(2 / np.linalg.norm(hessian, 2))
