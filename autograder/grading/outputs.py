"""The outputs of a graded notebook: those of the student's cells, and the results of grade cells.

Only text and images are taken from the jail. The feedback pages and the formgrader would run HTML,
JavaScript, SVG, LaTeX and Markdown with the rights of the person who looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat
from nbformat.v4 import new_output

from autograder.grading.notebooks import is_autograded
from autograder.grading.records import RESULT
from course.messages import as_text
from course.panel import as_html
from course.results import ExerciseResult, as_data

MAX_OUTPUT = 4_000_000  # characters below one cell
MIN_SIZE = 1_000  # characters that any output counts as: even an empty one takes time to validate
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
SHOWN = {"text/plain": None, "image/png": BASE64, "image/jpeg": BASE64}
NOT_SHOWN = "[an output that is neither text nor an image: not shown]"


def valid_outputs(outputs: Any, room: int = MAX_OUTPUT) -> list[nbformat.NotebookNode]:
    """Outputs from the jail as nbformat outputs, without those that are malformed or too large.

    room  how many characters all of them together may have, see `size`
    """
    valid: list[nbformat.NotebookNode] = []
    for output in outputs if isinstance(outputs, list) else []:
        made = _valid_output(output) if isinstance(output, dict) else None
        if made is None:
            continue
        room -= size(made)
        if room < 0:
            text = "[more output than a notebook holds: the rest was dropped]"
            return [*valid, new_output("stream", name="stderr", text=text)]
        valid.append(made)
    return valid


def size(output: nbformat.NotebookNode) -> int:
    """How many characters an output counts as."""
    return max(len(str(output)), MIN_SIZE)


def _valid_output(output: dict[Any, Any]) -> nbformat.NotebookNode | None:
    def text(key: str) -> str:
        value = output.get(key)
        return value if isinstance(value, str) else ""

    kind, data = text("output_type"), output.get("data")
    if kind == "stream":
        name = "stderr" if text("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=text("text"))
    if kind in ("display_data", "execute_result") and isinstance(data, dict):
        kept = {
            mime: data[mime]
            for mime, pattern in SHOWN.items()
            if isinstance(data.get(mime), str)
            and (pattern is None or pattern.fullmatch(data[mime]))
        }
        more = {"execution_count": None} if kind == "execute_result" else {}
        return new_output(kind, data=kept or {"text/plain": NOT_SHOWN}, **more)
    if kind == "error":
        lines = output.get("traceback")
        traceback = (
            [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
        )
        return new_output("error", ename=text("ename"), evalue=text("evalue"), traceback=traceback)
    return None


def stopped(reason: str) -> list[nbformat.NotebookNode]:
    """The outputs of a cell whose process ended while it ran."""
    line = f"This cell was stopped: {reason}."
    return [new_output("error", ename="Ended", evalue=reason, traceback=[line])]


def write_outputs(
    notebook: nbformat.NotebookNode,
    outputs: Mapping[int, Sequence[Any]],
    exercises: Sequence[ExerciseResult],
) -> None:
    """Write outputs into the cells; a grade cell gets its result, and its score for nbgrader.

    outputs  index of a cell -> its outputs
    """
    results = {result.id: result for result in exercises}
    count = 0
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        if is_autograded(cell):
            cell.outputs = grade_outputs(results[cell.metadata.nbgrader.grade_id], count)
        else:
            cell.outputs = list(outputs.get(index, ()))


def grade_outputs(result: ExerciseResult, count: int) -> list[nbformat.NotebookNode]:
    """The outputs of a grade cell: the result, and as the cell's value the score for nbgrader."""
    data = {"text/plain": as_text(result), "text/html": as_html(result), RESULT: as_data(result)}
    return [
        new_output("display_data", data=data),
        new_output(
            "execute_result", data={"text/plain": repr(float(result.score))}, execution_count=count
        ),
    ]
