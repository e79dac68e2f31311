"""What an idea costs: its own properties are broken by it, and worth what a person would take."""

import statistics

import pytest

from autograder.assignments import NAMES, load
from autograder.grading.bank import bank
from autograder.grading.in_process import judge_module, replies_of
from autograder.misconceptions.catalogue import edited, misconceptions
from autograder.misconceptions.catalogue import idea as as_idea

ALL_POINTS, NEAR = 20, 2
MOST, MOST_WITH_A_REASON = 8, 10
MEDIAN_AT_MOST = 3


def properties(assignment):
    """Name -> the property with its cases; no two of an assignment have one name."""
    found = [prop for exercise in bank(assignment).values() for prop in exercise.properties]
    named = {prop.name: prop for prop in found}
    assert len(named) == len(found)
    return named


def cost(assignment, idea):
    return sum(properties(assignment)[name].prop.points for name in idea.own)


def fails(assignment, idea, prop):
    played = as_idea(assignment, idea)
    return any(not played.answer(c).matches(c, prop.prop.threshold) for c in prop.cases)


@pytest.mark.parametrize("assignment", NAMES)
def test_points_add_up(assignment):
    assert sum(prop.prop.points for prop in properties(assignment).values()) == ALL_POINTS


@pytest.mark.parametrize("assignment", NAMES)
def test_own_properties_are_broken(assignment):
    known = properties(assignment)
    for idea in misconceptions(assignment):
        assert idea.own and len(set(idea.own)) == len(idea.own), idea.name
        for prop in map(known.__getitem__, idea.own):
            if prop.prop.threshold is None and not prop.prop.slow and not idea.reason:
                assert fails(assignment, idea, prop), (idea.name, prop.name)


@pytest.mark.slow
@pytest.mark.parametrize("assignment", NAMES)
def test_own_properties_that_take_long_are_broken(assignment):
    known = properties(assignment)
    for idea in misconceptions(assignment):
        for prop in map(known.__getitem__, idea.own):
            if prop.prop.threshold is not None or prop.prop.slow:
                assert fails(assignment, idea, prop), (idea.name, prop.name)


@pytest.mark.parametrize("assignment", NAMES)
def test_own_properties_belong_to_its_exercises(assignment):
    for idea in misconceptions(assignment):
        names = {
            prop.name
            for exercise in (idea.exercise, *idea.also)
            for prop in bank(assignment)[exercise].properties
        }
        assert set(idea.own) <= names, idea.name
        assert set(idea.own) & {p.name for p in bank(assignment)[idea.exercise].properties}


@pytest.mark.parametrize("assignment", NAMES)
def test_one_idea_costs_little(assignment):
    ideas = misconceptions(assignment)
    costs = {idea.name: cost(assignment, idea) for idea in ideas}
    assert statistics.median(costs.values()) <= MEDIAN_AT_MOST
    for idea in ideas:
        assert (costs[idea.name] > MOST) == bool(idea.reason), (idea.name, costs[idea.name])


def test_few_have_a_reason_to_cost_more():
    reasons = [idea.reason for name in NAMES for idea in misconceptions(name) if idea.reason]
    assert len(reasons) <= MOST_WITH_A_REASON
    assert all(reason.endswith(".") for reason in reasons)


# What a person who reads the code would give, of 20.
GIVEN = {
    "value": {"no-seed": 15, "leaves-first": 15},
    "sgd": {
        "gradient-ascent": 14,
        "weights-rebound": 13,
        "dampened-gradient": 15,
        "velocity-in-single-precision": 18,
    },
    "adam": {
        "no-bias-correction": 15,
        "first-moment-not-corrected": 16,
        "second-moment-not-corrected": 16,
        "t-starts-at-two": 16,
        "gradient-ascent": 14,
        "weights-rebound": 13,
        "betas-swapped": 16,
        "square-outside": 16,
        "corrected-with-the-other-beta": 16,
        "t-counts-arrays": 17,
        "one-state-for-all-arrays": 17,
        "eps-before-correction": 18,
    },
    "clipping": {"epsilon-in-factor": 18},
    "lookahead": {
        "alpha-exchanged": 16,
        "k-plus-one": 16,
        "sync-one-late": 16,
        "slow-copied-at-first-sync": 15,
        "slow-copied-after-first-step": 15,
        "slow-aliases-fast": 15,
        "default-alpha": 18,
        "default-k": 18,
        "base-forgotten": 5,
    },
}


@pytest.mark.parametrize(
    ("assignment", "name"), [(a, name) for a, names in GIVEN.items() for name in names]
)
def test_an_idea_costs_what_a_person_would_take(assignment, name):
    [idea] = [m for m in misconceptions(assignment) if m.name == name]
    left = ALL_POINTS - cost(assignment, idea)
    assert left == pytest.approx(GIVEN[assignment][name], abs=NEAR)


def test_two_slips_cost_what_both_cost():
    """A step into a new array, and 1/λ for 2/λ: 12 of 20."""
    ideas = {m.name: m for m in misconceptions("sgd")}
    both = [cost("sgd", ideas[name]) for name in ("weights-rebound", "one-over-largest")]
    assert ALL_POINTS - sum(both) == pytest.approx(12, abs=NEAR)


def marks(assignment, *names):
    """What someone with these misconceptions gets, and the ideas that they are told."""
    edits = [e for idea in misconceptions(assignment) if idea.name in names for e in idea.edits]
    text = edited(assignment, edits)
    results = judge_module(assignment, text, "it", replies_of(assignment, text, "it"))
    told = {told.name for result in results for told in result.explanation.ideas}
    return sum(result.score for result in results), told


@pytest.mark.parametrize(
    ("assignment", "names", "given"),
    [
        ("sgd", ["weights-rebound"], 13),
        ("sgd", ["weights-rebound", "one-over-largest"], 12),
        ("adam", ["weights-rebound"], 13),
        ("clipping", ["cut-into-copy"], 17),
        ("clipping", ["scaled-into-copy"], 16),
        ("clipping", ["scaled-into-copy", "nothing-returned"], 13),
    ],
)
def test_what_goes_into_a_new_array_costs_once(assignment, names, given):
    """By all that can be seen of it, it is the same as doing nothing."""
    score, told = marks(assignment, *names)
    assert score == pytest.approx(given, abs=NEAR)
    assert told == set(names)


def test_a_second_mistake_in_what_goes_into_a_new_array_is_no_better():
    score, _ = marks("sgd", "weights-rebound", "decay-ignored")
    assert score == load("sgd").exercise("sgd-stability").points
