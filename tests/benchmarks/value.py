"""Is the reference `Value` as fast as its peers, forward and backward?

    pip install micrograd neurogebra
    python tests/benchmarks/value.py

Compared: `solutions.value` with the classes of the same name in micrograd and neurogebra. All three
run the same programs, made once from a seed:

random graphs  N operations (+ - * / ** neg relu, also with a number on either side) on operands
               drawn from all earlier nodes, so that nodes are shared and the graph is wide: some
               dozen operations deep, which the peers survive. What nothing uses is added up in
               pairs, so that the root depends on every node. Values and gradients stay moderate.
chain          y ← y · 0.5 + x, N operations deep.

A round builds the graph (forward) and calls ``backward`` once for each class, one after the other,
in an order that rotates from round to round. Times are CPU times of the process; the garbage
collector runs before each and is off while the clock runs, for all classes alike. Ratios are taken
within a round, and the table shows the median over the rounds: above 1 the reference is faster.
Before that the gradients of the leaves are compared with the reference's.

Bound (exit status 1 where it is missed): every ratio is at least 1. Where a peer raises
RecursionError, the table says so. Exit status 2 where a peer is not installed.
"""

from __future__ import annotations

import gc
import operator
import random
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

import solutions.value

INFIX = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
LEAVES = 16
Step = tuple[Callable[..., Any], int, int | float]


@dataclass(frozen=True)
class Program:
    """A computation, the same for every class.

    leaves  the numbers that the first nodes hold
    steps   (function, index of a node, the other operand): an int is a node's index, a float a
            number; functions of one operand ignore it
    """

    name: str
    leaves: Sequence[float]
    steps: Sequence[Step]
    rounds: int

    def forward(self, value_class: Callable[[float], Any]) -> list[Any]:
        """All nodes, the root last."""
        nodes = [value_class(x) for x in self.leaves]
        for function, a, b in self.steps:
            nodes.append(function(nodes[a], nodes[b] if type(b) is int else b))
        return nodes


def negative(a: Any, _: Any) -> Any:
    return -a


def relu(a: Any, _: Any) -> Any:
    return a.relu()


def reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The same operation with the operands swapped."""
    return lambda a, b: function(b, a)


REFLECTED = {name: reflected(function) for name, function in INFIX.items()}


def random_graph(operations: int, rounds: int) -> Program:
    """A wide random graph of so many operations."""
    rng = random.Random(operations)
    values = [rng.uniform(0.5, 1.5) for _ in range(LEAVES)]
    leaves, unused = list(values), set(range(LEAVES))
    steps: list[Step] = []
    while len(steps) + len(unused) - 1 < operations:
        a, b = rng.randrange(len(values)), rng.randrange(len(values))
        step, value = random_step(rng, a, b, values[a], values[b])
        unused -= {a, b} if type(step[2]) is int else {a}
        unused.add(len(values))
        steps.append(step)
        values.append(value)
    row = deque(sorted(unused))
    while len(row) > 1:
        a, b = row.popleft(), row.popleft()
        row.append(len(values))
        steps.append((operator.add, a, b))
        values.append(values[a] + values[b])
    return Program(f"random graph, {len(steps):,} operations", leaves, steps, rounds)


def random_step(rng: random.Random, a: int, b: int, x: float, y: float) -> tuple[Step, float]:
    """An operation on nodes a and b with the values x and y whose result is of moderate size."""
    while True:
        name = rng.choice("+-*/")
        number = round(rng.uniform(0.5, 1.5), 1)
        kind = rng.choice(["both", "both", "both", "number", "reflected", "power", "neg", "relu"])
        step: Step
        if kind == "both":
            step, small = (INFIX[name], a, b), name == "/" and abs(y) < 0.5
        elif kind == "number":
            step, small = (INFIX[name], a, number), False
        elif kind == "reflected":
            step, small = (REFLECTED[name], a, number), name == "/" and abs(x) < 0.5
        elif kind == "power":
            step, small = (operator.pow, a, float(rng.choice([2, 3, -1]))), abs(x) < 0.5
        elif kind == "neg":
            return (negative, a, 0.0), -x
        else:
            return (relu, a, 0.0), max(0.0, x)
        if not small:
            result = step[0](x, y if type(step[2]) is int else step[2])
            if abs(result) <= 2.0:
                return step, result


def chain(operations: int, rounds: int) -> Program:
    """y ← y · 0.5 + x, on top of one another."""
    steps: list[Step] = [(operator.mul, 1, 0.5), (operator.add, 2, 0)]
    while len(steps) < operations:
        top = len(steps) + 1
        steps += [(operator.mul, top, 0.5), (operator.add, top + 1, 0)]
    return Program(f"chain, {len(steps):,} deep", [0.7, 1.3], steps, rounds)


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds and result; the time is infinite where the function overflows the stack."""
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        result = function()
        return time.process_time() - start, result
    except RecursionError:
        return float("inf"), None
    finally:
        gc.enable()


def one_round(program: Program, value_class: Any) -> tuple[float, float, list[float]]:
    """Seconds forward, seconds backward, the gradients of the leaves."""
    forward, nodes = timed(lambda: program.forward(value_class))
    backward, _ = timed(nodes[-1].backward)
    return forward, backward, [float(leaf.grad) for leaf in nodes[: len(program.leaves)]]


def agree(mine: Sequence[float], theirs: Sequence[float]) -> bool:
    size = max(map(abs, mine))
    return all(abs(a - b) <= 1e-9 * size for a, b in zip(mine, theirs, strict=True))


def compare(program: Program, classes: dict[str, Any], table: Table) -> list[str]:
    """Add the program's rows to the table; what missed the bound."""
    missed = []
    _, _, wanted = one_round(program, classes["reference"])
    for name, value_class in classes.items():
        _, seconds, gradients = one_round(program, value_class)
        if seconds < float("inf") and not agree(wanted, gradients):
            missed.append(f"{program.name}: the gradients of {name} are different")
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in classes}
    names = list(classes)
    for number in range(program.rounds):
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            times[name].append(one_round(program, classes[name])[:2])
    for name in names:
        row = [program.name, name]
        for part, what in enumerate(("forward", "backward")):
            seconds = median(t[part] for t in times[name])
            pairs = zip(times[name], times["reference"], strict=True)
            ratio = median(theirs[part] / mine[part] for theirs, mine in pairs)
            if seconds == float("inf"):
                row += ["RecursionError", ""]
            else:
                row += [f"{1000 * seconds:.1f} ms", "" if name == "reference" else f"{ratio:.2f}"]
            if ratio < 1.0:
                missed.append(f"{program.name}, {what}: {name} is faster, {ratio:.2f}")
        table.add_row(*row, end_section=name == names[-1])
    return missed


def main() -> int:
    console = Console(highlight=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from micrograd.engine import Value as Micrograd
            from neurogebra.core.autograd import Value as Neurogebra
    except ImportError as error:
        console.print(f"{error}; this benchmark needs:  pip install micrograd neurogebra")
        return 2
    classes = {
        "reference": solutions.value.Value,
        "micrograd": Micrograd,
        "neurogebra": Neurogebra,
    }
    table = Table(
        "program", "class", "forward", "ratio", "backward", "ratio", title="CPU time, medians"
    )
    missed: list[str] = []
    programs = [random_graph(1_000, 200), random_graph(100_000, 6), chain(100_000, 6)]
    gc.collect()
    gc.freeze()  # what the peers have imported is not looked through again and again
    with console.status("running"):
        for program in programs:
            missed += compare(program, classes, table)
    console.print(table)
    for line in missed:
        console.print(f"MISSED  {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
