"""Differs: AdamW as a subclass behind a factory method; state made by setdefault."""

import numpy as np


class Moments:
    """Running means by position, corrected when they are read."""

    def __init__(self, beta):
        self.beta = beta
        self.means = {}

    def update(self, position, x, t):
        mean = self.means.setdefault(position, np.zeros_like(x))
        mean[...] = self.beta * mean + (1 - self.beta) * x
        return mean / (1 - self.beta**t)


class Optimizer:
    def __init__(self, lr):
        self.lr = lr
        self.t = 0

    def step(self, params, grads):
        self.t += 1
        for position in range(len(params)):
            self.move(position, params[position], grads[position])


class Adam(Optimizer):
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        super().__init__(lr)
        self.first, self.second = (Moments(beta) for beta in betas)
        self.eps = eps
        self.weight_decay = weight_decay
        self.decay = self.decoupled_decay if decoupled else self.coupled_decay

    def coupled_decay(self, w, g):
        return w.copy(), g + self.weight_decay * w

    def decoupled_decay(self, w, g):
        return w * (1 - self.lr * self.weight_decay), g

    def move(self, position, w, g):
        start, g = self.decay(w, g)
        m_hat = self.first.update(position, g, self.t)
        v_hat = self.second.update(position, np.square(g), self.t)
        w[...] = start - self.lr * np.divide(m_hat, np.sqrt(v_hat) + self.eps)
