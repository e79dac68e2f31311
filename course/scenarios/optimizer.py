"""The kind ``optimizer``: one or more optimizers take steps on arrays of their own.

``optimizers``  list of {"class": name, "args": {…}, "params": [arrays]}, or "args": […] for
                arguments without names; with "base", again a {"class", "args"} or with a base of
                its own, that optimizer is the first argument; with "arrays_of", the index of
                another, it moves the arrays of that one, and "params" is []
``steps``       list of {"on": index of the optimizer, "grads": [arrays], "lr": new lr or None};
                with "base_lr": the new lr of its base; with "params": what the caller writes into
                the weights before the step
``buffers``     "fresh": new gradient arrays at each step; "reused": the same arrays, refilled
``observe``     "weights": every array of params after each step; "grads": the gradients after it;
                "lr": the optimizer's lr and its base's, before the first and after each step;
                "computed": what each step had computed, see `course.scenarios.computed`

A class that the student does not write is one of `course.scenarios.given`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from course.scenarios.computed import computed
from course.scenarios.given import GIVEN
from course.scenarios.plain import arguments, number, plain, show


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    bases = [
        build(spec["base"], objects) if "base" in spec else None for spec in scenario["optimizers"]
    ]
    optimizers = [
        build(spec, objects, base) for spec, base in zip(scenario["optimizers"], bases, strict=True)
    ]
    own = [[np.array(w) for w in spec["params"]] for spec in scenario["optimizers"]]
    params = [own[spec.get("arrays_of", i)] for i, spec in enumerate(scenario["optimizers"])]
    buffers = [[np.empty_like(w) for w in arrays] for arrays in params]
    names = [weight_names(scenario, i) for i in range(len(optimizers))]
    if scenario["observe"] == "lr":
        yield "opt.lr", number(optimizers[0].lr)
    for t, step in enumerate(scenario["steps"], start=1):
        i = step["on"]
        if step["lr"] is not None:
            optimizers[i].lr = step["lr"]
        if "base_lr" in step:
            bases[i].lr = step["base_lr"]
        for w, now in zip(params[i], step.get("params", ()), strict=False):
            w[...] = now
        grads = [np.array(g) for g in step["grads"]]
        if scenario["buffers"] == "reused":
            for buffer, g in zip(buffers[i], grads, strict=True):
                buffer[...] = g
            grads = buffers[i]
        given = list(grads)
        if scenario["observe"] == "computed":
            yield f"step {t} computed", computed(optimizers[i].step, list(params[i]), given)
            continue
        optimizers[i].step(list(params[i]), given)
        if scenario["observe"] == "lr":
            yield f"opt.lr after step {t}", number(optimizers[i].lr)
            yield f"base.lr after step {t}", number(bases[i].lr)
            continue
        seen = params[i]
        if scenario["observe"] == "grads":
            seen = gradients_afterwards(step["grads"], grads, given)
        for name, array in zip(names[i], seen, strict=False):
            what = name if scenario["observe"] == "weights" else f"the gradient of {name}"
            yield f"{what} after step {t}", plain(array)


def gradients_afterwards(
    before: Sequence[np.ndarray], grads: Sequence[np.ndarray], given: Sequence[Any]
) -> list[Any]:
    """What has become of the gradients: each array if it was changed, else its place in the list.

    before, grads  the gradients before the step, and the arrays that held them
    given          the list of these arrays that step got, whatever it did to it
    """
    return [
        place if np.array_equal(array, values) else array
        for values, array, place in zip(before, grads, given, strict=False)
    ]


def path(scenario: Mapping[str, Any], values: Sequence[Any]) -> dict[str, list[float]]:
    """Each weight from the start on, where there are one or two and at least three steps."""
    start = np.concatenate([np.ravel(w) for w in scenario["optimizers"][0]["params"]])
    drawn = len(scenario["optimizers"]) == 1 and scenario["observe"] == "weights"
    if not drawn or len(start) > 2 or len(scenario["steps"]) < 3:
        return {}
    numbers = np.concatenate([start, *map(np.ravel, values)])
    names = weight_names(scenario, 0)
    if len(names) < len(start):
        names = [f"{names[0]}[{i}]" for i in range(len(start))]
    return {name: numbers[i :: len(start)].tolist() for i, name in enumerate(names)}


def build(spec: Mapping[str, Any], objects: Mapping[str, Any], base: Any = None) -> Any:
    """The optimizer of a specification, around ``base`` or the base that it specifies."""
    name = spec["class"]
    made: Any = GIVEN[name] if name in GIVEN else objects[name]
    first = [base or build(spec["base"], objects)] if "base" in spec else []
    if isinstance(spec["args"], list):
        return made(*first, *map(_argument, spec["args"]))
    return made(*first, **{key: _argument(a) for key, a in spec["args"].items()})


def _argument(value: Any) -> Any:
    """A list stands for a tuple."""
    return tuple(value) if isinstance(value, list) else value


def weight_names(scenario: Mapping[str, Any], index: int) -> list[str]:
    """w, or w1, w2, … where there are several arrays; u, … for a second optimizer."""
    owner = scenario["optimizers"][index].get("arrays_of", index)
    letter = "wuvxyz"[owner]
    count = len(scenario["optimizers"][owner]["params"])
    return [letter] if count == 1 else [f"{letter}{n}" for n in range(1, count + 1)]


def describe(scenario: Mapping[str, Any]) -> list[str]:
    lines = []
    several = len(scenario["optimizers"]) > 1
    for i, spec in enumerate(scenario["optimizers"]):
        if "base" in spec:
            lines += given_note(spec["base"])
            lines.append(f"{base_name(i, several)} = {construction(spec['base'])}")
        first = base_name(i, several) if "base" in spec else ""
        lines.append(f"{optimizer_name(i, several)} = {construction(spec, first)}")
        if "arrays_of" not in spec:
            for name, w in zip(weight_names(scenario, i), spec["params"], strict=True):
                lines.append(f"{name} = {show(w)}")
    for t, step in enumerate(scenario["steps"], start=1):
        name = optimizer_name(step["on"], several)
        if step["lr"] is not None:
            lines.append(f"{name}.lr = {show(step['lr'])}")
        if "base_lr" in step:
            lines.append(f"{base_name(step['on'], several)}.lr = {show(step['base_lr'])}")
        names = weight_names(scenario, step["on"])
        for w, now in zip(names, step.get("params", ()), strict=False):
            lines.append(f"{w}[...] = {show(now)}")
        weights = ", ".join(names)
        gradients = ", ".join(show(g) for g in step["grads"])
        lines.append(f"{name}.step([{weights}], [{gradients}])  # step {t}")
    if scenario["buffers"] == "reused":
        lines.append("# all steps get the same gradient arrays, refilled")
    return lines


def optimizer_name(index: int, several: bool) -> str:
    return f"opt{index + 1}" if several else "opt"


def base_name(index: int, several: bool) -> str:
    return f"base{index + 1}" if several else "base"


def construction(spec: Mapping[str, Any], base: str = "") -> str:
    """How Python writes the making of an optimizer; ``base`` is the name of its base, if it has."""
    inner = base or (construction(spec["base"]) if "base" in spec else "")
    return f"{spec['class']}({', '.join(filter(None, [inner, arguments(spec['args'])]))})"


def given_note(spec: Mapping[str, Any]) -> list[str]:
    """A comment that says what a given optimizer does."""
    name = spec["class"]
    return [f"# {name}: {GIVEN[name].__doc__}"] if name in GIVEN else given_note(spec["base"])
