"""Hypothesis strategies for scenarios, and how scenarios are written by hand.

Numbers are short decimals, so that a failing case can be followed with pencil and paper, and stay
where formulas and derivatives are smooth and well conditioned: a right answer may round differently
in the last digits, but never as far as the tolerance.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from course.scenarios import Scenario
from course.scenarios.given import GIVEN

# --- expressions ---------------------------------------------------------------------------------

BINARY = ("+", "-", "*", "/")
FUNCTIONS = ("exp", "log", "tanh", "relu")
EXPONENTS = (2, 3, -1, 0.5, 1.5, -2, 1, 2.0)
LARGEST = 30.0


def expression(
    *nodes: Sequence[Any], backward: Sequence[int] | None = None, observe: str = "grad"
) -> Scenario:
    """A scenario of kind ``expression``; the last node is differentiated unless told otherwise."""
    if backward is None:
        backward = [] if observe == "data" else [len(nodes) - 1]
    return {
        "kind": "expression",
        "nodes": [list(node) for node in nodes],
        "backward": list(backward),
        "observe": observe,
    }


def operations_of(scenario: Scenario) -> list[str]:
    """The operations that an expression is made of, with what stands on their sides: "+ vn".

    Of a law, those of its first run.
    """
    if scenario["kind"] == "law":
        return operations_of(scenario["runs"][0])
    if scenario["kind"] == "chain":
        return ["+ vv", "* vn"]
    if scenario["kind"] != "expression":
        return []
    return [
        f"{operation} {''.join('v' if isinstance(o, int) else 'n' for o in operands)}"
        for operation, *operands in scenario["nodes"]
        if operation != "Value"
    ]


def shown_by(scenario: Scenario) -> frozenset[str]:
    """The operations at fault where this fails: its only one, or the one beside a sum.

    An operation that fails between two Values is at fault with a number, too.
    """
    operations = operations_of(scenario)
    if len(operations) == 2 and "+ vv" in operations:
        operations.remove("+ vv")
    if len(operations) != 1:
        return frozenset()
    name, _, sides = operations[0].partition(" ")
    return frozenset(f"{name} {s}" for s in (("vv", "vn", "nv") if sides == "vv" else (sides,)))


short = st.integers(-30, 30).map(lambda k: k / 10)
away_from_zero = st.integers(3, 30).map(lambda k: k / 10)
signed_away_from_zero = st.tuples(away_from_zero, st.sampled_from([1, -1])).map(math.prod)


@st.composite
def single_operations(
    draw: st.DrawFn, operations: Sequence[str], sides: str, observe: str
) -> Scenario:
    """One operation on leaves: ``sides`` of "vv", "vn" or "nv" says where plain numbers stand."""
    operation = draw(st.sampled_from(operations))
    if operation in FUNCTIONS:
        x = {"exp": draw(st.integers(-200, 200)) / 10, "log": draw(away_from_zero)}.get(
            operation, draw(signed_away_from_zero)
        )
        return expression(["Value", [x]], [operation, 0], observe=observe)
    if operation == "neg":
        return expression(["Value", [draw(short)]], ["neg", 0], observe=observe)
    if operation == "**":
        k = draw(st.sampled_from(EXPONENTS))
        base = draw(away_from_zero if k != round(k) else signed_away_from_zero)
        return expression(["Value", [base]], ["**", 0, [k]], observe=observe)
    a, b = draw(signed_away_from_zero), draw(signed_away_from_zero)
    if sides == "vv":
        return expression(["Value", [a]], ["Value", [b]], [operation, 0, 1], observe=observe)
    operands = [0, [b]] if sides == "vn" else [[b], 0]
    return expression(["Value", [a]], [operation, *operands], observe=observe)


@st.composite
def graphs(draw: st.DrawFn, observe: str = "grad", roots: int = 1, most: int = 10) -> Scenario:
    """Random expressions with shared nodes, over a random choice of operations.

    ``roots`` separate expressions share only the leaves; ``backward`` is called on each.

    Hypothesis draws the seed alone. When it draws every piece, most cases are an earlier one with
    one piece changed, and in many of them little of the graph is connected to the root.
    """
    rng = random.Random(draw(st.integers(0, 2**32 - 1)))
    operations = rng.sample([*BINARY, "**", "neg", *FUNCTIONS], rng.randint(2, 6))
    nodes: list[list[Any]] = []
    values: list[float] = []
    for _ in range(rng.randint(1, 3)):
        values.append(_signed_away_from_zero(rng))
        nodes.append(["Value", [values[-1]]])
    leaves = len(nodes)
    backward = []
    for _ in range(roots):
        reachable = list(range(leaves))
        for _ in range(rng.randint(1, most)):
            node, value = _next_node(rng, operations, values, reachable)
            nodes.append(node)
            values.append(value)
            reachable.append(len(nodes) - 1)
        backward.append(len(nodes) - 1)
    return expression(*nodes, backward=backward, observe=observe)


def _signed_away_from_zero(rng: random.Random) -> float:
    return rng.choice([1, -1]) * rng.randint(3, 30) / 10


def _next_node(
    rng: random.Random, operations: Sequence[str], values: list[float], among: list[int]
) -> tuple[list[Any], float]:
    """One more operation on the nodes ``among``, and its value; what is not smooth is replaced."""
    operation = rng.choice(operations)
    # The newest node is taken most of the time, so that few nodes end up unused.
    a = among[-1] if rng.random() < 0.75 else rng.choice(among)
    if operation in FUNCTIONS or operation == "neg":
        value = _smooth(operation, values[a])
        if value is not None:
            return [operation, a], value
        operation = "+"
    if operation == "**":
        k = rng.choice(EXPONENTS)
        value = _smooth("**", values[a], k)
        if value is not None:
            return ["**", a, [k]], value
        operation = "*"
    b, number = rng.choice(among), [_signed_away_from_zero(rng)]
    sides: list[Any] = rng.choice([[a, b], [b, a], [a, number], [number, a]])
    x, y = (values[side] if isinstance(side, int) else side[0] for side in sides)
    value = _smooth(operation, x, y)
    if value is None:
        operation, value = "-", x - y
    return [operation, *sides], value


def _smooth(operation: str, x: float, y: float = 0.0) -> float | None:
    """The result, None where it is too large or too near to where the operation is not smooth."""
    if (operation == "exp" and abs(x) > 3) or (operation == "tanh" and abs(x) > 3):
        return None
    if (operation == "log" and x < 0.2) or (operation == "relu" and abs(x) < 0.05):
        return None
    if operation == "/" and abs(y) < 0.2:
        return None
    if operation == "**" and (abs(x) < 0.2 or (x < 0 and y != round(y))):
        return None
    result = {
        "+": lambda: x + y,
        "-": lambda: x - y,
        "*": lambda: x * y,
        "/": lambda: x / y,
        "**": lambda: x**y,
        "neg": lambda: -x,
        "exp": lambda: math.exp(x),
        "log": lambda: math.log(x),
        "tanh": lambda: math.tanh(x),
        "relu": lambda: max(0.0, x),
    }[operation]()
    return result if abs(result) <= LARGEST else None


# --- optimizers ----------------------------------------------------------------------------------

SHAPES = [(1,), (3,), (2, 2), (1, 4), (2, 1, 3), (5,), (3, 2), (2, 2, 2)]


def keywords(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Keyword arguments, in this order."""
    return st.fixed_dictionaries(strategies).map(
        lambda args: {name: args[name] for name in strategies}
    )


def run(
    *args: Mapping[str, Any] | Sequence[Any],
    params: Sequence[Sequence[Any]],
    steps: Sequence[Sequence[Any]],
    of: str,
    base: Mapping[str, Any] | None = None,
    on: Sequence[int] | None = None,
    lrs: Sequence[float | None] | None = None,
    buffers: str = "fresh",
    observe: str = "weights",
) -> Scenario:
    """A scenario of kind ``optimizer``.

    args    the arguments of each optimizer of class ``of``, as keywords or in order
    params  for each optimizer its arrays
    base    what each optimizer is wrapped around, see `course.scenarios.optimizer`
    steps   for each step the gradients; ``on`` says of which optimizer (the first by default),
            ``lrs`` the learning rate that is set before (None: unchanged)
    """
    return {
        "kind": "optimizer",
        "optimizers": [
            {"class": of, "args": _arguments(a), "params": [_array(w) for w in arrays]}
            | ({} if base is None else {"base": dict(base)})
            for a, arrays in zip(args, params, strict=True)
        ],
        "steps": [
            {
                "on": on[t] if on else 0,
                "grads": [_array(g) for g in grads],
                "lr": lrs[t] if lrs else None,
            }
            for t, grads in enumerate(steps)
        ],
        "buffers": buffers,
        "observe": observe,
    }


def _arguments(args: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any] | list[Any]:
    return dict(args) if isinstance(args, Mapping) else list(args)


def _array(values: Any) -> np.ndarray:
    return np.array(values, dtype=float)


@st.composite
def runs(
    draw: st.DrawFn,
    of: str,
    args: st.SearchStrategy[dict[str, Any]],
    *,
    base: st.SearchStrategy[dict[str, Any]] | None = None,
    optimizers: int = 1,
    arrays: tuple[int, int] = (1, 3),
    steps: tuple[int, int] = (1, 8),
    lrs: st.SearchStrategy[float] | None = None,
    buffers: str = "fresh",
    observe: str = "weights",
    entries: str = "short",
    pauses: bool = False,
) -> Scenario:
    """Random runs: several arrays of one to three dimensions, changing gradients.

    ``optimizers`` instances, each with arguments of its own, take their steps interleaved. With
    ``lrs`` the learning rate changes in about half of the steps. ``entries`` of all arrays have one
    decimal and are sometimes 0 ("short"), or they are whole numbers of 10 and more ("large"), the
    gradients' perhaps times powers of ten ("unequal"). With ``pauses`` about half of the gradients
    are 0 from the second step on.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shapes = [
        draw(st.lists(st.sampled_from(SHAPES), min_size=arrays[0], max_size=arrays[1]))
        for _ in range(optimizers)
    ]
    count = draw(st.integers(*steps)) * optimizers
    on = [t % optimizers for t in range(count)]
    array = _short_entries if entries == "short" else _large_entries
    params = [[array(rng, shape) for shape in group] for group in shapes]
    grads = [[array(rng, shape) for shape in shapes[i]] for i in on]
    if entries == "unequal":
        grads = [[g * 10.0 ** rng.integers(0, 4, g.shape) for g in step] for step in grads]
    if pauses:
        grads[1:] = [[g * (rng.random(g.shape) < 0.5) for g in step] for step in grads[1:]]
    return run(
        *[draw(args) for _ in range(optimizers)],
        of=of,
        params=params,
        base=None if base is None else draw(base),
        steps=grads,
        on=on,
        lrs=[
            draw(st.one_of(st.none(), lrs)) if lrs is not None and t else None for t in range(count)
        ],
        buffers=buffers,
        observe=observe,
    )


def _short_entries(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Entries of one decimal; about one in twelve is exactly 0."""
    entries = rng.integers(-30, 31, shape) / 10
    return np.where(rng.random(shape) < 1 / 12, 0.0, entries)


def _large_entries(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Whole numbers from 10 to 50 in size."""
    return rng.choice([-1.0, 1.0], shape) * rng.integers(10, 51, shape)


# --- laws ----------------------------------------------------------------------------------------

Term = tuple[float, int, int | None]


def law(
    runs: Mapping[str, Scenario],
    equal: Sequence[Mapping[str, Any]],
    sides: tuple[str, str] | None = None,
) -> Scenario:
    """A scenario of kind ``law`` from runs by their names.

    sides  titles of a relation's right and left side; those of the first and the last run, unless
           given
    """
    names = list(runs)
    return {
        "kind": "law",
        "runs": [runs[name] for name in names],
        "names": names,
        "equal": [dict(relation) for relation in equal],
        "sides": list(sides or (names[0], names[-1])),
    }


def relation(left: Term, *right: Term) -> dict[str, Any]:
    """The left term is the sum of the right ones; see `course.scenarios.law`."""
    return {"left": list(left), "right": [list(term) for term in right]}


def same(left: int, right: int) -> dict[str, Any]:
    """Two observations that are equal."""
    return relation((1, left, None), (1, right, None))


def numbered(*scenarios: Scenario) -> list[dict[tuple[int, int], int]]:
    """For each of several runs of optimizers that show weights: (step, array) -> observation."""
    places, count = [], 0
    for scenario in scenarios:
        keys = [
            (t, i) for t, step in enumerate(scenario["steps"]) for i in range(len(step["grads"]))
        ]
        places.append({key: count + n for n, key in enumerate(keys)})
        count += len(keys)
    return places


def only(scenario: Scenario, optimizer: int) -> Scenario:
    """The run with one of its optimizers, and with that one's steps."""
    return {
        **scenario,
        "optimizers": [scenario["optimizers"][optimizer]],
        "steps": [{**step, "on": 0} for step in scenario["steps"] if step["on"] == optimizer],
    }


def each_array(scenario: Scenario, change: Callable[[int, np.ndarray], np.ndarray]) -> Scenario:
    """The run with every array of weights or gradients, and its number in the list, changed."""

    def changed(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [change(i, array) for i, array in enumerate(arrays)]

    return {
        **scenario,
        "optimizers": [{**o, "params": changed(o["params"])} for o in scenario["optimizers"]],
        "steps": [{**step, "grads": changed(step["grads"])} for step in scenario["steps"]],
    }


def optimizers_alone(scenario: Scenario) -> Scenario:
    """Several optimizers that step in turn answer as each of them alone."""
    stepped = sorted({step["on"] for step in scenario["steps"]})
    alone = {f"opt{i + 1} alone": only(scenario, i) for i in stepped}
    *places, together = numbered(*alone.values(), scenario)
    equal = []
    for i, place in zip(stepped, places, strict=True):
        steps = [t for t, step in enumerate(scenario["steps"]) if step["on"] == i]
        equal += [same(together[steps[t], n], at) for (t, n), at in place.items()]
    return law({**alone, "together": scenario}, equal, ("alone", "together"))


def successor(scenario: Scenario) -> Scenario:
    """On arrays that another optimizer has moved, a new one begins as on arrays of its own.

    scenario  one optimizer whose steps do not depend on where the weights are; both take its steps
    """
    [optimizer] = scenario["optimizers"]
    heir = {**optimizer, "params": [], "arrays_of": 0}
    zeros = {**optimizer, "params": [np.zeros_like(w) for w in optimizer["params"]]}
    alone = {**scenario, "optimizers": [zeros]}
    steps = scenario["steps"]
    both = {
        **scenario,
        "optimizers": [optimizer, heir],
        "steps": [*steps, *({**step, "on": 1} for step in steps)],
    }
    moved, seen = numbered(alone, both)
    equal = [
        relation(
            (1, seen[len(steps) + t, i], None),
            (1, seen[len(steps) - 1, i], None),
            (1, at, None),
        )
        for (t, i), at in moved.items()
    ]
    return law({"new arrays, from 0": alone, "after another": both}, equal, ("as on new", "got"))


def arrays_alone(scenario: Scenario) -> Scenario:
    """Several arrays move as each of them alone."""
    [optimizer] = scenario["optimizers"]
    alone = {
        f"array {i + 1} alone": {
            **scenario,
            "optimizers": [{**optimizer, "params": [optimizer["params"][i]]}],
            "steps": [{**step, "grads": [step["grads"][i]]} for step in scenario["steps"]],
        }
        for i in range(len(optimizer["params"]))
    }
    *places, together = numbered(*alone.values(), scenario)
    equal = [
        same(together[t, i], at) for i, place in enumerate(places) for (t, _), at in place.items()
    ]
    return law({**alone, "together": scenario}, equal, ("alone", "together"))


def last_among_others(scenario: Scenario) -> Scenario:
    """The last array moves as it does where the gradients of the others are different ones."""
    last = len(scenario["optimizers"][0]["params"]) - 1
    steps = [
        {**step, "grads": [*(g * -2.0 for g in step["grads"][:-1]), step["grads"][-1]]}
        for step in scenario["steps"]
    ]
    others = {**scenario, "steps": steps}
    before, after = numbered(scenario, others)
    equal = [same(after[t, i], at) for (t, i), at in before.items() if i == last]
    return law({"one": scenario, "other gradients before it": others}, equal, ("one", "other"))


def entry_alone(scenario: Scenario, which: int) -> Scenario:
    """One entry of each array moves as in an array of that entry alone.

    which  its number, counted on from the beginning where an array has not so many
    """

    def one(_: int, array: np.ndarray) -> np.ndarray:
        return array.ravel()[[which % array.size]].reshape((1,) * array.ndim)

    alone = each_array(scenario, one)
    small, whole = numbered(alone, scenario)
    sizes = [w.size for w in scenario["optimizers"][0]["params"]]
    equal = [
        relation((1, at, which % sizes[i]), (1, small[t, i], 0)) for (t, i), at in whole.items()
    ]
    return law({"alone": alone, "among others": scenario}, equal, ("alone", "among"))


def refilled(scenario: Scenario) -> Scenario:
    """Gradient arrays that are used again and again act as new ones."""
    fresh, reused = ({**scenario, "buffers": buffers} for buffers in ("fresh", "reused"))
    before, after = numbered(fresh, reused)
    equal = [same(after[key], at) for key, at in before.items()]
    return law({"fresh": fresh, "refilled": reused}, equal)


def with_constant_lr(scenario: Scenario) -> Scenario:
    """Each step is as long as its own lr says, whatever lr was or will be.

    For optimizers whose steps do not depend on where the weights are: without weight decay.
    """
    steps = [{**step, "lr": None} for step in scenario["steps"]]
    constant, changing = numbered({**scenario, "steps": steps}, scenario)
    [first] = {optimizer["args"]["lr"] for optimizer in scenario["optimizers"]}
    lr, equal = first, []
    for t, step in enumerate(scenario["steps"]):
        lr = lr if step["lr"] is None else step["lr"]
        for i in range(len(step["grads"])):
            now, then = changing[t, i], constant[t, i]
            if t == 0:
                equal.append(same(now, then))
                continue
            share = lr / first
            moved = (share, then, None), (-share, constant[t - 1, i], None)
            equal.append(relation((1, now, None), (1, changing[t - 1, i], None), *moved))
    runs = {"constant lr": {**scenario, "steps": steps}, "changing lr": scenario}
    return law(runs, equal, ("in ratio", "got"))


def base_alone(scenario: Scenario) -> Scenario:
    """Around a base that is given, the optimizer answers as this base alone."""
    alone = {
        **scenario,
        "optimizers": [{**o["base"], "params": o["params"]} for o in scenario["optimizers"]],
    }
    before, after = numbered(alone, scenario)
    return law(
        {"base alone": alone, "around it": scenario},
        [same(after[key], at) for key, at in before.items()],
        ("base alone", "around it"),
    )


def as_plain(scenario: Scenario) -> Scenario:
    """Around a base with a state of its own, as around plain descent along what this base makes.

    scenario  one optimizer around one of `course.scenarios.given` other than Plain
    """
    [optimizer] = scenario["optimizers"]
    base: Any = GIVEN[optimizer["base"]["class"]](lr=1.0)
    weights = [np.zeros_like(w) for w in optimizer["params"]]
    steps = []
    for step in scenario["steps"]:
        before = [w.copy() for w in weights]
        base.step(weights, step["grads"])
        steps.append({**step, "grads": [b - w for b, w in zip(before, weights, strict=True)]})
    around_plain = {**optimizer, "base": {**optimizer["base"], "class": "Plain"}}
    plain = {**scenario, "optimizers": [around_plain], "steps": steps}
    expected, seen = numbered(plain, scenario)
    runs = {"around plain descent": plain, "around this base": scenario}
    return law(runs, [same(seen[key], at) for key, at in expected.items()], ("plain", "got"))


def one_factor(scenario: Scenario) -> Scenario:
    """All entries of the arrays that a function scales keep their ratios to the largest one."""
    [arrays, _] = scenario["args"]
    largest = max(range(len(arrays)), key=lambda i: np.abs(arrays[i]).max())
    pivot = int(np.abs(arrays[largest]).argmax())
    top = arrays[largest].flat[pivot]
    equal = [
        relation((1, i, n), (float(entry / top), largest, pivot))
        for i, array in enumerate(arrays)
        for n, entry in enumerate(array.flat)
    ]
    return law({"afterwards": scenario}, equal, ("in ratio", "got"))


def scaled(scenario: Scenario, factor: float) -> Scenario:
    """All arguments times a positive number give all that is observed times that number."""
    [arrays, limit] = scenario["args"]
    times = {**scenario, "args": [[array * factor for array in arrays], limit * factor]}
    observed = sum(len(arrays) if what == 0 else 1 for what in scenario["observe"])
    equal = [relation((1, observed + i, None), (factor, i, None)) for i in range(observed)]
    return law({"as given": scenario, f"times {factor:g}": times}, equal, ("in ratio", "got"))


def entry_by_entry(scenario: Scenario) -> Scenario:
    """What becomes of an entry is what becomes of it as an array of its own."""
    [arrays, limit] = scenario["args"]
    entries = [np.array([entry]) for array in arrays for entry in array.flat]
    places = [(i, n) for i, array in enumerate(arrays) for n in range(array.size)]
    equal = [relation((1, len(entries) + i, n), (1, at, 0)) for at, (i, n) in enumerate(places)]
    apart = {**scenario, "args": [entries, limit]}
    return law({"each entry alone": apart, "together": scenario}, equal, ("alone", "together"))


def unshared(scenario: Scenario) -> Scenario:
    """The gradient of a leaf is the sum over copies of it, where each use of a node has its own."""
    [root] = scenario["backward"]
    nodes: list[list[Any]] = []
    copies: dict[int, list[int]] = {}
    leaf_count = 0

    def copied(index: int) -> int:
        nonlocal leaf_count
        operation, *operands = scenario["nodes"][index]
        if operation == "Value":
            copies.setdefault(index, []).append(leaf_count)
            leaf_count += 1
        made = [copied(o) if isinstance(o, int) else o for o in operands]
        nodes.append([operation, *made])
        return len(nodes) - 1

    copied(root)
    leaves = [i for i, (operation, *_) in enumerate(scenario["nodes"]) if operation == "Value"]
    equal = [
        relation((1, at, None), *((1, len(leaves) + n, None) for n in copies.get(leaf, [])))
        for at, leaf in enumerate(leaves)
    ]
    tree = expression(*nodes, observe="leaves")
    return law({"shared": scenario, "each use apart": tree}, equal, ("apart", "shared"))


def one_at_a_time(scenario: Scenario) -> Scenario:
    """What several roots leave in the leaves is the sum of what each of them leaves."""
    roots = scenario["backward"]
    alone = {f"backward {i + 1} alone": {**scenario, "backward": [r]} for i, r in enumerate(roots)}
    leaves = sum(operation == "Value" for operation, *_ in scenario["nodes"])
    equal = [
        relation(
            (1, len(roots) * leaves + leaf, None),
            *((1, i * leaves + leaf, None) for i in range(len(roots))),
        )
        for leaf in range(leaves)
    ]
    return law({**alone, "both": scenario}, equal, ("sum", "both"))


# --- functions -----------------------------------------------------------------------------------


def call(
    function: str,
    *args: Any,
    names: Sequence[str] = (),
    returns: str = "number",
    observe: Sequence[Any] = ("result",),
) -> Scenario:
    """A scenario of kind ``call``; ``names`` are needed for arguments that are observed."""
    return {
        "kind": "call",
        "function": function,
        "args": list(args),
        "names": list(names),
        "returns": returns,
        "observe": list(observe),
    }


@st.composite
def arrays_of_entries(draw: st.DrawFn, count: tuple[int, int]) -> list[np.ndarray]:
    """Arrays of one to three dimensions, their entries of one decimal from -3 to 3."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=count[0], max_size=count[1]))
    return [_short_entries(rng, shape) for shape in shapes]


@st.composite
def positive_definite(draw: st.DrawFn, most: int = 6) -> np.ndarray:
    """A symmetric positive definite matrix, its eigenvalues at least 0.1."""
    n = draw(st.integers(1, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    root = rng.integers(-20, 21, (n, n)) / 10
    return root @ root.T + 0.1 * np.eye(n)
