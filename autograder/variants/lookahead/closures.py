"""Differs: the state lives in a closure that is made in __init__."""


class Lookahead:
    def __init__(self, base, k=5, alpha=0.5):
        self.base = base
        self.step = stepper(base, k, alpha)

    def _lr(self):
        return self.base.lr

    def _set_lr(self, lr):
        self.base.lr = lr

    lr = property(_lr, _set_lr)


def stepper(base, k, alpha):
    """A function step(params, grads) with a memory."""
    t, slow = 0, None

    def step(params, grads):
        nonlocal t, slow
        if t == 0:
            slow = tuple(1.0 * w for w in params)
        t += 1
        base.step(params, grads)
        if not t % k:
            slow = tuple(alpha * w + (1 - alpha) * s for w, s in zip(params, slow, strict=True))
            for w, s in zip(params, slow, strict=True):
                w[:] = s

    return step
