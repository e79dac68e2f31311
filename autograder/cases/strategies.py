"""Hypothesis strategies for scenarios, and how scenarios are written by hand.

Numbers are short decimals, so that a failing case can be followed with pencil and paper, and stay
where formulas and derivatives are smooth and well conditioned: a right answer may round differently
in the last digits, but never as far as the tolerance.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from course.scenarios import Scenario

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
    """The operations that an expression is made of, with what stands on their sides: "+ vn"."""
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
    decimal and are sometimes 0 ("short"), or are whole numbers other than 0 ("whole"), the
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
    array = _short_entries if entries == "short" else _whole_entries
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


def _whole_entries(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Whole numbers other than 0, from -30 to 30."""
    return rng.choice([-1.0, 1.0], shape) * rng.integers(1, 31, shape)


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
