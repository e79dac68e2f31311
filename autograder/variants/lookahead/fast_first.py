"""Differs: the new value is written into fast, and copied into slow from there."""


class Lookahead:
    def __init__(self, base, k=5, alpha=0.5):
        self.base, self.k, self.alpha = base, k, alpha
        self.slow, self.count = None, 0

    @property
    def lr(self):
        """The rate of base."""
        return self.base.lr

    @lr.setter
    def lr(self, lr):
        self.base.lr = lr

    def step(self, params, grads):
        if not self.slow:
            self.slow = [w + 0 for w in params]
        self.base.step(params, grads)
        self.count += 1
        if self.count < self.k:
            return
        for slow, fast in zip(self.slow, params, strict=True):
            fast += (1 - self.alpha) * (slow - fast)
            slow[...] = fast
        self.count = 0
