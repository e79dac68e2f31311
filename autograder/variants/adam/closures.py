"""Differs: each array gets a closure with its moments, which start as the number 0."""

import itertools


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.weight_decay = weight_decay
        self.clock = itertools.count(start=1)
        self.decoupled = decoupled
        self.make = lambda: mover(*betas, eps)
        self.movers = None

    def step(self, params, grads):
        t = next(self.clock)
        if t == 1:
            self.movers = [self.make() for _ in params]
        before, in_gradient = 0.0, self.weight_decay
        if self.decoupled:
            before, in_gradient = in_gradient, before
        for w, g, move in zip(params, grads, self.movers, strict=True):
            direction = move(g + in_gradient * w, t)
            w *= 1 - before * self.lr
            w -= self.lr * direction


def mover(beta1, beta2, eps):
    """A function from a gradient and t to m̂ / (√v̂ + eps)."""
    m = v = 0

    def move(g, t):
        nonlocal m, v
        m = m * beta1 + g * (1 - beta1)
        v = v * beta2 + g**2 * (1 - beta2)
        return (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + eps)

    return move
