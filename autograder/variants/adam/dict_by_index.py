"""Differs: two dicts by index, filled when needed; all new weights come before any moves."""

import numpy as np


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        self.ms = {}
        self.vs = {}
        self.steps_done = 0

    def step(self, params, grads):
        t = self.steps_done + 1
        news = []
        for i in reversed(range(len(params))):
            w, g = params[i], grads[i]
            decay = self.weight_decay * w
            if not self.decoupled:
                g = g + decay
            if i not in self.ms:
                self.ms[i] = 0.0 * g
                self.vs[i] = 0.0 * g
            self.ms[i] = self.betas[0] * self.ms[i] + (1.0 - self.betas[0]) * g
            self.vs[i] = self.betas[1] * self.vs[i] + (1.0 - self.betas[1]) * np.power(g, 2)
            m_hat = self.ms[i] / (1.0 - self.betas[0] ** t)
            v_hat = self.vs[i] / (1.0 - self.betas[1] ** t)
            update = m_hat / (np.sqrt(v_hat) + self.eps)
            if self.decoupled:
                update = update + decay
            news.append(w - self.lr * update)
        for w, new in zip(reversed(params), news, strict=True):
            np.copyto(w, new)
        self.steps_done = t
