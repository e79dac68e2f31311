"""The lab's figures: what is drawn, read back from the Axes, and nothing that warns."""

import math
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course import plots


@pytest.fixture(autouse=True)
def no_window():
    """Figures are drawn in memory and closed after each test."""
    plt.switch_backend("agg")
    yield
    plt.close("all")


def drawn(ax):
    """The Axes after everything on it was drawn, as a notebook does, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax.figure.canvas.draw()
    return ax


def texts(ax):
    return [text.get_text() for text in ax.texts]


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


SWEEP = {0.1: ([1.0, 0.5], 0.9), 1.0: ([math.nan], math.nan), 0.01: ([2.0, 1.9], 0.4)}
TABLE = {
    ("SGD", 0.1): 0.9, ("SGD", 0.01): 0.5, ("Adam", 0.1): math.nan, ("Adam", 0.01): 0.95,
    ("Adam", 0.001): 0.25,
}  # fmt: skip
EMPTY = np.zeros((0, 8, 8))


@pytest.mark.parametrize(
    ("draw", "labels"),
    [
        (lambda ax: plots.lr_sweep({"Adam": SWEEP}, ax=ax), ("learning rate", "accuracy")),
        (lambda ax: plots.lr_sweep({}, ax=ax), ("learning rate", "accuracy")),
        (lambda ax: plots.grid_heatmap(TABLE, ax=ax), ("learning rate", "optimizer")),
        (lambda ax: plots.gradient_norms({"a": [1.0]}, ax=ax), ("step", "norm of the gradient")),
        (lambda ax: plots.confusion_matrix(np.eye(3, dtype=int), ax=ax), ("predicted", "true")),
        (lambda ax: plots.misclassified(EMPTY, [], [], 0, ax=ax), ("", "")),
    ],
)
def test_returns_the_axes_with_labels(draw, labels):
    """Each function returns its Axes, the given ones or new ones, with both axes labelled."""
    given = plt.subplots()[1]
    assert draw(given) is given
    new = drawn(draw(None))
    assert new is not given
    assert (new.get_xlabel(), new.get_ylabel()) == labels


def test_lr_sweep():
    """Points stand in order of lr on a log axis; a diverged run has a cross and no point."""
    ax = drawn(plots.lr_sweep({"Adam": SWEEP}))
    line, crosses = ax.lines
    assert ax.get_xscale() == "log"
    np.testing.assert_array_equal(line.get_xdata(), [0.01, 0.1, 1.0])
    np.testing.assert_array_equal(line.get_ydata(), [0.4, 0.9, math.nan])
    np.testing.assert_array_equal(crosses.get_xdata(), [1.0])
    assert crosses.get_marker() == "x" and 0.0 < crosses.get_ydata()[0] < 1.0
    assert legend(ax) == ["Adam", "Adam: diverged"]


def test_lr_sweep_keeps_crosses_apart():
    """Two runs that diverge at one lr are two crosses, in the colours of their lines."""
    ax = drawn(plots.lr_sweep({"Adam": SWEEP, "SGD": SWEEP}))
    adam, adam_cross, sgd, sgd_cross = ax.lines
    assert adam_cross.get_ydata()[0] != sgd_cross.get_ydata()[0]
    assert adam.get_color() == adam_cross.get_color() != sgd.get_color() == sgd_cross.get_color()


def test_lr_sweep_all_diverged():
    """Nothing but crosses is a figure too."""
    ax = drawn(plots.lr_sweep({"Adam": {1.0: ([], math.nan)}}))
    assert legend(ax) == ["Adam", "Adam: diverged"]


def test_grid_heatmap():
    """A row for each optimizer in the order of the table, columns by lr, every accuracy written."""
    ax = drawn(plots.grid_heatmap(TABLE, ("Adam", 0.01)))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.001", "0.01", "0.1"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["SGD", "Adam"]
    assert texts(ax) == ["", "0.500", "0.900", "0.250", "0.950", "diverged"]
    assert [text.get_position() for text in ax.texts][4] == (1, 1)
    for frame in ax.patches:
        x, y = frame.get_xy()
        assert (round(x + frame.get_width() / 2, 9), round(y + frame.get_height() / 2, 9)) == (1, 1)
    assert len(ax.patches) == 2


def test_grid_heatmap_without_best():
    """No cell is framed where none is named: finding it is the student's exercise."""
    assert len(drawn(plots.grid_heatmap(TABLE)).patches) == 0


def test_numbers_stand_out_from_their_colours():
    """White on dark and black on light."""
    ax = drawn(plots.grid_heatmap({("SGD", 0.1): 0.1, ("SGD", 0.2): 0.9, ("SGD", 0.3): math.nan}))
    assert [text.get_color() for text in ax.texts] == ["white", "black", "black"]


@pytest.mark.parametrize("accuracies", [[0.5], [0.5, 0.5], [math.nan], [math.nan, 1.0]])
def test_grid_heatmap_of_equal_values(accuracies):
    """No range of colours is needed."""
    drawn(plots.grid_heatmap({("SGD", float(i)): value for i, value in enumerate(accuracies)}))


def test_gradient_norms():
    """A line for each run, those that are not finite left out, and the clip line with its value."""
    ax = drawn(plots.gradient_norms({"a": [1.0, 20.0, math.inf], "b": [2.0]}, clip=1.5))
    a, b, clip = ax.lines
    np.testing.assert_array_equal(a.get_ydata(), [1.0, 20.0, math.nan])
    np.testing.assert_array_equal(b.get_ydata(), [2.0])
    assert set(clip.get_ydata()) == {1.5}
    assert legend(ax) == ["a", "b", "clipped above 1.5"]
    assert ax.get_yscale() == "log"
    assert len(plots.gradient_norms({"a": [1.0]}).lines) == 1


@pytest.mark.parametrize("n", [1, 9, 10, 25])
def test_misclassified(n):
    """Every picture is there with its labels, and the title says how many there are in all."""
    rng = np.random.default_rng(0)
    images = rng.standard_normal((n, 8, 8))
    true, predicted = rng.integers(0, 10, (2, n))
    ax = drawn(plots.misclassified(images, predicted, true, 40))
    assert texts(ax) == [f"{t} → {p}" for t, p in zip(true, predicted, strict=True)]
    assert ax.get_title() == f"{n} of 40 misclassified: true → predicted"
    wall = ax.images[0].get_array()
    assert np.isfinite(wall.filled(np.nan)).sum() == n * 64
    np.testing.assert_allclose(wall[:8, :8], (images[0] - images[0].min()) / np.ptp(images[0]))


def test_misclassified_blank_picture():
    """A picture of one value is drawn, not divided by 0."""
    drawn(plots.misclassified(np.ones((1, 8, 8)), [1], [2], 1))


def test_confusion_matrix():
    """Counts stand at (predicted, true); 0 is left out; the diagonal takes part in no colour."""
    matrix = np.array([[50, 1, 0], [0, 40, 3], [0, 0, 30]])
    ax = drawn(plots.confusion_matrix(matrix))
    assert texts(ax) == ["50", "1", "", "", "40", "3", "", "", "30"]
    assert ax.texts[1].get_position() == (1, 0)
    colours = ax.images[0].get_array()
    assert colours.mask.tolist() == np.eye(3, dtype=bool).tolist() and colours.max() == 3
    assert matrix[0, 0] == 50


def test_confusion_matrix_without_mistakes():
    """A perfect classifier has a figure too."""
    drawn(plots.confusion_matrix(np.diag([3, 4])))
