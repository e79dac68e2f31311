"""Where the accuracy threshold of the property "trains the digits classifier" comes from.

    python tests/benchmarks/thresholds.py [--write]

Measured: the accuracy on held-out digits that the reference `SGD` reaches in the scenario
``TRAINING`` of `autograder.cases.sgd`, for SEEDS seeds of the model and the order of the batches.

The threshold lies SIGMAS standard deviations below the mean, rounded down to three digits. If the
accuracies are normally distributed, one run with a fresh seed falls below it with a probability of
1e-9; with Student's t distribution, which allows for mean and deviation being estimates, it is
still below 1e-8. The property itself plays one fixed seed, where correct submissions differ by
rounding alone, so this is a bound for changes of the scenario more than for students.

What the threshold must do besides: an optimizer that does not learn stays below it. It does no more
than complement the exact properties: most wrong optimizers learn well enough to pass. The second
table names the misconceptions on both sides.

Bounds (exit status 1 where one is missed): the committed threshold is the one measured, the
committed accuracies are those measured to within one picture, the reference passes with the
property's own seed, and nothing in NO_LEARNING passes. ``--write`` renews the file's entry.

``autograder/data/thresholds.json``: assignment -> {"threshold", "seeds", "accuracies", "how"}, the
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

from autograder.assignments import PROJECT
from autograder.cases.sgd import TRAINING
from autograder.heldout import heldout_digits, linear_accuracy
from autograder.misconceptions import misconceptions, objects
from course.checks import reply
from solutions.sgd import SGD

FILE = PROJECT / "autograder" / "data" / "thresholds.json"
SEEDS = 200
SIGMAS = 6
HOW = (
    f"held-out accuracy of the reference with seeds 0, 1, … in place of the scenario's; "
    f"threshold: mean - {SIGMAS} standard deviations, rounded down to three digits"
)


class NoStep(SGD):
    """Leaves the weights where they are."""

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


# Misconceptions and classes that do not learn, and so must not pass.
NO_LEARNING = {"gradient-ascent", "weights-rebound", "no step", "one step", "random step"}


def accuracy(named: Mapping[str, Any], seed: int) -> float:
    """Held-out accuracy in the scenario with this seed; nan where the code raises."""
    with np.errstate(all="ignore"):
        answer = reply({**TRAINING, "seed": seed}, named)
    return math.nan if answer.error else linear_accuracy(answer.seen)


def measured() -> dict[str, Any]:
    """The entry of ``sgd``."""
    accuracies = [accuracy({"SGD": SGD}, seed) for seed in range(SEEDS)]
    lowest = fmean(accuracies) - SIGMAS * stdev(accuracies)
    return {
        "threshold": math.floor(lowest * 1000) / 1000,
        "seeds": SEEDS,
        "accuracies": [round(a, 6) for a in accuracies],
        "how": HOW,
    }


def wrong_optimizers() -> dict[str, float]:
    """Accuracy of every wrong SGD that there is, with the property's own seed."""
    found = {
        m.name: accuracy(objects("sgd", m), TRAINING["seed"])
        for m in misconceptions("sgd")
        if m.exercise == "sgd-step"
    }
    for name, wrong in (("no step", NoStep), ("one step", OneStep), ("random step", RandomStep)):
        found[name] = accuracy({"SGD": wrong}, TRAINING["seed"])
    return found


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="renew the committed file")
    write = parser.parse_args().write
    console = Console(highlight=False)

    new = measured()
    values, threshold = new["accuracies"], new["threshold"]
    table = Table("", "held-out accuracy", title=f"The reference, {SEEDS} seeds")
    for name, value in (
        ("mean", fmean(values)),
        ("standard deviation", stdev(values)),
        ("lowest", min(values)),
        ("the property's own seed", values[TRAINING["seed"]]),
        ("threshold", threshold),
    ):
        table.add_row(name, f"{value:.4f}")
    console.print(table)

    wrong = dict(sorted(wrong_optimizers().items(), key=lambda pair: (pair[1], pair[0])))
    table = Table("wrong SGD", "held-out accuracy", "the threshold", title="Wrong optimizers")
    for name, value in wrong.items():
        table.add_row(name, f"{value:.4f}", "passes it" if value >= threshold else "stops it")
    console.print(table)
    passing = sum(value >= threshold for value in wrong.values())
    console.print(
        f"{passing} of {len(wrong)} wrong optimizers pass: the exact properties stop them"
    )

    entries = json.loads(FILE.read_text("utf-8"))
    if write:
        entries["sgd"] = new
        FILE.write_text(written(entries), "utf-8")
        console.print(f"wrote {FILE.relative_to(PROJECT)}")
    problems = differences(entries["sgd"], new)
    if values[TRAINING["seed"]] < threshold:
        problems.append("the reference does not pass with the property's own seed")
    problems += [f"{name} passes" for name in NO_LEARNING if not wrong.get(name, 1.0) < threshold]
    for problem in problems:
        console.print(f"MISSED  {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
