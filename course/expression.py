"""A model written down as a formula, to be fitted by any optimizer.

>>> line = Expression("line", "w*x + b", params={"w": 0.0, "b": 0.0})
>>> line([0.0, 1.0, 2.0], w=3.0, b=2.0)
array([2., 5., 8.])

`course.formula` says what a formula may hold, and how it is differentiated.
"""

import keyword
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.formula import FUNCTIONS, ExpressionError, Operand, read, walk

__all__ = ["LOSSES", "Expression", "ExpressionError", "Fit"]

# Each takes predictions and targets, both (n,), and returns the mean over the points and the
# gradient of that mean with respect to the predictions, (n,).


def mse(prediction: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean squared error: the mean of e², where e = prediction - y."""
    error = prediction - y
    return float(np.mean(error**2)), 2.0 * error / len(y)


def mae(prediction: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean absolute error: the mean of |e|; the derivative at e = 0 is taken as 0."""
    error = prediction - y
    return float(np.mean(np.abs(error))), np.sign(error) / len(y)


def huber(prediction: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Huber's loss with delta = 1: the mean of ½e² where |e| <= 1, and of |e| - ½ beyond.

    Smooth at 0 as the squared error, and as patient with outliers as the absolute one (Huber 1964,
    Robust Estimation of a Location Parameter).
    """
    error = prediction - y
    size = np.abs(error)
    values = np.where(size <= 1.0, 0.5 * error**2, size - 0.5)
    return float(np.mean(values)), np.where(size <= 1.0, error, np.sign(error)) / len(y)


LOSSES = {"mse": mse, "mae": mae, "huber": huber}


@dataclass(frozen=True, eq=False)
class Fit:
    """How one fit went.

    loss_history   mean loss of each epoch, every point's measured just before the step that it was
                   part of; ends with nan where the fit diverged
    param_history  name -> values of a trained parameter, at the start and after each epoch; ends
                   with nan where the fit diverged
    diverged       True where the loss or a parameter stopped being finite
    """

    loss_history: list[float]
    param_history: dict[str, list[float]]
    diverged: bool


class Expression:
    """A model y = formula(variables, parameters).

    name              what the model is called in messages
    formula           see the top of this module
    params            name -> the number where each parameter starts
    trainable_params  the parameters that gradients and fits are about, in the optimizer's order;
                      all of them by default
    variables         names of the inputs. One input, x, is an array X of shape (n,); for k > 1
                      inputs X is (n, k), a column for each, in this order

    Raises ExpressionError for a formula that cannot be read and ValueError for wrong names.
    """

    def __init__(
        self,
        name: str,
        formula: str,
        params: Mapping[str, float],
        trainable_params: Iterable[str] | None = None,
        variables: Iterable[str] = ("x",),
    ):
        self.name = name
        self.formula = formula.strip()
        self.variables = tuple(variables)
        self.trainable_params = tuple(params if trainable_params is None else trainable_params)
        self._check_names(params)
        # One array for each parameter, for life: an optimizer recognises its arrays.
        self._arrays = {param: np.array([value], np.float64) for param, value in params.items()}
        self._start = self.params
        self._tree = read(self.formula, [*self.variables, *params])

    def _check_names(self, params: Mapping[str, float]) -> None:
        names = [*self.variables, *params]
        for name in names:
            if not name.isidentifier() or keyword.iskeyword(name) or name in FUNCTIONS:
                raise ValueError(f"{name!r} cannot be the name of a variable or parameter")
        if not self.variables or len(set(names)) < len(names):
            raise ValueError(f"variables and parameters need different names, not {names}")
        self._refuse_unknown(self.trainable_params, params)
        if len(set(self.trainable_params)) < len(self.trainable_params):
            raise ValueError(f"a name stands twice in trainable_params {self.trainable_params}")

    def _refuse_unknown(self, names: Iterable[str], params: Mapping[str, Any]) -> None:
        for name in names:
            if name not in params:
                raise ValueError(f"{self.name} has no parameter {name!r}, only {list(params)}")

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value:.6g}" for name, value in self.params.items())
        return f"<{self.name}: {self.formula}, with {values}>" if values else f"<{self.formula}>"

    @property
    def params(self) -> dict[str, float]:
        """The parameters as they are now: after a fit, the fitted ones."""
        return {name: float(array[0]) for name, array in self._arrays.items()}

    def __call__(self, X: Any, /, **params: Any) -> Any:
        """The predictions for X, (n,) for the X that the class describes.

        params  used instead of the present ones, for this call only

        X and params may also be single numbers, or Values (anything with + - * / ** and the methods
        exp, log, tanh and relu; sin and cos where it has them): then the result is a Value, ready
        for backward(). With k > 1 variables a list of k stands for one point.
        """
        values = self._values(X, params)
        out, _ = walk(self._tree, values)
        return _filled(out, values) if isinstance(out, float | np.ndarray) else out

    def gradients(self, X: Any, /, **params: float) -> dict[str, np.ndarray]:
        """d(prediction)/d(parameter) at every point: trainable name -> (n,), arguments as above.

        At their kinks relu and abs have slope 0.
        """
        values = self._values(X, params)
        with np.errstate(all="ignore"):
            _, slopes = walk(self._tree, values, self.trainable_params)
        return {name: _filled(slopes.get(name, 0.0), values) for name in self.trainable_params}

    def _values(self, X: Any, params: Mapping[str, Any]) -> dict[str, Operand]:
        """The value of every name."""
        self._refuse_unknown(params, self._arrays)
        X, k = _operand(X), len(self.variables)
        if k > 1 and (np.ndim(X) not in (1, 2) or np.shape(X)[-1] != k):
            raise ValueError(f"{self.name} takes X of shape (n, {k}), not {np.shape(X)}")
        columns = [X] if k == 1 else list(X.T)
        values = dict(zip(self.variables, columns, strict=True))
        return values | {name: _operand(v) for name, v in (self.params | dict(params)).items()}

    def fit(
        self,
        X: Any,
        y: Any,
        optimizer: Any,
        loss: str = "mse",
        epochs: int = 100,
        batch_size: int | None = None,
        seed: int = 0,
        warm_start: bool = False,
    ) -> Fit:
        """Move the trainable parameters towards a smaller loss; returns how it went.

        X, y        (n,) each; for k > 1 variables X is (n, k)
        optimizer   anything with step(params, grads) that changes arrays in place; here each
                    trainable parameter is a float64 array of shape (1,). Its state is its own:
                    take a new one for each fresh fit
        loss        "mse", "mae" or "huber"
        epochs      how often all points are used
        batch_size  points in a step, drawn anew in each epoch; the last batch of an epoch may be
                    smaller. None: all points
        seed        decides how the points are drawn
        warm_start  go on from the present parameters instead of the ones given at first

        A fit that diverges stops with a RuntimeWarning, and its trained parameters are nan.
        """
        if loss not in LOSSES:
            raise ValueError(f"loss is one of {', '.join(LOSSES)}, not {loss!r}")
        if not self.trainable_params:
            raise ValueError(f"{self.name} has no trainable parameters")
        X, y = self._checked(X, y)
        n = len(y)
        size = n if batch_size is None else batch_size
        if epochs < 1 or size < 1:
            raise ValueError(f"epochs and batch_size are at least 1, not {epochs} and {batch_size}")
        if not warm_start:
            for name, value in self._start.items():
                self._arrays[name][0] = value

        rng = np.random.default_rng(seed)
        losses: list[float] = []
        history = [self.params]
        for _ in range(epochs):
            order = rng.permutation(n)
            batches = [order[i : i + size] for i in range(0, n, size)]
            losses.append(self._epoch(X, y, optimizer, loss, batches))
            history.append(self.params)
            if diverged := not np.isfinite(losses[-1]):
                break
        if diverged:
            warnings.warn(
                f"{self.name} diverged in epoch {len(losses)} of {epochs}: its loss or a parameter "
                "is no longer finite. The usual cause is too high a learning rate.",
                RuntimeWarning,
                stacklevel=2,
            )
        paths = {name: [params[name] for params in history] for name in self.trainable_params}
        return Fit(losses, paths, diverged)

    def _checked(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        X, y = np.asarray(X, np.float64), np.asarray(y, np.float64)
        k = len(self.variables)
        if y.ndim != 1 or not len(y) or X.shape != (y.shape if k == 1 else (len(y), k)):
            wanted = "(n,)" if k == 1 else f"(n, {k})"
            raise ValueError(f"X is {wanted} and y (n,), with n >= 1, not {X.shape} and {y.shape}")
        if not (np.isfinite(X).all() and np.isfinite(y).all()):
            raise ValueError("X and y must be finite")
        return X, y

    def _epoch(
        self, X: np.ndarray, y: np.ndarray, optimizer: Any, loss: str, batches: list[np.ndarray]
    ) -> float:
        """One step for each batch; returns the mean loss, nan where it or a parameter diverged."""
        arrays = [self._arrays[name] for name in self.trainable_params]
        total = 0.0
        with np.errstate(all="ignore"):  # an overflow is told by the nan
            for batch in batches:
                value, grads = self._loss_and_gradients(X[batch], y[batch], loss)
                if np.isfinite(value):
                    optimizer.step(arrays, grads)
                if not np.isfinite([value, *np.concatenate(arrays)]).all():
                    for array in arrays:
                        array[:] = np.nan
                    return np.nan
                total += value * len(batch) / len(y)
        return total

    def _loss_and_gradients(
        self, X: np.ndarray, y: np.ndarray, loss: str
    ) -> tuple[float, list[np.ndarray]]:
        """The mean loss over some points, and d(loss)/d(parameter), each of shape (1,)."""
        values = self._values(X, {})
        prediction, slopes = walk(self._tree, values, self.trainable_params)
        value, d_prediction = LOSSES[loss](_filled(prediction, values), y)
        return value, [
            np.array([np.sum(d_prediction * slopes.get(name, 0.0))])
            for name in self.trainable_params
        ]


def _operand(value: Any) -> Operand:
    """Numbers and arrays as float64; a Value as it is."""
    array = np.asarray(value)
    return array[()] if array.dtype == object else array.astype(np.float64)[()]


def _filled(out: Operand, values: Mapping[str, Operand]) -> Any:
    """`out` in the shape of all operands together: a formula need not mention all of them."""
    shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
    return np.broadcast_to(out, shape).copy()[()]
