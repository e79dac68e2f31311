"""The kind ``table``: `best_cell` of a table of accuracies.

``cells``  list of [optimizer name, lr, accuracy]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from course.scenarios.plain import kind_of, plain, show
from course.wire import Odd


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    table = {(name, lr): accuracy for name, lr, accuracy in scenario["cells"]}
    result = objects["best_cell"](table)
    yield "the result", plain(list(result)) if isinstance(result, tuple) else Odd(kind_of(result))


def describe(scenario: Mapping[str, Any]) -> list[str]:
    cells = [f'("{name}", {show(lr)}): {show(a)}' for name, lr, a in scenario["cells"]]
    return ["best_cell({" + ", ".join(cells) + "})"]
