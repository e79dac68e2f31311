"""The layers of a small neural network, in NumPy, each with its derivative next to it.

A layer offers

    forward(X)       its output for a batch X, one example a row; remembers what backward needs
    backward(d_out)  takes dL/d(output), writes dL/d(parameter) into grads, returns dL/d(input)
    params, grads    two lists of arrays, pairwise of one shape, in the same order on every call

so that one training step, for a loss L, reads

    logits = model.forward(X)
    loss, d_logits = softmax_cross_entropy(logits, y)
    model.backward(d_logits)
    optimizer.step(model.params, model.grads)

Arrays are float64. Every ``backward`` belongs to the latest ``forward`` and overwrites the
gradients of the one before.
"""

import numpy as np


class Layer:
    """A layer without parameters; layers that learn have their own ``params`` and ``grads``."""

    @property
    def params(self) -> list[np.ndarray]:
        return []

    @property
    def grads(self) -> list[np.ndarray]:
        return []

    def forward(self, X: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def backward(self, d_out: np.ndarray) -> np.ndarray:
        raise NotImplementedError


class Linear(Layer):
    """Y = X W + b.

    in_features, out_features  numbers of columns of X and Y
    activation_hint            what follows the layer, which decides how wide the weights start:
                               "relu": std √(2 / in_features), which keeps the size of the signal
                               from layer to layer (He et al. 2015, arXiv 1502.01852);
                               "tanh": std √(1 / in_features), for the same reason;
                               None: std 0.01, so that logits start near 0 and no class is preferred
    rng                        a numpy Generator, or an int that seeds one

    W has shape (in_features, out_features), b (out_features,) and starts at 0.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        activation_hint: str | None = None,
        rng: np.random.Generator | int | None = None,
    ):
        if activation_hint == "relu":
            std = np.sqrt(2.0 / in_features)
        elif activation_hint == "tanh":
            std = np.sqrt(1.0 / in_features)
        elif activation_hint is None:
            std = 0.01
        else:
            raise ValueError(f'activation_hint is "relu", "tanh" or None, not {activation_hint!r}')
        self.W = std * np.random.default_rng(rng).standard_normal((in_features, out_features))
        self.b = np.zeros(out_features)
        self.d_W = np.zeros_like(self.W)
        self.d_b = np.zeros_like(self.b)

    @property
    def params(self) -> list[np.ndarray]:
        return [self.W, self.b]

    @property
    def grads(self) -> list[np.ndarray]:
        return [self.d_W, self.d_b]

    def forward(self, X: np.ndarray) -> np.ndarray:
        self._X = X
        return X @ self.W + self.b

    def backward(self, d_out: np.ndarray) -> np.ndarray:
        self.d_W[...] = self._X.T @ d_out
        self.d_b[...] = d_out.sum(axis=0)
        return d_out @ self.W.T


class ReLU(Layer):
    """max(x, 0), entry by entry; the derivative at 0 is taken as 0."""

    def forward(self, X: np.ndarray) -> np.ndarray:
        self._positive = X > 0.0
        return np.maximum(X, 0.0)

    def backward(self, d_out: np.ndarray) -> np.ndarray:
        return d_out * self._positive


class Tanh(Layer):
    """tanh x, entry by entry; the derivative is 1 - tanh² x."""

    def forward(self, X: np.ndarray) -> np.ndarray:
        self._out = np.tanh(X)
        return self._out

    def backward(self, d_out: np.ndarray) -> np.ndarray:
        return d_out * (1.0 - self._out**2)


class Sequential(Layer):
    """Layers one after another: each takes the output of the one before."""

    def __init__(self, *layers: Layer):
        self.layers = layers

    @property
    def params(self) -> list[np.ndarray]:
        return [param for layer in self.layers for param in layer.params]

    @property
    def grads(self) -> list[np.ndarray]:
        return [grad for layer in self.layers for grad in layer.grads]

    def forward(self, X: np.ndarray) -> np.ndarray:
        for layer in self.layers:
            X = layer.forward(X)
        return X

    def backward(self, d_out: np.ndarray) -> np.ndarray:
        for layer in reversed(self.layers):
            d_out = layer.backward(d_out)
        return d_out


def softmax_cross_entropy(logits: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """How surprised softmax(logits) is by the labels: the mean of -log(probability of y).

    logits  (n, classes)
    y       (n,) int, each from 0 to classes - 1

    Returns the mean loss and its gradient with respect to logits, (n, classes).
    """
    n = len(logits)
    # Softmax does not change when a row is shifted; with its largest entry at 0 no exp overflows.
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_probs[np.arange(n), y].mean()

    d_logits = np.exp(log_probs)
    d_logits[np.arange(n), y] -= 1.0
    return float(loss), d_logits / n


def accuracy(logits: np.ndarray, y: np.ndarray) -> float:
    """The share of rows whose largest logit stands at the label; logits (n, classes), y (n,)."""
    return float((logits.argmax(axis=1) == y).mean())
