"""The kind ``optimizer``: one or more optimizers take steps on arrays of their own.

``optimizers``  list of {"class": name, "args": {…}, "params": [arrays]}
``steps``       list of {"on": index of the optimizer, "grads": [arrays], "lr": new lr or None}
``buffers``     "fresh": new gradient arrays at each step; "reused": the same arrays, refilled
``observe``     "weights": every array of params after each step; "grads": the gradients after it
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from course.scenarios.plain import arguments, plain, show


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    optimizers = [objects[spec["class"]](**spec["args"]) for spec in scenario["optimizers"]]
    params = [[np.array(w) for w in spec["params"]] for spec in scenario["optimizers"]]
    buffers = [[np.empty_like(w) for w in arrays] for arrays in params]
    names = [weight_names(scenario, i) for i in range(len(optimizers))]
    for t, step in enumerate(scenario["steps"], start=1):
        i = step["on"]
        if step["lr"] is not None:
            optimizers[i].lr = step["lr"]
        grads = [np.array(g) for g in step["grads"]]
        if scenario["buffers"] == "reused":
            for buffer, g in zip(buffers[i], grads, strict=True):
                buffer[...] = g
            grads = buffers[i]
        optimizers[i].step(list(params[i]), list(grads))
        seen = params[i] if scenario["observe"] == "weights" else grads
        for name, array in zip(names[i], seen, strict=True):
            what = name if scenario["observe"] == "weights" else f"the gradient of {name}"
            yield f"{what} after step {t}", plain(array)


def weight_names(scenario: Mapping[str, Any], index: int) -> list[str]:
    """w, or w1, w2, … where there are several arrays; u, … for a second optimizer."""
    letter = "wuvxyz"[index]
    count = len(scenario["optimizers"][index]["params"])
    return [letter] if count == 1 else [f"{letter}{n}" for n in range(1, count + 1)]


def describe(scenario: Mapping[str, Any]) -> list[str]:
    lines = []
    several = len(scenario["optimizers"]) > 1
    for i, spec in enumerate(scenario["optimizers"]):
        lines.append(f"{optimizer_name(i, several)} = {spec['class']}({arguments(spec['args'])})")
        names = weight_names(scenario, i)
        for name, w in zip(names, spec["params"], strict=True):
            lines.append(f"{name} = {show(w)}")
    for t, step in enumerate(scenario["steps"], start=1):
        name = optimizer_name(step["on"], several)
        if step["lr"] is not None:
            lines.append(f"{name}.lr = {show(step['lr'])}")
        weights = ", ".join(weight_names(scenario, step["on"]))
        gradients = ", ".join(show(g) for g in step["grads"])
        lines.append(f"{name}.step([{weights}], [{gradients}])  # step {t}")
    if scenario["buffers"] == "reused":
        lines.append("# all steps get the same gradient arrays, refilled")
    return lines


def optimizer_name(index: int, several: bool) -> str:
    return f"opt{index + 1}" if several else "opt"
