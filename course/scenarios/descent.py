"""The kind ``descent``: ``minimize(f, x0, lr, steps)`` on a polynomial f.

``coefficients``  c_0, c_1, …: f(x) = c_0 + c_1·x + c_2·x² + …
``x0``, ``lr``, ``steps``  the arguments

The Value that f returns brings its own ``backward``, so that the path shows what `minimize` does
even where the student's operators are not right yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from course.scenarios.plain import kind_of, number, show
from course.wire import Odd


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    f = polynomial(scenario["coefficients"], objects["Value"])
    path = objects["minimize"](f, scenario["x0"], scenario["lr"], scenario["steps"])
    if not isinstance(path, list | tuple):
        yield "the result", Odd(kind_of(path))
        return
    yield "len(path)", float(len(path))
    for t, x in enumerate(path):
        yield f"path[{t}]", number(x)


def path(scenario: Mapping[str, Any], values: Sequence[Any]) -> dict[str, list[float]]:
    """x from the start on, where there are at least three steps."""
    return {"x": list(values[1:])} if scenario["steps"] >= 3 else {}


def polynomial(coefficients: list[float], value_class: type) -> Callable[[Any], Any]:
    """f: Value -> Value with an exact backward of its own."""

    class Polynomial(value_class):
        def __init__(self, x: Any) -> None:
            super().__init__(sum(c * x.data**i for i, c in enumerate(coefficients)), (x,), "f")
            self.x = x

        def backward(self) -> None:
            x = self.x
            self.grad = 1.0
            x.grad += sum(i * c * x.data ** (i - 1) for i, c in enumerate(coefficients) if i > 0)

    def f(x: Any) -> Any:
        if not isinstance(x, value_class):
            raise TypeError(f"f takes a Value, but minimize called it with {kind_of(x)}")
        return Polynomial(x)

    return f


def describe(scenario: Mapping[str, Any]) -> list[str]:
    terms = []
    for i, c in reversed(list(enumerate(scenario["coefficients"]))):
        if c:
            power = ["", "x", f"x**{i}"][min(i, 2)]
            size = show(abs(float(c)))
            term = power if size == "1" and power else size + ("*" + power if power else "")
            terms.append(("- " if c < 0 else "+ ") + term)
    formula = " ".join(terms).removeprefix("+ ")
    return [
        f"f = lambda x: {formula}",
        f"minimize(f, x0={show(float(scenario['x0']))}, lr={show(float(scenario['lr']))}, "
        f"steps={scenario['steps']})",
    ]
