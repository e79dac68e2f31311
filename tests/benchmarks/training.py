"""Does the trainer keep up with scikit-learn and PyTorch?

    pip install -e '.[benchmarks]' -c constraints.txt
    python tests/benchmarks/training.py

The lab's MLP (64-256-128-10, ReLU) learns the 1,347 digits with Adam (lr 1e-3, no weight decay) in
batches of 64 that are shuffled in each epoch, 10 epochs, one thread, for 10 seeds:

trainer       `course.trainer` with the reference Adam, in float64
scikit-learn  MLPClassifier of the same shape, batch size and optimizer, in float64
torch         the usual loop with `torch.nn` and `torch.optim.Adam` as they are by default, its data
              one tensor (no DataLoader, which costs more), in float64
torch 32      the same in torch's default precision, float32: half the bytes, and twice the numbers
              in an instruction

All note the loss. They run one after the other for each seed, in an order that rotates. Times are
CPU times of the process; ratios are taken within a seed, and the table shows the medians: above 1
the trainer is faster. Accuracy is that on the 450 held-out digits, mean and standard deviation over
the seeds.

Bounds (exit status 1 where one is missed): the trainer is at least as fast as scikit-learn and as
torch in the same precision, and its mean accuracy differs from theirs by no more than the larger
of the two standard deviations. Exit status 2 where a peer is not installed.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from statistics import fmean, median, stdev

import numpy as np
from rich.console import Console
from rich.table import Table

from autograder.data.heldout import heldout_digits
from course.data import load_digits
from course.nn import Linear, ReLU, Sequential
from course.trainer import Trainer
from solutions.adam import Adam

INSTALL = "pip install -e '.[benchmarks]' -c constraints.txt"
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
LR, BATCH_SIZE, EPOCHS, SEEDS = 1e-3, 64, 10, 10
BOUNDED = ("scikit-learn", "torch")

# Trains for that many epochs with a seed; CPU seconds and a function X -> labels.
Contender = Callable[[np.ndarray, np.ndarray, int, int], tuple[float, Callable]]


def with_trainer(X: np.ndarray, y: np.ndarray, epochs: int, seed: int) -> tuple[float, Callable]:
    rng = np.random.default_rng(seed)
    model = Sequential(
        Linear(64, 256, "relu", rng), ReLU(), Linear(256, 128, "relu", rng), ReLU(),
        Linear(128, 10, None, rng),
    )  # fmt: skip
    trainer = Trainer(model, Adam(LR))
    start = time.process_time()
    trainer.train(X, y, epochs, BATCH_SIZE, verbose=False, seed=seed)
    return time.process_time() - start, trainer.predict


def with_sklearn(X: np.ndarray, y: np.ndarray, epochs: int, seed: int) -> tuple[float, Callable]:
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(
        (256, 128), solver="adam", alpha=0.0, batch_size=BATCH_SIZE, learning_rate_init=LR,
        max_iter=epochs, n_iter_no_change=epochs, random_state=seed,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged
        start = time.process_time()
        model.fit(X, y)
    return time.process_time() - start, model.predict


def with_torch(dtype: str) -> Contender:
    import torch
    from torch import nn

    def run(X: np.ndarray, y: np.ndarray, epochs: int, seed: int) -> tuple[float, Callable]:
        torch.manual_seed(seed)
        model = nn.Sequential(
            nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
        ).to(getattr(torch, dtype))
        optimizer = torch.optim.Adam(model.parameters(), LR)
        loss_function = nn.CrossEntropyLoss()
        data, labels = torch.from_numpy(X.astype(dtype)), torch.from_numpy(y)
        losses = []
        start = time.process_time()
        for _ in range(epochs):
            for rows in torch.randperm(len(data)).split(BATCH_SIZE):
                optimizer.zero_grad()
                loss = loss_function(model(data[rows]), labels[rows])
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
        seconds = time.process_time() - start

        def predict(X: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                return model(torch.from_numpy(X.astype(dtype))).argmax(dim=1).numpy()

        return seconds, predict

    return run


def main() -> int:
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):  # read where NumPy is loaded
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    try:
        import sklearn  # noqa: F401
        import torch
    except ImportError as error:
        console.print(f"{error}; this benchmark needs:  {INSTALL}")
        return 2
    torch.set_num_threads(1)
    contenders: dict[str, Contender] = {
        "trainer": with_trainer,
        "scikit-learn": with_sklearn,
        "torch": with_torch("float64"),
        "torch 32": with_torch("float32"),
    }
    digits = load_digits()
    X_held, y_held = heldout_digits()
    names = list(contenders)
    rates: dict[str, list[float]] = {name: [] for name in names}
    accuracies: dict[str, list[float]] = {name: [] for name in names}
    for run in contenders.values():
        run(digits.X_train, digits.y_train, 1, 0)  # what is loaded at the first use is loaded
    for seed in range(SEEDS):
        shift = seed % len(names)
        for name in names[shift:] + names[:shift]:
            seconds, predict = contenders[name](digits.X_train, digits.y_train, EPOCHS, seed)
            rates[name].append(EPOCHS / seconds)
            accuracies[name].append(float((predict(X_held) == y_held).mean()))

    table = Table("", "epochs/s", "ratio", "accuracy", "deviation", title=f"{SEEDS} seeds")
    missed = []
    for name in names:
        pairs = zip(rates["trainer"], rates[name], strict=True)
        ratio = median(mine / theirs for mine, theirs in pairs)
        mean, spread = fmean(accuracies[name]), stdev(accuracies[name])
        row = [name, f"{median(rates[name]):.1f}", f"{ratio:.2f}", f"{mean:.4f}", f"{spread:.4f}"]
        table.add_row(*row)
        if name in BOUNDED and ratio < 1.0:
            missed.append(f"{name} is faster, {ratio:.2f}")
        if abs(mean - fmean(accuracies["trainer"])) > max(spread, stdev(accuracies["trainer"])):
            missed.append(f"the accuracy of {name} is different")
    console.print(table)
    for line in missed:
        console.print(f"MISSED  {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
