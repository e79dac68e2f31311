"""The sandbox of last resort: a bare process with resource limits, which sees the whole machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from autograder.jail.inside import ZYGOTE, environment

ISOLATION = "process"


def why_not() -> str:
    """Always "": a process can be had wherever the grader runs."""
    return ""


def command(arguments: Sequence[str], folder: str) -> tuple[list[str], dict[str, str]]:
    """See `worker.Sandbox`; ``folder`` is the worker's home."""
    return [sys.executable, "-s", str(ZYGOTE), *arguments, ISOLATION], environment(folder)
