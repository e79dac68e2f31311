"""Reading submitted notebooks, however damaged, and restoring the instructor's cells in them.

`parse` returns a valid notebook of newly made cells, or raises `DamagedNotebook` with one line that
says what is wrong; no content makes it raise anything else. `restore` puts the instructor's cells
back: a submission contributes the text of its solution cells, its written answers and its extra
cells, nothing else.
"""

from __future__ import annotations

import copy
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_markdown_cell, new_notebook
from nbgrader.preprocessors import ClearSolutions, ComputeChecksums, LockCells
from nbgrader.utils import is_grade, is_task
from traitlets.config import Config

from autograder.errors import DamagedNotebook

MAX_FILE = 100 * 2**20  # bytes
MAX_VALUES = 10_000_000  # in the JSON; an empty list is 3 bytes there, and 70 bytes in memory
MAX_CELL = 1_000_000  # characters of source
MAX_CELLS = 2_000
MAX_SOURCE = 5_000_000  # characters of source in all cells together

MAX_PROBLEMS = 10  # lines about a notebook; one more line counts the rest

KINDS = ("code", "markdown", "raw")


def received(path: str | os.PathLike[str]) -> bytes | DamagedNotebook:
    """A submitted file's content, or what is wrong with the file."""
    try:
        return read_bytes(path)
    except DamagedNotebook as damage:
        return damage


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """A submitted file's content. Raises DamagedNotebook for links, devices and large files.

    A file with several names (hard links) is refused as well: it may belong to somebody else.
    """
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            raise DamagedNotebook("not a regular file (links are not followed)")
        if status.st_nlink > 1:
            raise DamagedNotebook(f"a hard link: the file has {status.st_nlink} names")
        if status.st_size > MAX_FILE:
            raise DamagedNotebook(
                f"the file has {status.st_size / 2**20:.0f} MiB; the limit is {MAX_FILE >> 20} MiB"
            )
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise DamagedNotebook("there is no such file") from None
    except OSError as error:
        raise DamagedNotebook(f"cannot be read: {error.strerror}") from None


def instead_of(damage: DamagedNotebook) -> nbformat.NotebookNode:
    """The notebook that is graded in place of a damaged file: it says what is wrong."""
    note = f"This submission could not be graded, because the file is damaged: {damage}."
    return new_notebook(cells=[new_markdown_cell(note)])


def parse(data: bytes) -> tuple[nbformat.NotebookNode, list[str]]:
    """The notebook in these bytes, and a line for each cell that could not be used.

    Outputs and all metadata but nbgrader's cell ids are left out. Raises DamagedNotebook.
    """
    if sum(data.count(mark) for mark in (b"[", b"{", b",")) > MAX_VALUES:
        raise DamagedNotebook(f"not a notebook: more than {MAX_VALUES:,} values")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DamagedNotebook("not a notebook: the file is not text in UTF-8") from None
    except RecursionError:
        raise DamagedNotebook("not a notebook: JSON nested too deeply") from None
    except ValueError as error:
        what = "the file is empty" if not data.strip() else f"not JSON ({_one_line(error)})"
        raise DamagedNotebook(f"not a notebook: {what}; perhaps it was cut short") from None
    if not isinstance(content, dict):
        raise DamagedNotebook("not a notebook: the JSON is not an object")
    version = content.get("nbformat")
    if type(version) is not int or not 1 <= version <= 4:
        raise DamagedNotebook(f"not a notebook of a known version: nbformat is {version!r:.40}")
    cells = content.get("cells") if version == 4 else _old_cells(content)
    if not isinstance(cells, list):
        raise DamagedNotebook("not a notebook: it has no list of cells")
    return _fresh(cells)


def _old_cells(content: dict[str, Any]) -> list[Any] | None:
    """The cells of a notebook of nbformat 1 to 3 in the form of 4, with what `_fresh` needs.

    nbformat's own conversion is not used: it validates all outputs, which can take hours, logs
    their content, and accepts a heading of any level, with that many # signs.
    """
    sheets = content.get("worksheets", [content])
    if not isinstance(sheets, list):
        return None
    found = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    lists = [cells for cells in found if isinstance(cells, list)]
    return [_of_today(cell) for cells in lists for cell in cells] if lists else None


def _of_today(cell: Any) -> Any:
    """A cell of nbformat 1 to 3 as one of 4. Code was in `input`, headings were a cell type."""
    if not isinstance(cell, dict):
        return cell
    kind = cell.get("cell_type")
    source = _joined(cell.get("input" if kind == "code" else "source", cell.get("text")))
    level = cell.get("level")
    if kind == "heading" and isinstance(source, str):
        source = "#" * (level if type(level) is int and 1 <= level <= 6 else 1) + " " + source
    kind = "markdown" if kind in ("heading", "html", "text") else kind
    return {"cell_type": kind, "source": source, "metadata": cell.get("metadata")}


def _fresh(cells: list[Any]) -> tuple[nbformat.NotebookNode, list[str]]:
    """A valid notebook with these cells' type, source and nbgrader id."""
    fresh, problems, total = [], [], 0
    if len(cells) > MAX_CELLS:
        problems.append(f"{len(cells)} cells: only the first {MAX_CELLS} are used")
    for number, cell in enumerate(cells[:MAX_CELLS], start=1):
        kind, source = (
            (cell.get("cell_type"), cell.get("source")) if isinstance(cell, dict) else (None, None)
        )
        source = _joined(source)
        if not isinstance(kind, str) or kind not in KINDS or not isinstance(source, str):
            problems.append(f"cell {number} is damaged and was left out")
            continue
        total += len(source)
        if len(source) > MAX_CELL or total > MAX_SOURCE:
            size = f"{len(source) / 1e6:.1f} million characters"
            problems.append(f"cell {number} is too large ({size}) and was left out")
            continue
        source = source.encode("utf-8", "replace").decode()
        grade_id = _grade_id(cell)
        metadata = {"nbgrader": {"grade_id": grade_id}} if grade_id else {}
        fresh.append(_cell(kind, source, metadata))
    if len(problems) > MAX_PROBLEMS:
        more = len(problems) - MAX_PROBLEMS
        problems = [*problems[:MAX_PROBLEMS], f"and {more} more things like these"]
    return _notebook(fresh, {}), problems


def _joined(source: Any) -> Any:
    """A list of lines joined to one text; anything else unchanged."""
    lines = isinstance(source, list) and all(isinstance(line, str) for line in source)
    return "".join(source) if lines else source


def _cell(kind: str, source: str, metadata: dict[str, Any]) -> nbformat.NotebookNode:
    """A new cell; its id comes from `_notebook`.

    nbformat's own functions validate each cell, which took most of the time to read a notebook.
    """
    cell: dict[str, Any] = {"cell_type": kind, "metadata": metadata, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return nbformat.from_dict(cell)


def _notebook(cells: list[Any], metadata: dict[str, Any]) -> nbformat.NotebookNode:
    """A notebook of these cells; the id of a cell is made from its position."""
    for index, cell in enumerate(cells):
        cell.id = f"cell-{index}"
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells}
    return nbformat.from_dict(content)


def _grade_id(cell: dict[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) and grade_id else None


def _one_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]


# nbgrader's steps on a source notebook before it records the cells in the gradebook.
_MASTER_STEPS = (ClearSolutions, LockCells, ComputeChecksums)
_masters: dict[tuple[Path, int, str], nbformat.NotebookNode] = {}


def master(path: Path, config: Mapping[str, Any] | None = None) -> nbformat.NotebookNode:
    """The cells of a source notebook that nbgrader knows, with hidden tests, without solutions.

    config  nbgrader's configuration

    Callers share the notebook and must not change it. Raises DamagedNotebook.
    """
    options = Config(
        {step.__name__: (config or {}).get(step.__name__, {}) for step in _MASTER_STEPS}
    )
    try:
        key = path.resolve(), path.stat().st_mtime_ns, repr(options)
        if key not in _masters:
            _masters[key] = _made_master(path, options)
    except FileNotFoundError:
        raise DamagedNotebook("there is no such file") from None
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        raise DamagedNotebook(_one_line(error)) from None
    return _masters[key]


def _made_master(path: Path, config: Config) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    resources: dict[str, Any] = {}
    for step in _MASTER_STEPS:
        notebook, resources = step(config=config)(notebook, resources)
    notebook.cells = [cell for cell in notebook.cells if _id(cell) is not None]
    return notebook


def points_of(master: nbformat.NotebookNode) -> dict[str, float]:
    """Cell id -> its points, in the order of the notebook."""
    return {
        cell.metadata.nbgrader.grade_id: float(cell.metadata.nbgrader.points)
        for cell in master.cells
        if is_grade(cell) or is_task(cell)
    }


def restore(
    submitted: nbformat.NotebookNode, master: nbformat.NotebookNode
) -> nbformat.NotebookNode:
    """The submission with all of the instructor's cells as `master` has them.

    Solution cells and written answers keep the student's text. Of several cells with the same id
    the last one counts; the others run as extra cells. Locked cells are restored from `master`,
    whether they were changed, retyped or deleted; copies of them are dropped. A grade cell that
    stands before its solution is moved behind it.
    """
    known = {_id(cell): cell for cell in master.cells}
    cells, last = [], {}
    for index, cell in enumerate(submitted.cells):
        if _id(cell) in known:
            last[_id(cell)] = index
    for index, cell in enumerate(submitted.cells):
        original = known.get(_id(cell))
        if original is None or last[_id(cell)] != index:
            if original is None or not _is_locked(original):
                cells.append(_cell(cell.cell_type, cell.source, {}))
        elif _is_locked(original):
            cells.append(copy.deepcopy(original))
        else:
            mine = copy.deepcopy(original)
            mine.source = cell.source
            cells.append(mine)
    _replace_missing(cells, master.cells)
    return _notebook(cells, copy.deepcopy(master.metadata))


def _replace_missing(cells: list[Any], originals: list[Any]) -> None:
    """Insert the graded cells that are missing, and move those that stand before their solution."""
    for position, original in enumerate(originals):
        if not original.metadata.nbgrader.grade:
            continue
        before = {_id(other) for other in originals[:position]}
        after = {_id(other) for other in originals[position + 1 :]}
        at = next((i for i, cell in enumerate(cells) if _id(cell) == _id(original)), None)
        solutions = [i for i, cell in enumerate(cells) if _id(cell) in before]
        earliest = solutions[-1] + 1 if solutions else 0
        if at is not None and at >= earliest:
            continue
        if at is not None:
            original = cells.pop(at)
            earliest -= 1
        following = [i for i, c in enumerate(cells) if _id(c) in after and i >= earliest]
        where = following[0] if following else len(cells)
        cells.insert(where if at is None else earliest, copy.deepcopy(original))


def _id(cell: Any) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _is_locked(cell: Any) -> bool:
    """Is this a cell that students must not change: neither solution nor written answer?"""
    return not cell.metadata.nbgrader.solution


def is_autograded(cell: Any) -> bool:
    """Is this a code cell that is worth points?"""
    nbgrader = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and nbgrader.get("grade", False)
