"""The parts of each reference: which properties they belong to, and what they are called.

They stand as data beside the solution, in ``solutions/<assignment>.toml``.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.assignments import PROJECT


@dataclass(frozen=True)
class Part:
    """A few lines of a reference.

    name   a few words that complete "the slip is in …"
    where  the class and function, or the class alone: "Adam.step"
    own    the properties that a slip there breaks by its nature
    lines  how its lines begin, without spaces; none means all of what no other part has
    """

    name: str
    where: str
    own: tuple[str, ...]
    lines: tuple[str, ...] = ()

    def holds(self, where: str, line: str) -> bool:
        inside = where == self.where or where.startswith(f"{self.where}.")
        text = "".join(line.split())
        return inside and (not self.lines or text.startswith(self.lines))


@functools.cache
def parts(assignment: str) -> tuple[Part, ...]:
    """The parts of an assignment's reference, those with lines of their own first."""
    text = (PROJECT / "solutions" / f"{assignment}.toml").read_text("utf-8")
    found = [
        Part(p["name"], p["where"], tuple(p["own"]), tuple(p.get("lines", ())))
        for p in tomllib.loads(text)["part"]
    ]
    return tuple(sorted(found, key=lambda part: not part.lines))


def place_of(assignment: str, failed: Sequence[str]) -> str:
    """Where a slip is that only these properties show, "" where that cannot be told."""
    about = [part for part in parts(assignment) if set(failed) <= set(part.own)]
    if len(about) == 1 and len(failed) > 1:
        return about[0].name
    return f"what “{failed[0]}” asks for" if len(failed) == 1 else ""


def part_of(assignment: str, where: str, line: str) -> Part | None:
    """The part that a line belongs to, None for one that belongs to none."""
    return next((part for part in parts(assignment) if part.holds(where, line)), None)
