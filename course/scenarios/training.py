"""The kind ``training``: an optimizer trains the given digits classifier from a seeded start.

``optimizer``            {"class": name, "args": {…}}, with "base" as in the kind ``optimizer``
``epochs``, ``batch_size``, ``seed``
``clip``                 max_norm of the ``clip_grad_norm`` before each step, or None

What is seen are the trained weights; how well they classify is for the grader to find out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from course.data import load_digits
from course.nn import Linear, softmax_cross_entropy
from course.scenarios.optimizer import build, construction
from course.scenarios.plain import plain, show


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    digits = load_digits()
    X, y = digits.X_train, digits.y_train
    optimizer = build(scenario["optimizer"], objects)
    rng = np.random.default_rng(scenario["seed"])
    model = Linear(X.shape[1], 10, rng=rng)
    for _ in range(scenario["epochs"]):
        order = rng.permutation(len(X))
        for start in range(0, len(X), scenario["batch_size"]):
            batch = order[start : start + scenario["batch_size"]]
            _, d_logits = softmax_cross_entropy(model.forward(X[batch]), y[batch])
            model.backward(d_logits)
            if scenario["clip"] is not None:
                objects["clip_grad_norm"](model.grads, scenario["clip"])
            optimizer.step(model.params, model.grads)
    for i, array in enumerate(model.params):
        yield f"params[{i}] after training", plain(array)


def describe(scenario: Mapping[str, Any]) -> list[str]:
    clip = f", clip_grad_norm(grads, {show(scenario['clip'])})" if scenario["clip"] else ""
    return [
        f"opt = {construction(scenario['optimizer'])}",
        f"# trains a linear softmax classifier on the digits: {scenario['epochs']} epochs, "
        f"batches of {scenario['batch_size']}, seed {scenario['seed']}{clip}",
    ]
