"""Differs: the state has more digits than asked for; the rate is a property."""

import numpy as np


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.b1, self.b2 = map(np.longdouble, betas)
        self.eps = eps
        self.wd = weight_decay
        self.kind = "AdamW" if decoupled else "Adam"
        self.memory = ()
        self.t = 0

    @property
    def lr(self):
        return self.rate

    @lr.setter
    def lr(self, lr):
        self.rate = float(lr)

    def step(self, params, grads):
        if not self.memory:
            self.memory = tuple(np.zeros((2, *w.shape), np.longdouble) for w in params)
        self.t += 1
        for w, g, (m, v) in zip(params, grads, self.memory, strict=True):
            w_new = w.astype(np.longdouble)
            if self.kind == "AdamW":
                w_new *= 1 - self.rate * self.wd
            else:
                g = w_new * self.wd + g
            m[...] = self.b1 * m + (1 - self.b1) * g
            v[...] = self.b2 * v + (1 - self.b2) * g**2
            m_hat, v_hat = m / (1 - self.b1**self.t), v / (1 - self.b2**self.t)
            w[...] = w_new - self.rate * m_hat / (np.sqrt(v_hat) + self.eps)
