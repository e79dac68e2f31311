"""Differs: it prints, warns and logs in every step, and keeps a history of what it did."""

import logging
import sys
import warnings

import numpy as np


class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        print("an optimizer with lr", lr)
        if nesterov and momentum == 0:
            warnings.warn("nesterov without momentum is plain SGD", stacklevel=2)
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.history = []

    def step(self, params, grads):
        velocities = self.history[-1] if self.history else [np.zeros(w.shape) for w in params]
        new = []
        for w, g, v in zip(params, grads, velocities, strict=True):
            d = g + self.weight_decay * w
            v = self.momentum * v + d
            new.append(v)
            w -= self.lr * (d + self.momentum * v if self.nesterov else v)
        self.history.append(new)
        if len(self.history) < 3:
            print("step", len(self.history))
            print("step", len(self.history), file=sys.stderr)
            logging.getLogger("sgd").error("step %d", len(self.history))
            warnings.warn("a step was taken", RuntimeWarning, stacklevel=2)


def largest_stable_lr(hessian):
    eigenvalues = np.linalg.eigvalsh(hessian)
    print(eigenvalues)
    warnings.warn("about to divide", stacklevel=2)
    return 2.0 / eigenvalues[-1]
