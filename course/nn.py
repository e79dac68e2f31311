"""The layers of a small neural network, in NumPy, each with its derivative next to it.

A layer offers

    forward(X)       its output for a batch X, one example a row; remembers what backward needs
    backward(d_out)  takes dL/d(output), writes dL/d(parameter) into grads, returns dL/d(input)
    params, grads    two lists of arrays, pairwise of one shape, in the same order on every call
    train(), eval()  switch between training and evaluation, where Dropout does nothing

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
    """A layer without parameters; layers that learn have their own ``params`` and ``grads``.

    training  True at first; False between ``eval()`` and the next ``train()``
    """

    training = True

    def train(self) -> None:
        self.training = True

    def eval(self) -> None:
        self.training = False

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

    def backward_params(self, d_out: np.ndarray) -> None:
        """backward without dL/d(input), which nobody needs at the first layer of a network."""
        self.backward(d_out)


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
        out = X @ self.W
        out += self.b
        return out

    def backward(self, d_out: np.ndarray) -> np.ndarray:
        self.backward_params(d_out)
        return d_out @ self.W.T

    def backward_params(self, d_out: np.ndarray) -> None:
        np.matmul(self._X.T, d_out, out=self.d_W)
        np.sum(d_out, axis=0, out=self.d_b)


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


class Dropout(Layer):
    """Sets each entry to 0 with probability p in training (Srivastava et al. 2014, JMLR 15).

    p    0 <= p < 1
    rng  a numpy Generator, or an int that seeds one

    The entries that stay are divided by 1 - p, so that the expected output is the input: then
    nothing is left to do in evaluation, where the output is the input.
    """

    def __init__(self, p: float = 0.5, rng: np.random.Generator | int | None = None):
        if not 0.0 <= p < 1.0:
            raise ValueError(f"p is at least 0 and below 1, not {p!r}")
        self.p = p
        self.rng = np.random.default_rng(rng)

    def forward(self, X: np.ndarray) -> np.ndarray:
        kept = self.rng.random(X.shape) >= self.p if self.training else None
        self._scale = 1.0 if kept is None else kept / (1.0 - self.p)
        return X * self._scale

    def backward(self, d_out: np.ndarray) -> np.ndarray:
        return d_out * self._scale


class Sequential(Layer):
    """Layers one after another: each takes the output of the one before."""

    def __init__(self, *layers: Layer):
        self.layers = layers

    def train(self) -> None:
        super().train()
        for layer in self.layers:
            layer.train()

    def eval(self) -> None:
        super().eval()
        for layer in self.layers:
            layer.eval()

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

    def backward_params(self, d_out: np.ndarray) -> None:
        for layer in reversed(self.layers[1:]):
            d_out = layer.backward(d_out)
        for layer in self.layers[:1]:
            layer.backward_params(d_out)


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
