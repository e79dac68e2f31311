"""A release notebook with its solution cells filled from a Python module."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.assignments import Assignment
from autograder.errors import UserError


@dataclass
class Statement:
    """A top-level statement of the module.

    binds   the names that it defines
    uses    the names that must be defined before it runs
    asked   whether a solution cell asks for one of its names
    pinned  whether its cell is final: its own solution cell, or that of a solution that needs it
    cell    the number of its solution cell
    """

    text: str
    binds: set[str]
    uses: set[str]
    asked: bool = False
    pinned: bool = False
    cell: int = 0


@dataclass(frozen=True)
class SolutionCell:
    """A solution cell of the release notebook and the names that it asks for."""

    index: int
    names: frozenset[str]


def fill(module: str, assignment: Assignment) -> nbformat.NotebookNode:
    """The release notebook of the assignment, its solution cells filled from a module's source.

    Statements keep the module's order. Each goes to the solution cell that asks for a name it
    binds; if there is none, to the first solution cell where the names it uses are defined. A cell
    that gets no statement keeps its stub. Raises UserError if the module does not parse.
    """
    notebook = copy.deepcopy(nbformat.read(assignment.release_notebook, as_version=4))
    cells = solution_cells(notebook)
    statements = list(parse(module))
    place(statements, cells)
    bound = set().union(*(s.binds for s in statements)) if statements else set()
    for number, cell in enumerate(cells):
        here = [s for s in statements if s.cell == number]
        texts = [s.text for s in here]
        if not cell.names & bound:
            texts.append(notebook.cells[cell.index].source)
        elif not any(s.binds & cell.names for s in here):
            texts.append(f"# {', '.join(sorted(cell.names))}: see an earlier cell")
        notebook.cells[cell.index].source = "\n\n".join(texts)
    return notebook


def solution_cells(notebook: nbformat.NotebookNode) -> list[SolutionCell]:
    """The solution cells that hold code, in order."""
    found = []
    for index, cell in enumerate(notebook.cells):
        nbgrader = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and nbgrader.get("solution"):
            found.append(SolutionCell(index, frozenset(nbgrader.grade_id.split("-"))))
    return found


def parse(module: str) -> Iterator[Statement]:
    """The top-level statements of a module, each with the comments before it."""
    try:
        tree = ast.parse(module)
    except (SyntaxError, ValueError) as error:
        raise UserError(f"the module does not parse: {error}") from None
    lines = module.splitlines()
    end = 0
    for number, node in enumerate(tree.body):
        last = number == len(tree.body) - 1
        stop = len(lines) if last else node.end_lineno or node.lineno
        text = "\n".join(lines[end:stop]).strip("\n").rstrip()
        end = stop
        yield Statement(text, set(_bound(node)), set(_used(node)))


def place(statements: list[Statement], cells: list[SolutionCell]) -> None:
    """Set each statement's cell, so that no statement runs before those that bind its names."""
    for statement in statements:
        asking = [n for n, cell in enumerate(cells) if cell.names & statement.binds]
        if asking:
            statement.asked = statement.pinned = True
            statement.cell = asking[0]
    settled = False
    while not settled:
        settled = True
        for position, statement in enumerate(statements):
            for earlier in statements[:position]:
                if not earlier.binds & statement.uses or earlier.cell <= statement.cell:
                    continue
                settled = False
                if statement.pinned:  # the earlier statement moves up to the one that needs it
                    earlier.cell, earlier.pinned = statement.cell, True
                else:
                    statement.cell = earlier.cell


def _bound(node: ast.stmt) -> Iterator[str]:
    """Names that a statement binds at the top level, also inside if, try and for."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
        return
    for child in ast.walk(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif isinstance(child, ast.alias):
            yield (child.asname or child.name).partition(".")[0]


def _used(node: ast.stmt) -> Iterator[str]:
    """Names that a statement needs when it runs: not those inside the functions it defines."""
    pending: list[ast.AST] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, ast.Name) and isinstance(current.ctx, ast.Load):
            yield current.id
        if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            arguments = current.args
            pending += [*arguments.defaults, *(d for d in arguments.kw_defaults if d)]
            if not isinstance(current, ast.Lambda):
                pending += current.decorator_list
            continue
        pending += ast.iter_child_nodes(current)


def fill_file(module: Path, assignment: Assignment, out: Path) -> None:
    """`fill` from a file to a file. Raises UserError and OSError."""
    try:
        text = module.read_text("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{module}: not text in UTF-8") from None
    nbformat.write(fill(text, assignment), out)
