"""The exercises of the assignment ``clipping``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograder.assignments import Exercise, Property
from autograder.cases.strategies import (
    arrays_of_entries,
    call,
    entry_by_entry,
    one_factor,
    scaled,
)
from autograder.data.heldout import linear_accuracy
from autograder.data.thresholds import threshold
from course.judge import Threshold
from course.scenarios import Scenario


def value(grads: Sequence[Any], clip_value: float, observe: Any = 0) -> Scenario:
    """A call of clip_grad_value; what it returns is not looked at."""
    arrays = [np.array(g, dtype=float) for g in grads]
    return call("clip_grad_value", arrays, clip_value, names=["grads"], observe=(observe,))


def norm(grads: Sequence[Any], max_norm: float, *observe: Any) -> Scenario:
    """A call of clip_grad_norm."""
    arrays = [np.array(g, dtype=float) for g in grads]
    return call("clip_grad_norm", arrays, max_norm, names=["grads"], observe=observe)


def total_norm(arrays: Sequence[np.ndarray]) -> float:
    return float(np.sqrt(sum(np.sum(a**2) for a in arrays)))


@st.composite
def values(draw: st.DrawFn, arrays: tuple[int, int] = (1, 1)) -> Scenario:
    """Calls of clip_grad_value with some entries inside the limit and some outside."""
    return value(draw(arrays_of_entries(arrays)), draw(st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.5])))


@st.composite
def norms(
    draw: st.DrawFn, *observe: Any, shares: Sequence[float], arrays: tuple[int, int] = (1, 3)
) -> Scenario:
    """Calls of clip_grad_norm whose limit is one of these shares of the norm; scales vary."""
    scale = draw(st.sampled_from([1.0, 1.0, 1e-3, 1e3, 1e8]))
    made = [a * scale for a in draw(arrays_of_entries(arrays))]
    made[0].flat[0] = scale  # so that not all is zero
    limit = float(f"{draw(st.sampled_from(shares)) * total_norm(made):.3g}")
    return norm(made, limit, *observe)


TRAINING: Scenario = {
    "kind": "training",
    "optimizer": {"class": "Plain", "args": {"lr": 5.0}},
    "epochs": 3,
    "batch_size": 16,
    "seed": 0,
    "clip": 0.02,
}

CUT = "entries beyond clip_value become ±clip_value, in place"
WITHIN = "entries within the limit stay as they are"
EACH = "every array is cut, entry by entry"
RETURNED = "returns the L2 norm of all arrays together, before clipping"
SCALED = "above max_norm every entry is multiplied by max_norm / norm"
ONE_FACTOR = "one factor for all arrays"
TEN_TIMES = "ten times the gradients and max_norm: ten times the result"
BELOW = "at or below max_norm nothing changes, bit for bit"
ZERO = "zero gradients stay zero, and their norm is 0"
NOT_FINITE = "a norm that is not finite is returned, and nothing changes"
TRAINS = "keeps a training run with far too high a learning rate on course"

EXERCISES = (
    Exercise(
        "clipping-value",
        ("clip_grad_value",),
        (
            Property(
                CUT,
                3,
                [
                    value([[3.0, -3.0]], 1.0),
                    value([[0.5, -2.0, 1.0, 7.0]], 1.5),
                    value([[[2.0, -0.1], [-9.0, 0.0]]], 0.25),
                    value([[np.inf, -np.inf, 1.0]], 2.0),
                ],
                values(),
                hint="np.clip has an argument out; g = np.clip(g, …) only gives a name to a copy",
                section="2. Clipping by value",
            ),
            Property(
                WITHIN,
                1,
                [
                    value([[0.5, -0.5, 0.0]], 1.0),
                    value([[1.0, -1.0]], 1.0),
                    value([[0.1234567, -0.2], [[0.3]]], 2.5),
                ],
                arrays_of_entries((1, 3)).map(lambda arrays: value(arrays, 3.5)),
                count=60,
                hint="by value, an entry is changed only if it lies outside the limit itself",
                after=CUT,
                section="2. Clipping by value",
            ),
            Property(
                EACH,
                2,
                [
                    entry_by_entry(value([[3.0], [-3.0]], 1.0)),
                    entry_by_entry(value([[3.0, 0.5], [[-2.0], [0.25]], [[[9.0]]]], 1.0)),
                ],
                values((2, 4)).map(entry_by_entry),
                count=80,
                hint="the loop has to reach the last array, whatever its shape",
                after=CUT,
                section="2. Clipping by value",
            ),
        ),
        evidence=(
            value([[3.0, -0.3, 0.5, -2.0]], 1.5, "computed"),
            value([[0.25, -5.0], [[7.0], [-0.5], [-4.0]]], 0.75, "computed"),
        ),
    ),
    Exercise(
        "clipping-norm",
        ("clip_grad_norm",),
        (
            Property(
                RETURNED,
                3,
                [
                    norm([[3.0, 4.0]], 10.0, "result"),
                    norm([[3.0, 4.0]], 1.0, "result"),
                    norm([[3.0], [[4.0]], [[[12.0]]]], 6.5, "result"),
                    norm([[1e100, 1e100], [1e100, 1e100]], 1.0, "result"),
                    norm([[3e-8, 4e-8]], 1.0, "result"),
                ],
                norms("result", shares=(0.1, 0.5, 0.9, 2.0, 10.0)),
                hint="square all entries of all arrays, add them up, take one root at the end",
                section="3. Clipping by norm",
            ),
            Property(
                SCALED,
                3,
                [
                    norm([[3.0, 4.0]], 1.0, 0),
                    norm([[3.0, 4.0]], 2.5, 0),
                    norm([[0.003, 0.004]], 0.001, 0),
                    norm([[0.003, 0.004]], 0.0049999, 0),
                    norm([[3e-7, 4e-7]], 1e-7, 0),
                    norm([[3e149, 4e149]], 1.0, 0),
                    norm([[[1.0, -2.0], [2.0, 0.0]]], 0.5, 0),
                ],
                norms(0, shares=(0.001, 0.1, 0.5, 0.9), arrays=(1, 1)),
                hint="one factor for all arrays, in place, and only where norm > max_norm",
                section="3. Clipping by norm",
            ),
            Property(
                ONE_FACTOR,
                2,
                [
                    one_factor(norm([[3.0], [4.0]], 1.0, 0)),
                    one_factor(norm([[3.0, 0.0], [[0.4]]], 1.0, 0)),
                    one_factor(norm([[0.5], [[2.0, -4.0]], [[[0.0], [4.0]]]], 3.0, 0)),
                ],
                norms(0, shares=(0.1, 0.5, 0.9), arrays=(2, 4)).map(one_factor),
                hint="compute the norm of all arrays first, and then scale each of them",
                after=SCALED,
                section="3. Clipping by norm",
            ),
            Property(
                TEN_TIMES,
                1,
                [
                    scaled(norm([[3.0, 4.0]], 1.0, "result", 0), 10.0),
                    scaled(norm([[3e-7, 4e-7]], 1e-7, "result", 0), 10.0),
                    scaled(norm([[0.3], [[0.4]]], 2.0, "result", 0), 10.0),
                ],
                norms("result", 0, shares=(0.1, 0.9, 2.0)).map(lambda clip: scaled(clip, 10.0)),
                count=60,
                hint="no number stands in the formula but max_norm, the norm and the entries",
                after=SCALED,
                section="3. Clipping by norm",
            ),
            Property(
                BELOW,
                2,
                [
                    norm([[3.0, 4.0]], 10.0, 0, "unchanged"),
                    norm([[3.0, 4.0]], 5.0, 0, "unchanged"),
                    norm([[0.1, -0.3], [[0.7]]], 1.0, 0, "unchanged"),
                    norm([[0.003], [[0.004]]], 0.5, 0, "unchanged"),
                    norm([[3e-150], [[4e-150]]], 1.0, 0, "unchanged"),
                    norm([[-0.0, 0.5]], 1.0, 0, "unchanged"),
                ],
                norms(0, "unchanged", shares=(1.1, 1.5, 3.0, 100.0)),
                count=80,
                hint="small gradients are never scaled up; compare norm with max_norm first",
                after=SCALED,
                section="3. Clipping by norm",
            ),
            Property(
                ZERO,
                1,
                [
                    norm([[0.0]], 1.0, "result", 0, "unchanged"),
                    norm([[0.0, 0.0], [[0.0]]], 0.5, "result", 0, "unchanged"),
                ],
                hint="max_norm / norm must not be computed where norm is 0",
                after=SCALED,
                section="3. Clipping by norm",
            ),
            Property(
                NOT_FINITE,
                1,
                [
                    norm([[np.inf, 1.0]], 1.0, "result", 0, "unchanged"),
                    norm([[np.nan, 1.0], [2.0]], 1.0, "result", 0, "unchanged"),
                    norm([[1.0], [[-np.inf, 3.0]]], 1.0, "result", 0, "unchanged"),
                ],
                hint="inf * 0 is nan: look with np.isfinite before you scale",
                after=SCALED,
                section="3. Clipping by norm",
            ),
            Property(
                TRAINS,
                1,
                [TRAINING],
                hint="first mend what fails above",
                threshold=Threshold(
                    linear_accuracy, threshold("clipping"), "accuracy on digits it has not seen"
                ),
                local_at_least=0.9,
                section="3. Clipping by norm",
            ),
        ),
        evidence=(
            norm([[3.0, -4.0, 12.0]], 6.5, "computed"),
            norm([[1.0, -4.0], [[-2.0], [2.0], [0.0]]], 0.75, "computed"),
        ),
    ),
)
