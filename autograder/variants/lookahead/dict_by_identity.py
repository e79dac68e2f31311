"""Differs: slow weights and a count for each array in a dict by id, as PyTorch's wrappers do."""

from collections import defaultdict


class Lookahead:
    def __init__(self, base, k=5, alpha=0.5):
        self.optimizer = base
        self.k = k
        self.alpha = alpha
        self.state = defaultdict(dict)

    @property
    def lr(self):
        return self.optimizer.lr

    @lr.setter
    def lr(self, lr):
        self.optimizer.lr = lr

    def step(self, params, grads):
        for w in params:
            if "slow" not in self.state[id(w)]:
                self.state[id(w)].update(slow=w.copy(), count=0)
        result = self.optimizer.step(params, grads)
        for w in params:
            state = self.state[id(w)]
            state["count"] += 1
            if state["count"] == self.k:
                state["count"] = 0
                state["slow"] += (w - state["slow"]) * self.alpha
                w[...] = state["slow"]
        return result
