"""Differs: moments and a count of its own for every array, in a dict by id, as PyTorch does."""

import math
from collections import defaultdict

import numpy as np


class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        self.state = defaultdict(dict)

    def step(self, params, grads):
        beta1, beta2 = self.betas
        for p, grad in zip(params, grads, strict=True):
            state = self.state[id(p)]
            if not state:
                state["step"] = 0
                state["exp_avg"] = np.zeros_like(p)
                state["exp_avg_sq"] = np.zeros_like(p)
            state["step"] += 1
            if self.weight_decay != 0:
                if self.decoupled:
                    p *= 1 - self.lr * self.weight_decay
                else:
                    grad = grad + self.weight_decay * p
            state["exp_avg"] += (grad - state["exp_avg"]) * (1 - beta1)
            state["exp_avg_sq"] *= beta2
            state["exp_avg_sq"] += (1 - beta2) * grad * grad
            step_size = self.lr / (1 - beta1 ** state["step"])
            correction = math.sqrt(1 - beta2 ** state["step"])
            denominator = np.sqrt(state["exp_avg_sq"]) / correction + self.eps
            p += -step_size * (state["exp_avg"] / denominator)
