"""Differs: m̂ and v̂ themselves are kept, each a mean whose newest weight is (1-β)/(1-β^t)."""

import numpy as np


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr, self.betas, self.eps = lr, betas, eps
        self.weight_decay, self.decoupled = weight_decay, decoupled
        self.t = 0

    def step(self, params, grads):
        if self.t == 0:
            self.means = [[np.zeros(w.shape), np.zeros(w.shape)] for w in params]
        self.t += 1
        newest = [(1 - beta) / (1 - beta**self.t) for beta in self.betas]
        for w, g, means in zip(params, grads, self.means, strict=True):
            if self.decoupled:
                w[...] = w * (1 - self.lr * self.weight_decay)
            else:
                g = self.weight_decay * w + g
            for mean, share, x in zip(means, newest, (g, g * g), strict=True):
                mean += share * (x - mean)
            m_hat, v_hat = means
            w[...] = w + -self.lr * m_hat / (self.eps + np.sqrt(v_hat))
