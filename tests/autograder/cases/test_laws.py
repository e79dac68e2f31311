"""Laws are broken by what they are about, and hold where the formula alone is wrong."""

import numpy as np
import pytest

from autograder.assignments import NAMES
from autograder.cases import adam, clipping, lookahead, sgd, value
from autograder.grading.bank import bank
from autograder.misconceptions.catalogue import idea as as_idea
from autograder.misconceptions.catalogue import misconceptions
from course.judge import Reply


def laws(assignment):
    """Exercise and property of those that hold cases of kind law."""
    return [
        (exercise, prop)
        for exercise, exercise_bank in bank(assignment).items()
        for prop in exercise_bank.properties
        if any(case.relations is not None for case in prop.cases)
    ]


def broken_by(assignment, name):
    """The laws that an idea breaks, by the names of their properties."""
    [idea] = [m for m in misconceptions(assignment) if m.name == name]
    with np.errstate(all="ignore"):
        return {
            prop.name
            for exercise, prop in laws(assignment)
            if exercise in (idea.exercise, *idea.also)
            and any(
                not as_idea(assignment, idea).answer(case).matches(case, None)
                for case in prop.cases
                if case.relations is not None
            )
        }


BROKEN = {
    "sgd": {
        "velocities-of-the-class": {sgd.APART},
        "velocities-by-id": {sgd.APART},
        "velocities-in-a-default": {sgd.APART},
        "options-of-the-class": {sgd.APART},
        "one-velocity": {sgd.ARRAYS},
        "velocity-by-shape": {sgd.ARRAYS},
        "first-array-only": {sgd.ARRAYS},
        "lr-in-velocity": {sgd.RATE},
        "lr-copied": {sgd.RATE},
        "velocity-is-gradient": {sgd.GRADIENTS},
    },
    "adam": {
        "state-in-default": {adam.APART},
        "moments-by-id": {adam.APART},
        "one-state-for-all-arrays": {adam.ARRAYS, adam.CLOCK},
        "t-counts-arrays": {adam.CLOCK},
        "norm-of-gradient": {adam.ENTRIES},
        "mean-of-squares": {adam.ENTRIES},
        "lr-in-moment": {adam.RATE},
        "lr-copied": {adam.RATE},
    },
    "lookahead": {
        "slow-weights-of-the-class": {lookahead.APART},
        "slow-weights-by-id": {lookahead.APART},
        "counter-of-the-class": {lookahead.APART, lookahead.ANY_BASE},
        "counter-per-array": {lookahead.ARRAYS},
        "first-array-only": {lookahead.ARRAYS},
        "plain-descent-inside": {lookahead.ANY_BASE, lookahead.ALPHA_ONE},
        "base-gets-copies": {lookahead.ANY_BASE, lookahead.ALPHA_ONE},
        "alpha-exchanged": {lookahead.ALPHA_ONE},
    },
    "clipping": {
        "norm-per-array": {clipping.ONE_FACTOR},
        "cut-entry-by-entry": {clipping.ONE_FACTOR},
        "norm-first-array-only": {clipping.ONE_FACTOR},
        "norm-computed-again": {clipping.ONE_FACTOR},
        "epsilon-in-factor": {clipping.TEN_TIMES},
        "small-norm-is-zero": {clipping.TEN_TIMES},
        "divided-by-norm": {clipping.TEN_TIMES},
        "value-first-array-only": {clipping.EACH},
        "scaled-by-largest-entry": {clipping.EACH},
    },
    "value": {
        "everything-assigns": {value.TWICE, value.SEPARATE},
        "once-for-each-path": {value.TWICE},
        "breadth-first-order": {value.TWICE},
        "gradients-zeroed-first": {value.SEPARATE},
    },
}

FORMULA_ALONE = {
    "sgd": "gradient-ascent velocity-forgotten nesterov-from-velocity old-velocity "
    "dampened-gradient weights-rebound momentum-twice",
    "adam": "no-bias-correction first-moment-not-corrected t-starts-at-two betas-swapped "
    "gradient-ascent root-forgotten weights-rebound eps-inside-root moments-forgotten "
    "square-outside",
    "lookahead": "slow-copied-after-first-step slow-copied-at-first-sync slow-not-kept "
    "sync-one-late k-plus-one sync-ever-after default-k lr-not-set",
    "clipping": "sum-of-norms root-of-mean-square factor-upside-down always-scaled cut-above-only "
    "sign-lost limited-to-one",
    "value": "product-rule-swapped sum-splits-gradient no-seed seed-is-data leaves-first "
    "root-skipped inner-gradients-cleared",
}


@pytest.mark.parametrize(
    ("assignment", "name"),
    [(a, name) for a, names in FORMULA_ALONE.items() for name in names.split()],
)
def test_a_wrong_formula_breaks_no_law(assignment, name):
    assert broken_by(assignment, name) == set()


@pytest.mark.parametrize(
    ("assignment", "name"), [(a, name) for a, names in BROKEN.items() for name in names]
)
def test_an_idea_breaks_the_laws_that_it_is_about_and_no_others(assignment, name):
    assert broken_by(assignment, name) == BROKEN[assignment][name]


@pytest.mark.parametrize("assignment", NAMES)
def test_the_reference_keeps_them(assignment):
    for _, prop in laws(assignment):
        for case in prop.cases:
            assert Reply(case.expected).matches(case, None)


@pytest.mark.parametrize("assignment", NAMES)
def test_doing_nothing_fails_something_wherever_there_are_laws(assignment):
    """By which it is told from code that keeps the laws."""
    for exercise in {exercise for exercise, _ in laws(assignment)}:
        assert any(shown.wrong for shown in bank(assignment)[exercise].idle.values())


# With Keras' larger default as well, it is two faults.
EPS_IDEAS = [m.name for m in misconceptions("adam") if m.own == (adam.EPS,)]
EPS_IDEAS.remove("keras-epsilon")


@pytest.mark.parametrize("name", EPS_IDEAS)
def test_a_fault_of_eps_costs_its_own_points_alone(name):
    [idea] = [m for m in misconceptions("adam") if m.name == name]
    failed = {
        prop.name
        for prop in bank("adam")["adam-step"].properties
        for case in prop.cases
        if prop.prop.threshold is None
        if not as_idea("adam", idea).answer(case).matches(case, None)
    }
    assert failed == set(idea.own)
