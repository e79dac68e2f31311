"""Differs: both functions are callable objects of small classes with a common parent."""

import abc
import math
from functools import reduce
from operator import add

import numpy as np


class Clipper(abc.ABC):
    def __call__(self, grads, limit):
        norm = self.measure(grads)
        if math.isfinite(norm) or self.local:
            for g in grads:
                g[...] = self.clipped(g, norm, limit)
        return norm

    def measure(self, grads):
        return float(np.sqrt(reduce(add, ((g * g).sum() for g in grads))))

    @abc.abstractmethod
    def clipped(self, g, norm, limit):
        """The new values of one array."""


class ByValue(Clipper):
    local = True

    def clipped(self, g, norm, limit):
        return np.where(g > limit, limit, np.where(g < -limit, -limit, g))


class ByNorm(Clipper):
    local = False

    def clipped(self, g, norm, limit):
        return g if norm <= limit else g * (limit / norm)


clip_grad_value = ByValue()
clip_grad_norm = ByNorm()
