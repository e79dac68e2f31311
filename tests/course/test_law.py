"""Laws: relations between the answers of several runs, judged without the reference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.cases.strategies import law, run
from course.checks import reply
from course.compare import Seen
from course.judge import Case, JudgedProperty, Property, Reply, judge
from course.messages import message
from course.results import UNEXPLAINED
from course.scenarios import describe, play
from course.scenarios.law import first_broken
from course.wire import Odd

TWICE = {"left": [1.0, 1, None], "right": [[2.0, 0, None]]}
SUM = {"left": [1.0, 2, 0], "right": [[1.0, 0, 1], [-1.0, 1, 0]]}


def relations(*equal):
    return {"kind": "law", "runs": [], "names": [], "equal": list(equal), "sides": ["a", "b"]}


def test_a_relation_holds_to_the_tolerance():
    assert first_broken(relations(TWICE), [1.0, 2.0 + 1e-7]) is None
    broken = first_broken(relations(TWICE), [1.0, 2.0 + 1e-6])
    assert (broken.index, broken.entry, broken.wanted, broken.given) == (1, None, 2.0, 2.0 + 1e-6)


def test_entries_and_sums_of_several():
    values = [np.array([1.0, 5.0]), np.array([[2.0]]), np.array([3.0, 9.0])]
    assert first_broken(relations(SUM), values) is None
    values[2][0] = 4.0
    broken = first_broken(relations(SUM), values)
    assert (broken.index, broken.entry, broken.wanted, broken.given) == (2, 0, 3.0, 4.0)


def test_whole_arrays_are_equal_entry_by_entry():
    values = [np.array([1.0, 2.0]), np.array([2.0, 4.5])]
    broken = first_broken(relations(TWICE), values)
    assert (broken.index, broken.entry, broken.wanted, broken.given) == (1, 1, 4.0, 4.5)


ODD = [np.nan, np.inf, np.zeros(3), np.zeros(2, "f4"), "2", None, Odd("x"), [2.0], True, 10**400]


@pytest.mark.parametrize("wrong", ODD)
def test_what_is_no_finite_number_of_the_right_shape_breaks_a_law(wrong):
    assert first_broken(relations(TWICE), [0.0, wrong]) is not None
    assert first_broken(relations(TWICE), [wrong, 0.0]) is not None
    assert first_broken(relations(TWICE), [0.0]) is not None


arrays = hnp.arrays(
    st.sampled_from(["f8", "f4", "?", "i8"]), hnp.array_shapes(min_dims=0, min_side=0)
)
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=2) | st.just(Odd("x")) | arrays,
    lambda items: st.lists(items, max_size=2),
    max_leaves=3,
)


@given(st.lists(anything, max_size=4))
def test_any_values_get_an_answer(values):
    first_broken(relations(TWICE, SUM), values)


class Sharing:
    """Its steps grow with what all instances together have done."""

    steps = 0

    def __init__(self, lr):
        self.lr = lr

    def step(self, params, grads):
        Sharing.steps += 1
        for w, g in zip(params, grads, strict=True):
            w -= self.lr * g * Sharing.steps


ALONE = run({"lr": 1.0}, of="Sharing", params=[[[0.0]]], steps=[[[1.0]]] * 2)
OTHER_FIRST = run(
    {"lr": 1.0},
    {"lr": 1.0},
    of="Sharing",
    params=[[[0.0]], [[0.0]]],
    steps=[[[1.0]]] * 3,
    on=[1, 0, 0],
)
SAME = [{"left": [1, 3 + t, None], "right": [[1, t, None]]} for t in (0, 1)]
INDEPENDENT = law({"alone": ALONE, "together": OTHER_FIRST}, SAME)


def test_every_run_begins_with_fresh_objects_and_is_named():
    seen = dict(play(INDEPENDENT, {"Sharing": Sharing}))
    assert {label: float(value[0]) for label, value in seen.items()} == {
        "alone: w after step 1": -1.0,
        "alone: w after step 2": -3.0,
        "together: u after step 1": -1.0,
        "together: w after step 2": -2.0,
        "together: w after step 3": -5.0,
    }
    assert Sharing.steps == 0
    lines = describe(INDEPENDENT)
    assert lines[0] == "# alone"
    assert lines.index("# together") == 1 + len(describe(ALONE))


def judged(answers, expected=None):
    labels = [label for label, _ in play(INDEPENDENT, {"Sharing": Sharing})]
    shown = Seen([np.zeros(1)] * 5 if expected is None else expected, labels)
    prop = JudgedProperty(Property("p", 1.0), [Case(INDEPENDENT, shown)])
    return judge(prop, [Reply(Seen(answers))], compare=True)


def said(result):
    return message(result, UNEXPLAINED)


def test_the_numbers_of_the_reference_do_not_matter():
    assert judged([np.array([x]) for x in (7.0, 9.0, 1.0, 7.0, 9.0)]).passed


def test_a_broken_law_shows_both_sides():
    seen = reply(INDEPENDENT, {"Sharing": Sharing}).seen
    result = judged(seen.values)
    assert not result.passed
    for part in ("where      together: w after step 2", "alone      -1", "together   -2"):
        assert part in said(result), said(result)
    assert "expected" not in said(result)


def test_the_form_has_to_be_the_references():
    result = judged([*[np.array([1.0])] * 4, np.zeros(2)])
    assert "where      together: w after step 3" in said(result)
    assert "got        an array of shape (2,)" in said(result)
    assert "got        nothing" in said(judged([np.array([1.0])] * 4))
    assert not judged([np.array([1.0])] * 6).passed
