"""State that classes and functions share, on the class or in default arguments."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

MUTABLE = (list, dict, set, np.ndarray)  # no set: a type need not be hashable
DATA = (str, type(None), int, float, tuple, *MUTABLE)


@contextlib.contextmanager
def restored(objects: Iterable[Any]) -> Iterator[None]:
    """Class attributes that are data, and default arguments, are afterwards as they were before."""
    classes = [o for o in objects if isinstance(o, type)]
    functions = [o for o in objects if isinstance(o, FunctionType)]
    functions += [f for c in classes for f in vars(c).values() if isinstance(f, FunctionType)]
    attributes = [(c, {n: v for n, v in vars(c).items() if type(v) in DATA}) for c in classes]
    defaults = [
        (f, f.__defaults__)
        for f in functions
        if f.__defaults__ and any(type(value) in MUTABLE for value in f.__defaults__)
    ]
    kept = _copied([[before for _, before in attributes], [before for _, before in defaults]])
    try:
        yield
    finally:
        for (owner, _), before in zip(attributes, kept[0], strict=True):
            for name in [n for n, v in vars(owner).items() if type(v) in DATA and n not in before]:
                delattr(owner, name)
            for name, value in before.items():
                if type(value) in MUTABLE or vars(owner).get(name) is not value:
                    setattr(owner, name, value)
        for (function, _), before in zip(defaults, kept[1], strict=True):
            function.__defaults__ = before


def _copied(value: Any) -> Any:
    """A copy down to whatever is not data, which stays itself."""
    kind = type(value)
    if kind is dict:
        return {key: _copied(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return kind(map(_copied, value))
    return value.copy() if kind in MUTABLE else value
