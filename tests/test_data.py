"""The digits: complete, standardised, and fairly split from the held-out part."""

from importlib import resources

import numpy as np
import pytest

from course.data import load_digits, standardise


@pytest.fixture(scope="module")
def digits():
    return load_digits()


@pytest.fixture(scope="module")
def heldout():
    with (resources.files("autograder") / "data" / "digits_heldout.npz").open("rb") as file:
        archive = np.load(file, allow_pickle=False)
        return archive["images"], archive["labels"]


def test_shapes_and_types(digits):
    """Arrays are as the docstring says, so that the lessons can rely on it."""
    assert digits.X_train.shape == (1347, 64) and digits.X_train.dtype == np.float64
    assert digits.X_train.flags.c_contiguous
    assert digits.y_train.shape == (1347,) and digits.y_train.dtype == np.int64
    assert digits.images.shape == (1347, 8, 8) and digits.images.dtype == np.uint8
    assert digits.mean.shape == digits.std.shape == (64,)


def test_pixels_and_labels_in_range(digits, heldout):
    """Pixels run from 0 to 16 and labels from 0 to 9 in both parts."""
    for images, labels in [(digits.images, digits.y_train), heldout]:
        assert images.min() == 0 and images.max() == 16
        assert set(labels.tolist()) == set(range(10))


def test_standardised(digits):
    """Each column has mean 0 and standard deviation 1, or is 0 where the pixel never changes."""
    constant = np.ptp(digits.images.reshape(-1, 64), axis=0) == 0
    assert constant.any() and not constant.all()
    np.testing.assert_allclose(digits.X_train.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(digits.X_train.std(axis=0), np.where(constant, 0.0, 1.0), atol=1e-12)
    assert (digits.std[constant] == 1.0).all()


def test_rows_are_the_images(digits):
    """X_train[i] shows images[i]: undoing the standardisation gives the pixels back."""
    pixels = digits.X_train * digits.std + digits.mean
    np.testing.assert_allclose(pixels, digits.images.reshape(-1, 64), atol=1e-12)


def test_standardise_uses_the_given_mean_and_std(digits, heldout):
    """The held-out part is measured with the public part's mean and std, not with its own."""
    images, _ = heldout
    X = standardise(images, digits.mean, digits.std)
    assert X.shape == (450, 64) and X.dtype == np.float64 and X.flags.c_contiguous
    np.testing.assert_array_equal(X[7], (images[7].reshape(64) - digits.mean) / digits.std)
    assert np.isfinite(X).all()


def test_labels_fit_the_images(digits, heldout):
    """A nearest-centroid classifier from the public part reads the held-out part, so that the
    labels stand with the right pictures in both."""
    images, labels = heldout
    centroids = np.stack([digits.X_train[digits.y_train == d].mean(axis=0) for d in range(10)])
    X = standardise(images, digits.mean, digits.std)
    distances = ((X[:, None, :] - centroids) ** 2).sum(axis=2)
    assert (distances.argmin(axis=1) == labels).mean() > 0.8


def test_parts_are_disjoint(digits, heldout):
    """No picture is in both parts, nor twice in one: 1,797 different pictures in all."""
    images, _ = heldout
    everything = np.concatenate([digits.images, images]).reshape(-1, 64)
    assert len(everything) == 1797
    assert len(np.unique(everything, axis=0)) == 1797


def test_split_is_stratified(digits, heldout):
    """Each class sends its share of 450 / 1797 to the held-out part, to within one picture."""
    public, held = np.bincount(digits.y_train), np.bincount(heldout[1])
    np.testing.assert_allclose(held, (public + held) * 450 / 1797, atol=1.0)


def test_calls_share_nothing(digits):
    """A notebook that writes into the arrays does not spoil the next call."""
    spoilt = load_digits()
    spoilt.X_train[:] = np.nan
    np.testing.assert_array_equal(load_digits().X_train, digits.X_train)
