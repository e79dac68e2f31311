"""Differs: all arrays as one flat vector, with one m and one v, cut up again afterwards."""

import numpy as np


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        self.state = None
        self.t = 0

    def step(self, params, grads):
        w = np.concatenate([p.ravel() for p in params])
        g = np.hstack([g.reshape(-1) for g in grads])
        if self.state is None:
            self.state = np.zeros((2, w.size))
        self.t += 1
        betas = np.array(self.betas)[:, np.newaxis]
        if not self.decoupled:
            g = g + self.weight_decay * w
        self.state = betas * self.state + (1 - betas) * np.stack([g, g * g])
        m_hat, v_hat = self.state / (1 - betas**self.t)
        if self.decoupled:
            w -= self.lr * self.weight_decay * w
        w -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        ends = np.cumsum([p.size for p in params])[:-1]
        for p, part in zip(params, np.split(w, ends), strict=True):
            p.flat = part
