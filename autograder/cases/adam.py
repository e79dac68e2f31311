"""The exercise of the assignment ``adam``."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from autograder.assignments import Exercise, Property
from autograder.cases.strategies import (
    arrays_alone,
    decay_as_gradient,
    decay_beside_step,
    entry_alone,
    keywords,
    last_among_others,
    optimizers_alone,
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

rates = st.sampled_from([0.001, 0.01, 0.1])
betas = st.sampled_from(
    [[0.9, 0.999], [0.9, 0.99], [0.8, 0.95], [0.5, 0.9], [0.6, 0.3], [0.0, 0.7]]
)
epsilons = st.sampled_from([1e-4, 0.01, 0.1, 1.0])
# So small that the gradients of `adam_runs` outweigh weight_decay·w: what is nearly 0 would be made
# large by the division, with its rounding errors.
decays = st.sampled_from([0.03, 0.13, 0.17])


def options(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments of Adam: a learning rate, and what else is named."""
    return keywords(lr=rates, **strategies)


def adam_runs(args: Any, entries: str = "large", **more: Any) -> st.SearchStrategy[Scenario]:
    """Random runs with weights and gradients so large that eps = 1e-8 cannot be seen.

    Not even where it is divided by √(1 − β2), as in the α_t form with eps as it is: so a fault of
    eps costs its own points alone.
    """
    return runs("Adam", args, entries=entries, **more)


def adam(
    args: dict[str, Any] | list[Any], w: list[float], *grads: list[float], **more: Any
) -> Scenario:
    """A run of one optimizer on one array."""
    return run(args, of="Adam", params=[[w]], steps=[[g] for g in grads], **more)


TRAINING: Scenario = {
    "kind": "training",
    "optimizer": {"class": "Adam", "args": {"lr": 0.01}},
    "epochs": 3,
    "batch_size": 32,
    "seed": 0,
    "clip": None,
}

FIRST = "first step has the size of lr"
SEVERAL = "m̂ and v̂: corrected running means of g and g²"
BETAS = "β1 belongs to m, β2 to v"
EPS = "eps is added to √v̂, whatever its size"
CLOCK = "t counts the calls of step, for all arrays together"
ARRAYS = "every array has moments of its own"
ENTRIES = "a coordinate does not depend on the others"
PAUSE = "a zero gradient after others still moves the weights"
COUPLED = "weight decay, coupled: weight_decay·w joins the gradient"
DECOUPLED = "weight decay, decoupled: w ← w·(1 − lr·weight_decay) first"
RATE = "lr may change between steps"
APART = "two optimizers share nothing"
GRADIENTS = "gradients are neither changed nor kept"
TRAINS = "trains the digits classifier"

DECOUPLED_ARGS = {"lr": 0.1, "weight_decay": 0.5, "decoupled": True}

EXERCISES = (
    Exercise(
        "adam-step",
        ("Adam",),
        (
            Property(
                FIRST,
                2,
                [
                    adam({"lr": 0.1}, [1.0], [2.0]),
                    adam({"lr": 0.1}, [1.0, -2.0, 3.0], [5.0, -3.0, 20.0]),
                    adam({}, [1.0], [1.0]),
                    # Without memory, the count of steps cannot be seen.
                    run(
                        {"lr": 0.5, "betas": [0.0, 0.0]},
                        of="Adam",
                        params=[[[1.0, 2.0], [[3.0], [4.0]]]],
                        steps=[[[10.0, -10.0], [[20.0], [-20.0]]]],
                    ),
                ],
                st.one_of(
                    adam_runs(options(), arrays=(1, 1), steps=(1, 1)),
                    adam_runs(options(betas=st.just([0.0, 0.0])), arrays=(2, 3), steps=(1, 1)),
                ),
                count=60,
                hint="at t = 1 the corrected moments are m̂ = g and v̂ = g²; change w in place",
                section="3. Bias correction",
            ),
            Property(
                SEVERAL,
                3,
                [
                    adam({"lr": 0.1}, [1.0], [10.0], [10.0]),
                    adam({"lr": 0.1}, [1.0], [10.0], [30.0]),
                    adam({"lr": 0.1}, [1.0, -2.0], [5.0, 10.0], [5.0, -10.0], [20.0, 1.0]),
                    # The last step ends near 0, where an error of single precision can be seen.
                    adam({"lr": 1.0}, [2.494156], [3e6], [7e6], [-2e6]),
                ],
                st.one_of(
                    adam_runs(options(), arrays=(1, 1), steps=(2, 8)),
                    adam_runs(keywords(lr=st.just(0.01)), arrays=(1, 1), steps=(20, 40)),
                ),
                hint="follow m, v, m̂ and v̂ through two steps on paper, with g = 1 and then g = 3",
                after=FIRST,
                section="3. Bias correction",
            ),
            Property(
                BETAS,
                1,
                [
                    adam({"lr": 0.1, "betas": [0.5, 0.9]}, [1.0], [10.0], [30.0]),
                    adam({"lr": 0.1, "betas": [0.6, 0.3]}, [1.0], [10.0], [30.0], [-10.0]),
                    adam([0.1, [0.5, 0.9]], [1.0], [10.0], [20.0]),
                ],
                adam_runs(options(betas=betas), arrays=(1, 1), steps=(2, 8)),
                hint="take both from betas, β1 first, and use none of them twice",
                after=SEVERAL,
                section="2. Two running means",
            ),
            Property(
                EPS,
                1,
                [
                    adam({"lr": 0.1, "eps": 1.0}, [1.0], [1.0]),
                    adam({"lr": 0.1, "eps": 0.1}, [1.0, -2.0], [0.3, 2.0], [0.1, 1.0]),
                    adam({"lr": 0.1}, [1.0, 2.0], [1e-8, 0.0], [2e-8, 0.0]),
                    adam([0.1, [0.9, 0.999], 1.0], [1.0], [1.0]),
                    run(
                        {"lr": 0.1, "eps": 1.0},
                        {"lr": 0.1, "eps": 0.01},
                        of="Adam",
                        params=[[[1.0]], [[2.0]]],
                        steps=[[[1.0]]],
                    ),
                ],
                adam_runs(options(eps=epsilons), arrays=(1, 1), steps=(1, 8)),
                hint="lr·m̂ / (√v̂ + eps): eps outside the root, and v̂ the corrected one",
                after=SEVERAL,
                section="4. The step, and where ε stands",
            ),
            Property(
                CLOCK,
                1,
                [
                    arrays_alone(
                        run(
                            {"lr": 0.1},
                            of="Adam",
                            params=[[[1.0], [1.0]]],
                            steps=[[[10.0], [10.0]], [[20.0], [30.0]]],
                        )
                    ),
                ],
                adam_runs(options(), arrays=(2, 4), steps=(2, 6)).map(arrays_alone),
                count=80,
                hint="count once in each call of step, before the loop over the arrays",
                after=SEVERAL,
                section="6. In place, two moments for each array, one clock",
            ),
            Property(
                ARRAYS,
                2,
                [
                    last_among_others(
                        run(
                            {"lr": 0.1},
                            of="Adam",
                            params=[[[1.0], [1.0]]],
                            steps=[[[10.0], [-30.0]], [[10.0], [-10.0]]],
                        )
                    ),
                    last_among_others(
                        run(
                            {"lr": 0.1},
                            of="Adam",
                            params=[[[1.0, 2.0], [[3.0]], [[[1.0], [2.0]]]]],
                            steps=[[[10.0, 40.0], [[20.0]], [[[10.0], [30.0]]]]] * 2,
                        )
                    ),
                ],
                adam_runs(options(betas=betas), arrays=(2, 4), steps=(2, 5)).map(last_among_others),
                count=80,
                hint="keep m and v in lists with one array for each array of params",
                after=SEVERAL,
                section="6. In place, two moments for each array, one clock",
            ),
            Property(
                ENTRIES,
                1,
                [
                    entry_alone(adam({"lr": 0.1}, [1.0, 1.0], [10.0, 1000.0]), 0),
                    entry_alone(adam({"lr": 0.1}, [1.0, 1.0], [10.0, 1000.0], [20.0, -500.0]), 0),
                ],
                st.builds(
                    entry_alone,
                    adam_runs(options(), arrays=(1, 1), steps=(2, 5), entries="unequal"),
                    st.integers(0, 7),
                ),
                count=80,
                hint="g² is squared entry by entry, and has the shape of g",
                after=SEVERAL,
                section="6. In place, two moments for each array, one clock",
            ),
            Property(
                PAUSE,
                1,
                [
                    adam({"lr": 0.1}, [1.0], [10.0], [0.0]),
                    adam({"lr": 0.1}, [1.0, 2.0], [10.0, 30.0], [0.0, 0.0], [0.0, -10.0]),
                ],
                adam_runs(options(), arrays=(1, 1), steps=(2, 6), pauses=True),
                count=80,
                hint="m and v fade from step to step, also where g is 0",
                after=SEVERAL,
                section="2. Two running means",
            ),
            Property(
                COUPLED,
                2,
                [
                    *map(
                        decay_as_gradient,
                        [
                            adam({"lr": 0.1, "weight_decay": 0.5}, [20.0], [0.0]),
                            adam({"lr": 0.1, "weight_decay": 0.5}, [20.0], [10.0], [30.0]),
                            adam(
                                {"lr": 0.1, "weight_decay": 0.5}, [2.0, -1.0], *[[10.0, 20.0]] * 3
                            ),
                            adam([0.1, [0.9, 0.999], 1e-8, 0.5], [20.0], [10.0], [-15.0]),
                        ],
                    )
                ],
                adam_runs(options(weight_decay=decays), arrays=(1, 1), steps=(2, 6)).map(
                    decay_as_gradient
                ),
                hint="add weight_decay·w to g before the moments see it",
                after=SEVERAL,
                section="5. Two kinds of weight decay",
            ),
            Property(
                DECOUPLED,
                2,
                [
                    *map(
                        decay_beside_step,
                        [
                            adam(DECOUPLED_ARGS, [2.0], [10.0], [30.0]),
                            adam(
                                DECOUPLED_ARGS, [2.0], [10.0], [10.0], [10.0], lrs=[None, 0.5, 0.2]
                            ),
                            adam(DECOUPLED_ARGS, [2.0], [10.0], [0.0]),
                            adam({**DECOUPLED_ARGS, "weight_decay": 0.0}, [2.0], [10.0], [30.0]),
                            adam([0.1, [0.9, 0.999], 1e-8, 0.5, True], [2.0], [10.0], [20.0]),
                        ],
                    )
                ],
                adam_runs(
                    options(weight_decay=decays, decoupled=st.just(True)),
                    arrays=(1, 1),
                    steps=(2, 6),
                    lrs=rates,
                ).map(decay_beside_step),
                hint="shrink w by that factor, then take the Adam step with the plain gradient",
                after=SEVERAL,
                section="5. Two kinds of weight decay",
            ),
            Property(
                RATE,
                1,
                [
                    with_constant_lr(
                        adam({"lr": 0.1}, [1.0], [10.0], [10.0], [10.0], lrs=[None, 0.01, 0.5])
                    ),
                ],
                adam_runs(options(betas=betas), arrays=(1, 1), steps=(2, 8), lrs=rates).map(
                    with_constant_lr
                ),
                count=80,
                hint="read self.lr in each step, and keep it out of m and v",
                after=SEVERAL,
            ),
            Property(
                APART,
                1,
                [
                    optimizers_alone(
                        run(
                            {"lr": 0.1},
                            {"lr": 0.1},
                            of="Adam",
                            params=[[[1.0]], [[1.0]]],
                            steps=[[[10.0]], [[-30.0]], [[10.0]], [[-10.0]]],
                            on=[0, 1, 0, 1],
                        )
                    ),
                    successor(adam({"lr": 0.1}, [1.0], [10.0], [-30.0])),
                ],
                st.one_of(
                    adam_runs(options(betas=betas), optimizers=2, arrays=(1, 1), steps=(2, 4)).map(
                        optimizers_alone
                    ),
                    adam_runs(options(betas=betas), arrays=(1, 1), steps=(2, 4)).map(successor),
                ),
                count=60,
                hint="make the state in __init__ or step, on self; not on the class or a default",
                after=SEVERAL,
                section="6. In place, two moments for each array, one clock",
            ),
            Property(
                GRADIENTS,
                1,
                [
                    refilled(adam({"lr": 0.1}, [1.0], [10.0], [20.0])),
                    adam({"lr": 0.1}, [1.0], [1.0], [2.0], [3.0], observe="grads"),
                    adam({"lr": 0.1, "weight_decay": 0.5}, [1.0], [1.0], [1.0], observe="grads"),
                    # Decoupled, g is the caller's own array throughout.
                    adam({"lr": 0.1, "decoupled": True}, [1.0], [3.0], [2.0], observe="grads"),
                ],
                st.one_of(
                    adam_runs(
                        options(
                            weight_decay=st.one_of(st.just(0.0), decays), decoupled=st.booleans()
                        ),
                        observe="grads",
                    ),
                    adam_runs(options(betas=betas), arrays=(1, 1), steps=(2, 5)).map(refilled),
                ),
                count=80,
                hint="g += … and g **= 2 change the caller's array, and m = g keeps it",
                after=SEVERAL,
                section="6. In place, two moments for each array, one clock",
            ),
            Property(
                TRAINS,
                1,
                [TRAINING],
                hint="first mend what fails above",
                threshold=Threshold(
                    linear_accuracy, threshold("adam"), "accuracy on digits it has not seen"
                ),
                local_at_least=0.95,
            ),
        ),
        evidence=(
            adam(
                {"lr": 0.1, "betas": [0.8, 0.95], "eps": 0.1, "weight_decay": 0.13},
                [1.0, -2.0, 3.0],
                [5.0, -1.0, 2.0],
                [-3.0, 4.0, 1.0],
                [2.0, 0.5, -6.0],
                observe="computed",
            ),
            run(
                {"lr": 0.3, "betas": [0.5, 0.9], "eps": 1.0, "weight_decay": 0.17},
                of="Adam",
                params=[[[1.5, -0.5], [[2.0], [-3.0], [0.5]]]],
                steps=[
                    [[1.0, -2.0], [[0.5], [4.0], [-1.5]]],
                    [[0.25, 1.0], [[-1.0], [2.0], [0.5]]],
                ],
                observe="computed",
            ),
            # In one step alone it is the same whether or not the decay is done in place.
            adam(
                {"lr": 0.1, "eps": 0.5, "weight_decay": 0.4, "decoupled": True},
                [1.0, -2.0, 3.0],
                [0.5, -1.0, 4.0],
                observe="computed",
            ),
        ),
    ),
)
