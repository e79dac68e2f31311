"""What does nothing, in the place of a student's classes and functions.

What such objects satisfy shows nothing of a student's work: see `course.credit.idle`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class Idle:
    """A class that takes any arguments and keeps none but lr; its methods do nothing."""

    def __init__(self, *args: Any, lr: Any = None, **more: Any) -> None:
        self.lr = lr

    def step(self, params: Any, grads: Any) -> None:
        pass


IDLE_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    lambda *args, **more: None,
    lambda *args, **more: 0.0,
    lambda *args, **more: args[0] if args else None,
)


def idle_objects(names: Iterable[str]) -> list[dict[str, Any]]:
    """Objects of these names that do nothing, in a few ways; a class has a capital letter."""
    names = list(names)
    ways = 1 if all(name[:1].isupper() for name in names) else len(IDLE_FUNCTIONS)
    return [
        {name: Idle if name[:1].isupper() else IDLE_FUNCTIONS[way] for name in names}
        for way in range(ways)
    ]
