"""State that classes and functions share, on the class or in default arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

import numpy as np

MUTABLE = (list, dict, set, np.ndarray)
DATA = (str, type(None), int, float, tuple, *MUTABLE)
# By their ids: a type need not be hashable, and may say that it equals any other.
MUTABLE_IDS, DATA_IDS = frozenset(map(id, MUTABLE)), frozenset(map(id, DATA))


def kept(objects: Iterable[Any]) -> Callable[[], None]:
    """Copies class attributes that are data, and default arguments; the call puts them back."""
    attributes: list[tuple[type, dict[str, Any]]] = []
    defaults: list[tuple[FunctionType, tuple[Any, ...]]] = []
    for item in objects:
        functions: Iterable[Any] = (item,)
        if isinstance(item, type):
            functions = vars(item).values()
            data = {n: v for n, v in vars(item).items() if id(type(v)) in DATA_IDS}
            attributes.append((item, _copied(data)))
        for f in functions:
            values = f.__defaults__ if isinstance(f, FunctionType) else None
            if values and any(id(type(value)) in MUTABLE_IDS for value in values):
                defaults.append((f, _copied(values)))

    def put_back() -> None:
        for owner, before in attributes:
            now = vars(owner)
            for name in [n for n, v in now.items() if id(type(v)) in DATA_IDS and n not in before]:
                delattr(owner, name)
            for name, value in before.items():
                if id(type(value)) in MUTABLE_IDS or now.get(name) is not value:
                    setattr(owner, name, value)
        for function, before_all in defaults:
            function.__defaults__ = before_all

    return put_back


def _copied(value: Any) -> Any:
    """A copy down to whatever is not data, which stays itself."""
    kind = type(value)
    if kind is dict:
        return {key: _copied(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return kind(map(_copied, value))
    return value.copy() if id(kind) in MUTABLE_IDS else value
