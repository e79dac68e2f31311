"""Scenarios: what they show, and that one leaves nothing behind for the next."""

import functools
import sys
from collections import defaultdict
from enum import Enum
from typing import ClassVar

import numpy as np
import pytest

from autograder.cases.lookahead import given, lookahead, with_base_lr
from autograder.cases.strategies import call, run
from course.checks import reply
from course.scenarios import describe, play
from course.scenarios.computed import MAX_ARRAYS
from course.scenarios.given import GIVEN
from course.scenarios.plain import plain


class Counting:
    """w grows by the number of steps that all instances together have taken."""

    steps = 0
    seen: ClassVar[dict[str, list[float]]] = {}

    def __init__(self, lr=0.1, history=[]):  # noqa: B006 (that is the mistake)
        self.lr = lr
        self.history = history

    def step(self, params, grads):
        Counting.steps += 1
        Counting.last = params
        self.seen.setdefault("lr", []).append(self.lr)
        self.history.append(1.0)
        for w in params:
            w += Counting.steps + len(self.seen["lr"]) + len(self.history)


def counting(steps):
    return run({}, of="Counting", params=[[[0.0]]], steps=[[[1.0]]] * steps)


def test_shared_state_does_not_reach_the_next_scenario():
    """On the class, inside a container on the class, and in a default argument."""
    first, again = (
        [float(value[0]) for _, value in play(counting(2), {"Counting": Counting})]
        for _ in range(2)
    )
    assert first == again == [3.0, 9.0]
    assert (Counting.steps, Counting.seen) == (0, {})
    assert not hasattr(Counting, "last")


STORE: dict[int, list[float]] = {}
NAMED: defaultdict[int, list[float]] = defaultdict(list)


class Serial:
    """Each instance keeps its state elsewhere, under its number."""

    made = 0
    alias = STORE

    def __init__(self, lr=0.1):
        Serial.made += 1
        self.key = Serial.made

    def step(self, params, grads):
        mine = STORE.setdefault(self.key, [])
        mine.append(1.0)
        NAMED[self.key].append(1.0)
        assert self.alias is STORE
        for w in params:
            w += len(mine) + 10 * len(NAMED[self.key])


def test_what_a_number_on_the_class_is_the_key_to_is_put_back_with_it():
    scenario = run({}, of="Serial", params=[[[0.0]]], steps=[[[1.0]]] * 2)
    for _ in range(2):
        seen = [float(value[0]) for _, value in play(scenario, {"Serial": Serial})]
        assert seen == [11.0, 33.0]
    assert (Serial.made, STORE, NAMED) == (0, {}, {})


class Frozen(type):
    def __setattr__(cls, name, value):
        raise AttributeError("frozen")


def test_a_class_that_forbids_to_set_attributes_is_played_as_any_other():
    class Fixed(metaclass=Frozen):
        table: ClassVar[dict[str, list[float]]] = {"a": [1.0]}
        pair = ("a", [1.0])
        __slots__ = ("lr",)

        def __init__(self, lr=0.1):
            self.lr = lr

        def step(self, params, grads):
            self.table["a"].append(1.0)
            self.pair[1].append(1.0)
            for w in params:
                w += len(self.table["a"]) + len(self.pair[1])

    scenario = run({}, of="Fixed", params=[[[0.0]]], steps=[[[1.0]]])
    for _ in range(2):
        answer = reply(scenario, {"Fixed": Fixed})
        assert answer.error is None
        assert float(answer.seen.values[0][0]) == 4.0
    assert Fixed.table == {"a": [1.0]}


def test_text_of_an_enum_is_the_text():
    class Verdict(str, Enum):  # noqa: UP042 (a StrEnum says its text anyway)
        GOOD = "good"

    assert plain(Verdict.GOOD) == "good"
    assert type(plain(Verdict.GOOD)) is str


def test_shared_state_is_restored_after_an_error():
    class Failing(Counting):
        tries: ClassVar[list[int]] = []

        def step(self, params, grads):
            self.tries.append(1)
            raise ValueError

    scenario = run({}, of="Failing", params=[[[0.0]]], steps=[[[1.0]]])
    assert reply(scenario, {"Failing": Failing}).error.type == "ValueError"
    assert Failing.tries == []


def test_what_a_class_holds_may_be_of_a_type_without_a_hash():
    class Kind(type):
        __hash__ = None

    class Odd(metaclass=Kind):
        pass

    class Marked(Counting):
        mark = Odd()

    mark = Marked.mark
    assert [float(value[0]) for _, value in play(counting(2), {"Counting": Marked})] == [3.0, 9.0]
    assert Marked.mark is mark


def test_what_is_no_data_on_a_class_stays_itself():
    """A tape of nodes is a list of objects that cannot be copied; the list alone is put back."""

    class Node:
        tape: ClassVar[list[object]] = []

        def __init__(self):
            self.tape.append(self)

        def __deepcopy__(self, memo):
            raise AssertionError

    class Taped(Counting):
        nodes = Node.tape

        def step(self, params, grads):
            self.nodes.append(Node())

    kept = Node()
    scenario = run({}, of="Taped", params=[[[0.0]]], steps=[[[1.0]]] * 3)
    assert reply(scenario, {"Taped": Taped}).error is None
    assert Taped.nodes == [kept]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Plain", [0.9, 0.6]), ("Averaging", [0.9, 0.7]), ("Scaling", [0.95, 0.875])],
)
def test_given_optimizers_do_what_their_docstrings_say(name, expected):
    """From 1 with lr 0.1 and the gradients 1, 3."""
    w, optimizer = np.array([1.0]), GIVEN[name](lr=0.1)
    for gradient, after in zip((1.0, 3.0), expected, strict=True):
        optimizer.step([w], [np.array([gradient])])
        assert w[0] == pytest.approx(after)


def test_lr_of_the_base_is_set_and_seen():
    scenario = lookahead({"k": 2}, [1.0], [1.0], [1.0], base=given("Plain", 0.1), observe="lr")
    scenario = with_base_lr(scenario, {1: 0.5})

    class Lookahead:
        def __init__(self, base, k):
            self.base = base

        lr = property(lambda self: self.base.lr)

        def step(self, params, grads):
            pass

    seen = dict(play(scenario, {"Lookahead": Lookahead}))
    assert seen == {
        "opt.lr": 0.1,
        "opt.lr after step 1": 0.1,
        "base.lr after step 1": 0.1,
        "opt.lr after step 2": 0.5,
        "base.lr after step 2": 0.5,
    }
    assert "base.lr = 0.5" in describe(scenario)


def test_an_array_put_into_the_list_changes_no_gradient():
    """The caller's arrays are looked at, whatever the function does to the list."""

    def clip(grads):
        grads[0] = grads[0] * 0.5

    scenario = call("clip", [np.array([4.0])], names=["grads"], observe=(0, "unchanged"))
    seen = dict(play(scenario, {"clip": clip}))
    assert seen["grads[0] afterwards"] == 4.0
    assert seen["unchanged, bit for bit"] == "True"


def test_unchanged_looks_at_bits():
    def touch(grads):
        grads[0] *= -1.0

    scenario = call("touch", [np.array([0.0])], observe=("unchanged",))
    assert dict(play(scenario, {"touch": touch})) == {"unchanged, bit for bit": "False"}


def computed_by(step, steps=1):
    """What is shown of a step from 1, 2 with the gradient 3, 4: for each variable its arrays."""
    scenario = run(
        {}, of="It", params=[[[1.0, 2.0]]], steps=[[[3.0, 4.0]]] * steps, observe="computed"
    )
    answer = reply(scenario, {"It": type("It", (), {"step": step})})
    assert answer.error is None, answer.error
    return [[[a.tolist() for a in variable] for variable in step] for step in answer.seen.values]


def test_what_variables_hold_at_the_end_is_shown_in_the_order_of_the_code():
    def step(self, params, grads):
        for w, g in zip(params, grads, strict=True):
            w = w - g
            late = (2 * w,) if hasattr(self, "t") else None
        many = {"a": w, "b": [w], 3: 3 * w}
        self.t = many
        params[0] = g - w
        return late

    first, second = computed_by(step, 2)
    #      self, params, grads, w, g, late, many
    assert first == [[], [[5.0, 6.0]], [], [[-2.0, -2.0]], [], [], [[-2.0, -2.0], [-6.0, -6.0]]]
    assert second[5] == [[-4.0, -4.0]]
    assert second[:5] == first[:5]


def test_only_new_float64_arrays_of_the_shape_of_one_given_are_shown():
    def step(self, params, grads):
        a, b = params[0], params[0][:1] * 2
        c, d = np.float32([1, 2]), np.array([[1.0, 2.0]])
        e, f = np.array([1, 2]), np.ma.array([1.0, 2.0])
        g, h = grads[0].tolist(), params[0][::-1]
        return a, b, c, d, e, f, g, h

    assert [shown for shown in computed_by(step)[0] if shown] == [[[2.0, 1.0]]]


def test_what_is_shown_of_a_step_is_bounded():
    def step(self, params, grads):
        a = [k + params[0] for k in range(15)]
        b = [k + params[0] for k in range(10**5)]
        c = params[0] + 1
        return a, b, c

    assert [len(shown) for shown in computed_by(step)[0][3:6]] == [15, MAX_ARRAYS - 15, 0]


def test_no_code_of_what_is_looked_at_is_run():
    class Trap:
        def __getattribute__(self, name):
            raise AssertionError(name)

    class Array(np.ndarray):
        __getattribute__ = Trap.__getattribute__

    class Many(list):
        __iter__ = __getitem__ = __len__ = Trap.__getattribute__

    def step(self, params, grads):
        a, b, c, d = Trap(), params[0].view(Array), Many(), [Trap()]
        return a, b, c, d

    assert not any(computed_by(step)[0])


def subtract(params, grads):
    w = params[0] - grads[0]
    return w


class Subtracting:
    def __call__(self, params, grads):
        w = subtract(params, grads)
        return w


@pytest.mark.parametrize(
    ("step", "count"), [(subtract, 1), (functools.partial(subtract), 0), (Subtracting(), 0)]
)
def test_what_is_no_function_of_python_shows_nothing(step, count):
    scenario = run({}, of="It", params=[[[1.0]]], steps=[[[1.0]]], observe="computed")
    answer = reply(scenario, {"It": type("It", (), {"step": property(lambda self: step)})})
    assert answer.error is None
    assert sum(map(len, answer.seen.values[0])) == count


def test_a_profile_function_is_put_back():
    def profile(*event):
        pass

    def step(self, params, grads):
        if hasattr(self, "t"):
            raise ValueError
        self.t = 1

    scenario = run({}, of="It", params=[[[1.0]]], steps=[[[1.0]]] * 2, observe="computed")
    sys.setprofile(profile)
    try:
        answer = reply(scenario, {"It": type("It", (), {"step": step})})
        assert sys.getprofile() is profile
    finally:
        sys.setprofile(None)
    assert (len(answer.seen.values), answer.error.type) == (1, "ValueError")


def test_what_a_function_computed_is_shown_as_well():
    def clip(grads, limit):
        grads[0] = grads[0] * limit

    scenario = call("clip", [np.array([4.0])], 0.5, names=["grads"], observe=("computed",))
    assert dict(play(scenario, {"clip": clip})) == {"it computed": [[2.0], []]}
