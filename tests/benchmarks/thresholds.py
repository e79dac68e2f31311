"""Where the accuracy thresholds of the assignments come from.

    python tests/benchmarks/thresholds.py [ENTRY …] [--write]

Measured: the held-out accuracy that the reference reaches in the scenario of a property with a
threshold, for SEEDS seeds of the model and the order of the batches (fewer for the lab, which
trains longer). An entry is called like its assignment; the lab has two, "lab-baseline", where a
plain MLP with Adam takes the reference's place, and "lab-tuned".

The threshold lies SIGMAS standard deviations below the mean, rounded down to three digits. If the
accuracies are normally distributed, one run with a fresh seed falls below it with a probability of
1e-9; with Student's t distribution, which allows for mean and deviation being estimates, it is
still below 1e-8. The property itself plays one fixed seed, where correct submissions differ by
rounding alone, so this is a bound for changes of the scenario more than for students.

What the threshold must do besides: what does not learn stays below it. It does no more than
complement the exact properties: most wrong submissions learn well enough to pass. The second table
names the misconceptions on both sides.

Bounds (exit status 1 where one is missed): the committed threshold is the one measured, the
committed accuracies are those measured to within one picture, the reference passes with the
property's own seed, and nothing in `NO_LEARNING` passes. ``--write`` renews the file's entries.

``autograder/data/thresholds.json``: entry -> {"threshold", "seeds", "accuracies", "how"}, the
accuracies in the order of the seeds 0, 1, 2, …
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping
from statistics import fmean, stdev
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from autograder.assignments import NAMES, PROJECT, Property, load
from autograder.data.heldout import heldout_digits
from autograder.misconceptions.catalogue import misconceptions, objects
from course.checks import reply
from course.nn import Linear, ReLU, Sequential
from course.trainer import Trainer
from solutions.adam import Adam
from solutions.sgd import SGD

FILE = PROJECT / "autograder" / "data" / "thresholds.json"
SEEDS = 200
LAB_SEEDS = 60
SIGMAS = 6
HOW = (
    f"held-out accuracy of the reference with seeds 0, 1, … in place of the scenario's; "
    f"threshold: mean - {SIGMAS} standard deviations, rounded down to three digits"
)


class NoStep:
    """Leaves the weights where they are."""

    def __init__(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        pass

    def step(self, params, grads):  # type: ignore[no-untyped-def]
        pass


class OneStep(SGD):
    """Learns from the first batch only."""

    def step(self, params, grads):  # type: ignore[no-untyped-def]
        if self.velocities is None:
            super().step(params, grads)


class RandomStep(SGD):
    """Goes anywhere but down."""

    rng = np.random.default_rng(0)

    def step(self, params, grads):  # type: ignore[no-untyped-def]
        super().step(params, [self.rng.normal(size=g.shape) for g in grads])


def baseline(X, y, seed):  # type: ignore[no-untyped-def]
    """The first network of the lab's notebook: (256, 128), Adam, 3 epochs in batches of 64."""
    rng = np.random.default_rng(seed)
    model = Sequential(
        Linear(64, 256, "relu", rng=rng),
        ReLU(),
        Linear(256, 128, "relu", rng=rng),
        ReLU(),
        Linear(128, 10, rng=rng),
    )
    trainer = Trainer(model, Adam(lr=1e-3, weight_decay=1e-4))
    trainer.train(X, y, 3, 64, verbose=False, seed=seed)
    return trainer


class Untrained:
    """Calls every digit a 0."""

    def predict(self, X):  # type: ignore[no-untyped-def]
        return np.zeros(len(X), int)


# What does not learn, and so must not pass: assignment -> name -> what replaces the reference.
NO_LEARNING: dict[str, dict[str, dict[str, Any]]] = {
    "sgd": {
        "no step": {"SGD": NoStep},
        "one step": {"SGD": OneStep},
        "random step": {"SGD": RandomStep},
    },
    "adam": {"no step": {"Adam": NoStep}},
    "clipping": {"no clipping": {"clip_grad_norm": lambda grads, max_norm: 0.0}},
    "lookahead": {"no step": {"Lookahead": NoStep}},
    "lab-baseline": {"untrained": {"train_classifier": lambda X, y, seed: Untrained()}},
    "lab-tuned": {"baseline": {"train_classifier": baseline}},
}


def graded_by_accuracy() -> dict[str, tuple[str, str, Property]]:
    """The properties that have a threshold: entry -> assignment, exercise, property."""
    found = [
        (assignment, exercise.id, prop)
        for assignment in NAMES
        for exercise in load(assignment).exercises
        for prop in exercise.properties
        if prop.threshold is not None
    ]
    *others, plain, tuned = found
    return {f[0]: f for f in others} | {"lab-baseline": plain, "lab-tuned": tuned}


def accuracy(prop: Property, named: Mapping[str, Any], seed: int | None = None) -> float:
    """Held-out accuracy in the scenario, with this seed if given; nan where the code raises."""
    scenario = prop.examples[0] if seed is None else {**prop.examples[0], "seed": seed}
    with np.errstate(all="ignore"):
        answer = reply(scenario, named)
    assert prop.threshold is not None
    try:
        return math.nan if answer.error else prop.threshold.measure(answer.seen)
    except (TypeError, ValueError):  # not what a classifier shows
        return math.nan


def measured(entry: str, assignment: str, prop: Property) -> dict[str, Any]:
    """What the file holds of an entry."""
    named: Mapping[str, Any] = load(assignment).reference
    if entry == "lab-baseline":
        named = {"train_classifier": baseline}
    seeds = LAB_SEEDS if assignment == "lab" else SEEDS
    accuracies = [accuracy(prop, named, seed) for seed in range(seeds)]
    lowest = fmean(accuracies) - SIGMAS * stdev(accuracies)
    return {
        "threshold": math.floor(lowest * 1000) / 1000,
        "seeds": seeds,
        "accuracies": [round(a, 6) for a in accuracies],
        "how": HOW,
    }


def wrong_accuracies(
    entry: str, assignment: str, exercise: str, prop: Property
) -> dict[str, float]:
    """Accuracy of everything wrong that there is, with the property's own seed."""
    found = {
        m.name: accuracy(prop, objects(assignment, m))
        for m in misconceptions(assignment)
        if m.exercise == exercise
    }
    return found | {name: accuracy(prop, named) for name, named in NO_LEARNING[entry].items()}


def differences(committed: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What of the committed entry does not agree with the measurement."""
    problems = []
    if committed.get("threshold") != new["threshold"]:
        problems.append(f"threshold {committed.get('threshold')}; measured {new['threshold']}")
    old = committed.get("accuracies", [])
    one_picture = 1.01 / len(heldout_digits()[1])
    if len(old) != len(new["accuracies"]):
        problems.append(f"{len(old)} committed accuracies; measured {len(new['accuracies'])}")
    elif max(abs(a - b) for a, b in zip(old, new["accuracies"], strict=True)) > one_picture:
        problems.append("committed accuracies differ from the measured ones")
    return problems


def written(entries: Mapping[str, Any]) -> str:
    """The file's text: JSON, the accuracies of an assignment on one line."""
    parts = []
    for name, entry in entries.items():
        lines = [f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in entry.items()]
        parts.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def report(console: Console, entry: str, entries: dict[str, Any], write: bool) -> list[str]:
    """Measure an entry, print its tables, renew it if asked; what missed its bound."""
    assignment, exercise, prop = graded_by_accuracy()[entry]
    new = measured(entry, assignment, prop)
    values, threshold = new["accuracies"], new["threshold"]
    own = accuracy(prop, load(assignment).reference)
    table = Table("", "held-out accuracy", title=f"{entry}: the reference, {new['seeds']} seeds")
    for name, value in (
        ("mean", fmean(values)),
        ("standard deviation", stdev(values)),
        ("lowest", min(values)),
        ("the property's own seed", own),
        ("threshold", threshold),
    ):
        table.add_row(name, f"{value:.4f}")
    console.print(table)

    wrong = wrong_accuracies(entry, assignment, exercise, prop)
    table = Table("wrong", "held-out accuracy", "the threshold", title=f"{entry}: wrong ideas")
    for name, value in sorted(wrong.items(), key=lambda pair: (pair[1], pair[0])):
        table.add_row(name, f"{value:.4f}", "passes it" if value >= threshold else "stops it")
    console.print(table)
    passing = sum(value >= threshold for value in wrong.values())
    console.print(f"{passing} of {len(wrong)} wrong ideas pass: the exact properties stop them")

    if write:
        entries[entry] = new
    problems = differences(entries.get(entry, {}), new)
    if own < threshold:
        problems.append("the reference does not pass with the property's own seed")
    problems += [f"{name} passes" for name in NO_LEARNING[entry] if wrong[name] >= threshold]
    return [f"{entry}: {problem}" for problem in problems]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("entries", nargs="*", metavar="ENTRY", help="all by default")
    parser.add_argument("--write", action="store_true", help="renew the committed file")
    options = parser.parse_args()
    console = Console(highlight=False)
    entries = json.loads(FILE.read_text("utf-8"))
    problems = []
    for entry in options.entries or graded_by_accuracy():
        problems += report(console, entry, entries, options.write)
    if options.write:
        FILE.write_text(written(entries), "utf-8")
        console.print(f"wrote {FILE.relative_to(PROJECT)}")
    for problem in problems:
        console.print(f"MISSED  {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
