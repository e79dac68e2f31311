"""Finding the notebooks for ``python -m course check``, and waiting until they are saved."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

PAUSE = 0.5  # seconds between two looks at the files
NEEDED = ("numpy", "matplotlib", "matplotlib_inline", "IPython", "msgpack", "rich")

State = tuple[int, int] | None


def missing_packages() -> str:
    """One line with the remedy where a package is missing that the checks need, else ""."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if not missing:
        return ""
    names = " and ".join(missing)
    return f"{names} missing here: install the course's wheel again with {sys.executable} -m pip"


def find(given: Sequence[Path], names: Sequence[str]) -> list[Path]:
    """The notebooks that are meant: those given, and in folders those of the course.

    given  files and folders; nothing means this folder
    names  the assignments' names
    """
    paths: list[Path] = []
    for path in given or [Path()]:
        found = (p for name in names for p in sorted(path.rglob(f"{name}.ipynb")))
        # What Jupyter and nbgrader keep beside a notebook is not the student's to check.
        paths += (
            [p for p in found if not any(part.startswith(".") for part in p.parts)]
            if path.is_dir()
            else [path]
        )
    return paths


def saved(
    look: Callable[[], Sequence[Path]], pause: Callable[[], None] = lambda: time.sleep(PAUSE)
) -> Iterator[list[Path]]:
    """All files at first, then time and again those that were saved; it never ends.

    look   the files to watch, asked for anew each time
    pause  waits between two looks

    A file counts as saved if it has not changed between two looks.
    """
    told: dict[Path, State] = {path: _state(path) for path in look()}
    before = dict(told)
    yield list(told)
    while True:
        pause()
        now = {path: _state(path) for path in look()}
        changed = [p for p in now if now[p] != told.get(p) and before.get(p) == now[p]]
        before = now
        if changed:
            told |= {path: now[path] for path in changed}
            yield changed


def _state(path: Path) -> State:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
