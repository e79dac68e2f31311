"""The trainer against a loop written out here; what it notes, stops for, saves and refuses."""

import io
import itertools
import math
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.data import load_digits, train_validation_split
from course.nn import Dropout, Linear, ReLU, Sequential, softmax_cross_entropy
from course.trainer import CosineSchedule, EarlyStopping, ReduceOnPlateau, Trainer
from solutions.adam import Adam
from solutions.clipping import clip_grad_norm
from solutions.lookahead import Lookahead
from solutions.sgd import SGD


def blobs(n=60, seed=0):
    """Three well separated clouds in four dimensions, of equal size: X (n, 4) and y (n,)."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    return 3.0 * np.eye(4)[y] + 0.3 * rng.standard_normal((n, 4)), y


def network(seed=0, *between, outputs=3):
    rng = np.random.default_rng(seed)
    return Sequential(Linear(4, 8, "relu", rng), ReLU(), *between, Linear(8, outputs, None, rng))


def trainer(lr=0.1, model=None, **options):
    return Trainer(model or network(), SGD(lr), num_classes=3, **options)


class Spy(SGD):
    """Notes the length of every gradient that it gets."""

    def __init__(self, lr):
        super().__init__(lr)
        self.seen = []

    def step(self, params, grads):
        self.seen.append(math.sqrt(sum(float((grad**2).sum()) for grad in grads)))
        super().step(params, grads)


def by_hand(model, optimizer, X, y, epochs, batch_size, seed, max_norm=None):
    """The losses and norms of the same training, written out."""
    rng = np.random.default_rng(seed)
    losses, norms = [], []
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), batch_size):
            rows = order[start : start + batch_size]
            loss, d_logits = softmax_cross_entropy(model.forward(X[rows]), y[rows])
            model.backward(d_logits)
            losses.append(loss)
            norms.append(clip_grad_norm(model.grads, max_norm or math.inf))
            optimizer.step(model.params, model.grads)
    return losses, norms


@pytest.mark.parametrize("make", [lambda: SGD(0.1, 0.9), Adam, lambda: Lookahead(Adam(0.01))])
@pytest.mark.parametrize("max_norm", [None, 0.5])
def test_same_as_a_loop_by_hand(make, max_norm):
    """Weights, step losses, norms and epoch means are those of the plain loop, clipped or not."""
    X, y = blobs()
    mine, theirs = network(), network()
    run = Trainer(mine, make(), num_classes=3, grad_clip_norm=max_norm)
    run.train(X, y, epochs=3, batch_size=16, verbose=False, seed=5)
    losses, norms = by_hand(theirs, make(), X, y, 3, 16, 5, max_norm)
    np.testing.assert_allclose(run.step_losses, losses, rtol=1e-9)
    np.testing.assert_allclose(run.grad_norms, norms, rtol=1e-9)
    np.testing.assert_allclose(run.loss_history, np.reshape(losses, (3, 4)).mean(axis=1), rtol=1e-9)
    for a, b in zip(mine.params, theirs.params, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@given(max_norm=st.floats(0.01, 10.0))
def test_clipping_bounds_what_the_optimizer_gets(max_norm):
    """The optimizer's gradient has the recorded length, or max_norm where that is less."""
    X, y = blobs()
    optimizer = Spy(0.1)
    run = Trainer(network(), optimizer, num_classes=3, grad_clip_norm=max_norm)
    run.train(X, y, epochs=1, batch_size=20, verbose=False)
    wanted = np.minimum(run.grad_norms, max_norm)
    np.testing.assert_allclose(optimizer.seen, wanted, rtol=1e-9)


def test_clipping_that_never_applies_changes_nothing():
    """With a max_norm above every norm the losses are the same bit for bit."""
    X, y = blobs()
    runs = [trainer(), trainer(grad_clip_norm=1e9)]
    for run in runs:
        run.train(X, y, epochs=2, verbose=False)
    assert runs[0].step_losses == runs[1].step_losses


def test_learns_the_digits():
    """The lab's baseline reads more than 95 of 100 digits that it has not seen."""
    digits = load_digits()
    (X, y), validation = train_validation_split(digits.X_train, digits.y_train)
    rng = np.random.default_rng(0)
    model = Sequential(
        Linear(64, 256, "relu", rng), ReLU(), Linear(256, 128, "relu", rng), ReLU(),
        Linear(128, 10, None, rng),
    )  # fmt: skip
    run = Trainer(model, Adam(1e-3, weight_decay=1e-4))
    run.train(X, y, epochs=5, batch_size=64, verbose=False, validation=validation)
    assert run.loss_history[-1] < 0.2 < run.loss_history[0]
    assert run.validation_accuracy_history[-1] == run.evaluate(*validation) > 0.95


@pytest.mark.parametrize("rows", [1, 7, 32, 60])
def test_counts(rows):
    """One entry a step and one an epoch; a second call goes on where the first one ended."""
    X, y = blobs()
    run = trainer()
    for calls in (1, 2):
        run.train(X, y, epochs=2, batch_size=rows, verbose=False)
        assert len(run.step_losses) == len(run.grad_norms) == calls * 2 * math.ceil(60 / rows)
        assert len(run.loss_history) == calls * 2
        assert run.validation_loss_history == run.validation_accuracy_history == []


def test_no_epochs():
    """Zero epochs: nothing happens, in silence or not."""
    run = trainer()
    run.train(*blobs(), epochs=0)
    assert run.loss_history == [] and not run.diverged


def test_seed():
    """The same seed gives the same run, another one another order."""
    X, y = blobs()
    runs = [trainer() for _ in range(3)]
    for run, seed in zip(runs, (1, 1, 2), strict=True):
        run.train(X, y, epochs=1, batch_size=8, verbose=False, seed=seed)
    assert runs[0].step_losses == runs[1].step_losses != runs[2].step_losses


def test_arguments_stay_as_they_are():
    """The data are not written to."""
    X, y = blobs()
    kept = X.copy(), y.copy()
    run = trainer(grad_clip_norm=0.1)
    run.train(X, y, epochs=1, verbose=False, validation=(X, y))
    run.confusion_matrix(X, y)
    run.misclassification_data(X, y)
    np.testing.assert_array_equal(X, kept[0])
    np.testing.assert_array_equal(y, kept[1])


def test_validation():
    """Loss and accuracy on the validation part, after each epoch, with the weights of then."""
    X, y = blobs()
    held = blobs(30, seed=1)
    run = trainer()
    seen = []

    def look(run):
        loss, _ = softmax_cross_entropy(run.model.forward(held[0]), held[1])
        seen.append((loss, run.evaluate(*held), run.watched_loss))

    run.train(X, y, epochs=3, verbose=False, validation=held, callbacks=[look])
    assert [loss for loss, _, _ in seen] == run.validation_loss_history
    assert [share for _, share, _ in seen] == run.validation_accuracy_history
    assert [watched for _, _, watched in seen] == run.validation_loss_history


def test_validation_does_not_change_training():
    """Measuring in between leaves the run as it is, dropout included."""
    X, y = blobs()
    runs = [trainer(model=network(0, Dropout(0.5, rng=3))) for _ in range(2)]
    runs[0].train(X, y, epochs=3, verbose=False)
    runs[1].train(X, y, epochs=3, verbose=False, validation=blobs(30, seed=1))
    assert runs[0].step_losses == runs[1].step_losses


def test_watches_training_loss_without_validation():
    """Also where an earlier call had validation data."""
    X, y = blobs()
    run = trainer()
    run.train(X, y, epochs=1, verbose=False, validation=(X, y))
    assert run.watched_loss == run.validation_loss_history[-1]
    run.train(X, y, epochs=1, verbose=False)
    assert run.watched_loss == run.loss_history[-1]


def test_dropout_is_on_in_training_only():
    """Batches are trained with dropout; what is measured is measured without."""
    X, y = blobs()
    dropout = Dropout(0.5, rng=0)
    run = trainer(model=network(0, dropout))
    modes = []
    run.optimizer.step = lambda params, grads: modes.append(dropout.training)
    run.train(X, y, epochs=2, verbose=False, validation=(X, y))
    assert modes and all(modes) and not dropout.training
    np.testing.assert_array_equal(run.predict(X), run.predict(X))
    run.train(X, y, epochs=1, verbose=False)
    assert not dropout.training


@pytest.mark.parametrize("lr", [1e60, 1e200])
@pytest.mark.parametrize("verbose", [True, False])
def test_divergence(lr, verbose, capsys):
    """A diverged run stops, says so in one line, and has no accuracy; NumPy does not warn."""
    X, y = blobs()
    run = trainer(lr)
    called = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.train(
            X,
            y,
            epochs=50,
            batch_size=4,
            verbose=verbose,
            validation=(X, y),
            callbacks=[called.append],
        )
    assert run.diverged
    assert len(run.loss_history) == len(called) + 1 < 50
    assert len(run.validation_loss_history) == len(run.loss_history)
    assert len(run.step_losses) == len(run.grad_norms)
    assert math.isnan(run.evaluate(X, y)) and math.isnan(run.validation_accuracy_history[-1])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(f"diverged in epoch {len(run.loss_history)}, step ")
    assert len([line for line in lines if "diverged" in line]) == 1
    assert verbose or len(lines) == 1


def test_divergence_stops_before_the_step():
    """Where a loss or a gradient is not finite, the optimizer is not called any more."""
    X, y = blobs()
    run = trainer()
    run.model.params[0][0, 0] = math.nan
    run.optimizer.step = None
    run.train(X, y, verbose=False)
    assert run.diverged and len(run.step_losses) == 1 and math.isnan(run.loss_history[0])


def test_a_diverged_run_has_no_accuracy():
    """Even if its last weights still give finite logits."""
    X, y = blobs()
    run = trainer()
    run.diverged = True
    assert math.isnan(run.evaluate(X, y))


def test_a_gradient_that_overflows_is_divergence():
    """The loss may still be finite when the gradient's norm is not."""
    X, y = blobs()
    run = trainer()
    run.model.params[2] *= 1e155
    run.model.params[0] *= 1e-155
    run.train(1e155 * X, y, batch_size=60, verbose=False)
    assert run.diverged and len(run.step_losses) == 1
    assert math.isfinite(run.step_losses[0]) and math.isinf(run.grad_norms[0])


def test_last_step_ruins_the_weights():
    """No batch follows the last step: evaluate notices by itself, and so does validation."""
    X, y = blobs()

    def ruin(params, grads):
        params[0][:] = math.nan

    for validation in (None, (X, y)):
        run = trainer()
        run.optimizer.step = ruin
        run.train(X, y, epochs=1, batch_size=60, verbose=False, validation=validation)
        assert math.isnan(run.evaluate(X, y))
        assert run.diverged == (validation is not None)


def test_converging_run_is_not_diverged():
    """And prints nothing where it is told to be quiet."""
    run = trainer()
    run.train(*blobs(), epochs=2, verbose=False)
    assert not run.diverged and 0.0 <= run.evaluate(*blobs()) <= 1.0


def test_progress_is_one_line(capsys):
    """One line, written over with carriage returns, that ends with the last epoch's figures."""
    X, y = blobs()
    run = trainer()
    run.train(X, y, epochs=4, validation=(X, y))
    out = capsys.readouterr().out
    assert out.count("\n") == 1 and out.endswith("\n")
    last = out.rstrip("\n").split("\r")[-1]
    assert last.startswith(f"[{20 * '#'}] epoch 4/4, loss {run.loss_history[-1]:.4g}, validation")
    assert last.endswith(f"accuracy {run.validation_accuracy_history[-1]:.4f}")


def test_progress_writes_over_all_of_the_line_before(capsys, monkeypatch):
    """A short text after a longer one leaves nothing of it on the screen; the bar fills up."""
    monkeypatch.setattr("course.trainer._Progress.SECONDS", -1.0)
    trainer().train(*blobs(), epochs=3, batch_size=1)
    updates = capsys.readouterr().out.rstrip("\n").split("\r")[1:]
    assert len(updates) == 3 * 60 + 1
    assert all(len(a.rstrip()) <= len(b) for a, b in itertools.pairwise(updates))
    filled = [update.count("#") for update in updates]
    assert filled == sorted(filled) and filled[0] == 0 and filled[-1] == 20


def test_quiet(capsys, monkeypatch):
    """verbose=False writes nothing."""
    monkeypatch.setattr("course.trainer._Progress.SECONDS", -1.0)
    trainer().train(*blobs(), epochs=2, verbose=False)
    assert capsys.readouterr() == ("", "")


def test_evaluate_is_the_share_of_right_predictions():
    """Also over more rows than are evaluated at once."""
    X, y = blobs(3000)
    run = trainer()
    run.train(X[:60], y[:60], epochs=1, verbose=False)
    wanted = np.concatenate([run.model.forward(X[i : i + 1]).argmax(axis=1) for i in range(3000)])
    np.testing.assert_array_equal(run.predict(X), wanted)
    assert run.evaluate(X, y) == (wanted == y).mean()


def test_predict_nothing():
    """No rows, no labels."""
    assert trainer().predict(np.zeros((0, 4))).shape == (0,)


def test_confusion_matrix():
    """Rows are true labels, columns predictions; every row of X is counted once."""
    X, y = blobs()
    run = trainer()
    run.predict = lambda X: np.where(y == 1, 2, y)
    np.testing.assert_array_equal(run.confusion_matrix(X, y), [[20, 0, 0], [0, 0, 20], [0, 0, 20]])


@given(seed=st.integers(0, 100))
def test_confusion_matrix_agrees(seed):
    """Its trace is the accuracy, its row sums are the label counts, the rest is misclassified."""
    X, y = blobs(50, seed)
    run = trainer(model=network(seed))
    matrix = run.confusion_matrix(X, y)
    assert matrix.shape == (3, 3) and matrix.sum() == 50
    np.testing.assert_array_equal(matrix.sum(axis=1), np.bincount(y))
    assert np.trace(matrix) / 50 == pytest.approx(run.evaluate(X, y))
    images, predicted, true, total = run.misclassification_data(X, y, max_images=7)
    assert total == 50 - np.trace(matrix)
    assert len(images) == len(predicted) == len(true) == min(7, total)
    assert images.shape[1:] == (2, 2) and (predicted != true).all()


def test_misclassification_data():
    """The first wrong rows, in order, as pictures; how many there are in all."""
    X, y = blobs()
    run = trainer()
    run.predict = lambda X: np.where(np.arange(60) % 10 == 4, (y + 1) % 3, y)
    images, predicted, true, total = run.misclassification_data(X, y, max_images=2)
    np.testing.assert_array_equal(images, X[[4, 14]].reshape(2, 2, 2))
    np.testing.assert_array_equal(true, y[[4, 14]])
    np.testing.assert_array_equal(predicted, (y[[4, 14]] + 1) % 3)
    assert total == 6


def test_nothing_misclassified():
    """No mistakes: empty arrays and 0; features that make no square stay rows."""
    y = np.arange(9) % 3
    run = Trainer(Sequential(Linear(3, 3, rng=0)), SGD(), num_classes=3)
    run.model.params[0][:] = np.eye(3)
    images, predicted, true, total = run.misclassification_data(np.eye(3)[y], y)
    assert images.shape == (0, 3) and len(predicted) == len(true) == total == 0


def test_save_and_load(tmp_path):
    """What is read is what was written, bit for bit, into the same array objects."""
    X, y = blobs()
    run, other = trainer(), trainer(model=network(seed=9))
    run.train(X, y, epochs=1, verbose=False)
    run.save(tmp_path / "weights.npz")
    arrays = other.model.params
    other.diverged = True
    other.load(tmp_path / "weights.npz")
    for a, b, c in zip(run.model.params, other.model.params, arrays, strict=True):
        np.testing.assert_array_equal(a, b)
        assert b is c
    assert other.evaluate(X, y) == run.evaluate(X, y)


def test_save_keeps_the_name(tmp_path):
    """No ending is added to the path, so that load finds the file under the same name."""
    trainer().save(tmp_path / "weights")
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]
    trainer().load(str(tmp_path / "weights"))


def npz(*arrays):
    file = io.BytesIO()
    np.savez(file, *arrays, allow_pickle=True)
    return file.getvalue()


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def zipped(**files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


SHAPES = [(4, 8), (8,), (8, 3), (3,)]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no saved weights"),
        (b"not a file of ours", "no saved weights"),
        (npz(np.zeros(2))[:-30], "no saved weights"),
        (npy(np.zeros(3)), "no saved weights"),
        (npy(np.array([{}], dtype=object)), "no saved weights"),
        (npz(np.array([{}], dtype=object)), "no saved weights"),
        (npz(*(np.full(shape, "x") for shape in SHAPES)), "no saved weights"),
        (zipped(text="hello"), "no saved weights"),
        (npz(), r"shapes \[\], not \[\(4, 8\)"),
        (npz(*(np.zeros(shape) for shape in SHAPES[:2])), r"\[\(4, 8\), \(8,\)\], not"),
        (npz(*(np.zeros(shape[::-1]) for shape in SHAPES)), r"\[\(8, 4\), .*, not \[\(4, 8\)"),
    ],
    ids=[
        "empty", "text", "cut", "npy", "pickled", "pickled-inside", "strings", "zip", "none",
        "fewer", "other-shapes",
    ],
)  # fmt: skip
def test_load_refuses(tmp_path, content, why):
    """Whatever is not a file of weights for this model: one line, and the model stays as it was."""
    (tmp_path / "weights.npz").write_bytes(content)
    run = trainer()
    with pytest.raises(ValueError, match=why) as caught:
        run.load(tmp_path / "weights.npz")
    assert "weights.npz" in str(caught.value) and "\n" not in str(caught.value)
    for a, b in zip(run.model.params, network().params, strict=True):
        np.testing.assert_array_equal(a, b)


def test_load_missing_file(tmp_path):
    """A file that is not there is Python's own error."""
    with pytest.raises(FileNotFoundError):
        trainer().load(tmp_path / "nothing.npz")


@pytest.mark.parametrize(
    ("X", "y", "why"),
    [
        (np.zeros((3, 4)), np.array([0, 1, 3]), "integers from 0 to 2"),
        (np.zeros((3, 4)), np.array([0, -1, 1]), "integers from 0 to 2"),
        (np.zeros((3, 4)), np.array([0.0, 1.0, 2.0]), "integers from 0 to 2"),
        (np.zeros((3, 4)), np.array([0, 1]), r"\(3, 4\) and \(2,\)"),
        (np.zeros((3, 2, 2)), np.array([0, 1, 2]), r"\(3, 2, 2\)"),
        (np.zeros((0, 4)), np.zeros(0, int), r"at least 1"),
    ],
)
@pytest.mark.parametrize("method", ["train", "evaluate", "confusion_matrix"])
def test_data_that_do_not_fit(method, X, y, why):
    """One line that says what is wrong, from every method that takes X and y."""
    with pytest.raises(ValueError, match=why):
        getattr(trainer(), method)(X, y)


def test_wrong_validation_is_found_before_training():
    """Not after an epoch."""
    run = trainer()
    with pytest.raises(ValueError, match="integers"):
        run.train(*blobs(), validation=(np.zeros((1, 4)), np.array([7])))
    assert run.step_losses == []


def test_wrong_options():
    """Batches of no rows, clipping to nothing, a model with more outputs than classes."""
    with pytest.raises(ValueError, match="batch_size is at least 1, not 0"):
        trainer().train(*blobs(), batch_size=0)
    for max_norm in (0, -1.0, math.nan):
        with pytest.raises(ValueError, match=f"not {max_norm}"):
            trainer(grad_clip_norm=max_norm)
    with pytest.raises(ValueError, match="gives 5 logits for 3 classes"):
        trainer(model=network(outputs=5)).train(*blobs())


class Told:
    """In place of a trainer: an optimizer with an lr, and the losses that a test tells."""

    def __init__(self, lr=1.0):
        self.optimizer = SGD(lr)
        self.stop = False
        self.watched_loss = math.inf

    def tell(self, callback, losses):
        """After each loss: (lr, stop)."""
        seen = []
        for self.watched_loss in losses:
            callback(self)
            seen.append((self.optimizer.lr, self.stop))
        return seen


def test_reduce_on_plateau():
    """Two epochs without a new lowest loss divide lr by ten, and the count starts again."""
    lrs = [
        lr for lr, _ in Told().tell(ReduceOnPlateau(patience=2), [3, 2, 2, 2.5, 2, 1, 1, 1, 1, 1])
    ]
    np.testing.assert_allclose(lrs, [1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001])


def test_reduce_on_plateau_ends_at_min_lr():
    """lr stops at min_lr; one that is lower already is not raised."""
    flat = [1.0] * 5
    callback = ReduceOnPlateau(factor=0.5, patience=1, min_lr=0.2)
    assert [lr for lr, _ in Told().tell(callback, flat)] == [1.0, 0.5, 0.25, 0.2, 0.2]
    assert Told(0.1).tell(ReduceOnPlateau(patience=1, min_lr=0.2), flat)[-1][0] == 0.1


@given(losses=st.lists(st.floats(0.0, 10.0), min_size=1, max_size=30), patience=st.integers(1, 5))
def test_plateau_laws(losses, patience):
    """Stops at the first epoch that is ``patience`` epochs after the lowest loss so far."""
    stops = [stop for _, stop in Told().tell(EarlyStopping(patience), losses)]
    late = [t - int(np.argmin(losses[: t + 1])) >= patience for t in range(len(losses))]
    assert stops == [any(late[: t + 1]) for t in range(len(losses))]


def test_falling_losses_change_nothing():
    """While each loss is lower than the last, neither callback acts."""
    losses = np.linspace(2.0, 1.0, 20)
    assert Told().tell(ReduceOnPlateau(patience=1), losses)[-1] == (1.0, False)
    assert Told().tell(EarlyStopping(patience=1), losses)[-1] == (1.0, False)


def test_early_stopping_ends_training():
    """Training ends after the epoch; a later call trains on."""
    X, y = blobs()
    run = trainer(lr=0.0)
    run.train(X, y, epochs=20, verbose=False, validation=(X, y), callbacks=[EarlyStopping(3)])
    assert len(run.loss_history) == 4 and run.stop
    run.train(X, y, epochs=2, verbose=False)
    assert len(run.loss_history) == 6 and not run.stop


def test_cosine_schedule():
    """From lr to min_lr, half way at half time, and there it stays."""
    lrs = [lr for lr, _ in Told().tell(CosineSchedule(1.0, 4, min_lr=0.2), [1.0] * 6)]
    half = 0.2 + 0.8 * (1 + math.sqrt(0.5)) / 2
    np.testing.assert_allclose(lrs, [half, 0.6, 1.2 - half, 0.2, 0.2, 0.2])


@given(epochs=st.integers(1, 30), low=st.floats(0.0, 0.5))
def test_cosine_falls(epochs, low):
    """lr never rises and stays between min_lr and lr."""
    lrs = [lr for lr, _ in Told().tell(CosineSchedule(1.0, epochs, low), [1.0] * epochs)]
    assert all(b <= a for a, b in zip([1.0, *lrs], lrs, strict=False))
    assert lrs[-1] == pytest.approx(low, abs=1e-12)


def test_schedules_reach_through_lookahead():
    """A schedule sets lr, and Lookahead hands it on to its base."""
    base = Adam(1e-2)
    run = Trainer(network(), Lookahead(base), num_classes=3)
    run.train(*blobs(), epochs=2, verbose=False, callbacks=[CosineSchedule(1e-2, 4)])
    assert base.lr == pytest.approx(5e-3)
