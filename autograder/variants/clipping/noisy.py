"""Differs: prints, warns, logs, keeps what it saw in a global list; returns None explicitly."""

import logging
import sys
import warnings

import numpy as np

SEEN = []


def clip_grad_value(grads, clip_value):
    """Clip by value, and say how much was clipped."""
    assert clip_value > 0
    for number, g in enumerate(grads):
        beyond = int((np.abs(g) > clip_value).sum())
        print("array", number, "entries beyond the limit:", beyond)
        np.clip(g, -clip_value, clip_value, out=g)
    return None


def clip_grad_norm(grads, max_norm):
    """Clip by norm, and complain."""
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    SEEN.append(norm)
    if not np.isfinite(norm):
        warnings.warn(f"the norm is {norm}", RuntimeWarning, stacklevel=2)
    elif norm > max_norm:
        if len(SEEN) < 5:
            logging.getLogger("clipping").warning("clipped from %s to %s", norm, max_norm)
            print("clipped", file=sys.stderr)
        for g in grads:
            g *= max_norm / norm
    return float(norm)
