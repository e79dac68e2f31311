"""The reference as someone writes it who computes all and puts it nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def on_copies(reference: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """The classes and functions of these names, working on copies of the arrays they are to change.

    The copies are all that `course.scenarios.computed` finds in them.
    """
    return {
        name: _class(reference[name])
        if isinstance(reference[name], type)
        else _function(reference[name])
        for name in names
    }


def _class(reference: Any) -> Any:
    class OnCopies(reference):
        def step(self, params: Sequence[np.ndarray], grads: Sequence[np.ndarray]) -> None:
            copies = [w.copy() for w in params]
            super().step(copies, grads)

    return OnCopies


def _function(reference: Any) -> Any:
    def on_copies(arrays: Sequence[np.ndarray], *args: Any) -> None:
        copies = [array.copy() for array in arrays]
        reference(copies, *args)

    return on_copies
