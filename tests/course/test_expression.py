"""Formulas: what is read and refused, their values and slopes, and fits."""

import doctest
import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import course.expression
from course.expression import LOSSES, Expression, ExpressionError
from course.formula import FUNCTIONS, MAX_DEPTH, MAX_LENGTH
from solutions.adam import Adam
from solutions.lookahead import Lookahead
from solutions.sgd import SGD
from solutions.value import Value

NUMPY = {
    **{name: getattr(np, name) for name in ("exp", "log", "tanh", "sin", "cos", "sqrt", "abs")},
    "relu": lambda u: np.maximum(u, 0.0),
}
VALUE_FUNCTIONS = ("exp", "log", "tanh", "relu", "sqrt", "abs")  # what a Value can compute

numbers = st.floats(-3.0, 3.0, width=16)
generic = st.integers(-290, 290).map(lambda k: (k + 0.37) / 100.0)  # never 0: away from most kinks
positive = st.floats(0.5, 2.0)
leaves = st.sampled_from(["x", "w", "b"]) | st.integers(0, 9).map(str) | st.just("0.5")


def formulas(functions):
    """Formulas of x, w and b with every operation and the named functions."""

    def larger(smaller):
        return st.one_of(
            st.tuples(smaller, st.sampled_from(["+", "-", "*", "/"]), smaller).map(
                lambda parts: "({} {} {})".format(*parts)
            ),
            st.tuples(smaller, st.sampled_from(["2", "3", "-1", "0.5", "w"])).map(
                lambda parts: "({})**{}".format(*parts)
            ),
            smaller.map(lambda inner: f"(-{inner})"),
            st.tuples(st.sampled_from(functions), smaller).map(
                lambda parts: "{}({})".format(*parts)
            ),
        )

    return st.recursive(leaves, larger, max_leaves=8)


def model(formula, w=0.0, b=0.0):
    """The expression, or where its constants are not defined, an example that does not count."""
    try:
        return Expression("model", formula, params={"w": w, "b": b})
    except ExpressionError as error:
        assume("not defined" not in error.reason)
        raise


def usable(*results):
    """Are all numbers finite, and of a size at which rounding says nothing about the formula?"""
    return all(np.isfinite(r).all() and (np.abs(r) < 1e4).all() for r in results)


# --- values and slopes ---


@given(formulas(sorted(FUNCTIONS)), arrays(np.float64, 4, elements=numbers), numbers, numbers)
def test_evaluation_equals_numpys(formula, X, w, b):
    """A formula gives what Python gives for the same text with NumPy's functions."""
    with np.errstate(all="ignore"):
        got = model(formula)(X, w=w, b=b)
        names = {"x": X, "w": np.float64(w), "b": np.float64(b), **NUMPY}
        try:
            expected = eval(formula, names)
        except (ZeroDivisionError, OverflowError):  # of Python's own numbers
            assume(False)
    assert got.shape == (4,) and got.dtype == np.float64
    assume(not np.iscomplexobj(expected))
    np.testing.assert_allclose(got, np.broadcast_to(expected, 4), rtol=1e-12, atol=1e-300)


def check_slopes(line, X, point):
    """gradients() agrees with difference quotients, where those of both sides agree."""
    with np.errstate(all="ignore"):
        here, slopes = line(X, **point), line.gradients(X, **point)
        for name in ("w", "b"):
            above, below = (line(X, **{**point, name: point[name] + h}) for h in (1e-6, -1e-6))
            assume(usable(above, here, below, slopes[name]))
            left, right = (here - below) / 1e-6, (above - here) / 1e-6
            assume(np.allclose(left, right, rtol=1e-4, atol=1e-4))
            assert slopes[name].shape == here.shape and slopes[name].dtype == np.float64
            np.testing.assert_allclose(slopes[name], (left + right) / 2, rtol=2e-4, atol=2e-4)


@settings(max_examples=200)
@given(formulas(sorted(FUNCTIONS)), arrays(np.float64, 3, elements=generic), generic, generic)
def test_gradients_equal_central_differences(formula, X, w, b):
    """Each slope is the limit of the difference quotients, away from kinks and poles."""
    check_slopes(model(formula), X, {"w": w, "b": b})


@pytest.mark.parametrize(
    "formula",
    [f"(w*x) {symbol} (w + b)" for symbol in ("+", "-", "*", "/", "**")]
    + [f"{name}((w*x + b)/5)" for name in FUNCTIONS]
    + [f"{name}(-(w*x + b)/5)" for name in FUNCTIONS if name not in ("log", "sqrt")]
    + ["(-w*x)**2", "(-w*x)**-3"],
)
@settings(max_examples=20)
@given(X=arrays(np.float64, 3, elements=positive), w=positive, b=positive)
def test_slopes_of_each_operation(formula, X, w, b):
    """The same for one operation at a time, on either side of 0 where it is defined."""
    check_slopes(model(formula), X, {"w": w, "b": b})


@settings(max_examples=200)
@given(formulas(VALUE_FUNCTIONS), generic, generic, generic)
def test_values_and_their_gradients_agree(formula, x, w, b):
    """The same formula of Values gives the same number, and backward() the same slopes."""
    line = model(formula)
    W, B = Value(w), Value(b)
    with np.errstate(all="ignore"):
        try:
            out = line(Value(x), w=W, b=B)
            if isinstance(out, Value):
                out.backward()
        except (ZeroDivisionError, OverflowError, ValueError, TypeError):
            assume(False)  # Python's floats raise or turn complex where NumPy's give inf or nan
        expected = line(x, w=w, b=b)
        slopes = line.gradients(x, w=w, b=b)
    data = out.data if isinstance(out, Value) else out
    assume(not any(isinstance(n, complex) for n in (data, W.grad, B.grad)))
    assume(usable(expected, data, W.grad, B.grad, *slopes.values()))
    assert data == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert W.grad == pytest.approx(slopes["w"], rel=1e-7, abs=1e-7)
    assert B.grad == pytest.approx(slopes["b"], rel=1e-7, abs=1e-7)


def test_values_meet_plain_numbers():
    """x may stay a plain number while the parameters are Values, and the other way round."""
    line = Expression("line", "w*x + b", params={"w": 3.0, "b": 2.0})
    w, b, x = Value(3.0), Value(2.0), Value(5.0)
    line(5, w=w, b=b).backward()
    line(x).backward()
    assert (w.grad, b.grad, x.grad) == (5.0, 1.0, 3.0)
    with pytest.raises(TypeError, match="one at a time"):
        line(np.ones(3), w=w)
    with pytest.raises(TypeError, match="one at a time"):
        line([x, x])


def test_exponent_that_is_trained():
    """d(a xᵇ)/db = a xᵇ log x, and 0 at x = 0; with Values through exp and log."""
    power = Expression("power", "a * x**b", params={"a": 2.0, "b": 1.5})
    X = np.array([0.0, 1.0, 4.0])
    slopes = power.gradients(X)
    np.testing.assert_allclose(slopes["a"], X**1.5)
    np.testing.assert_allclose(slopes["b"], [0.0, 0.0, 16.0 * np.log(4.0)])
    b = Value(1.5)
    out = power(Value(4.0), b=b)
    out.backward()
    assert out.data == pytest.approx(16.0) and b.grad == pytest.approx(16.0 * np.log(4.0))


def test_slopes_where_formulas_break():
    """u**0 and u**1 at u = 0, and the kinks of relu and abs."""
    for formula, slope in [("w**0", 0.0), ("w**1", 1.0), ("relu(w)", 0.0), ("abs(w)", 0.0)]:
        assert Expression("m", formula, params={"w": 0.0}).gradients(1.0)["w"] == slope


def test_several_variables():
    """Columns of X are the variables in their order; a list is one point."""
    plane = Expression("plane", "u*x1 + v*x2", {"u": 2.0, "v": 3.0}, variables=("x1", "x2"))
    X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    np.testing.assert_array_equal(plane(X), [2.0, 3.0, 5.0])
    np.testing.assert_array_equal(plane.gradients(X)["v"], [0.0, 1.0, 1.0])
    assert plane([1.0, 2.0]) == 8.0
    assert plane([Value(1.0), Value(2.0)]).data == 8.0
    with pytest.raises(ValueError, match=r"shape \(n, 2\), not \(3,\)"):
        plane(np.ones(3))
    fit = plane.fit(X, X @ [1.0, -1.0], SGD(lr=0.3), epochs=300)
    assert plane.params == pytest.approx({"u": 1.0, "v": -1.0})
    assert set(fit.param_history) == {"u", "v"}


def test_formula_without_x():
    """A constant model predicts one number for every point."""
    constant = Expression("constant", "b", params={"b": 2.0})
    assert constant(np.zeros(3)).tolist() == [2.0, 2.0, 2.0]
    assert constant.gradients(np.zeros(3))["b"].tolist() == [1.0, 1.0, 1.0]
    constant.fit(np.zeros(3), np.array([1.0, 2.0, 6.0]), SGD(lr=0.5), epochs=1)
    assert constant.params["b"] == pytest.approx(3.0)  # one full step of a quadratic: the mean


def test_constants_are_computed_when_read():
    """Python's precedence; powers of plain numbers are constant exponents also for Values."""
    params = {"w": 4.0}
    assert Expression("m", "-2**2 + w", params)(0.0) == 0.0
    assert Expression("m", " w**(1/2) ", params)(0.0) == 2.0
    assert Expression("m", "2**3**2 - +w", params)(0.0) == 508.0
    assert Expression("m", "w ** -sqrt(4)", params)(0.0, w=Value(4.0)).data == 1 / 16


# --- refused formulas ---

REFUSED = {
    "": 0,
    "w*x +": 5,
    "(w*x + b": 0,
    "w*x) + b": 3,
    "2x": 0,
    "w x": 2,
    "w*x + c": 6,
    "α*x": 0,
    "exp": 0,
    "x^2": 1,
    "x // w": 2,
    "x % 2": 2,
    "w*x\n+ b": 3,
    "w*x # b": 4,
    "w = x": 2,
    "x == w": 2,
    "w if x else b": 0,
    "x and w": 0,
    "not x": 0,
    "True": 0,
    "None": 0,
    "2j*x": 0,
    "x.real": 0,
    "w*x.__class__": 2,
    "x[0]": 1,
    "f(x)": 0,
    "w + open(x)": 4,
    "w + __import__(x)": 4,
    "eval('x')": 5,
    "(exp)(x).w": 0,
    "exp()": 0,
    "exp(x, w)": 5,
    "exp(*x)": 4,
    "x(2)": 0,
    "(x := 2)": 3,
    "lambda: x": 6,
    "(yield x)": 1,
    "await x": 0,
    "{x}": 0,
    "(x for x in w)": 0,
    "w*'x'": 2,
    "w*x\0": 3,
    "w*\ud800": 2,
    "x²": 1,
    "1e999*x": 0,
    "w + 10**10**10": 4,
    "9**9**9**9": 3,
    "x + 1/0": 4,
    "x + log(0)": 4,
    "x + (-8)**(1/3)": 4,
    "9" * 400: 0,
    "x" + "+x" * 300: MAX_LENGTH,
    "(" * 240 + "x" + ")" * 240: None,
    "-" * 450 + "x": MAX_DEPTH,
    "exp(" * 110 + "x" + ")" * 110: None,
    "x**" * 120 + "x": 3 * (MAX_DEPTH - 1),
    "not " * 120 + "x": 0,
    "x*" * 10_000_000 + "x": MAX_LENGTH,
}


@pytest.mark.parametrize(("formula", "position"), REFUSED.items(), ids=lambda f: repr(f)[:20])
def test_refused(formula, position):
    """A formula that cannot be used is an error whose caret stands under the place."""
    with pytest.raises(ExpressionError) as caught:
        Expression("model", formula, params={"w": 1.0, "b": 0.0})
    error = caught.value
    assert 0 <= error.position <= len(error.formula)
    if position is not None:
        assert error.position == position, str(error)
    reason, shown, caret = str(error).split("\n")
    assert reason == error.reason and caret.strip() == "^"
    place = error.formula[error.position : error.position + 1]
    under = shown[len(caret) - 1 : len(caret)]
    assert under == place if place.isprintable() else under == "?"
    assert len(shown) <= 84


def test_message():
    """The whole message, once."""
    with pytest.raises(ExpressionError) as caught:
        Expression("line", "w*x + c", params={"w": 0.0})
    assert str(caught.value) == ("unknown name 'c'; known are x, w\n    w*x + c\n          ^")
    with pytest.raises(ExpressionError, match=r"a power is written \*\*"):
        Expression("line", "w*x^2", params={"w": 0.0})


def test_position_counts_characters():
    """Letters that take more than one byte count once."""
    assert Expression("m", "β*x", params={"β": 2.0})(3.0) == 6.0
    with pytest.raises(ExpressionError) as caught:
        Expression("m", "β*x + γ", params={"β": 0.0})
    assert caught.value.position == 6


@settings(max_examples=300)
@given(
    st.text(max_size=60)
    | st.text("xwb012.+-*/()e _j", max_size=40)
    | st.lists(
        st.sampled_from(["x", "w", "b", "2", "exp", "(", ")", "*", "**", "-", " if ", " else "]),
        max_size=25,
    ).map("".join)
)
def test_any_text_is_a_formula_or_an_expression_error(text):
    """Nothing else ever comes out, and no warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            expression = Expression("any", text, params={"w": 1.0, "b": 0.0})
        except ExpressionError as error:
            assert 0 <= error.position <= len(error.formula)
            return
    with np.errstate(all="ignore"):
        assert expression(np.ones(2)).shape == (2,)


def test_depth_is_bounded():
    """A formula as deep as allowed is read and differentiated; one deeper is refused."""
    inside = "-" * (MAX_DEPTH - 1) + "w"
    assert abs(Expression("m", inside, params={"w": 1.0}).gradients(0.0)["w"]) == 1.0
    with pytest.raises(ExpressionError, match="inside one another"):
        Expression("m", "-" + inside, params={"w": 1.0})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"trainable_params": ["w", "c"]}, "no parameter 'c'"),
        ({"trainable_params": ["w", "w"]}, "twice"),
        ({"params": {"x": 1.0}}, "different names"),
        ({"params": {"exp": 1.0}}, "'exp' cannot be"),
        ({"params": {"lambda": 1.0}}, "'lambda' cannot be"),
        ({"params": {"2w": 1.0}}, "'2w' cannot be"),
        ({"variables": ()}, "different names"),
        ({"variables": ("x", "x")}, "different names"),
    ],
)
def test_wrong_names_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Expression(**{"name": "m", "formula": "1", "params": {"w": 0.0}, **arguments})


def test_wrong_names_in_calls_are_refused():
    line = Expression("line", "w*x", params={"w": 0.0})
    for use in (line, line.gradients):
        with pytest.raises(ValueError, match="line has no parameter 'v'"):
            use(1.0, v=2.0)


# --- losses ---


@pytest.mark.parametrize("name", LOSSES)
@given(
    prediction=arrays(np.float64, 5, elements=numbers), y=arrays(np.float64, 5, elements=numbers)
)
def test_loss_gradients(name, prediction, y):
    """The second result is the derivative of the first, away from the kinks."""
    h, loss = 1e-6, LOSSES[name]
    size = np.abs(prediction - y)
    assume((size > 0.01).all() and (np.abs(size - 1.0) > 0.01).all())
    value, gradient = loss(prediction, y)
    assert isinstance(value, float) and gradient.shape == (5,)
    for i, step in enumerate(h * np.eye(5)):
        numeric = (loss(prediction + step, y)[0] - loss(prediction - step, y)[0]) / (2 * h)
        assert gradient[i] == pytest.approx(numeric, rel=1e-6, abs=1e-8)


def test_losses_by_hand():
    """Errors 0, -½ and 3 of three points."""
    prediction, y = np.array([1.0, 1.0, 5.0]), np.array([1.0, 1.5, 2.0])
    expected = {
        "mse": (9.25 / 3, [0.0, -1.0, 6.0]),
        "mae": (3.5 / 3, [0.0, -1.0, 1.0]),
        "huber": (2.625 / 3, [0.0, -0.5, 1.0]),
    }
    for name, (value, gradient) in expected.items():
        got = LOSSES[name](prediction, y)
        assert got[0] == pytest.approx(value)
        np.testing.assert_allclose(got[1], np.array(gradient) / 3)


# --- fits ---

X = np.linspace(-1.0, 1.0, 96)
Y = 3.0 * X + 2.0


def new_line(**arguments):
    return Expression("line", "w*x + b", params={"w": 0.0, "b": 0.0}, **arguments)


@pytest.mark.parametrize("batch_size", [None, 32, 1])
@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD(lr=0.1),
        lambda: SGD(lr=0.02, momentum=0.9),
        lambda: Adam(lr=0.05),
        lambda: Lookahead(Adam(lr=0.1)),
    ],
    ids=["sgd", "momentum", "adam", "lookahead"],
)
def test_fit_finds_the_line(make, batch_size):
    """y = 3x + 2, by full batch, 32 and 1."""
    line = new_line()
    fit = line.fit(
        X, Y, make(), epochs={None: 400, 32: 150, 1: 30}[batch_size], batch_size=batch_size
    )
    assert line.params == pytest.approx({"w": 3.0, "b": 2.0}, abs=1e-2)
    assert not fit.diverged and fit.loss_history[-1] < 1e-3 < fit.loss_history[0]


@pytest.mark.parametrize("loss", LOSSES)
def test_fit_with_every_loss(loss):
    line = new_line()
    line.fit(X, Y, SGD(lr=0.05), loss=loss, epochs=1000)
    assert line.params == pytest.approx({"w": 3.0, "b": 2.0}, abs=0.06)


@given(arrays(np.float64, (6, 2), elements=numbers), st.sampled_from(sorted(LOSSES)))
def test_one_full_step_is_gradient_descent(points, loss):
    """w becomes w - lr dL/dw, with the mean over all points, and the history says so."""
    X, y = points.T
    line = Expression("line", "w*x + b", params={"w": 0.5, "b": -0.25})
    value, d_prediction = LOSSES[loss](line(X), y)
    fit = line.fit(X, y, SGD(lr=0.1), loss=loss, epochs=1)
    assert fit.loss_history == pytest.approx([value])
    expected = {"w": 0.5 - 0.1 * d_prediction @ X, "b": -0.25 - 0.1 * d_prediction.sum()}
    assert line.params == pytest.approx(expected)
    assert {name: path[-1] for name, path in fit.param_history.items()} == line.params
    assert {name: path[0] for name, path in fit.param_history.items()} == {"w": 0.5, "b": -0.25}


class Recorder:
    """Notes the arrays that it gets, and moves them."""

    def __init__(self):
        self.params, self.grads = [], []

    def step(self, params, grads):
        self.params.append(params)
        self.grads.append([g.copy() for g in grads])
        for w, g in zip(params, grads, strict=True):
            w -= 0.1 * g


def test_what_an_optimizer_gets():
    """float64 arrays of shape (1,), always the same params, trainable ones only, in their order."""
    recorder = Recorder()
    line = new_line(trainable_params=["b", "w"])
    line.fit(X, Y, recorder, epochs=2, batch_size=40)
    line.fit(X, Y, recorder, epochs=1, warm_start=True)
    assert len(recorder.params) == 7  # three batches of 96 points in each of two epochs, and one
    for params, grads in zip(recorder.params, recorder.grads, strict=True):
        assert [id(a) for a in params] == [id(a) for a in recorder.params[0]]
        assert all(a.shape == (1,) and a.dtype == np.float64 for a in [*params, *grads])
    assert recorder.params[0][0][0] == line.params["b"]

    fixed = new_line(trainable_params=["w"])
    fit = fixed.fit(X, Y, SGD(lr=0.5))
    assert fixed.params["b"] == 0.0 and list(fit.param_history) == ["w"]


def test_every_point_is_used_once_an_epoch():
    """With a loss linear in the points the steps of one epoch add up to the full gradient."""
    recorder = Recorder()
    constant = Expression("constant", "b", params={"b": 100.0})  # above all y: mae's sign is 1
    fit = constant.fit(X, Y, recorder, loss="mae", epochs=1, batch_size=40)
    assert [g[0][0] for g in recorder.grads] == pytest.approx([1.0, 1.0, 1.0])
    steps = np.array([0.0, 0.1, 0.2])
    shares = np.array([40, 40, 16]) / 96
    assert fit.loss_history[0] == pytest.approx(100.0 - Y.mean() - steps @ shares)


def test_fits_start_fresh_unless_told_otherwise():
    """A second fit repeats the first; warm_start goes on where the last one ended."""
    line = new_line()
    first = line.fit(X, Y, SGD(lr=0.1), epochs=5, batch_size=8, seed=3)
    again = line.fit(X, Y, SGD(lr=0.1), epochs=5, batch_size=8, seed=3)
    other = line.fit(X, Y, SGD(lr=0.1), epochs=5, batch_size=8, seed=4)
    assert again.loss_history == first.loss_history and again.param_history == first.param_history
    assert other.loss_history != first.loss_history

    whole = line.fit(X, Y, SGD(lr=0.1), epochs=10)
    line.fit(X, Y, SGD(lr=0.1), epochs=5)
    rest = line.fit(X, Y, SGD(lr=0.1), epochs=5, warm_start=True)
    assert rest.param_history["w"][0] == pytest.approx(whole.param_history["w"][5])
    assert rest.param_history["w"][-1] == pytest.approx(whole.param_history["w"][-1])


def test_data_stays_as_it_is():
    X_before, Y_before = X.copy(), Y.copy()
    new_line().fit(X, Y, SGD(), epochs=2, batch_size=7)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(Y, Y_before)


@pytest.mark.parametrize("batch_size", [None, 8])
def test_a_diverged_fit_stops_and_says_so(batch_size):
    """One warning with the epoch, nan at the end of both histories, and in the parameters."""
    line = new_line()
    with pytest.warns(RuntimeWarning, match=r"line diverged in epoch \d+ of 5000") as caught:
        fit = line.fit(X, Y, SGD(lr=10.0), epochs=5000, batch_size=batch_size)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert fit.diverged and len(fit.loss_history) < 5000
    assert math.isnan(fit.loss_history[-1]) and np.isfinite(fit.loss_history[:-1]).all()
    for path in fit.param_history.values():
        assert len(path) == len(fit.loss_history) + 1 and math.isnan(path[-1])
    assert np.isnan(line(X)).all()
    line.fit(X, Y, SGD(lr=0.1), epochs=400)
    assert line.params == pytest.approx({"w": 3.0, "b": 2.0}, abs=1e-2)


def test_no_step_is_taken_on_a_loss_that_is_not_finite():
    recorder = Recorder()
    far = Expression("far", "w*x", params={"w": 1e200})
    with pytest.warns(RuntimeWarning, match="far diverged in epoch 1 of 100"):
        far.fit(X, Y, recorder)
    assert recorder.params == []


def test_a_gradient_that_is_not_finite_is_divergence():
    """sqrt has no slope at 0: the loss is finite there, the step is not."""
    root = Expression("root", "sqrt(w)", params={"w": 0.0})
    with pytest.warns(RuntimeWarning, match="root diverged in epoch 1 of 3"):
        fit = root.fit(X, Y, SGD(lr=0.1), epochs=3)
    assert fit.diverged and math.isnan(root.params["w"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "rmse"}, "loss is one of mse, mae, huber, not 'rmse'"),
        ({"epochs": 0}, "at least 1"),
        ({"batch_size": 0}, "at least 1"),
        ({"X": X[:, None]}, r"X is \(n,\) and y \(n,\)"),
        ({"y": Y[:-1]}, r"X is \(n,\) and y \(n,\)"),
        ({"y": Y[:, None]}, r"X is \(n,\) and y \(n,\)"),
        ({"X": [], "y": []}, "n >= 1"),
        ({"y": np.where(X > 0, np.nan, Y)}, "finite"),
    ],
)
def test_wrong_arguments_of_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        new_line().fit(**{"X": X, "y": Y, "optimizer": SGD(), **arguments})


def test_nothing_to_train():
    with pytest.raises(ValueError, match="line has no trainable parameters"):
        new_line(trainable_params=[]).fit(X, Y, SGD())


def test_repr():
    assert repr(new_line()) == "<line: w*x + b, with w=0, b=0>"


def test_examples_in_the_docstrings():
    assert doctest.testmod(course.expression).failed == 0
