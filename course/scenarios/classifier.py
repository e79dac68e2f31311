"""The kind ``classifier``: `train_classifier` learns from the public digits and reads others.

``rows``     it learns from the first so many public digits
``seed``     its third argument
``X``        (n, 64) standardised digits to read; None: the public digits after the first ``rows``
``seconds``  that it may take

What is seen are the labels it reads; whether they are right is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from course.data import load_digits
from course.scenarios.plain import kind_of
from course.wire import Odd


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    digits, rows = load_digits(), scenario["rows"]
    X = digits.X_train[rows:] if scenario["X"] is None else np.array(scenario["X"])
    X_train, y_train = digits.X_train[:rows].copy(), digits.y_train[:rows].copy()
    model = objects["train_classifier"](X_train, y_train, scenario["seed"])
    labels = np.asarray(model.predict(X))
    if labels.shape != (len(X),) or labels.dtype.kind not in "fiu":
        yield "model.predict(X)", Odd(kind_of(labels))
        return
    yield "model.predict(X)", labels.astype(float)


def describe(scenario: Mapping[str, Any]) -> list[str]:
    unseen = "the other digits" if scenario["X"] is None else "digits that nobody has seen"
    return [
        f"model = train_classifier(X[:{scenario['rows']}], y[:{scenario['rows']}], "
        f"seed={scenario['seed']})",
        f"model.predict(…)  # {unseen}",
    ]
