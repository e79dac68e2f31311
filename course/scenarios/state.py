"""State that classes and functions share: on the class, in defaults, in global variables."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

import numpy as np

CONTAINERS = (list, dict, set, deque, defaultdict, OrderedDict, Counter)
MUTABLE = (np.ndarray, *CONTAINERS)
DATA = (str, type(None), int, float, tuple, *MUTABLE)
MAX_ITEMS = 100_000  # a larger container is not restored: copying it for each case takes too long
# By their ids: a type need not be hashable, and may say that it equals any other.
CONTAINER_IDS, MUTABLE_IDS, DATA_IDS = (
    frozenset(map(id, kinds)) for kinds in (CONTAINERS, MUTABLE, DATA)
)


def kept(objects: Iterable[Any]) -> Callable[[], None]:
    """Records the state that classes and functions share; calling the result restores it.

    That is class attributes that are data, default arguments, and containers among the global
    variables that a function names: a number on the class may be the key to one of those.
    """
    attributes: list[tuple[type, dict[str, Any]]] = []
    defaults: list[tuple[FunctionType, tuple[Any, ...]]] = []
    containers: dict[int, tuple[Any, Any]] = {}

    def note(value: Any) -> None:
        new = id(type(value)) in CONTAINER_IDS and id(value) not in containers
        if new and len(value) <= MAX_ITEMS:
            containers[id(value)] = value, _copied(value)

    for item in objects:
        functions: Iterable[Any] = (item,)
        if isinstance(item, type):
            functions = vars(item).values()
            data = {n: v for n, v in vars(item).items() if id(type(v)) in DATA_IDS}
            for value in data.values():
                note(value)
            attributes.append((item, {n: _unless_container(v) for n, v in data.items()}))
        for f in functions:
            if isinstance(f, FunctionType):
                values = f.__defaults__
                if values and any(id(type(value)) in MUTABLE_IDS for value in values):
                    defaults.append((f, _copied(values)))
                for name in f.__code__.co_names:
                    note(f.__globals__.get(name))

    def put_back() -> None:
        for owner, before in attributes:
            now = vars(owner)
            # As of `type`, since a class may have its own ways to set attributes, or forbid it.
            for name in [n for n, v in now.items() if id(type(v)) in DATA_IDS and n not in before]:
                type.__delattr__(owner, name)
            for name, value in before.items():
                if now.get(name) is not value:
                    type.__setattr__(owner, name, value)
        for function, before_all in defaults:
            function.__defaults__ = before_all
        for container, content in containers.values():
            _refill(container, content)

    return put_back


def _unless_container(value: Any) -> Any:
    """A copy, or the container itself, which is refilled."""
    return value if id(type(value)) in CONTAINER_IDS else _copied(value)


def _copied(value: Any) -> Any:
    """A copy down to whatever is not data, which stays itself, as do tuples of such."""
    kind = type(value)
    if kind is dict:
        return {key: _copied(item) for key, item in value.items()}
    if kind is tuple:
        items = tuple(map(_copied, value))
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if kind is list:
        return [_copied(item) for item in value]
    return value.copy() if id(kind) in MUTABLE_IDS else value


def _refill(container: Any, content: Any) -> None:
    """Give a container its content back; it stays the same object, which others may know."""
    container.clear()
    (container.extend if isinstance(container, list | deque) else container.update)(content)
