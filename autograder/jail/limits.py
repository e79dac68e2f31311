"""What one submission may use: the one list of limits.

nbgrader's options, `python -m autograder doctor` and the worker's process read this list, so a new
limit is a field here and the code that enforces it.
"""

from __future__ import annotations

import json
from dataclasses import Field, asdict, dataclass, field
from typing import Any, TypeVar

Number = TypeVar("Number", int, float)


def _limit(default: Number, unit: str, help: str) -> Number:
    return field(default=default, metadata={"unit": unit, "help": help})


@dataclass(frozen=True)
class Limits:
    """The limits of one submission; `described` says in words what each field bounds."""

    cell_seconds: float = _limit(20.0, "CPU seconds", "for one cell")
    case_seconds: float = _limit(10.0, "CPU seconds", "for one case of a property")
    submission_seconds: float = _limit(300.0, "seconds", "by the clock for a whole submission")
    memory: int = _limit(2 * 2**30, "bytes", "of memory for all processes together")
    processes: int = _limit(64, "processes", "at a time")
    output: int = _limit(20_000_000, "characters", "of output in all cells")
    reply: int = _limit(64 * 2**20, "bytes", "in one reply")

    def as_json(self) -> str:
        """All limits by name, as the worker's process reads them."""
        return json.dumps(asdict(self))


def described(limit: Field[Any]) -> str:
    """Unit and meaning of a field of `Limits`, to be read after its value."""
    return f"{limit.metadata['unit']} {limit.metadata['help']}"
