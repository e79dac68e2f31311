"""The exercises of the assignment ``value``."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from autograder.assignments import Exercise, Property
from autograder.cases.strategies import (
    BINARY,
    FUNCTIONS,
    call,
    expression,
    graphs,
    one_at_a_time,
    single_operations,
    unshared,
)
from course.scenarios import Scenario

ARITHMETIC = (*BINARY, "**", "neg")


def binary(operation: str, a: Any, b: Any, observe: str) -> Scenario:
    """One operation on two leaves."""
    return expression(["Value", [a]], ["Value", [b]], [operation, 0, 1], observe=observe)


def unary(operation: str, x: Any, *number: Any, observe: str) -> Scenario:
    """One operation on one leaf, with a plain number on the right for ``**``."""
    return expression(["Value", [x]], [operation, 0, *number], observe=observe)


def with_number(operation: str, left: Any, right: Any) -> list[Scenario]:
    """One operation on a leaf, written 0, and a plain number: its value, and its derivative."""
    nodes = ["Value", [3.0]], [operation, left, right]
    return [expression(*nodes, observe="data"), leaves(*nodes)]


def leaves(*nodes: list[Any], backward: list[int] | None = None) -> Scenario:
    """An expression of which the gradients of the leaves are looked at."""
    return expression(*nodes, backward=backward, observe="leaves")


def through(operation: str, *number: list[float]) -> Scenario:
    """An operation that a gradient other than 1 has to get through."""
    return leaves(["Value", [0.5]], [operation, 0, *number], ["*", 1, [-2]])


def arithmetic(observe: str) -> list[Scenario]:
    return [
        *[binary(operation, 3.0, 2.0, observe) for operation in BINARY],
        unary("**", 3.0, [2], observe=observe),
        unary("neg", 3.0, observe=observe),
        binary("*", 3, -2, observe),
        expression(["Value", [3.0, "numpy"]], ["Value", [2]], ["/", 0, 1], observe=observe),
        unary("**", 2.0, [-1], observe=observe),
        unary("**", 4.0, [0.5], observe=observe),
        # Finite at 0 as well, where what is written with a division by the operand is not.
        *[unary("**", 0.0, [k], observe=observe) for k in (2, 3, 1)],
        binary("*", 0.0, 2.0, observe),
        binary("/", 0.0, 2.0, observe),
    ]


def functions(observe: str) -> list[Scenario]:
    values = {"exp": [0.0, 1.0, -2.0, 20], "log": [1.0, 2.0, 0.5], "tanh": [0.0, 0.5, -20.0]}
    values["relu"] = [2.0, -2.0]
    return [unary(name, x, observe=observe) for name, xs in values.items() for x in xs]


def descent(coefficients: list[float], x0: float, lr: float, steps: int) -> Scenario:
    return {
        "kind": "descent",
        "coefficients": coefficients,
        "x0": x0,
        "lr": lr,
        "steps": steps,
    }


def chain(form: str, times: int, start: float) -> Scenario:
    return {"kind": "chain", "form": form, "times": times, "start": start}


numbers = st.integers(-20, 20).map(lambda k: k / 10)

descents = st.builds(
    descent,
    # c2 > 0 and lr * 2 * c2 < 2: the path converges, so that rounding does not grow
    st.tuples(numbers, numbers, st.integers(1, 20).map(lambda k: k / 10)).map(list),
    numbers,
    st.integers(1, 20).map(lambda k: k / 100),
    st.integers(0, 8),
)


@st.composite
def lines(draw: st.DrawFn) -> Scenario:
    """Points and a learning rate below 2 / λ_max of their loss."""
    count = draw(st.integers(1, 6))
    xs = draw(st.lists(numbers, min_size=count, max_size=count))
    # No residual is exactly 0 at the start: a power's derivative there is looked at elsewhere.
    ys = draw(st.lists(numbers.filter(bool), min_size=count, max_size=count))
    lr = draw(st.sampled_from([0.01, 0.05, 0.1]))
    return call("fit_line", xs, ys, lr, draw(st.integers(0, 12)), returns="tuple")


VALUES = "values of + - * / ** and negation"
NUMBERS = "numbers on either side"
LOCAL = "local derivatives of + - * / ** and negation"
FUNCTION_VALUES = "values of exp, log, tanh and relu"
SLOPES = "derivatives of exp, log, tanh and relu"
TWICE = "a node that is used twice gets both gradients"
LEAVES = "gradients of the leaves of any expression"
INNER = "inner nodes hold their gradients, too"
SEPARATE = "gradients of separate expressions add up in their leaves"
DEEP = "graphs 10,000 operations deep"
PATH = "the path x_0, x_1, … of gradient descent"
LINE = "w and b after each number of epochs"

EXERCISES = (
    Exercise(
        "value-arithmetic",
        ("Value",),
        (
            Property(
                VALUES,
                2,
                arithmetic("data"),
                single_operations(ARITHMETIC, "vv", "data"),
                hint="each operation returns a new Value whose data is the result",
            ),
            Property(
                NUMBERS,
                2,
                [
                    *with_number("+", 0, [2]),
                    *with_number("+", [2], 0),
                    *with_number("-", 0, [2]),
                    *with_number("-", [2], 0),
                    *with_number("*", 0, [2]),
                    *with_number("*", [2], 0),
                    *with_number("/", 0, [2]),
                    *with_number("/", [2], 0),
                    *with_number("+", [0], 0),
                    *with_number("-", [1.5], 0),
                ],
                st.tuples(
                    st.sampled_from(["vn", "nv"]), st.sampled_from(["data", "leaves"])
                ).flatmap(lambda drawn: single_operations(BINARY, *drawn)),
                hint="2 - x calls x.__rsub__(2): mind which of the two is on the left",
            ),
            Property(
                LOCAL,
                2,
                arithmetic("leaves"),
                single_operations(ARITHMETIC, "vv", "leaves"),
                hint="each operand's gradient grows by local derivative times out.grad",
                section="3. The chain rule, by hand",
            ),
        ),
        decides=frozenset(
            {
                VALUES,
                NUMBERS,
                LOCAL,
            }
        ),
    ),
    Exercise(
        "value-functions",
        ("Value",),
        (
            Property(
                FUNCTION_VALUES,
                2,
                functions("data"),
                single_operations(FUNCTIONS, "vv", "data"),
                hint="math.exp, math.log and math.tanh work on self.data",
            ),
            Property(
                SLOPES,
                2,
                functions("leaves"),
                single_operations(FUNCTIONS, "vv", "leaves"),
                hint="look the derivative up in the table of the lesson, and multiply by out.grad",
                section="3. The chain rule, by hand",
            ),
        ),
        decides=frozenset({FUNCTION_VALUES, SLOPES}),
    ),
    Exercise(
        "value-backward",
        ("Value",),
        (
            Property(
                TWICE,
                1,
                [
                    unshared(scenario)
                    for scenario in (
                        leaves(["Value", [3.0]], ["+", 0, 0]),
                        *[leaves(["Value", [3.0]], [operation, 0, 0]) for operation in "-*/"],
                        *[
                            leaves(["Value", [3.0]], [op, 0], ["+", 0, 1])
                            for op in (*FUNCTIONS, "neg")
                        ],
                        leaves(["Value", [3.0]], ["**", 0, [2]], ["+", 0, 1]),
                        leaves(["Value", [3.0]], ["*", 0, [2]], ["+", 0, 1], ["+", 2, 0]),
                        leaves(["Value", [3.0]], ["-", 0, [1]], ["*", 1, 1], ["+", 2, 1]),
                        leaves(["Value", [2.0]], ["exp", 0], ["/", 1, 0], ["+", 2, 1]),
                        # Each needs the whole gradient of b before b passes it on.
                        leaves(["Value", [3.0]], ["*", 0, [2]], ["+", 1, [1]], ["+", 1, 2]),
                        leaves(["Value", [3.0]], ["*", 0, [2]], ["+", 1, [1]], ["+", 2, 1]),
                        leaves(
                            ["Value", [0.5]], ["tanh", 0], ["tanh", 1], ["tanh", 2], ["+", 1, 3]
                        ),
                        leaves(["Value", [0.5]], ["neg", 0], ["neg", 1], ["neg", 2], ["-", 3, 1]),
                    )
                ],
                graphs(observe="leaves", most=4).map(unshared),
                count=40,
                hint="gradients grow by +=; a node passes its own on only when it is complete",
            ),
            Property(
                LEAVES,
                2,
                [
                    leaves(
                        ["Value", [2.0]],
                        ["Value", [-3.0]],
                        ["Value", [10.0]],
                        ["*", 0, 1],
                        ["+", 3, 2],
                    ),
                    leaves(["Value", [2.0]], ["+", 0, [1.0]], ["+", 1, [1.0]]),
                    # The gradient has to get through every operation, and into both operands.
                    *[through(name) for name in (*FUNCTIONS, "neg")],
                    through("**", [2]),
                    through("/", [4]),
                    *[
                        leaves(["Value", [2.0]], ["Value", [-3.0]], ["*", 0, 1], [operation, 0, 2])
                        for operation in BINARY
                    ],
                ],
                graphs(observe="leaves"),
                count=100,
                hint="visit every node below self, each after all that was computed from it",
            ),
            Property(
                INNER,
                1,
                [
                    expression(["Value", [2.0]], ["Value", [-3.0]], ["*", 0, 1], ["+", 2, [1]]),
                    expression(["Value", [2.0]], ["exp", 0], ["log", 1], ["tanh", 2]),
                    expression(["Value", [2.0]], ["neg", 0], ["neg", 1]),
                    expression(["Value", [2.0]], backward=[0]),
                ],
                graphs(),
                count=60,
                hint="backward leaves in every node, self included, d self / d node",
            ),
            Property(
                SEPARATE,
                1,
                [
                    one_at_a_time(leaves(["Value", [3.0]], *two, backward=[1, 2]))
                    for two in (
                        (["*", 0, [2]], ["*", 0, [5]]),
                        (["exp", 0], ["tanh", 0]),
                        (["+", 0, 0], ["+", 0, 0]),
                    )
                ],
                graphs(observe="leaves", roots=2, most=4).map(one_at_a_time),
                count=30,
                hint="backward adds to the gradients; it never sets those of the leaves to 0",
            ),
            Property(
                DEEP,
                1,
                [chain("(y + y) * 0.5", 5000, 0.5), chain("y * 0.5 + x", 5000, 0.5)],
                st.builds(chain, st.just("y * 0.5 + x"), st.just(5000), numbers.filter(bool)),
                count=1,
                slow=True,
                hint="replace recursion by a loop with a list of nodes still to visit",
            ),
        ),
        decides=frozenset({TWICE}),
        spares=frozenset(
            {
                TWICE,
                LEAVES,
                INNER,
                SEPARATE,
                DEEP,
            }
        ),
    ),
    Exercise(
        "value-minimize",
        ("minimize", "Value"),
        stand_in="stand_in",
        properties=(
            Property(
                PATH,
                2,
                [
                    descent([4.0, -4.0, 1.0], 0.0, 0.1, 1),
                    descent([4.0, -4.0, 1.0], 0.0, 0.1, 5),
                    descent([0.0, 0.0, 1.0], 3, 0.25, 3),
                    descent([1.0, 2.0], 0.0, 0.5, 2),
                    # Where it is flat, or nearly so, there are as many steps as anywhere.
                    descent([4.0, -4.0, 1.0], 2.0, 0.1, 3),
                    descent([0.0, 0.0, 1.0], 1e-4, 0.1, 4),
                    descent([4.0, -4.0, 1.0], 0.0, 0.4, 40),
                ],
                descents,
                count=40,
                hint="the list starts with x0 and holds steps + 1 floats; each step starts from a "
                "gradient of 0",
            ),
        ),
    ),
    Exercise(
        "value-fit-line",
        ("fit_line", "Value"),
        stand_in="stand_in",
        properties=(
            Property(
                LINE,
                2,
                [
                    call("fit_line", [1.0], [2.0], 0.1, 1, returns="tuple"),
                    call("fit_line", [0.0, 1.0, 2.0], [1.0, 3.0, 5.0], 0.1, 1, returns="tuple"),
                    call("fit_line", [0.0, 1.0, 2.0], [1.0, 3.0, 5.0], 0.1, 20, returns="tuple"),
                    call("fit_line", [0, 1, 2], [2, 5, 8], 0.1, 3, returns="tuple"),
                    call("fit_line", [0.0, 1.0, 2.0], [1.0, 3.0, 5.0], 0.1, 200, returns="tuple"),
                    call("fit_line", np.arange(3.0), np.ones(3), 0.1, 2, returns="tuple"),
                ],
                lines(),
                count=40,
                hint="the loss is the mean over all points of (w*x + b - y)**2; set both gradients "
                "to 0 in each epoch",
            ),
        ),
    ),
)
