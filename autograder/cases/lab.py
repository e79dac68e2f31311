"""The exercises of the assignment ``lab``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograder.assignments import Exercise, Property
from autograder.cases.strategies import call
from autograder.data.heldout import heldout_digits, label_accuracy
from autograder.data.thresholds import threshold
from course.judge import Threshold
from course.scenarios import Scenario

ACCURACY = "accuracy on digits it has not seen"
CLASSIFIER_SECONDS = 30.0

learning_rates = st.lists(
    st.sampled_from([1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 0.01, 0.05, 0.1, 0.5, 1.0, 10.0]),
    min_size=1,
    max_size=6,
    unique=True,
)


def sweep(*runs: tuple[float, list[float], float]) -> Scenario:
    """A scenario of kind ``sweep``."""
    return {"kind": "sweep", "runs": [list(row) for row in runs]}


@st.composite
def sweeps(draw: st.DrawFn, diverged: bool) -> Scenario:
    """Learning rates in any order, some of whose runs end in nan if ``diverged``."""
    rows = []
    for lr in draw(learning_rates):
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        history = [float(f"{x:.3g}") for x in 2.3 * rng.random(draw(st.integers(1, 4)))]
        accuracy = float(f"{rng.random():.3f}")
        if diverged and draw(st.booleans()):
            history, accuracy = [*history, math.nan], math.nan
        rows.append((lr, history, accuracy))
    return sweep(*rows)


def table(*cells: tuple[str, float, float]) -> Scenario:
    """A scenario of kind ``table``."""
    return {"kind": "table", "cells": [list(cell) for cell in cells]}


@st.composite
def tables(draw: st.DrawFn, diverged: bool) -> Scenario:
    """Grids of two or three optimizers and some learning rates, accuracies without ties."""
    names = draw(
        st.lists(
            st.sampled_from(["SGD", "momentum", "Adam", "Lookahead"]),
            min_size=2,
            max_size=3,
            unique=True,
        )
    )
    keys = [(name, lr) for name in names for lr in draw(st.just(sorted(draw(learning_rates))))]
    picked = draw(
        st.lists(st.integers(1, 999), min_size=len(keys), max_size=len(keys), unique=True)
    )
    accuracies = [k / 1000 for k in picked]
    if diverged:
        lost = draw(
            st.sets(st.integers(0, len(keys) - 1), min_size=1, max_size=max(1, len(keys) - 1))
        )
        best = max(range(len(keys)), key=lambda i: accuracies[i])
        accuracies = [math.nan if i in lost and i != best else a for i, a in enumerate(accuracies)]
    return table(*[(*key, a) for key, a in zip(keys, accuracies, strict=True)])


def diagnosis(losses: Sequence[float]) -> Scenario:
    return call("diagnose", [float(loss) for loss in losses], names=["losses"], returns="text")


@st.composite
def curves(draw: st.DrawFn, kind: str) -> Scenario:
    """Loss curves of a kind, away from where rounding could change the answer."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(4, 24))
    half = n - n // 2
    falling = np.cumsum(rng.integers(2, 9, n))[::-1].astype(float) + 40.0
    if kind == "converging":
        curve = falling
        if half > 4 and draw(st.booleans()):  # one step up is no bouncing
            curve[-2] = curve[-1] - 1.0
    elif kind == "bouncing":
        curve = falling.copy()
        curve[n // 2 :] = curve[-1] + np.arange(half) % 2 * rng.integers(2, 9, half)
        curve[0] = max(curve) + 10.0
    elif kind == "plateau":
        curve = falling.copy()
        curve[n // 2 :] = curve[-1] * (1.0 - 0.008 * np.linspace(0.0, 1.0, half))
    elif kind == "not finite":
        curve = falling.copy()
        curve[draw(st.integers(0, n - 1))] = draw(st.sampled_from([math.nan, math.inf]))
    else:
        curve = falling[::-1].copy() if draw(st.booleans()) else falling + 0.0
        curve[-1] = curve[0] + rng.integers(1, 20)
    return diagnosis([float(f"{x:.4g}") for x in curve])


def classifier(seed: int, X: np.ndarray | None, rows: int) -> Scenario:
    """A scenario of kind ``classifier``."""
    return {
        "kind": "classifier",
        "rows": rows,
        "seed": seed,
        "X": X,
        "seconds": CLASSIFIER_SECONDS,
    }


def classifier_property(
    name: str, points: float, entry: str, seed: int, hint: str, **more: Any
) -> Property:
    """Accuracy on held-out digits after learning from all public ones.

    The local check learns from the first 1,000 public digits and reads the others.
    """
    X, _ = heldout_digits()
    return Property(
        name,
        points,
        [classifier(seed, X, 1347)],
        hint=hint,
        threshold=Threshold(label_accuracy, threshold(entry), ACCURACY),
        public=[classifier(seed, None, 1000)],
        seconds=CLASSIFIER_SECONDS,
        **more,
    )


FALLING = [2.3, 1.5, 1.0, 0.7, 0.5, 0.36, 0.27, 0.2]
BOUNCING = [2.3, 1.5, 1.0, 0.7, 0.9, 0.6, 0.9, 0.6]
THREE_IN_TEN = [*range(30, 20, -1), 15, 14, 16, 12, 13, 10, 9, 11, 8, 7, 6]
FLAT = [2.3, 1.5, 1.0, 0.9, 0.8, 0.799, 0.798, 0.797]

ONE_RUN = "runs each lr once, in order, and keeps its history and accuracy"
DIVERGED_KEPT = "diverged runs stay in the dict"
HIGHEST = "the key of the highest accuracy"
NO_NAN = "a nan never wins"
CONVERGING = "converging"
DIVERGED = "diverged: not finite, or above the start"
BOUNCES = "bouncing: one step in three of the second half goes up"
PLATEAU = "plateau: less than 1 % down in the second half"
BASELINE = "as good as a plain MLP with Adam"
TUNED = "better than the baseline: tuned"

EXERCISES = (
    Exercise(
        "lab-sweep",
        ("sweep_learning_rates",),
        (
            Property(
                ONE_RUN,
                2,
                [
                    sweep((0.001, [2.3, 0.9], 0.8)),
                    sweep((0.001, [2.3, 0.9], 0.8), (0.01, [1.2, 0.3], 0.93)),
                    sweep(
                        (0.1, [1.2, 0.5], 0.9), (0.001, [2.3, 0.9], 0.8), (0.01, [1.2, 0.3], 0.93)
                    ),
                ],
                sweeps(diverged=False),
                count=60,
                hint="call make_run(lr) once for each lr, and put what it returns under the key lr",
            ),
            Property(
                DIVERGED_KEPT,
                2,
                [
                    sweep((0.1, [1.2, 0.5], 0.9), (10.0, [9.5, math.nan], math.nan)),
                    sweep((10.0, [math.nan], math.nan), (0.1, [1.2, 0.5], 0.9)),
                ],
                sweeps(diverged=True),
                count=60,
                hint="a nan is a result as well: do not stop at it, and do not leave it out",
                after=ONE_RUN,
            ),
        ),
    ),
    Exercise(
        "lab-best-cell",
        ("best_cell",),
        (
            Property(
                HIGHEST,
                2,
                [
                    table(("SGD", 0.1, 0.9), ("Adam", 0.001, 0.95)),
                    table(("SGD", 0.01, 0.8), ("SGD", 0.1, 0.96), ("Adam", 0.001, 0.95)),
                    table(("SGD", 0.1, 0.31)),
                ],
                tables(diverged=False),
                count=60,
                hint="the answer is a key of the table: (name, lr), not its accuracy",
            ),
            Property(
                NO_NAN,
                2,
                [
                    table(("SGD", 1.0, math.nan), ("SGD", 0.1, 0.9), ("Adam", 0.001, 0.95)),
                    table(("Adam", 0.001, 0.95), ("SGD", 1.0, math.nan)),
                    table(("SGD", 1.0, math.nan), ("Adam", 1.0, math.nan), ("Adam", 0.1, 0.1)),
                ],
                tables(diverged=True),
                count=60,
                hint="every comparison with nan is False: what does max do with that?",
                after=HIGHEST,
            ),
        ),
    ),
    Exercise(
        "lab-diagnose",
        ("diagnose",),
        (
            Property(
                CONVERGING,
                1,
                [
                    diagnosis(FALLING),
                    diagnosis([4.0, 3.0, 2.0, 1.0]),
                    diagnosis([*FALLING[:7], 0.1]),
                    diagnosis([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 4.5, 3.0, 2.0]),
                    diagnosis(THREE_IN_TEN),
                    diagnosis([100.0, 50.0, 20.0, 15.0, 10.0, 9.9, 9.7, 9.5]),
                    diagnosis([200.0, 150.0, 100.0, 98.5]),
                    diagnosis([200.0, 150.0, 100.0, 99.0]),  # by 1 % is not by less than 1 %
                ],
                curves("converging"),
                count=60,
                hint="what none of the other three describes",
                section="4. Reading a loss curve",
            ),
            Property(
                DIVERGED,
                2,
                [
                    diagnosis([2.3, 1.0, 5.0, math.nan]),
                    diagnosis([2.3, math.inf, 1.0, 0.5]),
                    diagnosis([2.3, math.nan, 1.0, 0.5]),
                    diagnosis([2.3, 2.5, 3.0, 4.0]),
                    diagnosis([1.0, 0.5, 0.4, 1.1]),
                ],
                st.one_of(curves("not finite"), curves("grown")),
                count=80,
                hint="look at this one first: nothing else can be said of a curve with nan in it",
                section="4. Reading a loss curve",
            ),
            Property(
                BOUNCES,
                2,
                [
                    diagnosis(BOUNCING),
                    diagnosis([9.0, 8.0, 7.0, 6.0, 5.0, 5.2, 5.4, 3.0]),
                    diagnosis([2.3, 1.5, 1.0, 0.7, 0.9, 0.6, 0.7, 1.0]),
                    diagnosis([2.3, 1.5, 1.0, 0.9, 0.9, 0.8, 0.9, 0.9]),
                    diagnosis([2.0, 1.0, 1.5, 2.0]),
                    diagnosis([5.0, 1.0, 2.0, 3.0, 4.0, 4.5, 4.2, 4.0]),
                    diagnosis([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 4.5, 3.0]),
                    diagnosis([9.0, 8.0, 7.0, 6.0, 5.5, 5.0, 4.0, 4.5, 3.0, 3.5, 2.0, 1.0]),
                    diagnosis([9.0, 9.5, 8.0, 8.5, 7.0, 6.0, 5.0, 4.0, 4.5, 3.0, 2.0, 1.0]),
                ],
                curves("bouncing"),
                count=60,
                hint="compare each loss of the second half with the one before it, and count",
                section="4. Reading a loss curve",
            ),
            Property(
                PLATEAU,
                1,
                [
                    diagnosis(FLAT),
                    diagnosis([2.3, 1.0, 1.0, 1.0]),
                    diagnosis([200.0, 150.0, 100.0, 99.5]),
                    diagnosis([200.0, 150.0, 120.0, 100.0, 99.5, 99.003]),
                    diagnosis([2.0, 1.5, 1.0, 0.98]),
                ],
                curves("plateau"),
                count=60,
                hint="1 % of the first loss of the second half, not of the whole curve",
                section="4. Reading a loss curve",
            ),
        ),
    ),
    Exercise(
        "lab-classifier",
        ("train_classifier",),
        (
            classifier_property(
                BASELINE,
                4,
                "lab-baseline",
                0,
                "train an MLP from course.nn with your Adam; return something that has predict",
                local_at_least=0.9,
            ),
            classifier_property(
                TUNED,
                2,
                "lab-tuned",
                1,
                "more epochs, a schedule for lr, another width: try them on held-back digits",
                local_at_least=0.95,
                after=BASELINE,
            ),
        ),
    ),
)
