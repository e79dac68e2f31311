"""What does nothing, in the place of a student's classes and functions.

What such objects satisfy shows nothing of a student's work: see `course.credit.idle`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class Idle:
    """A class whose methods do nothing: each operation gives the object itself."""

    def __init__(self, data: Any = 0.0, *args: Any, lr: Any = None, **more: Any) -> None:
        self.data, self.grad, self.lr = data, 0.0, lr

    def step(self, params: Any, grads: Any) -> None:
        pass

    def backward(self) -> None:
        pass

    def _self(self, *operands: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _self
    __truediv__ = __rtruediv__ = __pow__ = __neg__ = _self
    exp = log = tanh = relu = _self


class IdleWithOne(Idle):
    """The same, with 1 as the gradient of what is differentiated."""

    def backward(self) -> None:
        self.grad = 1.0


class IdleWithData(Idle):
    """The same, with its data as the gradient of what is differentiated."""

    def backward(self) -> None:
        self.grad = self.data


IDLE_CLASSES = (Idle, IdleWithOne, IdleWithData)
IDLE_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    lambda *args, **more: None,
    lambda *args, **more: 0.0,
    lambda *args, **more: args[0] if args else None,
)


def idle_objects(names: Iterable[str]) -> list[dict[str, Any]]:
    """Objects of these names that do nothing, in a few ways; a class has a capital letter."""
    names = list(names)
    return [
        {name: made if name[:1].isupper() else function for name in names}
        for made, function in zip(IDLE_CLASSES, IDLE_FUNCTIONS, strict=True)
    ]
