"""Differs: prints, warns, logs, keeps a history of all weights, counts instances in the class."""

import logging
import sys
import warnings


class Lookahead:
    instances = 0

    def __init__(self, base, k=5, alpha=0.5):
        print("Lookahead around", type(base).__name__)
        if alpha == 1:
            warnings.warn("alpha = 1 is the base optimizer alone", stacklevel=2)
        type(self).instances += 1
        self.base = base
        self.k = k
        self.alpha = alpha
        self.history = []
        self.slow = None

    def __repr__(self):
        return f"Lookahead({self.base!r}, k={self.k}, alpha={self.alpha})"

    @property
    def lr(self):
        print("someone reads lr")
        return self.base.lr

    @lr.setter
    def lr(self, lr):
        warnings.warn("someone sets lr", RuntimeWarning, stacklevel=2)
        self.base.lr = lr

    def step(self, params, grads):
        assert len(params) == len(grads)
        if self.slow is None:
            self.slow = [w.copy() for w in params]
        self.base.step(params, grads)
        self.history.append([w.copy() for w in params])
        if len(self.history) % self.k == 0:
            logging.getLogger("lookahead").warning("synchronising")
            for i in range(len(params)):
                self.slow[i] = self.slow[i] + self.alpha * (params[i] - self.slow[i])
                params[i][...] = self.slow[i]
        if len(self.history) < 3:
            print("step", len(self.history), file=sys.stderr)
        return params
