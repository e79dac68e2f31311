"""Handwritten digits, ready for training: a small set that ships with the package, and MNIST.

load_digits()   1,347 images of 8x8 pixels. Source: UCI Machine Learning Repository, "Optical
                Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, 1998,
                doi 10.24432/C50P49, licence CC BY 4.0. README.md in this folder says what was
                changed.
load_mnist()    60,000 and 10,000 images of 28x28 pixels, read from files that you have already
                (Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", 1998).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from course.data.idx import find_idx, read_idx
from course.errors import DataError

__all__ = [
    "DataError",
    "Digits",
    "Mnist",
    "batches",
    "load_digits",
    "load_mnist",
    "standardise",
    "train_validation_split",
]


@dataclass(frozen=True, eq=False)
class Digits:
    """The digits, once as pictures and once as the rows that a classifier learns from.

    X_train  (1347, 64) float64, each column with mean 0 and standard deviation 1
    y_train  (1347,) int64, the digit 0 to 9 that each row shows
    images   (1347, 8, 8) uint8, the same pictures with pixels from 0 (paper) to 16 (ink)
    mean     (64,) float64, the mean of each pixel, subtracted to make X_train
    std      (64,) float64, what each pixel was then divided by; 1 where the pixel never changes

    The shapes are those of `load_digits`.
    """

    X_train: np.ndarray
    y_train: np.ndarray
    images: np.ndarray
    mean: np.ndarray
    std: np.ndarray

    def pictures(self, X: np.ndarray) -> np.ndarray:
        """What standardised rows show, (n, height, width): the inverse of `standardise`."""
        pixels = X.reshape(len(X), self.mean.size) * self.std + self.mean
        return pixels.reshape(len(X), *self.images.shape[1:])


@dataclass(frozen=True, eq=False)
class Mnist(Digits):
    """MNIST: the same for 60,000 images of 28x28 pixels from 0 to 255, and a test set besides.

    X_test       (10000, 784) float64, standardised with mean and std of the training images
    y_test       (10000,) int64
    test_images  (10000, 28, 28) uint8
    """

    X_test: np.ndarray
    y_test: np.ndarray
    test_images: np.ndarray


def load_digits() -> Digits:
    """Read the digits from the installed package. Every call returns new arrays."""
    with (resources.files(__package__) / "digits.npz").open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        images, labels = archive["images"], archive["labels"]
    mean, std = _statistics(images)
    return Digits(standardise(images, mean, std), labels.astype(np.int64), images, mean, std)


def load_mnist(path: str | os.PathLike[str] | None = None) -> Mnist:
    """Read MNIST from the folder ``path``, by default the one that COURSE_DATA names.

    The folder holds four files, gzipped (then ``.gz`` may follow the name) or not, with "-" or "."
    before "idx":

        train-images-idx3-ubyte   train-labels-idx1-ubyte
        t10k-images-idx3-ubyte    t10k-labels-idx1-ubyte

    Raises DataError, which says which file to put where, for what is missing or damaged.
    """
    path = path or os.environ.get("COURSE_DATA")
    if not path:
        raise DataError(
            "load_mnist needs the folder with MNIST's four files: load_mnist(path), or set "
            "COURSE_DATA to it"
        )
    folder = Path(path).expanduser()
    images, labels = _images_and_labels(folder, "train")
    test_images, test_labels = _images_and_labels(folder, "t10k")
    if images.shape[1:] != test_images.shape[1:]:
        raise DataError(f"training and test images in {folder} differ in size: {SAME_SOURCE}")
    mean, std = _statistics(images)
    X, X_test = standardise(images, mean, std), standardise(test_images, mean, std)
    return Mnist(X, labels, images, mean, std, X_test, test_labels, test_images)


def standardise(images: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Turn pictures into rows: (pixel - mean) / std, with a mean and a std for each pixel.

    images     (n, height, width), of any number type
    mean, std  (height * width,) each; of the training images, also where other images are
               standardised, since a model can be used only on inputs prepared as those that it
               learned from

    Returns (n, height * width) float64, contiguous.
    """
    X = _rows(images)  # a copy
    X -= mean
    X /= std
    return X


def train_validation_split(
    X: np.ndarray, y: np.ndarray, share: float = 0.2, seed: int = 0
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Set a random share of the rows aside, to choose learning rates and the like by.

    X, y   (n, features), (n,)
    share  of the rows that go to the validation part, rounded; both parts get at least one row
    seed   the same seed gives the same split

    Returns (X_train, y_train), (X_validation, y_validation). Every row is in exactly one of them.
    """
    n = len(X)
    count = round(share * n)
    if not 0 < count < n:
        raise ValueError(f"a share of {share!r} of {n} rows leaves one part empty")
    order = np.random.default_rng(seed).permutation(n)
    held, rest = order[:count], order[count:]
    return (X[rest], y[rest]), (X[held], y[held])


def batches(
    X: np.ndarray, y: np.ndarray, batch_size: int, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One epoch: every row once, in an order drawn from rng, batch_size rows at a time.

    Yields (X_batch, y_batch); the last batch is smaller where batch_size does not divide n.
    """
    # Rows are gathered batch by batch: all at once, MNIST would be copied as a whole each epoch.
    order = rng.permutation(len(X))
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


SAME_SOURCE = "put all four files of one source there"


def _images_and_labels(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    image_file = find_idx(folder, f"{part}-images-idx3-ubyte")
    label_file = find_idx(folder, f"{part}-labels-idx1-ubyte")
    images, labels = read_idx(image_file, 3), read_idx(label_file, 1)
    if len(images) != len(labels):
        raise DataError(
            f"{image_file} holds {len(images)} images and {label_file.name} {len(labels)} labels: "
            f"{SAME_SOURCE}"
        )
    if images.size == 0:
        raise DataError(f"{image_file} holds no images: put a complete copy there")
    if labels.max() > 9:
        raise DataError(
            f"{label_file} holds the label {labels.max()}, not only 0 to 9: put a good copy there"
        )
    return images, labels.astype(np.int64)


def _statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each pixel, 1 for a pixel that never changes."""
    pixels = _rows(images)
    mean, std = pixels.mean(axis=0), pixels.std(axis=0)
    std[std == 0.0] = 1.0  # the corners are always empty; 0 / 0 would make them nan
    return mean, std


def _rows(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float64, order="C")
