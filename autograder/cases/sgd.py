"""The exercises of the assignment ``sgd``."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograder.assignments import Exercise, Property
from autograder.cases.strategies import (
    arrays_alone,
    call,
    decay_as_gradient,
    keywords,
    optimizers_alone,
    positive_definite,
    refilled,
    run,
    runs,
    successor,
    with_constant_lr,
)
from autograder.data.heldout import linear_accuracy
from autograder.data.thresholds import threshold
from course.judge import Threshold
from course.scenarios import Scenario

rates = st.sampled_from([0.01, 0.05, 0.1, 0.3])
momenta = st.sampled_from([0.5, 0.8, 0.9])
decays = st.sampled_from([0.01, 0.1, 0.5])


def options(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments of SGD: a learning rate, and what else is named."""
    return keywords(lr=rates, **strategies)


def sgd(
    args: dict[str, Any] | list[Any], w: list[float], *grads: list[float], **more: Any
) -> Scenario:
    """A run of one optimizer on one array."""
    return run(args, of="SGD", params=[[w]], steps=[[g] for g in grads], **more)


TRAINING: Scenario = {
    "kind": "training",
    "optimizer": {"class": "SGD", "args": {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-4}},
    "epochs": 3,
    "batch_size": 32,
    "seed": 0,
    "clip": None,
}

PLAIN = "a plain step: w ← w − lr·g, in place"
MOMENTUM = "momentum: v ← momentum·v + d, from v = 0"
NESTEROV = "Nesterov: the step is d + momentum·v"
DECAY = "weight decay: d = g + weight_decay·w"
TOGETHER = "momentum, Nesterov and weight decay together"
RATE = "lr may change between steps"
ARRAYS = "every array has a velocity of its own"
APART = "two optimizers share nothing"
GRADIENTS = "gradients are neither changed nor kept"
TRAINS = "trains the digits classifier"
DIAGONAL = "2 / λ_max of a diagonal matrix"
SYMMETRIC = "2 / λ_max of any symmetric positive definite matrix"

EXERCISES = (
    Exercise(
        "sgd-step",
        ("SGD",),
        (
            Property(
                PLAIN,
                2,
                [
                    sgd({"lr": 0.1}, [1.0, -2.0], [0.5, 1.0]),
                    sgd({"lr": 0.1}, [1.0, -2.0], [0.5, 1.0], [0.5, 1.0], [-1.0, 0.0]),
                    sgd({}, [1.0], [1.0]),
                    sgd({"lr": 0.5, "nesterov": True}, [1.0], [1.0], [1.0]),
                    run(
                        {"lr": 0.1},
                        of="SGD",
                        params=[[[1.0, 2.0], [[3.0], [4.0]]]],
                        steps=[[[1.0, 1.0], [[2.0], [2.0]]]],
                    ),
                ],
                runs("SGD", options(), arrays=(1, 2)),
                hint="change the arrays themselves: w -= …, not w = w - …",
                section="4. In place, and one velocity for each array",
            ),
            Property(
                MOMENTUM,
                2,
                [
                    sgd({"lr": 0.1, "momentum": 0.9}, [1.0], [1.0], [1.0]),
                    sgd({"lr": 0.1, "momentum": 0.9}, [1.0, -2.0], [0.5, 1.0], [0.5, 1.0], [0, 0]),
                    sgd({"lr": 0.5, "momentum": 0.5}, [0.0], [1.0], [0.0], [0.0], [-1.0]),
                    sgd([0.1, 0.9], [1.0], [1.0], [1.0]),
                ],
                runs("SGD", options(momentum=momenta), arrays=(1, 1)),
                hint="the gradient enters v whole, and the step is lr·v",
                after=PLAIN,
                section="2. Momentum",
            ),
            Property(
                NESTEROV,
                2,
                [
                    sgd({"lr": 0.1, "momentum": 0.9, "nesterov": True}, [1.0], [1.0]),
                    sgd({"lr": 0.1, "momentum": 0.9, "nesterov": True}, [1.0], [1.0], [1.0], [0.0]),
                    sgd({"lr": 0.1, "momentum": 0.5, "nesterov": True}, [1.0, 2.0], [1, 2], [3, 1]),
                    sgd([0.1, 0.9, 0.0, True], [1.0], [1.0], [1.0]),
                ],
                runs("SGD", options(momentum=momenta, nesterov=st.just(True)), arrays=(1, 1)),
                hint="update v first, then step along d + momentum·v with the new v",
                after=MOMENTUM,
                section="2. Momentum",
            ),
            Property(
                DECAY,
                2,
                [
                    *map(
                        decay_as_gradient,
                        [
                            sgd({"lr": 0.1, "weight_decay": 0.5}, [2.0], [0.0]),
                            sgd({"lr": 0.1, "weight_decay": 0.5}, [2.0, -1.0], *[[1.0, 1.0]] * 2),
                            sgd([0.1, 0.0, 0.5], [2.0], [1.0], [1.0]),
                        ],
                    )
                ],
                runs("SGD", options(weight_decay=decays), arrays=(1, 1)).map(decay_as_gradient),
                hint="weight_decay·w is added to the gradient of each weight, before the step",
                after=PLAIN,
                section="3. Weight decay",
            ),
            Property(
                TOGETHER,
                1,
                [
                    sgd({"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}, [1.0], [1.0], [1.0]),
                    sgd(
                        {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
                        [1.0],
                        [1.0],
                        [1.0],
                    ),
                ],
                runs(
                    "SGD",
                    options(momentum=momenta, weight_decay=decays, nesterov=st.booleans()),
                    arrays=(1, 1),
                ),
                hint="the decayed gradient d goes into v, and into the Nesterov step",
                after=DECAY,
                section="3. Weight decay",
            ),
            Property(
                RATE,
                1,
                [
                    with_constant_lr(
                        sgd(
                            {"lr": 0.1, "momentum": 0.9},
                            [1.0],
                            [1.0],
                            [1.0],
                            [1.0],
                            lrs=[None, 0.01, 0.5],
                        )
                    ),
                    with_constant_lr(sgd({"lr": 0.1}, [1.0], [1.0], [1.0], lrs=[None, 0.01])),
                ],
                runs("SGD", options(momentum=momenta), arrays=(1, 1), steps=(2, 8), lrs=rates).map(
                    with_constant_lr
                ),
                hint="read self.lr in each step, and keep it out of v",
                after=MOMENTUM,
            ),
            Property(
                ARRAYS,
                1,
                [
                    arrays_alone(
                        run(
                            {"lr": 0.1, "momentum": 0.9},
                            of="SGD",
                            params=[[[1.0], [1.0]]],
                            steps=[[[1.0], [-1.0]], [[1.0], [-1.0]]],
                        )
                    ),
                    arrays_alone(
                        run(
                            {"lr": 0.1, "momentum": 0.9},
                            of="SGD",
                            params=[[[1.0, 2.0], [[3.0]], [[[1.0], [2.0]]]]],
                            steps=[[[1.0, 0.0], [[2.0]], [[[1.0], [0.0]]]]] * 2,
                        )
                    ),
                ],
                runs("SGD", options(momentum=momenta), arrays=(2, 4), steps=(2, 5)).map(
                    arrays_alone
                ),
                hint="keep a list with one velocity array for each array of params",
                after=MOMENTUM,
                section="4. In place, and one velocity for each array",
            ),
            Property(
                APART,
                1,
                [
                    optimizers_alone(
                        run(
                            {"lr": 0.1, "momentum": 0.9},
                            {"lr": 0.1, "momentum": 0.9},
                            of="SGD",
                            params=[[[1.0]], [[1.0]]],
                            steps=[[[1.0]], [[-1.0]], [[1.0]], [[-1.0]]],
                            on=[0, 1, 0, 1],
                        )
                    ),
                    optimizers_alone(
                        run(
                            {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
                            {"lr": 0.5},
                            of="SGD",
                            params=[[[1.0]], [[1.0]]],
                            steps=[[[1.0]], [[1.0]]],
                        )
                    ),
                    optimizers_alone(
                        run(
                            {"lr": 0.1, "momentum": 0.9},
                            {"lr": 0.1, "momentum": 0.5},
                            of="SGD",
                            params=[[[1.0]], [[1.0], [2.0]]],
                            steps=[[[1.0]], [[-1.0], [2.0]]] * 2,
                            on=[0, 1, 0, 1],
                        )
                    ),
                    successor(sgd({"lr": 0.1, "momentum": 0.9}, [1.0], [1.0], [1.0])),
                ],
                st.one_of(
                    runs(
                        "SGD", options(momentum=momenta), optimizers=2, arrays=(1, 1), steps=(2, 4)
                    ).map(optimizers_alone),
                    runs("SGD", options(momentum=momenta), arrays=(1, 1), steps=(1, 4)).map(
                        successor
                    ),
                ),
                hint="make the state in __init__ or step, on self; not on the class or a default",
                after=MOMENTUM,
                section="4. In place, and one velocity for each array",
            ),
            Property(
                GRADIENTS,
                1,
                [
                    refilled(sgd({"lr": 0.1, "momentum": 0.9}, [1.0], [1.0], [2.0])),
                    sgd({"lr": 0.1, "momentum": 0.9}, [1.0], [1.0], [2.0], [3.0], observe="grads"),
                    sgd({"lr": 0.1, "weight_decay": 0.5}, [1.0], [1.0], [1.0], observe="grads"),
                    # Without decay, d = g is the gradient's own array.
                    sgd(
                        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
                        [1.0],
                        [1.0],
                        [1.0],
                        observe="grads",
                    ),
                    sgd(
                        {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.5, "nesterov": True},
                        [1.0],
                        [1.0],
                        [1.0],
                        observe="grads",
                    ),
                ],
                st.one_of(
                    runs(
                        "SGD",
                        options(
                            momentum=momenta,
                            weight_decay=st.one_of(st.just(0.0), decays),
                            nesterov=st.booleans(),
                        ),
                        observe="grads",
                    ),
                    runs("SGD", options(momentum=momenta), arrays=(1, 1), steps=(2, 5)).map(
                        refilled
                    ),
                ),
                hint="v = g makes v a second name of the gradient's array: copy it, or add to 0",
                after=MOMENTUM,
                section="4. In place, and one velocity for each array",
            ),
            Property(
                TRAINS,
                2,
                [TRAINING],
                hint="first mend what fails above",
                threshold=Threshold(
                    linear_accuracy, threshold("sgd"), "accuracy on digits it has not seen"
                ),
                local_at_least=0.95,
            ),
        ),
        evidence=(
            sgd(
                {"lr": 0.1, "momentum": 0.8, "weight_decay": 0.5},
                [1.0, -2.0, 3.0],
                [0.5, 1.0, -2.0],
                [-1.0, 0.5, 0.25],
                [2.0, -0.5, 1.5],
                observe="computed",
            ),
            run(
                {"lr": 0.3, "momentum": 0.5, "weight_decay": 0.1, "nesterov": True},
                of="SGD",
                params=[[[1.5, -0.5], [[2.0], [-3.0], [0.5]]]],
                steps=[
                    [[1.0, -2.0], [[0.5], [1.0], [-1.5]]],
                    [[0.25, 1.0], [[-1.0], [2.0], [0.5]]],
                    [[-0.5, 0.5], [[1.5], [-0.5], [1.0]]],
                ],
                observe="computed",
            ),
        ),
    ),
    Exercise(
        "sgd-stability",
        ("largest_stable_lr",),
        (
            Property(
                DIAGONAL,
                2,
                [
                    call("largest_stable_lr", np.diag([1.0, 4.0])),
                    call("largest_stable_lr", np.diag([8.0, 0.5, 3.0])),
                    call("largest_stable_lr", np.array([[5.0]])),
                ],
                positive_definite().map(
                    lambda hessian: call("largest_stable_lr", np.diag(np.diag(hessian)))
                ),
                hint="a diagonal matrix has its eigenvalues on the diagonal",
                section="7. The largest stable learning rate",
            ),
            Property(
                SYMMETRIC,
                3,
                [
                    call("largest_stable_lr", np.array([[2.0, 1.0], [1.0, 2.0]])),
                    call("largest_stable_lr", np.array([[4.0, -2.0], [-2.0, 3.0]])),
                ],
                positive_definite().map(lambda hessian: call("largest_stable_lr", hessian)),
                hint="np.linalg.eigvalsh gives the eigenvalues of a symmetric matrix, in order",
                section="7. The largest stable learning rate",
            ),
        ),
    ),
)
