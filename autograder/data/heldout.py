"""Held-out digits: images and labels that no student and no submission's process ever sees."""

from __future__ import annotations

import functools
from importlib import resources

import numpy as np

from course.compare import Seen
from course.data import load_digits, standardise


@functools.cache
def heldout_digits() -> tuple[np.ndarray, np.ndarray]:
    """X of shape (450, 64), standardised with the public digits' statistics, and labels (450,)."""
    file = resources.files("autograder.data").joinpath("digits_heldout.npz")
    with file.open("rb") as stream, np.load(stream) as archive:
        images, labels = archive["images"], archive["labels"]
    digits = load_digits()
    return standardise(images, digits.mean, digits.std), labels


def linear_accuracy(seen: Seen) -> float:
    """Accuracy on held-out digits of the linear classifier whose weights and biases were seen."""
    weights, biases = seen.values
    X, y = heldout_digits()
    with np.errstate(all="ignore"):
        predicted = (X @ weights + biases).argmax(axis=1)
    return float((predicted == y).mean())


def label_accuracy(seen: Seen) -> float:
    """Accuracy on held-out digits of the labels that were seen."""
    return float((seen.values[0] == heldout_digits()[1]).mean())
