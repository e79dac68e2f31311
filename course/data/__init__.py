"""Real handwritten digits: 1,347 images of 8x8 pixels with their labels, ready for training.

Source: UCI Machine Learning Repository, "Optical Recognition of Handwritten Digits", E. Alpaydin
and C. Kaynak, 1998, doi 10.24432/C50P49, licence CC BY 4.0. README.md in this folder says what was
changed.
"""

from dataclasses import dataclass
from importlib import resources

import numpy as np


@dataclass(frozen=True, eq=False)
class Digits:
    """The digits, once as pictures and once as the rows that a classifier learns from.

    X_train  (1347, 64) float64, each column with mean 0 and standard deviation 1
    y_train  (1347,) int64, the digit 0 to 9 that each row shows
    images   (1347, 8, 8) uint8, the same pictures with pixels from 0 (paper) to 16 (ink)
    mean     (64,) float64, the mean of each pixel, subtracted to make X_train
    std      (64,) float64, what each pixel was then divided by; 1 where the pixel never changes
    """

    X_train: np.ndarray
    y_train: np.ndarray
    images: np.ndarray
    mean: np.ndarray
    std: np.ndarray


def load_digits() -> Digits:
    """Read the digits from the installed package. Every call returns new arrays."""
    with (resources.files(__package__) / "digits.npz").open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        images, labels = archive["images"], archive["labels"]
    pixels = _rows(images)
    mean, std = pixels.mean(axis=0), pixels.std(axis=0)
    std[std == 0.0] = 1.0  # the corners are always empty; 0 / 0 would make them nan
    return Digits(standardise(images, mean, std), labels.astype(np.int64), images, mean, std)


def standardise(images: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Turn pictures into rows: (pixel - mean) / std, with a mean and a std for each pixel.

    images     (n, 8, 8), of any number type
    mean, std  (64,) each; of the training images, also where other images are standardised,
               since a model can be used only on inputs prepared as those that it learned from

    Returns (n, 64) float64, contiguous.
    """
    return np.ascontiguousarray((_rows(images) - mean) / std)


def _rows(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float64)
