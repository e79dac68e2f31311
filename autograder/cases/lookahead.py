"""The exercise of the assignment ``lookahead``."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from autograder.assignments import Exercise, Property
from autograder.cases.strategies import (
    arrays_alone,
    as_plain,
    base_alone,
    keywords,
    optimizers_alone,
    refilled,
    run,
    runs,
    successor,
)
from autograder.data.heldout import linear_accuracy
from autograder.data.thresholds import threshold
from course.judge import Threshold
from course.scenarios import Scenario

rates = st.sampled_from([0.01, 0.05, 0.1, 0.3])
alphas = st.sampled_from([0.2, 0.5, 0.6, 0.8])
plain_bases = rates.map(lambda lr: given("Plain", lr))
bases_with_state = st.builds(
    lambda name, lr: given(name, lr), st.sampled_from(["Averaging", "Scaling"]), rates
)
lookaheads = st.builds(
    lambda base, k, alpha: {"class": "Lookahead", "args": {"k": k, "alpha": alpha}, "base": base},
    st.one_of(plain_bases, bases_with_state),
    st.integers(1, 3),
    alphas,
)


def given(name: str, lr: float) -> dict[str, Any]:
    """One of the optimizers of `course.scenarios.given`."""
    return {"class": name, "args": {"lr": lr}}


def options(k: st.SearchStrategy[int], alpha: st.SearchStrategy[float]) -> Any:
    return keywords(k=k, alpha=alpha)


def lookahead(
    args: dict[str, Any] | list[Any],
    w: list[float],
    *grads: list[float],
    base: dict[str, Any] | None = None,
    **more: Any,
) -> Scenario:
    """A run on one array, around plain descent with lr 0.1 unless told otherwise."""
    return run(
        args,
        of="Lookahead",
        base=base or given("Plain", 0.1),
        params=[[w]],
        steps=[[g] for g in grads],
        **more,
    )


def with_base_lr(scenario: Scenario, lrs: dict[int, float]) -> Scenario:
    """The scenario with the base's lr set to lrs[t] before the step with index t."""
    steps = [
        {**step, "base_lr": lrs[t]} if t in lrs else step
        for t, step in enumerate(scenario["steps"])
    ]
    return {**scenario, "steps": steps}


def lookahead_runs(args: Any, **more: Any) -> st.SearchStrategy[Scenario]:
    """Random runs around plain descent unless told otherwise."""
    return runs("Lookahead", args, **{"base": plain_bases, **more})


@st.composite
def runs_with_lr(draw: st.DrawFn, observe: str) -> Scenario:
    """Runs in which lr changes, now through the optimizer and now through its base.

    None of them gets as far as a synchronisation.
    """
    args = options(st.integers(9, 12), alphas)
    scenario = draw(lookahead_runs(args, arrays=(1, 1), steps=(2, 6), lrs=rates, observe=observe))
    free = [t for t, step in enumerate(scenario["steps"]) if t and step["lr"] is None]
    return with_base_lr(scenario, {t: draw(rates) for t in free if draw(st.booleans())})


nested_runs = lookahead_runs(
    options(st.integers(9, 12), alphas), base=lookaheads, arrays=(1, 1), steps=(3, 8)
)

TRAINING: Scenario = {
    "kind": "training",
    "optimizer": {"class": "Lookahead", "args": {}, "base": given("Averaging", 0.5)},
    "epochs": 3,
    "batch_size": 32,
    "seed": 0,
    "clip": None,
}

BETWEEN = "between synchronisations base moves the weights"
SYNC = "at step k: slow ← slow + alpha·(fast − slow), then fast ← slow"
START = "the slow weights start as the weights before the first step"
TIMES = "synchronises at steps k, 2k, 3k, … and at no other"
ALPHA_ONE = "alpha = 1 is the base optimizer alone"
ALPHA_ZERO = "alpha = 0 goes back to the start at each synchronisation"
ANY_BASE = "any base: with a state of its own, or another Lookahead"
RATE = "lr is the lr of base, to read and to set"
ARRAYS = "every array has slow weights of its own"
APART = "two optimizers share nothing"
GRADIENTS = "gradients are neither changed nor kept"
TRAINS = "trains the digits classifier"

EXERCISES = (
    Exercise(
        "lookahead-step",
        ("Lookahead",),
        (
            Property(
                BETWEEN,
                2,
                [
                    lookahead({"k": 2}, [1.0], [1.0]),
                    lookahead({}, [1.0], [1.0], [1.0], [-2.0], [0.5]),
                    lookahead({"k": 4, "alpha": 0.2}, [1.0, 2.0], [1.0, 0.0], [0.5, 3.0]),
                ],
                lookahead_runs(options(st.integers(9, 12), alphas), arrays=(1, 1), steps=(1, 8)),
                count=80,
                hint="base takes one step in each of yours, with the arrays that yours was given",
                section="1. Fast and slow weights",
            ),
            Property(
                SYNC,
                3,
                [
                    lookahead({"k": 1}, [1.0], [1.0]),
                    lookahead({"k": 2, "alpha": 0.5}, [1.0], [1.0], [1.0]),
                    lookahead({"k": 3, "alpha": 0.2}, [1.0, -2.0], [1.0, 0.0], [1.0, 2.0], [1, -1]),
                    lookahead({}, [1.0], [1.0], [1.0], [1.0], [1.0], [1.0]),
                    lookahead([2, 0.2], [1.0], [1.0], [1.0]),
                ],
                st.integers(1, 6).flatmap(
                    lambda k: lookahead_runs(
                        options(st.just(k), alphas), arrays=(1, 1), steps=(k, k)
                    )
                ),
                hint="write the new slow weights into the arrays of params; a new array moves none",
                after=BETWEEN,
                section="1. Fast and slow weights",
            ),
            Property(
                START,
                3,
                [
                    lookahead({"k": 1, "alpha": 0.2}, [1.0], [1.0], [1.0]),
                    lookahead({"k": 2, "alpha": 0.2}, [3.0], [1.0], [5.0], [1.0], [1.0]),
                ],
                lookahead_runs(options(st.integers(1, 2), alphas), arrays=(1, 1), steps=(2, 4)),
                count=80,
                hint="copy params in the first call of step, before base has moved them",
                after=SYNC,
                section="The slow weights start before the first step",
            ),
            Property(
                TIMES,
                3,
                [
                    lookahead({"k": 2, "alpha": 0.5}, [1.0], *[[1.0]] * 6),
                    lookahead({"k": 3, "alpha": 0.2}, [1.0], *[[1.0]] * 7),
                    lookahead({"k": 1, "alpha": 0.5}, [1.0], *[[1.0]] * 3),
                    lookahead({}, [1.0], *[[1.0]] * 11),
                ],
                lookahead_runs(options(st.integers(1, 5), alphas), arrays=(1, 1), steps=(6, 16)),
                hint="count the calls of step; at which counts is a synchronisation due?",
                after=SYNC,
                section="1. Fast and slow weights",
            ),
            Property(
                ALPHA_ONE,
                1,
                [
                    base_alone(lookahead({"k": 2, "alpha": 1.0}, [1.0], [1.0], [1.0], [2.0])),
                ],
                lookahead_runs(
                    options(st.integers(1, 4), st.just(1.0)),
                    base=st.one_of(plain_bases, bases_with_state),
                    arrays=(1, 1),
                    steps=(2, 8),
                ).map(base_alone),
                count=60,
                hint="which of the two weights does alpha multiply, and which 1 − alpha?",
                after=SYNC,
                section="1. Fast and slow weights",
            ),
            Property(
                ALPHA_ZERO,
                1,
                [
                    lookahead({"k": 2, "alpha": 0.0}, [1.0], [1.0], [1.0], [2.0], [1.0]),
                ],
                lookahead_runs(
                    options(st.integers(1, 4), st.just(0.0)), arrays=(1, 1), steps=(2, 8)
                ),
                count=60,
                hint="the slow weights are a copy: nothing but a synchronisation may move them",
                after=SYNC,
                section="1. Fast and slow weights",
            ),
            Property(
                ANY_BASE,
                2,
                [
                    *[
                        as_plain(
                            lookahead(
                                {"k": 2}, [1.0], [1.0], [3.0], [1.0], [-1.0], base=given(name, 0.1)
                            )
                        )
                        for name in ("Averaging", "Scaling")
                    ],
                    base_alone(
                        lookahead(
                            {"k": 9},
                            [1.0],
                            *[[1.0]] * 3,
                            base={
                                "class": "Lookahead",
                                "args": {"k": 2, "alpha": 0.5},
                                "base": given("Plain", 0.1),
                            },
                        )
                    ),
                ],
                st.one_of(
                    lookahead_runs(
                        options(st.integers(1, 4), alphas),
                        base=bases_with_state,
                        arrays=(1, 1),
                        steps=(3, 12),
                    ).map(as_plain),
                    nested_runs.map(base_alone),
                ),
                hint="leave base alone but for step and lr; call its step once in each of yours",
                after=SYNC,
                section="What belongs to whom",
            ),
            Property(
                RATE,
                1,
                [
                    lookahead({"k": 9}, [1.0], [1.0], [1.0], lrs=[None, 0.5], observe="lr"),
                    lookahead({"k": 9}, [1.0], [1.0], [1.0], lrs=[None, 0.5]),
                    with_base_lr(lookahead({"k": 9}, [1.0], [1.0], [1.0], observe="lr"), {1: 0.5}),
                ],
                st.one_of(runs_with_lr("weights"), runs_with_lr("lr")),
                count=80,
                hint="a property with a setter reads and writes self.base.lr; keep no copy of it",
                section="What belongs to whom",
            ),
            Property(
                ARRAYS,
                1,
                [
                    arrays_alone(
                        run(
                            {"k": 2},
                            of="Lookahead",
                            base=given("Plain", 0.1),
                            params=[[[1.0], [5.0]]],
                            steps=[[[1.0], [-1.0]], [[1.0], [3.0]]],
                        )
                    ),
                    arrays_alone(
                        run(
                            {"k": 2},
                            of="Lookahead",
                            base=given("Plain", 0.1),
                            params=[[[1.0, 2.0], [[3.0]], [[[1.0], [2.0]]]]],
                            steps=[[[1.0, 0.0], [[2.0]], [[[1.0], [0.0]]]]] * 4,
                        )
                    ),
                ],
                lookahead_runs(options(st.integers(1, 3), alphas), arrays=(2, 4), steps=(2, 7)).map(
                    arrays_alone
                ),
                count=80,
                hint="keep a list with a copy of each array; the counter counts steps, not arrays",
                after=SYNC,
                section="What belongs to whom",
            ),
            Property(
                APART,
                1,
                [
                    optimizers_alone(
                        run(
                            {"k": 2},
                            {"k": 2},
                            of="Lookahead",
                            base=given("Plain", 0.1),
                            params=[[[1.0]], [[5.0]]],
                            steps=[[[1.0]], [[-1.0]]] * 3,
                            on=[0, 1] * 3,
                        )
                    ),
                    optimizers_alone(
                        run(
                            {"k": 2, "alpha": 0.5},
                            {"k": 3, "alpha": 1.0},
                            of="Lookahead",
                            base=given("Plain", 0.1),
                            params=[[[1.0]], [[5.0]]],
                            steps=[[[1.0]]] * 3,
                        )
                    ),
                    successor(lookahead({"k": 2}, [1.0], [1.0], [3.0], [1.0])),
                ],
                st.one_of(
                    lookahead_runs(
                        options(st.integers(1, 3), alphas),
                        base=st.one_of(plain_bases, bases_with_state),
                        optimizers=2,
                        arrays=(1, 1),
                        steps=(2, 6),
                    ).map(optimizers_alone),
                    lookahead_runs(
                        options(st.integers(1, 3), alphas), arrays=(1, 1), steps=(2, 5)
                    ).map(successor),
                ),
                count=60,
                hint="make the state in __init__ or step, on self; not on the class or a default",
                after=SYNC,
                section="What belongs to whom",
            ),
            Property(
                GRADIENTS,
                1,
                [
                    lookahead({"k": 2}, [1.0], [1.0], [2.0], [3.0], observe="grads"),
                    refilled(lookahead({"k": 2}, [1.0], [1.0], [2.0], [3.0], [1.0])),
                ],
                st.one_of(
                    lookahead_runs(options(st.integers(1, 3), alphas), observe="grads"),
                    lookahead_runs(
                        options(st.integers(1, 3), alphas), arrays=(1, 1), steps=(2, 6)
                    ).map(refilled),
                ),
                count=60,
                hint="hand grads on to base, and do nothing else with them",
                after=SYNC,
                section="What belongs to whom",
            ),
            Property(
                TRAINS,
                1,
                [TRAINING],
                hint="first mend what fails above",
                threshold=Threshold(
                    linear_accuracy, threshold("lookahead"), "accuracy on digits it has not seen"
                ),
                local_at_least=0.9,
                section="2. Exercise: `Lookahead`",
            ),
        ),
        evidence=(
            lookahead(
                {"k": 2, "alpha": 0.25},
                [1.0, -2.0, 3.0],
                [0.5, 1.0, -2.0],
                [-1.0, 0.5, 0.25],
                [2.0, -0.5, 1.5],
                [1.0, 2.0, -0.5],
                observe="computed",
            ),
            run(
                {"k": 1, "alpha": 0.8},
                of="Lookahead",
                base=given("Averaging", 0.3),
                params=[[[1.5, -0.5], [[2.0], [-3.0], [0.5]]]],
                steps=[
                    [[1.0, -2.0], [[0.5], [4.0], [-1.5]]],
                    [[0.25, 1.0], [[-1.0], [2.0], [0.5]]],
                ],
                observe="computed",
            ),
        ),
    ),
)
