"""The digits: complete, standardised, and fairly split from the held-out part. MNIST's files: read
in every spelling, refused where they are damaged. Splits and batches: every row, once."""

import gzip
import struct
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.data import (
    DataError,
    batches,
    load_digits,
    load_mnist,
    standardise,
    train_validation_split,
)


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


def test_pictures_undo_standardise(digits):
    """Rows, or what misclassification_data makes of them, become the pictures again."""
    for X in (digits.X_train[5:9], digits.X_train[5:9].reshape(4, 8, 8)):
        np.testing.assert_allclose(digits.pictures(X), digits.images[5:9], atol=1e-12)
    assert digits.pictures(digits.X_train[:0]).shape == (0, 8, 8)


def test_standardise_uses_the_given_mean_and_std(digits, heldout):
    """The held-out part is measured with the public part's mean and std, not with its own."""
    images, _ = heldout
    X = standardise(images, digits.mean, digits.std)
    assert X.shape == (450, 64) and X.dtype == np.float64 and X.flags.c_contiguous
    np.testing.assert_array_equal(X[7], (images[7].reshape(64) - digits.mean) / digits.std)
    assert np.isfinite(X).all()


def test_standardise_gives_contiguous_rows(digits):
    """However the pictures lie in memory."""
    columns = np.ascontiguousarray(digits.images.reshape(-1, 64).T)
    X = standardise(columns.T.reshape(-1, 8, 8), digits.mean, digits.std)
    assert X.flags.c_contiguous
    np.testing.assert_array_equal(X, digits.X_train)


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


NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def idx(array):
    """The bytes of an IDX file that holds the array."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def small_mnist():
    """20 and 10 images of 4x3 pixels, the first pixel always 0, as (name -> array)."""
    rng = np.random.default_rng(0)
    arrays = {}
    for images_name, labels_name, n in ((*NAMES[:2], 20), (*NAMES[2:], 10)):
        arrays[images_name] = rng.integers(0, 256, (n, 4, 3), dtype=np.uint8)
        arrays[images_name][:, 0, 0] = 0
        arrays[labels_name] = rng.integers(0, 10, n, dtype=np.uint8)
    return arrays


def write_mnist(folder, spell=str, pack=bytes):
    for name, array in small_mnist().items():
        (folder / spell(name)).write_bytes(pack(idx(array)))


@pytest.mark.parametrize(
    ("spell", "pack"),
    [
        (str, bytes),
        (lambda name: name.replace("-idx", ".idx"), bytes),
        (lambda name: name + ".gz", gzip.compress),
        (lambda name: name.replace("-idx", ".idx") + ".gz", gzip.compress),
        (str, gzip.compress),
        (lambda name: name + ".gz", bytes),
    ],
    ids=["plain", "dotted", "gz", "dotted-gz", "gz-unnamed", "unpacked-gz"],
)
def test_mnist(tmp_path, spell, pack):
    """Every spelling gives the same arrays: rows, labels and pictures, training part and test."""
    write_mnist(tmp_path, spell, pack)
    mnist, wanted = load_mnist(tmp_path), small_mnist()
    np.testing.assert_array_equal(mnist.images, wanted[NAMES[0]])
    np.testing.assert_array_equal(mnist.y_train, wanted[NAMES[1]])
    np.testing.assert_array_equal(mnist.test_images, wanted[NAMES[2]])
    np.testing.assert_array_equal(mnist.y_test, wanted[NAMES[3]])
    assert mnist.y_train.dtype == mnist.y_test.dtype == np.int64
    for X, n in [(mnist.X_train, 20), (mnist.X_test, 10)]:
        assert X.shape == (n, 12) and X.dtype == np.float64 and X.flags.c_contiguous


def test_mnist_is_standardised_with_training_statistics(tmp_path):
    """Training columns have mean 0 and deviation 1; test rows are measured by the same."""
    write_mnist(tmp_path)
    mnist = load_mnist(tmp_path)
    np.testing.assert_allclose(mnist.X_train.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(mnist.X_train.std(axis=0), [0.0] + 11 * [1.0], atol=1e-12)
    assert mnist.mean[0] == 0.0 and mnist.std[0] == 1.0
    pixels = mnist.images.reshape(20, 12)
    wanted = (mnist.test_images.reshape(10, 12) - pixels.mean(axis=0)) / mnist.std
    np.testing.assert_allclose(mnist.X_test, wanted)
    assert np.abs(mnist.X_test.mean(axis=0)).max() > 0.1


def test_mnist_folder_from_the_environment(tmp_path, monkeypatch):
    """COURSE_DATA names the folder where no path is given, and a path comes first."""
    write_mnist(tmp_path)
    monkeypatch.setenv("COURSE_DATA", str(tmp_path))
    assert len(load_mnist().X_train) == 20
    with pytest.raises(DataError, match="elsewhere"):
        load_mnist(tmp_path / "elsewhere")


@pytest.mark.parametrize("value", [None, ""])
def test_mnist_without_a_folder(monkeypatch, value):
    """Without a folder the message names both ways to give one."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("COURSE_DATA", value)
    with pytest.raises(DataError, match=r"load_mnist\(path\).*COURSE_DATA"):
        load_mnist()


@pytest.mark.parametrize("name", NAMES)
def test_mnist_missing_file(tmp_path, name):
    """The message says which file to put where, on one line."""
    write_mnist(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(DataError, match=f"put {name} or {name}.gz into ") as caught:
        load_mnist(tmp_path)
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def damages(content):
    """kind -> (what becomes of a good file's bytes, what the message says)."""
    packed = gzip.compress(content)
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0xFF
    return {
        "empty": (b"", "nothing"),
        "only-a-header": (content[:6], "bytes where"),
        "truncated": (content[:-1], "bytes where"),
        "too-long": (content + b"\0", "bytes where"),
        "no-idx": (b"<html>" + content, "3c68746d"),
        "another-type": (content[:2] + b"\x0d" + content[3:], "00000d"),
        "other-dimensions": (content[:3] + b"\x02" + content[4:], "00000802"),
        "huge-header": (content[:4] + b"\xff" * 12 + content[16:], "bytes where"),
        "gz-truncated": (packed[:-9], "damaged"),
        "gz-flipped": (bytes(flipped), "damaged"),
        "gz-magic-alone": (b"\x1f\x8b", "damaged"),
    }


@pytest.mark.parametrize("name", [NAMES[0], NAMES[3]])
@pytest.mark.parametrize("kind", damages(b"0123456789"))
def test_mnist_damaged_file(tmp_path, name, kind):
    """Whatever is wrong with a file's bytes: one line, the file's name, and where to put it."""
    write_mnist(tmp_path)
    content, why = damages((tmp_path / name).read_bytes())[kind]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=why) as caught:
        load_mnist(tmp_path)
    message = str(caught.value)
    assert str(tmp_path / name) in message and "\n" not in message
    assert f"put a complete copy of it into {tmp_path}" in message


@pytest.mark.parametrize(
    ("name", "array", "why"),
    [
        (NAMES[1], np.zeros(19, np.uint8), "20 images .* 19 labels"),
        (NAMES[2], np.zeros((11, 4, 3), np.uint8), "11 images .* 10 labels"),
        (NAMES[2], np.zeros((10, 3, 4), np.uint8), "differ in size"),
        (NAMES[3], np.full(10, 10, np.uint8), "label 10"),
        (NAMES[0], np.zeros((20, 0, 3), np.uint8), "no images"),
    ],
)
def test_mnist_files_that_disagree(tmp_path, name, array, why):
    """Files that are whole but do not belong together are refused."""
    write_mnist(tmp_path)
    (tmp_path / name).write_bytes(idx(array))
    with pytest.raises(DataError, match=why) as caught:
        load_mnist(tmp_path)
    assert "put " in str(caught.value) and "\n" not in str(caught.value)


@given(n=st.integers(2, 60), share=st.floats(0.05, 0.95), seed=st.integers(0, 1000))
def test_split_laws(n, share, seed):
    """Every row is in exactly one part, with its label; the seed decides which."""
    X, y = np.arange(2.0 * n).reshape(n, 2), np.arange(n)
    count = round(share * n)
    if not 0 < count < n:
        with pytest.raises(ValueError, match="empty"):
            train_validation_split(X, y, share, seed)
        return
    (X_train, y_train), (X_held, y_held) = train_validation_split(X, y, share, seed)
    assert len(X_held) == count
    assert sorted([*y_train, *y_held]) == list(range(n))
    for rows, labels in [(X_train, y_train), (X_held, y_held)]:
        np.testing.assert_array_equal(rows, X[labels])
    again = train_validation_split(X, y, share, seed)
    np.testing.assert_array_equal(again[1][1], y_held)


def test_split_depends_on_the_seed():
    """Another seed sets other rows aside."""
    X, y = np.zeros((100, 1)), np.arange(100)
    held = [train_validation_split(X, y, seed=seed)[1][1].tolist() for seed in (0, 1)]
    assert len(held[0]) == 20 and held[0] != held[1]


@given(n=st.integers(1, 50), size=st.integers(1, 60), seed=st.integers(0, 1000))
def test_batches_laws(n, size, seed):
    """An epoch is every row once, with its label; all batches but the last are full."""
    X, y = np.arange(2.0 * n).reshape(n, 2), np.arange(n)
    found = list(batches(X, y, size, np.random.default_rng(seed)))
    assert [len(rows) for rows, _ in found[:-1]] == [size] * (len(found) - 1)
    assert 1 <= len(found[-1][0]) <= size
    order = np.concatenate([labels for _, labels in found])
    assert sorted(order) == list(range(n))
    np.testing.assert_array_equal(np.concatenate([rows for rows, _ in found]), X[order])
    np.testing.assert_array_equal(order, np.random.default_rng(seed).permutation(n))


def test_batches_are_shuffled_anew():
    """One generator gives each epoch another order."""
    rng = np.random.default_rng(0)
    X, y = np.zeros((50, 1)), np.arange(50)
    first, second = (next(batches(X, y, 50, rng))[1] for _ in range(2))
    assert (first != second).any()
