"""The layers: every gradient against central differences, and the laws that layers obey."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from course.data import load_digits
from course.nn import (
    Dropout,
    Layer,
    Linear,
    ReLU,
    Sequential,
    Tanh,
    accuracy,
    softmax_cross_entropy,
)

finite = st.floats(-5.0, 5.0, width=32)


def batches(columns):
    return st.integers(1, 6).flatmap(lambda n: arrays(np.float64, (n, columns), elements=finite))


def central_difference(f, x, h=1e-6):
    """df/dx for a scalar function f() of the array x, which is changed in place meanwhile."""
    grad = np.empty_like(x)
    for i in np.ndindex(x.shape):
        kept = x[i]
        x[i] = kept + h
        above = f()
        x[i] = kept - h
        below = f()
        x[i] = kept
        grad[i] = (above - below) / (2 * h)
    return grad


def check_gradients(layer, X, d_out):
    """backward gives the derivatives of sum(forward(X) * d_out) by X and by each parameter."""

    def loss():
        return float((layer.forward(X) * d_out).sum())

    loss()
    d_in = layer.backward(d_out)
    grads = [grad.copy() for grad in layer.grads]
    assert len(layer.params) == len(grads)
    for x, analytic in [(X, d_in), *zip(layer.params, grads, strict=True)]:
        assert analytic.shape == x.shape and analytic.dtype == np.float64
        np.testing.assert_allclose(analytic, central_difference(loss, x), rtol=1e-6, atol=1e-7)


def away_from_zero(X):
    """ReLU has a kink at 0, where central differences say nothing about backward."""
    return np.where(np.abs(X) < 0.01, 0.5, X)


def evaluating(layer):
    layer.eval()
    return layer


LAYERS = {
    "linear": lambda: Linear(4, 3, rng=0),
    "linear-relu": lambda: Linear(4, 3, "relu", rng=0),
    "relu": ReLU,
    "tanh": Tanh,
    "network": lambda: Sequential(Linear(4, 5, "tanh", rng=0), Tanh(), Linear(5, 2, rng=1)),
    "nested": lambda: Sequential(Sequential(Linear(4, 4, "relu", rng=0), Tanh()), Linear(4, 4)),
    "dropout-off": lambda: evaluating(Sequential(Linear(4, 3, rng=0), Dropout(0.5, rng=0))),
    "empty": Sequential,
}


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
@given(X=batches(4).map(away_from_zero), seed=st.integers(0, 10))
def test_gradients(make, X, seed):
    """backward agrees with central differences, for the input and for every parameter."""
    layer = make()
    out = layer.forward(X)
    check_gradients(layer, X, np.random.default_rng(seed).standard_normal(out.shape))


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
@given(X=batches(4))
def test_backward_params_writes_the_same_gradients(make, X):
    """backward_params leaves out the gradient of the input and nothing else."""
    layer = make()
    d_out = np.ones_like(layer.forward(X))
    layer.backward(d_out)
    wanted = [grad.copy() for grad in layer.grads]
    for grad in layer.grads:
        grad[...] = np.nan
    assert layer.backward_params(d_out) is None
    for grad, want in zip(layer.grads, wanted, strict=True):
        np.testing.assert_array_equal(grad, want)


@given(X=batches(4), p=st.floats(0.0, 0.9), seed=st.integers(0, 10))
def test_dropout_gradient(X, p, seed):
    """backward goes where forward went: central differences of one and the same draw agree."""
    d_out = np.random.default_rng(seed).standard_normal(X.shape)
    layer = Dropout(p)

    def loss():
        layer.rng = np.random.default_rng(seed)
        return float((layer.forward(X) * d_out).sum())

    loss()
    d_in = layer.backward(d_out)
    np.testing.assert_allclose(d_in, central_difference(loss, X), rtol=1e-6, atol=1e-6)


@given(p=st.sampled_from([0.0, 0.2, 0.5, 0.9]), seed=st.integers(0, 10))
def test_dropout_laws(p, seed):
    """In training a share p of the entries is 0, the others are x / (1 - p): the mean stays."""
    X = np.full((100, 100), 3.0)
    out = Dropout(p, rng=seed).forward(X)
    assert abs((out == 0.0).mean() - p) < 0.05
    np.testing.assert_allclose(out[out != 0.0], 3.0 / (1.0 - p))
    assert abs(out.mean() - 3.0) < 0.3


@given(X=batches(4))
def test_dropout_is_off_in_evaluation(X):
    """After eval() the output is the input, after train() it is not; nested layers are told too."""
    model = Sequential(Sequential(Dropout(0.9, rng=0)), Tanh())
    model.eval()
    np.testing.assert_array_equal(model.forward(X), np.tanh(X))
    assert not any(layer.training for layer in (model, *model.layers, model.layers[0].layers[0]))
    model.train()
    assert all(layer.training for layer in (model, *model.layers, model.layers[0].layers[0]))
    assert (model.forward(np.ones((20, 20))) == 0.0).any()


def test_dropout_seeds():
    """The same seed drops the same entries, and every forward drops others."""
    X = np.ones((10, 10))
    one, two = Dropout(0.5, rng=3), Dropout(0.5, rng=3)
    first = one.forward(X)
    np.testing.assert_array_equal(first, two.forward(X))
    assert (one.forward(X) != first).any()


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, math.nan])
def test_dropout_refuses(p):
    """A probability of 1 leaves nothing; the message quotes the value."""
    with pytest.raises(ValueError, match=f"not {p}"):
        Dropout(p)


@given(logits=batches(5), seed=st.integers(0, 10))
def test_loss_gradient(logits, seed):
    """d_logits is the derivative of the mean loss."""
    y = np.random.default_rng(seed).integers(0, 5, len(logits))
    _, d_logits = softmax_cross_entropy(logits, y)
    numeric = central_difference(lambda: softmax_cross_entropy(logits, y)[0], logits)
    assert d_logits.shape == logits.shape
    np.testing.assert_allclose(d_logits, numeric, rtol=1e-6, atol=1e-8)


@given(X=batches(3), Y=batches(3))
def test_linear_is_affine(X, Y):
    """f(X) - f(Y) = (X - Y) W, and f(0) = b."""
    n = min(len(X), len(Y))
    layer = Linear(3, 2, "relu", rng=0)
    layer.b[:] = [0.5, -2.0]
    X, Y = X[:n], Y[:n]
    np.testing.assert_allclose(
        layer.forward(X) - layer.forward(Y), (X - Y) @ layer.W, rtol=0, atol=1e-12
    )
    np.testing.assert_array_equal(layer.forward(np.zeros((1, 3)))[0], layer.b)


@given(X=batches(3))
def test_relu_laws(X):
    """relu(x) - relu(-x) = x, and relu(relu(x)) = relu(x)."""
    relu = ReLU()
    np.testing.assert_array_equal(relu.forward(X) - relu.forward(-X), X)
    np.testing.assert_array_equal(relu.forward(relu.forward(X)), relu.forward(X))


@given(X=batches(3))
def test_tanh_is_odd_and_bounded(X):
    """tanh(-x) = -tanh(x), |tanh(x)| < 1 for the sizes tried here."""
    tanh = Tanh()
    np.testing.assert_array_equal(tanh.forward(-X), -tanh.forward(X))
    assert (np.abs(tanh.forward(X)) < 1.0).all()


@given(logits=batches(4), shift=st.floats(-1e3, 1e3), seed=st.integers(0, 10))
def test_loss_does_not_see_a_shift(logits, shift, seed):
    """softmax(z + c) = softmax(z): neither the loss nor its gradient changes."""
    y = np.random.default_rng(seed).integers(0, 4, len(logits))
    loss, d_logits = softmax_cross_entropy(logits, y)
    shifted_loss, shifted_d_logits = softmax_cross_entropy(logits + shift, y)
    assert math.isclose(loss, shifted_loss, rel_tol=1e-9, abs_tol=1e-9)
    np.testing.assert_allclose(shifted_d_logits, d_logits, atol=1e-9)


@given(logits=batches(4), seed=st.integers(0, 10))
def test_loss_gradient_rows_sum_to_zero(logits, seed):
    """Probability only moves between classes, so each row of d_logits sums to 0."""
    y = np.random.default_rng(seed).integers(0, 4, len(logits))
    loss, d_logits = softmax_cross_entropy(logits, y)
    assert loss >= 0.0
    np.testing.assert_allclose(d_logits.sum(axis=1), 0.0, atol=1e-12)


@given(logits=batches(4))
def test_loss_is_a_mean(logits):
    """A batch stacked on itself has the same loss, and half the gradient a row."""
    y = np.zeros(len(logits), dtype=np.int64)
    loss, d_logits = softmax_cross_entropy(logits, y)
    twice, d_twice = softmax_cross_entropy(np.vstack([logits, logits]), np.append(y, y))
    assert math.isclose(loss, twice, rel_tol=1e-12, abs_tol=1e-15)
    np.testing.assert_allclose(2.0 * d_twice[: len(logits)], d_logits, atol=1e-15)


def test_loss_of_equal_logits():
    """Ten equal logits cost log 10, whatever the label."""
    loss, d_logits = softmax_cross_entropy(np.zeros((2, 10)), np.array([3, 9]))
    assert math.isclose(loss, math.log(10.0))
    assert math.isclose(d_logits[0, 3], (0.1 - 1.0) / 2) and math.isclose(d_logits[0, 0], 0.1 / 2)


def test_loss_is_stable():
    """Logits of size 1e4 neither overflow nor take the log of 0, each row on its own scale."""
    logits = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -3e4]])
    with np.errstate(all="raise", under="ignore"):
        loss, d_logits = softmax_cross_entropy(logits, np.array([2, 0]))
    assert math.isclose(loss, (2e4 + math.log(2.0)) / 2)
    np.testing.assert_allclose(d_logits, [[0.5, 0.0, -0.5], [-0.25, 0.25, 0.0]])


def test_loss_leaves_its_arguments():
    """logits stay as they were."""
    logits = np.arange(6.0).reshape(2, 3)
    softmax_cross_entropy(logits, np.array([0, 2]))
    np.testing.assert_array_equal(logits, np.arange(6.0).reshape(2, 3))


def test_accuracy():
    """One of these four rows has its largest logit elsewhere."""
    logits = np.array([[2.0, 1.0], [0.0, 1.0], [-3.0, -2.0], [5.0, 4.0]])
    assert accuracy(logits, np.array([0, 1, 0, 0])) == 0.75


@pytest.mark.parametrize(
    ("hint", "std"), [("relu", math.sqrt(2 / 400)), ("tanh", math.sqrt(1 / 400)), (None, 0.01)]
)
def test_initial_weights(hint, std):
    """Weights start normal with mean 0 and the documented width, biases at 0."""
    layer = Linear(400, 300, hint, rng=0)
    assert layer.W.shape == (400, 300) and layer.b.shape == (300,)
    assert abs(layer.W.std() / std - 1.0) < 0.01
    assert abs(layer.W.mean()) < 0.02 * std
    assert not layer.b.any()


def test_he_keeps_the_size_of_the_signal():
    """Through ten He-initialised ReLU layers the mean square of the output stays near 1."""
    rng = np.random.default_rng(0)
    layers = [layer for _ in range(10) for layer in (Linear(200, 200, "relu", rng), ReLU())]
    out = Sequential(*layers).forward(rng.standard_normal((50, 200)))
    assert 0.1 < (out**2).mean() < 3.0


def test_seeds():
    """The same seed gives the same weights; one generator gives each layer its own."""
    np.testing.assert_array_equal(Linear(3, 2, rng=5).W, Linear(3, 2, rng=5).W)
    rng = np.random.default_rng(5)
    assert (Linear(3, 2, rng=rng).W != Linear(3, 2, rng=rng).W).all()


def test_unknown_hint():
    """A hint that is not known is an error that quotes it."""
    with pytest.raises(ValueError, match="'sigmoid'"):
        Linear(3, 2, "sigmoid")


def test_base_layer_is_abstract():
    """A layer that forgets a method fails where it is called."""
    assert Layer().params == Layer().grads == []
    with pytest.raises(NotImplementedError):
        Layer().forward(np.zeros((1, 1)))
    with pytest.raises(NotImplementedError):
        Layer().backward(np.zeros((1, 1)))


def test_params_keep_order_and_identity():
    """Optimizers see the same float64 arrays, contiguous, in the same order on every call."""
    model = Sequential(Linear(4, 3, "relu", 0), ReLU(), Linear(3, 2, rng=1))
    before = model.params
    X, y = np.random.default_rng(0).standard_normal((5, 4)), np.array([0, 1, 0, 1, 1])
    model.backward(softmax_cross_entropy(model.forward(X), y)[1])
    assert [p.shape for p in before] == [(4, 3), (3,), (3, 2), (2,)]
    assert all(p is q for p, q in zip(before, model.params, strict=True))
    for param, grad in zip(model.params, model.grads, strict=True):
        assert param.shape == grad.shape
        assert grad.any()
        assert param.flags.c_contiguous and param.dtype == grad.dtype == np.float64


def test_backward_overwrites():
    """Gradients belong to the latest batch; they do not pile up."""
    layer = Linear(3, 2, rng=0)
    X, d_out = np.ones((4, 3)), np.ones((4, 2))
    layer.forward(X)
    layer.backward(d_out)
    first = [grad.copy() for grad in layer.grads]
    layer.backward(d_out)
    for grad, kept in zip(layer.grads, first, strict=True):
        np.testing.assert_array_equal(grad, kept)


def test_learns_the_digits():
    """Everything together: 100 steps of gradient descent read most training digits."""
    digits = load_digits()
    model = Sequential(Linear(64, 32, "relu", 0), ReLU(), Linear(32, 10, rng=1))
    losses = []
    for _ in range(100):
        loss, d_logits = softmax_cross_entropy(model.forward(digits.X_train), digits.y_train)
        model.backward(d_logits)
        losses.append(loss)
        for param, grad in zip(model.params, model.grads, strict=True):
            param -= 0.3 * grad
    assert losses[0] == pytest.approx(math.log(10.0), rel=0.02)
    assert accuracy(model.forward(digits.X_train), digits.y_train) > 0.95
