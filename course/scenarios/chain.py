"""The kind ``chain``: one small operation repeated many times, far deeper than Python recurses.

``form``   how the next y is made of y and x, a key of FORMS
``times``  how often; each repetition is two operations deep
``start``  the number in x
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from course.scenarios.plain import number

FORMS = {
    "(y + y) * 0.5": lambda y, x: (y + y) * 0.5,
    "y * 0.5 + x": lambda y, x: y * 0.5 + x,
    "(y + x).tanh()": lambda y, x: (y + x).tanh(),
}


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    form = FORMS[scenario["form"]]
    x = objects["Value"](scenario["start"])
    y = x * 1.0
    first = y
    for _ in range(scenario["times"]):
        y = form(y, x)
    yield "y.data", number(y.data)
    y.backward()
    yield "y.grad", number(y.grad)
    yield "first.grad", number(first.grad)
    yield "x.grad", number(x.grad)


def describe(scenario: Mapping[str, Any]) -> list[str]:
    return [
        f"x = Value({scenario['start']!r}); first = y = x * 1.0",
        f"for _ in range({scenario['times']}): y = {scenario['form']}",
        "y.backward()",
    ]
