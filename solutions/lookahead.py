"""Reference for the assignment ``lookahead``: slow weights that follow an optimizer's fast ones."""


class Lookahead:
    """k steps of another optimizer forward, then part of the way back.

    Algorithm 1 of Zhang et al. (2019, *Lookahead Optimizer: k steps forward, 1 step back*,
    arXiv 1907.08610).

    base   the inner optimizer: anything with step(params, grads) and lr
    k      how many steps base takes between two synchronisations, at least 1
    alpha  which part of the way from the slow to the fast weights the slow weights go, 0 to 1

    ``lr`` is the base optimizer's, to be read and set.
    """

    def __init__(self, base, k=5, alpha=0.5):
        self.base = base
        self.k = k
        self.alpha = alpha
        ### BEGIN SOLUTION
        self.slow_weights = None
        self.t = 0
        ### END SOLUTION

    @property
    def lr(self):
        """The learning rate of the base optimizer."""
        ### BEGIN SOLUTION
        return self.base.lr
        ### END SOLUTION

    @lr.setter
    def lr(self, lr):
        ### BEGIN SOLUTION
        self.base.lr = lr
        ### END SOLUTION

    def step(self, params, grads):
        """One step of base and, at every k-th call, a synchronisation: all arrays in place.

        params, grads  equally long lists of float64 arrays of pairwise equal shape
        """
        ### BEGIN SOLUTION
        if self.slow_weights is None:
            self.slow_weights = [w.copy() for w in params]
        self.base.step(params, grads)
        self.t += 1
        if self.t % self.k == 0:
            for slow, fast in zip(self.slow_weights, params):
                slow += self.alpha * (fast - slow)
                fast[...] = slow
        ### END SOLUTION
