"""Differs: plain Python numbers, entry by entry, with math.sqrt; moments in a dict of pairs."""

import math

import numpy as np


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        self.moments = {}
        self.t = 0

    def step(self, params, grads):
        self.t = self.t + 1
        b1, b2 = self.betas
        for i, (array, gradient) in enumerate(zip(params, grads, strict=True)):
            for entry in np.ndindex(array.shape):
                w, g = array[entry].item(), gradient[entry].item()
                if self.decoupled:
                    w = w * (1 - self.lr * self.weight_decay)
                else:
                    g = g + self.weight_decay * w
                m, v = self.moments.get((i, entry), (0.0, 0.0))
                m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
                self.moments[i, entry] = m, v
                m_hat = m / (1 - math.pow(b1, self.t))
                v_hat = v / (1 - math.pow(b2, self.t))
                array[entry] = w - self.lr * m_hat / (math.sqrt(v_hat) + self.eps)
