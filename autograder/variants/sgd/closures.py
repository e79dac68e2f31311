"""Differs: each array gets a closure that remembers its velocity; generators make the step."""

import functools
import itertools

import numpy as np


class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.steps = 0
        self.movers = []

    def mover(self, shape):
        v = np.zeros(shape)

        def move(w, g):
            nonlocal v
            d = g + self.weight_decay * w
            v = self.momentum * v + d
            return d + self.momentum * v if self.nesterov else v

        return move

    def step(self, params, grads):
        if self.steps == 0:
            self.movers = [self.mover(w.shape) for w in params]
        self.steps += 1
        moves = (move(w, g) for move, w, g in zip(self.movers, params, grads, strict=True))
        for w, move in itertools.zip_longest(params, moves):
            w.flat[:] = (w - self.lr * move).flat
        return params


def largest_stable_lr(hessian):
    largest = functools.reduce(max, map(float, np.linalg.eigvalsh(hessian)))
    return 2.0 / largest
