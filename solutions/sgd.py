"""Reference for the assignment ``sgd``: gradient descent with momentum and weight decay."""

import numpy as np


class SGD:
    """Stochastic gradient descent, with the conventions of ``torch.optim.SGD``.

    lr            learning rate; may be changed between steps
    momentum      how much of the last velocity is kept, 0 <= momentum < 1
    weight_decay  pulls every weight towards 0: adds weight_decay * w to its gradient
    nesterov      look ahead along the new velocity; with momentum 0 this is plain SGD
    """

    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        ### BEGIN SOLUTION
        self.velocities = None
        ### END SOLUTION

    def step(self, params, grads):
        """Take one step: change every array of params in place, leave grads as they are.

        params, grads  equally long lists of float64 arrays of pairwise equal shape
        """
        ### BEGIN SOLUTION
        if self.velocities is None:
            self.velocities = [np.zeros_like(w) for w in params]
        for w, g, v in zip(params, grads, self.velocities):
            d = g + self.weight_decay * w if self.weight_decay else g
            if self.momentum:
                v *= self.momentum
                v += d
                d = d + self.momentum * v if self.nesterov else v
            w -= self.lr * d
        ### END SOLUTION


def largest_stable_lr(hessian):
    """The learning rate at which gradient descent on a quadratic stops converging.

    hessian  a symmetric positive definite matrix, shape (n, n)

    Returns 2 / λ_max as a float, where λ_max is the largest eigenvalue.
    """
    ### BEGIN SOLUTION
    return float(2.0 / np.linalg.eigvalsh(hessian)[-1])
    ### END SOLUTION
