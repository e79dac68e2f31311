"""The kind ``sweep``: `sweep_learning_rates` with a given experiment that answers from a table.

``runs``  list of [lr, loss history, accuracy]; the experiment for lr gives the rest of its row
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from course.scenarios.plain import kind_of, number, plain, show
from course.wire import Odd


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    answers = {lr: (history, accuracy) for lr, history, accuracy in scenario["runs"]}
    calls: list[float] = []

    def make_run(lr: float) -> tuple[list[float], float]:
        calls.append(lr)
        history, accuracy = answers[lr]
        return list(history), accuracy

    result = objects["sweep_learning_rates"](make_run, list(answers))
    yield "the calls of make_run", [number(lr) for lr in calls]
    if not isinstance(result, dict):
        yield "the result", Odd(kind_of(result))
        return
    yield "the keys of the result", [number(lr) for lr in result]
    for lr, run in result.items():
        if not isinstance(run, list | tuple):
            yield f"result[{show(lr)}]", Odd(kind_of(run))
            continue
        yield f"result[{show(lr)}]", plain(list(run))


def describe(scenario: Mapping[str, Any]) -> list[str]:
    rows = [f"{show(lr)}: ({show(h)}, {show(a)})" for lr, h, a in scenario["runs"]]
    lrs = [lr for lr, _, _ in scenario["runs"]]
    return [
        "runs = {" + ",  ".join(rows) + "}",
        f"sweep_learning_rates(lambda lr: runs[lr], {show(lrs)})",
    ]
