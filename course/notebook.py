"""The local checks on a whole notebook, as ``python -m course check`` and ``tests/local`` run them.

The notebook's cells run in a process of their own, so that a cell that never ends or that ends
Python costs the check no more than that. The file itself is only read.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course import checks
from course.compare import Seen
from course.errors import NotebookError
from course.harness import observe
from course.judge import Reply
from course.results import ExerciseResult, as_data, from_data
from course.shell import CpuLimit

CELL_SECONDS, CASE_SECONDS, NOTEBOOK_SECONDS = 20.0, 10.0, 300.0
SAID_BY_CHECKS = ("NotImplementedError", "BrokenDefinition")  # what is not to be said of cells


@dataclass(frozen=True)
class NotebookResult:
    """The results of a notebook's exercises, and a line for each cell that went wrong."""

    exercises: list[ExerciseResult]
    notes: list[str]

    @property
    def passed(self) -> bool:
        return all(e.passed for e in self.exercises)


def check_notebook(path: Path, seconds: float = NOTEBOOK_SECONDS, hint: int = 1) -> NotebookResult:
    """Run a notebook's cells and the local checks of its exercises. Raises NotebookError.

    hint  see `course.check`
    """
    sources = code_cells(path)  # so that what is wrong with the file is said first
    if not any(exercise for _, exercise in sources):
        raise NotebookError(f"{path}: no exercise of this course in it; is it the right notebook?")
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        arguments = [str(path.resolve()), str(answer), str(hint)]
        command = [sys.executable, "-m", "course.notebook", *arguments]
        environment = os.environ | {
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "IPYTHONDIR": folder,
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        }
        try:
            subprocess.run(
                command,
                env=environment,
                cwd=path.resolve().parent,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotebookError(
                f"{path}: not finished after {seconds:g} seconds; look for a cell that never ends"
            ) from None
        if not answer.exists():
            raise NotebookError(
                f"{path}: a cell ended Python before the checks were done; look for exit() or "
                "for something that takes all memory"
            )
        data = json.loads(answer.read_text("utf-8"))
        return NotebookResult([*map(from_data, data["exercises"])], data["notes"])


def code_cells(path: Path) -> list[tuple[str, str | None]]:
    """(source, exercise) of each code cell; the exercise is None but for the checks' own cells."""
    try:
        content = json.loads(path.read_text("utf-8-sig"))
        cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        sources = ["".join(cell["source"]) for cell in cells]
        language = _language(content)
    except FileNotFoundError:
        raise NotebookError(f"{path}: not found; is this the right folder?") from None
    except OSError as error:
        raise NotebookError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        raise NotebookError(
            f"{path}: not a notebook, or damaged; open it in Jupyter and save it again"
        ) from None
    if language != "python":
        raise NotebookError(
            f"{path}: its kernel speaks {language!r:.40}; choose the kernel Python 3 in Jupyter, "
            "and save"
        )
    known = {name for a in checks.assignments() for name in checks.exercises(a)}
    return [
        (s, e if e in known else None) for s, e in zip(sources, map(_grade_id, cells), strict=True)
    ]


def _language(content: Mapping[str, Any]) -> str:
    """The language of the notebook's kernel; where none is named, Python."""
    metadata = content.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    named = kernel.get("language") if isinstance(kernel, dict) else None
    return named.lower() if isinstance(named, str) and named else "python"


def _grade_id(cell: Mapping[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None


def run_here(path: Path, hint: int) -> NotebookResult:
    """Run the cells and checks in this process, whose sys.stdout is lost to the cells."""
    from course.shell import Shell

    shell = Shell.instance()
    exercises, notes = [], []
    for number, (source, exercise) in enumerate(code_cells(path), start=1):
        if exercise is None:
            _, error = shell.record(source, CELL_SECONDS)
            if error is not None and type(error).__name__ not in SAID_BY_CHECKS:
                message = (str(error).splitlines() or [""])[0][:200]
                if isinstance(error, ModuleNotFoundError):
                    message += "; install it with pip, or do without it"
                notes.append(f"code cell {number} raised {type(error).__name__}: {message}")
        else:
            exercises.append(checks.check_named(exercise, shell.user_ns, _play, hint))
    return NotebookResult(exercises, notes)


def _play(scenario: Mapping[str, Any], namespace: Mapping[str, Any]) -> Reply:
    values, error = observe(scenario, namespace, CpuLimit(scenario.get("seconds", CASE_SECONDS)))
    return Reply(Seen(values), error)


if __name__ == "__main__":
    result = run_here(Path(sys.argv[1]), int(sys.argv[3]))
    data = {"exercises": [*map(as_data, result.exercises)], "notes": result.notes}
    Path(sys.argv[2]).write_text(json.dumps(data), "utf-8")
