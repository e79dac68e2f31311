"""Reference for the assignment ``adam``: adaptive moment estimation, with both weight decays."""

import numpy as np


class Adam:
    """Algorithm 1 of Kingma & Ba (2015, arXiv 1412.6980), with the names of ``torch.optim.Adam``.

    lr            learning rate, about the size of a step; may be changed between steps
    betas         (β1, β2): how much of the running means of g and of g² is kept at each step
    eps           added to the root of the second moment, so that nothing is divided by 0
    weight_decay  pulls every weight towards 0, in one of two ways:
    decoupled     False: weight_decay * w is added to the gradient (an L2 penalty);
                  True: w shrinks by the factor 1 - lr * weight_decay before the step, beside the
                  moments (AdamW: Loshchilov & Hutter 2019, arXiv 1711.05101)
    """

    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled = decoupled
        ### BEGIN SOLUTION
        self.t = 0
        self.moments = None
        ### END SOLUTION

    def step(self, params, grads):
        """Take one step: change every array of params in place, leave grads as they are.

        params, grads  equally long lists of float64 arrays of pairwise equal shape
        """
        ### BEGIN SOLUTION
        if self.moments is None:
            self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in params]
        self.t += 1
        beta1, beta2 = self.betas
        for w, g, (m, v) in zip(params, grads, self.moments):
            if self.decoupled:
                w *= 1 - self.lr * self.weight_decay
            elif self.weight_decay:
                g = g + self.weight_decay * w
            m *= beta1
            m += (1 - beta1) * g
            v *= beta2
            v += (1 - beta2) * g**2
            m_hat = m / (1 - beta1**self.t)
            v_hat = v / (1 - beta2**self.t)
            w -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)
        ### END SOLUTION
