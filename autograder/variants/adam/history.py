"""Differs: all gradients are kept, and the weighted sums written out anew in each step."""

import numpy as np


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        self.history = []

    def step(self, params, grads):
        coupled = 0.0 if self.decoupled else self.weight_decay
        self.history.append([np.add(g, coupled * w) for w, g in zip(params, grads, strict=True)])
        for i, w in enumerate(params):
            seen = np.stack([gradients[i] for gradients in self.history])
            m_hat = mean(seen, self.betas[0])
            v_hat = mean(seen**2, self.betas[1])
            if self.decoupled:
                w *= 1 - self.lr * self.weight_decay
            w -= self.lr * m_hat / (v_hat**0.5 + self.eps)


def mean(values, beta):
    """The mean over the first axis, the newest with weight 1, each older one beta times less."""
    weights = np.array([beta**age for age in range(len(values))])[::-1]
    return np.tensordot(weights, values, axes=1) / weights.sum()
