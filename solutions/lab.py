"""Reference for the assignment ``lab``: experiments with optimizers, and a trained classifier."""

import numpy as np

from course.nn import Linear, ReLU, Sequential
from course.trainer import CosineSchedule, Trainer
from solutions.adam import Adam


def sweep_learning_rates(make_run, lrs):
    """Run one experiment for each learning rate.

    make_run  a function of lr that trains a fresh model: returns (loss history, accuracy)
    lrs       the learning rates, in the order in which they are tried

    Returns a dict from lr to what make_run returned, in the same order. Runs that diverged, with
    nan in their history or as their accuracy, are kept: they show where the limit is.
    """
    ### BEGIN SOLUTION
    return {lr: make_run(lr) for lr in lrs}
    ### END SOLUTION


def best_cell(table):
    """The best experiment of a grid.

    table  dict from (optimizer name, lr) to accuracy; nan where the run diverged

    Returns the key with the highest accuracy. A nan never wins; at least one accuracy is finite,
    and no two are equal.
    """
    ### BEGIN SOLUTION
    return max(table, key=lambda cell: -np.inf if np.isnan(table[cell]) else table[cell])
    ### END SOLUTION


def diagnose(losses):
    """What a loss curve shows: "diverged", "bouncing", "plateau" or "converging".

    losses  the loss after each epoch or step: a list or 1-D array of at least 4 numbers

    The first of these that holds, with the second half being losses[len(losses) // 2:]:
    "diverged"    a loss is not finite, or the last is larger than the first
    "bouncing"    in the second half, at least one step in three goes up
    "plateau"     over the second half, the loss falls by less than 1 % of its first value there
    "converging"  none of these
    """
    ### BEGIN SOLUTION
    losses = np.asarray(losses, dtype=float)
    if not np.isfinite(losses).all() or losses[-1] > losses[0]:
        return "diverged"
    half = losses[len(losses) // 2 :]
    if np.mean(np.diff(half) > 0) >= 1 / 3:
        return "bouncing"
    if half[0] - half[-1] < 0.01 * half[0]:
        return "plateau"
    return "converging"
    ### END SOLUTION


def train_classifier(X, y, seed):
    """Train a classifier of handwritten digits, as good as you can in 30 seconds.

    X     (n, 64) float64, standardised pixels
    y     (n,) int, the digits from 0 to 9
    seed  an int; the same seed gives the same classifier

    Returns an object with a method predict: from X (m, 64) to m labels.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    network = Sequential(Linear(64, 256, "relu", rng=rng), ReLU(), Linear(256, 10, rng=rng))
    epochs, lr = 30, 3e-3
    trainer = Trainer(network, Adam(lr=lr, weight_decay=1e-4))
    schedule = CosineSchedule(lr, epochs)
    trainer.train(X, y, epochs, batch_size=32, verbose=False, callbacks=[schedule], seed=seed)
    return trainer
    ### END SOLUTION
