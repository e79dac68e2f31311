"""Differs: sums without the factors 1 - β, which cancel against those in the corrections."""

import numpy as np


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        self.sums = {}
        self.weight1 = self.weight2 = 0.0

    def step(self, params, grads):
        beta1, beta2 = self.betas
        self.weight1 = beta1 * self.weight1 + 1
        self.weight2 = beta2 * self.weight2 + 1
        for i, (w, g) in enumerate(zip(params, grads, strict=True)):
            if not self.decoupled:
                g = g + self.weight_decay * w
            first, second = self.sums.get(i, (0.0, 0.0))
            first = beta1 * first + g
            second = beta2 * second + np.abs(g) ** 2
            self.sums[i] = first, second
            ratio = first / (np.sqrt(second / self.weight2) + self.eps)
            if self.decoupled:
                w[...] = (1 - self.lr * self.weight_decay) * w - self.lr / self.weight1 * ratio
            else:
                np.subtract(w, self.lr / self.weight1 * ratio, out=w)
