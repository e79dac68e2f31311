"""Reference for the assignment ``clipping``: gradients that are too large, cut to size."""

import numpy as np


def clip_grad_value(grads, clip_value):
    """Limit every entry to the range from -clip_value to clip_value, in place.

    grads       list of float64 arrays
    clip_value  a positive number
    """
    ### BEGIN SOLUTION
    for g in grads:
        np.clip(g, -clip_value, clip_value, out=g)
    ### END SOLUTION


def clip_grad_norm(grads, max_norm):
    """Scale all arrays by one factor, in place, where their common L2 norm exceeds max_norm.

    grads     list of float64 arrays, together one long vector
    max_norm  a positive number

    Returns the norm before clipping, a float. Where it is at most max_norm, or not finite, grads
    stay as they are.
    """
    ### BEGIN SOLUTION
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if max_norm < norm < np.inf:
        for g in grads:
            g *= max_norm / norm
    return float(norm)
    ### END SOLUTION
