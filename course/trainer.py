"""The training loop of the lab, and what goes with it: schedules, early stopping, saved weights.

    trainer = Trainer(model, Adam(lr=1e-3))
    trainer.train(X, y, epochs=3, batch_size=64)
    trainer.evaluate(X_test, y_test)

The optimizer is anything with ``step(params, grads)``, and with ``lr`` where a schedule is used.
"""

import math
import os
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from course.data import batches
from course.nn import Layer, accuracy, softmax_cross_entropy

ROWS_AT_ONCE = 1024  # evaluated together, so that memory does not grow with the data


class Trainer:
    """Trains a classifier on softmax cross-entropy, and writes down how it went.

    model           a Layer from (n, features) to logits (n, num_classes)
    optimizer       anything with step(params, grads)
    num_classes     labels run from 0 to num_classes - 1
    grad_clip_norm  the longest gradient that the optimizer gets: a longer one, all arrays together
                    as one vector, is shortened to this length (Pascanu et al. 2013, arXiv
                    1211.5063); None leaves gradients as they are

    Written down, and continued where ``train`` is called again:

    step_losses     the loss of each batch, before its step
    grad_norms      the length of the gradient at each step, before clipping
    loss_history    the mean of an epoch's step_losses, for each epoch
    validation_loss_history, validation_accuracy_history
                    after each epoch that was trained with validation data
    diverged        True where a loss or a gradient was no longer finite, which ends training
    """

    def __init__(
        self,
        model: Layer,
        optimizer: Any,
        num_classes: int = 10,
        grad_clip_norm: float | None = None,
    ):
        if grad_clip_norm is not None and not grad_clip_norm > 0:
            raise ValueError(f"grad_clip_norm is a positive number or None, not {grad_clip_norm!r}")
        self.model = model
        self.optimizer = optimizer
        self.num_classes = num_classes
        self.grad_clip_norm = grad_clip_norm
        self.step_losses: list[float] = []
        self.grad_norms: list[float] = []
        self.loss_history: list[float] = []
        self.validation_loss_history: list[float] = []
        self.validation_accuracy_history: list[float] = []
        self.diverged = False
        self.watched_loss = math.inf  # the latest validation loss, without validation training loss
        self.stop = False  # a callback sets it to end training after this epoch

    @np.errstate(over="ignore", invalid="ignore")  # a run that diverges says so itself
    def train(
        self,
        X: np.ndarray,
        y: np.ndarray,
        epochs: int = 10,
        batch_size: int = 32,
        verbose: bool = True,
        validation: tuple[np.ndarray, np.ndarray] | None = None,
        callbacks: Sequence[Callable[["Trainer"], None]] = (),
        seed: int = 0,
    ) -> None:
        """Go through the data ``epochs`` times, in batches that are shuffled anew each time.

        X, y        (n, features) float64, (n,) int
        verbose     show a line of progress; that a run has diverged is said in any case
        validation  (X, y) to measure loss and accuracy on after each epoch, not to train on
        callbacks   each is called with the trainer after each epoch
        seed        the same seed gives the same batches

        Afterwards the model is in evaluation mode.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size is at least 1, not {batch_size!r}")
        self._check(X, y)
        if validation:
            self._check(*validation)
        rng = np.random.default_rng(seed)
        progress = _Progress(epochs * -(-len(X) // batch_size), verbose)
        self.diverged = self.stop = False
        for epoch in range(1, epochs + 1):
            losses = []
            self.model.train()
            for X_batch, y_batch in batches(X, y, batch_size, rng):
                losses.append(self._step(X_batch, y_batch))
                progress.step(f"epoch {epoch}/{epochs}, loss {losses[-1]:.4g}")
                if self.diverged:
                    break
            self.loss_history.append(float(np.mean(losses)))
            self.watched_loss = self._validate(*validation) if validation else self.loss_history[-1]
            if not self.diverged:
                for callback in callbacks:
                    callback(self)
            if self.diverged or self.stop:
                break
        self.model.eval()
        if epochs > 0:
            progress.end(f"epoch {epoch}/{epochs}, {self._summary(validation is not None)}")
        if self.diverged:
            print(
                f"diverged in epoch {epoch}, step {len(losses)}: loss or gradient is no longer "
                "finite; a smaller learning rate or clipping may help"
            )

    def _step(self, X: np.ndarray, y: np.ndarray) -> float:
        """One step of the optimizer on one batch, whose loss is returned."""
        loss, d_logits = softmax_cross_entropy(self.model.forward(X), y)
        self.model.backward_params(d_logits)
        gradient = np.concatenate([grad.ravel() for grad in self.model.grads])
        norm = float(np.linalg.norm(gradient))
        self.step_losses.append(loss)
        self.grad_norms.append(norm)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            self.diverged = True
            return loss
        if self.grad_clip_norm is not None and norm > self.grad_clip_norm:
            self._set_gradient(gradient * (self.grad_clip_norm / norm))
        self.optimizer.step(self.model.params, self.model.grads)
        return loss

    def _set_gradient(self, gradient: np.ndarray) -> None:
        start = 0
        for grad in self.model.grads:
            grad[...] = gradient[start : start + grad.size].reshape(grad.shape)
            start += grad.size

    def _validate(self, X: np.ndarray, y: np.ndarray) -> float:
        logits = self._logits(X)
        loss, _ = softmax_cross_entropy(logits, y)
        if not math.isfinite(loss):
            self.diverged = True
        self.validation_loss_history.append(loss)
        self.validation_accuracy_history.append(self._accuracy(logits, y))
        return loss

    def _summary(self, validated: bool) -> str:
        if not validated:
            return f"loss {self.loss_history[-1]:.4g}"
        return (
            f"loss {self.loss_history[-1]:.4g}, validation loss "
            f"{self.validation_loss_history[-1]:.4g}, validation accuracy "
            f"{self.validation_accuracy_history[-1]:.4f}"
        )

    def evaluate(self, X: np.ndarray, y: np.ndarray) -> float:
        """The share of rows that are classified right; nan for a model that has diverged."""
        self._check(X, y)
        return self._accuracy(self._logits(X), y)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The most probable label of each row: (n,) int."""
        return self._logits(X).argmax(axis=1)

    def misclassification_data(
        self, X: np.ndarray, y: np.ndarray, max_images: int = 25
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
        """What the model gets wrong, the first max_images of it. Costs a pass through all of X.

        Returns images, predicted, true, total: images (k, side, side), or (k, features) where the
        number of features is no square; labels (k,) each; and how many rows are wrong in all.
        """
        self._check(X, y)
        predicted = self.predict(X)
        wrong = np.flatnonzero(predicted != y)
        shown = wrong[:max_images]
        images, side = X[shown], math.isqrt(X.shape[1])
        if side * side == X.shape[1]:
            images = images.reshape(-1, side, side)
        return images, predicted[shown], y[shown], len(wrong)

    def confusion_matrix(self, X: np.ndarray, y: np.ndarray) -> np.ndarray:
        """How often (row: true label) was taken for (column: predicted label).

        (num_classes, num_classes) int. Costs a pass through all of X.
        """
        self._check(X, y)
        pairs = self.num_classes * y + self.predict(X)
        counts = np.bincount(pairs, minlength=self.num_classes**2)
        return counts.reshape(self.num_classes, self.num_classes)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model's weights to an npz file. The optimizer's state is not in it."""
        with open(path, "wb") as file:
            np.savez(file, *self.model.params)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Read weights that ``save`` wrote into a model of the same shapes.

        Raises ValueError where they do not fit; the model is then as it was before.
        """
        try:
            with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
                arrays = [np.asarray(archive[name], np.float64) for name in archive.files]
        except (ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"{os.fspath(path)} holds no saved weights") from error
        params = self.model.params
        found, wanted = [a.shape for a in arrays], [p.shape for p in params]
        if found != wanted:
            raise ValueError(f"{os.fspath(path)} holds arrays of shapes {found}, not {wanted}")
        for param, array in zip(params, arrays, strict=True):
            param[...] = array
        self.diverged = False

    @np.errstate(over="ignore", invalid="ignore")
    def _logits(self, X: np.ndarray) -> np.ndarray:
        self.model.eval()
        parts = [
            self.model.forward(X[start : start + ROWS_AT_ONCE])
            for start in range(0, len(X), ROWS_AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, self.num_classes))

    def _accuracy(self, logits: np.ndarray, y: np.ndarray) -> float:
        if self.diverged or not np.isfinite(logits).all():
            return math.nan
        return accuracy(logits, y)

    def _check(self, X: np.ndarray, y: np.ndarray) -> None:
        """X and y fit together and to the model."""
        if X.ndim != 2 or y.shape != X.shape[:1] or len(X) == 0:
            raise ValueError(
                f"X is (n, features), y is (n,), and n at least 1, not {X.shape} and {y.shape}"
            )
        if y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= self.num_classes:
            raise ValueError(f"labels are integers from 0 to {self.num_classes - 1}")
        outputs = self._logits(X[:1]).shape[1]
        if outputs != self.num_classes:
            raise ValueError(f"the model gives {outputs} logits for {self.num_classes} classes")


class ReduceOnPlateau:
    """A callback: a smaller learning rate where the watched loss no longer falls.

    After ``patience`` epochs in a row without a new lowest loss, lr becomes factor * lr, but not
    less than min_lr, and the count starts again. One object serves one run.
    """

    def __init__(self, factor: float = 0.1, patience: int = 3, min_lr: float = 0.0):
        self.factor = factor
        self.min_lr = min_lr
        self.plateau = _Plateau(patience)

    def __call__(self, trainer: Trainer) -> None:
        if self.plateau.reached(trainer.watched_loss):
            optimizer = trainer.optimizer
            # An lr that is below min_lr already stays.
            optimizer.lr = min(optimizer.lr, max(self.factor * optimizer.lr, self.min_lr))


class EarlyStopping:
    """A callback: ends training after ``patience`` epochs in a row without a new lowest loss.

    One object serves one run.
    """

    def __init__(self, patience: int = 3):
        self.plateau = _Plateau(patience)

    def __call__(self, trainer: Trainer) -> None:
        if self.plateau.reached(trainer.watched_loss):
            trainer.stop = True


class CosineSchedule:
    """A callback: lr falls from lr to min_lr along half a cosine, as many epochs as it is given.

    After epoch t it is min_lr + (lr - min_lr) (1 + cos(π t / epochs)) / 2 (Loshchilov & Hutter
    2017, arXiv 1608.03983, without restarts). The optimizer starts with lr. One object serves one
    run.
    """

    def __init__(self, lr: float, epochs: int, min_lr: float = 0.0):
        self.lr = lr
        self.epochs = epochs
        self.min_lr = min_lr
        self.t = 0

    def __call__(self, trainer: Trainer) -> None:
        self.t = min(self.t + 1, self.epochs)
        height = (1.0 + math.cos(math.pi * self.t / self.epochs)) / 2.0
        trainer.optimizer.lr = self.min_lr + (self.lr - self.min_lr) * height


class _Plateau:
    """Counts the epochs since the lowest loss."""

    def __init__(self, patience: int):
        self.patience = patience
        self.lowest = math.inf
        self.waited = 0

    def reached(self, loss: float) -> bool:
        """Note an epoch's loss. True where it is time to act, and the count starts again."""
        self.waited = 0 if loss < self.lowest else self.waited + 1
        self.lowest = min(loss, self.lowest)
        if self.waited < self.patience:
            return False
        self.waited = 0
        return True


class _Progress:
    """One line that is written over and over, in a terminal and in a notebook alike.

    Progress bars made for notebooks need ipywidgets, which students may not have.
    """

    WIDTH = 20
    SECONDS = 0.2  # between two updates: each one stays in a saved notebook

    def __init__(self, total: int, visible: bool):
        self.total = total
        self.visible = visible
        self.done = 0
        self.shown = time.monotonic()
        self.length = 0

    def step(self, text: str) -> None:
        self.done += 1
        if self.visible and time.monotonic() - self.shown > self.SECONDS:
            self._show(text)

    def end(self, text: str) -> None:
        if self.visible:
            self._show(text)
            print()

    def _show(self, text: str) -> None:
        filled = self.WIDTH * self.done // self.total
        line = f"[{'#' * filled}{'.' * (self.WIDTH - filled)}] {text}"
        print("\r" + line.ljust(self.length), end="", flush=True)  # over all of the line before
        self.length = len(line)
        self.shown = time.monotonic()
