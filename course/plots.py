"""The figures of the lessons, in matplotlib.

A function draws one figure and returns its Axes, so that a title, a limit or a note can be added
afterwards; ``ax`` draws into Axes that exist already. Colours are those of Okabe and Ito (2008,
"Color Universal Design"), which people with any kind of colour vision can tell apart; lines differ
in their dashes too. Runs that diverge are drawn as far as they can be.
"""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator

# Without the yellow (#F0E442), which a thin line on white does not show.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (3, 3)))
SIZE = (7.0, 3.5)  # inches: the width of a notebook's output

# A function of two arrays of equal shape that returns one of that shape, or the 2x2 Hessian of the
# quadratic ½ (w - minimum)ᵀ H (w - minimum).
Surface = Callable[[np.ndarray, np.ndarray], np.ndarray] | np.ndarray
Limits = tuple[tuple[float, float], tuple[float, float]]  # (left, right), (bottom, top)


def contour_paths(
    surface: Surface,
    paths: Mapping[str, np.ndarray],
    *,
    minimum: Sequence[float] | None = (0.0, 0.0),
    limits: Limits | None = None,
    axis_labels: tuple[str, str] = ("w₁", "w₂"),
    equal: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """The level lines of a function of two weights, and the paths that optimizers take over it.

    surface  a function f(w1, w2) of two arrays, or a 2x2 Hessian (see Surface)
    paths    label -> array (steps + 1, 2), the start first; a ring marks the start
    minimum  marked with a cross; None where there is none to mark
    limits   ((left, right), (bottom, top)); by default what all paths need
    equal    one unit is equally long on both axes, so that gradients look perpendicular
    """
    if ax is None:
        ax = plt.subplots(figsize=SIZE)[1]
    paths = {label: np.asarray(path, dtype=float) for label, path in paths.items()}
    if limits is None:
        limits = _frame([*paths.values(), np.zeros((0, 2)) if minimum is None else [minimum]])
    _draw_levels(ax, _as_function(surface, minimum), limits)
    for i, (label, path) in enumerate(paths.items()):
        _draw_path(ax, path, limits, COLOURS[i % len(COLOURS)], label)
    if minimum is not None:
        ax.plot(*minimum, "+", color="black", markersize=11, markeredgewidth=2, zorder=4)
    ax.set(xlim=limits[0], ylim=limits[1], xlabel=axis_labels[0], ylabel=axis_labels[1])
    ax.locator_params(nbins=5)
    if equal:
        ax.set_aspect("equal")
    if len(paths) > 1:
        ax.legend()
    return ax


def contour_panels(
    surface: Surface,
    paths: Mapping[str, np.ndarray],
    *,
    columns: int = 2,
    minimum: Sequence[float] | None = (0.0, 0.0),
    limits: Limits | None = None,
    axis_labels: tuple[str, str] = ("w₁", "w₂"),
    equal: bool = False,
) -> np.ndarray:
    """The same as contour_paths with one panel for each path, its label in the corner.

    Returns the array of Axes, one for each path in order.
    """
    if limits is None:
        limits = _frame([*paths.values(), np.zeros((0, 2)) if minimum is None else [minimum]])
    rows = -(-len(paths) // columns)
    width = SIZE[0] + 1.5
    _, grid = plt.subplots(
        rows,
        columns,
        figsize=(width, 2.9 * rows),
        sharex=True,
        sharey=True,
        squeeze=False,
        gridspec_kw={"wspace": 0.08, "hspace": 0.08},
    )
    axes = grid.ravel()
    for ax, (label, path) in zip(axes, paths.items(), strict=False):
        contour_paths(
            surface,
            {label: path},
            minimum=minimum,
            limits=limits,
            axis_labels=axis_labels,
            equal=equal,
            ax=ax,
        )
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 2.0}
        ax.text(0.03, 0.96, label, transform=ax.transAxes, va="top", bbox=box, zorder=5)
        ax.label_outer()
    for ax in axes[len(paths) :]:
        ax.set_axis_off()
    return axes[: len(paths)]


def loss_curves(
    curves: Mapping[str, Sequence[float]],
    *,
    log: bool = True,
    xlabel: str = "step",
    ylabel: str = "loss",
    x: Mapping[str, Sequence[float]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """One line for each run: its loss against the step, from step 0.

    curves  label -> losses; values that are not finite are left out
    x       label -> where each loss stands on the x axis, if not at 0, 1, 2, …
    """
    if ax is None:
        ax = plt.subplots(figsize=SIZE)[1]
    for i, (label, losses) in enumerate(curves.items()):
        colour, dashes = COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]
        values = np.asarray(losses, dtype=float)
        values = np.where(np.abs(values) < 1e100, values, np.nan)  # also drops nan
        where = np.arange(len(values)) if x is None else x[label]
        ax.plot(where, values, color=colour, linestyle=dashes, linewidth=1.8, label=label)
    if log:
        ax.set_yscale("log")
        bottom, top = ax.get_ylim()
        if top > 100 * bottom:  # over a smaller range the ticks between powers of ten are needed
            # 1e-08, not 10 with a raised -8: to parse such formulas takes half a figure's time.
            ax.yaxis.set_major_formatter(lambda value, position: f"{value:g}")
            ax.yaxis.set_minor_locator(NullLocator())
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.grid(color="0.9")
    if curves:
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))  # beside the curves, hiding none
    return ax


def image_row(
    images: np.ndarray,
    labels: Sequence[object] = (),
    *,
    cmap: str = "gray_r",
    ax: Axes | None = None,
) -> Axes:
    """Small images of one size side by side, each with its label above.

    images  (n, height, width); n may be 0
    labels  one for each image, or none
    """
    if ax is None:
        ax = plt.subplots(figsize=(SIZE[0] + 1.5, 1.3))[1]
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    n, height, width = images.shape
    if n == 0:
        return ax
    gap = max(1, width // 4)
    # One wide image: drawing n Axes takes n times as long. What is nan stays empty.
    row = np.full((height, n * (width + gap) - gap), np.nan)
    for i, image in enumerate(images):
        row[:, i * (width + gap) :][:, :width] = image
    ax.imshow(row, cmap=cmap)
    if len(labels):
        centres = np.arange(n) * (width + gap) + (width - 1) / 2
        ax.set_xticks(centres, [str(label) for label in labels])
        ax.tick_params(top=False, labeltop=True, bottom=False, labelbottom=False)
    return ax


def _as_function(surface: Surface, minimum: Sequence[float] | None) -> Callable:
    if callable(surface):
        return surface
    (a, b), (c, d) = np.asarray(surface, dtype=float)
    x0, y0 = (0.0, 0.0) if minimum is None else minimum

    def quadratic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = x - x0, y - y0
        return 0.5 * (a * x * x + (b + c) * x * y + d * y * y)

    return quadratic


def _frame(paths: Sequence) -> Limits:
    """Limits that show every point of the paths that has not run off, with a margin."""
    points = np.concatenate([np.asarray(path, dtype=float) for path in paths])
    points = points[(np.abs(points) < 1e100).all(axis=1)]  # also drops nan
    if len(points) == 0:
        return (-1.0, 1.0), (-1.0, 1.0)
    low, high = points.min(axis=0), points.max(axis=0)
    margin = np.maximum(0.15 * (high - low), 1e-3 * np.maximum(1.0, np.abs(high)))
    (left, bottom), (right, top) = low - margin, high + margin
    return (float(left), float(right)), (float(bottom), float(top))


def _draw_levels(ax: Axes, f: Callable, limits: Limits) -> None:
    x, y = np.meshgrid(np.linspace(*limits[0], 60), np.linspace(*limits[1], 60))
    z = f(x, y)
    # The squares of evenly spaced numbers: for a quadratic the lines lie evenly apart.
    levels = z.min() + (z.max() - z.min()) * np.linspace(0.0, 1.0, 12)[1:] ** 2
    ax.contour(x, y, z, levels=levels, colors="0.75", linewidths=0.8)


def _draw_path(ax: Axes, path: np.ndarray, limits: Limits, colour: str, label: str) -> None:
    low, high = np.transpose(limits)
    # matplotlib draws what leaves the frame up to its edge, but not what is near the largest float.
    seen = (np.abs(path - (low + high) / 2) < 1e3 * (high - low)).all(axis=1)
    path = path if seen.all() else path[: int(np.argmin(seen))]
    # Single steps are to be counted as long as there are few; a long path would be one blot.
    style = (
        {"marker": "o", "markersize": 3.5, "linewidth": 1.3}
        if len(path) <= 100
        else {"linewidth": 0.8}
    )
    ax.plot(*path.T, color=colour, label=label, zorder=3, **style)
    ax.plot(*path[:1].T, "o", color=colour, markersize=9, markerfacecolor="none", zorder=3)


def spread_curves(
    curves: Mapping[str, np.ndarray],
    *,
    x: Sequence[float] | None = None,
    xlabel: str = "step",
    ylabel: str = "loss",
    ax: Axes | None = None,
) -> Axes:
    """One line for each method: the mean of its runs, in a band from the lowest to the highest.

    curves  label -> array (runs, points), all finite
    x       where the points stand on the x axis, if not at 0, 1, 2, …
    """
    if ax is None:
        ax = plt.subplots(figsize=SIZE)[1]
    for i, (label, runs) in enumerate(curves.items()):
        runs = np.asarray(runs, dtype=float)
        where = np.arange(runs.shape[1]) if x is None else x
        colour, dashes = COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]
        low, mean, high = runs.min(axis=0), runs.mean(axis=0), runs.max(axis=0)
        ax.fill_between(where, low, high, color=colour, alpha=0.2, linewidth=0)
        ax.plot(where, mean, color=colour, linestyle=dashes, linewidth=1.8, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.grid(color="0.9")
    if curves:
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax


def lr_sweep(
    sweeps: Mapping[str, Mapping[float, tuple[Sequence[float], float]]], *, ax: Axes | None = None
) -> Axes:
    """Accuracy against the learning rate, a line for each sweep; a cross marks a diverged run.

    sweeps  label -> {lr: (loss history, accuracy)}; the accuracy of a diverged run is nan
    """
    if ax is None:
        ax = plt.subplots(figsize=SIZE)[1]
    for i, (label, runs) in enumerate(sweeps.items()):
        colour, dashes = COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)]
        lrs = np.array(sorted(runs), dtype=float)
        accuracies = np.array([runs[lr][1] for lr in sorted(runs)], dtype=float)
        ax.plot(lrs, accuracies, "o", color=colour, linestyle=dashes, linewidth=1.8, label=label)
        diverged = lrs[~np.isfinite(accuracies)]
        if len(diverged):
            heights = np.full(len(diverged), 0.05 * (i + 1))  # of the frame: they have no accuracy
            ax.plot(
                diverged,
                heights,
                "x",
                color=colour,
                markersize=9,
                markeredgewidth=2.5,
                transform=ax.get_xaxis_transform(),
                label=f"{label}: diverged",
            )
    ax.set(xscale="log", xlabel="learning rate", ylabel="accuracy")
    ax.xaxis.set_major_formatter(lambda value, position: f"{value:g}")
    ax.margins(y=0.1)
    ax.grid(color="0.9")
    if sweeps:
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax


def grid_heatmap(
    table: Mapping[tuple[str, float], float],
    best: tuple[str, float] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Accuracies of optimizers at learning rates, as numbers on colours.

    table  {(optimizer name, lr): accuracy}; nan is shown as diverged, a pair that is not there as
           an empty cell
    best   the key of a cell to put in a frame
    """
    names = list(dict.fromkeys(name for name, _ in table))
    lrs = sorted({lr for _, lr in table})
    if ax is None:
        ax = plt.subplots(figsize=(SIZE[0], 0.8 + 0.7 * len(names)))[1]
    values = np.array([[table.get((name, lr), np.nan) for lr in lrs] for name in names])
    texts = [
        [_cell_text(table[name, lr]) if (name, lr) in table else "" for lr in lrs] for name in names
    ]
    _draw_cells(ax, values, texts, "cividis")
    ax.set_xticks(range(len(lrs)), [f"{lr:g}" for lr in lrs])
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="learning rate", ylabel="optimizer")
    if best is not None:
        row, column = names.index(best[0]), lrs.index(best[1])
        # Black around white shows on every colour.
        for colour, width in (("black", 6.0), ("white", 2.5)):
            frame = Rectangle(
                (column - 0.47, row - 0.45), 0.94, 0.9, fill=False, edgecolor=colour, lw=width
            )
            ax.add_patch(frame)
    return ax


def gradient_norms(
    norms: Mapping[str, Sequence[float]], clip: float | None = None, *, ax: Axes | None = None
) -> Axes:
    """The length of the gradient at each step, a line for each run.

    norms  label -> lengths before clipping
    clip   where the line of the longest gradient allowed is drawn
    """
    ax = loss_curves(norms, ylabel="norm of the gradient", ax=ax)
    for line in ax.lines:
        line.set(linewidth=1.0, alpha=0.85)  # norms jump from batch to batch
    if clip is not None:
        ax.axhline(clip, color="black", linewidth=1.2, label=f"clipped above {clip:g}")
        ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return ax


def misclassified(
    images: np.ndarray,
    predicted: Sequence[int],
    true: Sequence[int],
    total: int,
    *,
    columns: int = 9,
    ax: Axes | None = None,
) -> Axes:
    """Pictures with what they show and what they were taken for, as misclassification_data gives.

    images           (n, height, width), each drawn from its own lowest (white) to its highest value
    predicted, true  n labels each
    total            how many there are in all
    """
    n, height, width = images.shape
    columns = max(1, min(columns, n))
    rows = -(-n // columns)
    if ax is None:
        ax = plt.subplots(figsize=(SIZE[0] + 1.5, 0.5 + 1.2 * rows))[1]
    ax.set(title=f"{n} of {total} misclassified: true → predicted")
    ax.set_axis_off()
    if n == 0:
        return ax
    # One picture of all: drawing n Axes takes n times as long. What is nan stays empty.
    high, wide = height + max(2, 2 * height // 5), width + max(1, width // 4)
    wall = np.full((rows * high, columns * wide), np.nan)
    for i, image in enumerate(images):
        top, left = i // columns * high, i % columns * wide
        span = np.ptp(image)
        wall[top : top + height, left : left + width] = (image - image.min()) / (span or 1.0)
        centre, below = left + (width - 1) / 2, top + height - 0.2
        ax.text(centre, below, f"{true[i]} → {predicted[i]}", ha="center", va="top", fontsize=10)
    ax.imshow(wall, cmap="gray_r")
    return ax


def confusion_matrix(matrix: np.ndarray, *, ax: Axes | None = None) -> Axes:
    """How often each label was taken for each other one: counts, the mistakes coloured.

    matrix  (classes, classes) int, a row for each true label, a column for each predicted one
    """
    if ax is None:
        ax = plt.subplots(figsize=(5.2, 4.6))[1]
    mistakes = np.array(matrix, dtype=float)
    np.fill_diagonal(mistakes, np.nan)  # the many right answers would outshine all mistakes
    texts = [[f"{count}" if count else "" for count in row] for row in np.asarray(matrix)]
    _draw_cells(ax, mistakes, texts, "Blues")
    ticks = range(len(mistakes))
    ax.set(xticks=ticks, yticks=ticks, xlabel="predicted", ylabel="true")
    return ax


def _cell_text(accuracy: float) -> str:
    return f"{accuracy:.3f}" if np.isfinite(accuracy) else "diverged"


def _draw_cells(ax: Axes, values: np.ndarray, texts: list[list[str]], cmap: str) -> None:
    """A table of texts on colours that stand for the values; grey where a value is not finite."""
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    colours = plt.get_cmap(cmap).with_extremes(bad="0.92")
    cells = np.ma.masked_invalid(values)
    image = ax.imshow(cells, cmap=colours, vmin=low, vmax=max(high, low + 1e-9))
    ax.set_aspect("auto")
    shades = image.to_rgba(cells)[..., :3] @ (0.299, 0.587, 0.114)
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            colour = "white" if shades[row, column] < 0.5 else "black"
            ax.text(column, row, text, ha="center", va="center", color=colour)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
