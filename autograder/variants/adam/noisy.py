"""Differs: it prints, warns and logs in every step, returns the weights, and records norms."""

import logging
import sys
import warnings

import numpy as np


class Adam:
    created = 0

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        print("Adam with", lr, betas, eps)
        if decoupled and not weight_decay:
            warnings.warn("decoupled without weight_decay changes nothing", stacklevel=2)
        Adam.created += 1
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        self.m = self.v = None
        self.norms = []

    def __repr__(self):
        return f"Adam(lr={self.lr})"

    def step(self, params, grads):
        assert len(params) == len(grads)
        if self.m is None:
            self.m = [np.zeros_like(g) for g in grads]
            self.v = [np.zeros_like(g) for g in grads]
        self.norms.append([float(np.linalg.norm(g)) for g in grads])
        t = len(self.norms)
        for i in range(len(params)):
            g = grads[i].copy()
            if self.decoupled:
                params[i] *= 1 - self.lr * self.weight_decay
            else:
                g += self.weight_decay * params[i]
            self.m[i] = self.betas[0] * self.m[i] + (1 - self.betas[0]) * g
            g **= 2
            self.v[i] = self.betas[1] * self.v[i] + (1 - self.betas[1]) * g
            m_hat = self.m[i] / (1 - self.betas[0] ** t)
            v_hat = self.v[i] / (1 - self.betas[1] ** t)
            params[i] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        if t < 3:
            print(self, "after step", t, file=sys.stderr)
            print(self, "after step", t)
            logging.getLogger("adam").error("step %d", t)
            warnings.warn("a step was taken", RuntimeWarning, stacklevel=2)
        return params
