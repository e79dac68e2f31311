"""Differs: one rate α_t for both corrections, with ε̂ = eps·√(1 - β2^t); β powers as products."""

import math

import numpy as np


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.beta1, self.beta2 = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        self.power1 = self.power2 = 1.0
        self.m, self.v = [], []

    def step(self, params, grads):
        if not self.m:
            self.m = [np.zeros_like(w) for w in params]
            self.v = [np.zeros_like(w) for w in params]
        self.power1 *= self.beta1
        self.power2 *= self.beta2
        root = math.sqrt(1 - self.power2)
        alpha_t = self.lr * root / (1 - self.power1)
        for i, (w, g) in enumerate(zip(params, grads, strict=True)):
            if self.weight_decay and not self.decoupled:
                g = g + self.weight_decay * w
            elif self.weight_decay:
                w -= self.lr * self.weight_decay * w
            self.m[i] = self.beta1 * self.m[i] + (1 - self.beta1) * g
            self.v[i] = self.beta2 * self.v[i] + (1 - self.beta2) * g * g
            w -= alpha_t * self.m[i] / (np.sqrt(self.v[i]) + self.eps * root)
