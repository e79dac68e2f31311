"""Mutants: a reference with one small, mechanical fault each.

They stand in for the faults that nobody thought of; the operators are those of Offutt et al.
(1996, *An experimental determination of sufficient mutant operators*), with dropped statements and
terms, swapped arguments, and what is typical of this course: an array rebound instead of changed.
The mutation tools for Python change files and run a test command for each mutant, which takes a
second where judging takes milliseconds, so the operators are written here, on the syntax tree.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

SWAPPED: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
NOT_COMMUTATIVE = (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)


@dataclass(frozen=True)
class Mutant:
    """A module with one fault.

    where     the class and function that it is in: "Adam.step"
    old, new  the line without and with the fault, as `ast.unparse` writes it
    text      the whole module
    """

    where: str
    old: str
    new: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.where}: {self.old} → {self.new}"

    @property
    def definition(self) -> str:
        """The top-level class or function that it is in."""
        return self.where.split(".")[0]


def mutants(text: str) -> list[Mutant]:
    """The mutants of a module's functions, each text once."""
    return _made(text, (_dropped, _rebound, _changed_inside))


def slips(text: str) -> list[Mutant]:
    """Slips of the hand: a name in the place of another, lines exchanged or repeated, off by one.

    They are too many, and too often harmless, to ask of the cases that they kill each of them; but
    what a submission does may be one of them.
    """
    return _made(text, (_exchanged_lines, _repeated, _renamed, _shifted))


Operator = Callable[[ast.Module, list[ast.stmt], int, str], Iterator[Mutant]]


def _made(text: str, operators: Sequence[Operator]) -> list[Mutant]:
    tree = ast.parse(text)
    found: dict[str, Mutant] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            for mutant in _inside(tree, node, node.name, operators):
                found.setdefault(mutant.text, mutant)
    found.pop(ast.unparse(tree), None)
    return list(found.values())


def _inside(
    tree: ast.Module, node: ast.AST, where: str, operators: Sequence[Operator]
) -> Iterator[Mutant]:
    """The mutants of one class or function, changed in place one after the other."""
    if isinstance(node, ast.FunctionDef) and _changed_inside in operators:
        yield from _changed(tree, node, node.args, where)
    for body in _bodies(node):
        for index, statement in enumerate(body):
            if isinstance(statement, ast.ClassDef | ast.FunctionDef):
                yield from _inside(tree, statement, f"{where}.{statement.name}", operators)
            elif not _is_docstring(statement):
                for operator in operators:
                    yield from operator(tree, body, index, where)
                yield from _inside(tree, statement, where, operators)


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        body = getattr(node, name, None)
        if isinstance(body, list):
            yield body


def _is_docstring(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _dropped(tree: ast.Module, body: list[ast.stmt], index: int, where: str) -> Iterator[Mutant]:
    statement = body[index]
    if not isinstance(statement, ast.Pass):
        body[index] = ast.Pass()
        yield Mutant(where, _head(statement), "pass", ast.unparse(tree))
        body[index] = statement


def _changed_inside(
    tree: ast.Module, body: list[ast.stmt], index: int, where: str
) -> Iterator[Mutant]:
    yield from _changed(tree, body[index], body[index], where)


def _changed(tree: ast.Module, statement: ast.AST, root: ast.AST, where: str) -> Iterator[Mutant]:
    """The mutants of what stands in one line: of a statement without the statements in it."""
    old = _head(statement)
    for holder in [statement, *_expressions(root)]:
        for field, value in ast.iter_fields(holder):
            places = value if isinstance(value, list) else [value]
            for index, node in enumerate(places):
                if not isinstance(node, ast.AST) or isinstance(node, ast.stmt):
                    continue
                for new in _replacements(node):
                    _put(holder, field, value, index, new)
                    yield Mutant(where, old, _head(statement), ast.unparse(tree))
                    _put(holder, field, value, index, node)


def _rebound(tree: ast.Module, body: list[ast.stmt], index: int, where: str) -> Iterator[Mutant]:
    """w -= d as w = w - d and as w = d."""
    statement = body[index]
    if isinstance(statement, ast.AugAssign):
        read = copy.deepcopy(statement.target)
        read.ctx = ast.Load()
        for value in (ast.BinOp(read, statement.op, statement.value), statement.value):
            new = ast.Assign([statement.target], value, lineno=statement.lineno)
            body[index] = new
            yield Mutant(where, _head(statement), _head(new), ast.unparse(tree))
        body[index] = statement


def _exchanged_lines(
    tree: ast.Module, body: list[ast.stmt], index: int, where: str
) -> Iterator[Mutant]:
    """A statement after the one that follows it."""
    if index + 1 < len(body):
        first, second = body[index : index + 2]
        body[index : index + 2] = [second, first]
        yield Mutant(where, _head(first), f"after: {_head(second)}", ast.unparse(tree))
        body[index : index + 2] = [first, second]


def _repeated(tree: ast.Module, body: list[ast.stmt], index: int, where: str) -> Iterator[Mutant]:
    """A statement twice."""
    statement = body[index]
    body.insert(index, statement)
    yield Mutant(where, _head(statement), f"twice: {_head(statement)}", ast.unparse(tree))
    del body[index]


def _renamed(tree: ast.Module, body: list[ast.stmt], index: int, where: str) -> Iterator[Mutant]:
    """One use of a variable, or of an attribute of self, as another one of the function's."""
    statement = body[index]
    old = _head(statement)
    function = _function(tree, where)
    names = sorted({n.id for n in ast.walk(function) if isinstance(n, ast.Name)} & _bound(function))
    attributes = sorted(
        {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and _is_of_self(n)}
    )
    for node in _expressions(statement):
        others, field = (names, "id") if isinstance(node, ast.Name) else (attributes, "attr")
        mine = getattr(node, field, None)
        if mine not in others or not (isinstance(node, ast.Name) or _is_of_self(node)):
            continue
        for other in others:
            if other != mine:
                setattr(node, field, other)
                yield Mutant(where, old, _head(statement), ast.unparse(tree))
        setattr(node, field, mine)


def _shifted(tree: ast.Module, body: list[ast.stmt], index: int, where: str) -> Iterator[Mutant]:
    """One use of a variable or an attribute as one more or one less."""
    statement = body[index]
    old = _head(statement)
    for holder in [statement, *_expressions(statement)]:
        for field, value in ast.iter_fields(holder):
            for place, node in enumerate(value if isinstance(value, list) else [value]):
                is_read = isinstance(getattr(node, "ctx", None), ast.Load)
                if is_read and isinstance(node, ast.Name | ast.Attribute):
                    for operator in (ast.Add(), ast.Sub()):
                        _put(holder, field, value, place, _beside(node, operator))
                        yield Mutant(where, old, _head(statement), ast.unparse(tree))
                    _put(holder, field, value, place, node)


def _beside(node: ast.expr, operator: ast.operator) -> ast.expr:
    return ast.BinOp(node, operator, ast.Constant(1))


def _function(tree: ast.Module, where: str) -> ast.AST:
    """The class or function of this place: "Adam.step"."""
    node: Any = tree
    for name in where.split("."):
        node = next(child for child in ast.walk(node) if getattr(child, "name", None) == name)
    return node


def _bound(function: ast.AST) -> set[str]:
    """The names of a function's parameters and variables."""
    stored = {
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    return stored | {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}


def _is_of_self(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def _put(holder: ast.AST, field: str, value: Any, index: int, node: ast.AST) -> None:
    if isinstance(value, list):
        value[index] = node
    else:
        setattr(holder, field, node)


def _head(statement: ast.AST) -> str:
    """The statement's own line, without the statements in it."""
    lines = ast.unparse(statement).splitlines()
    return next(line for line in lines if not line.startswith("@"))


def _expressions(root: ast.AST) -> Iterator[ast.AST]:
    """The nodes of an expression or a statement's own line, without other statements."""
    for child in ast.iter_child_nodes(root):
        if not isinstance(child, ast.stmt):
            yield child
            yield from _expressions(child)


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    for new in SWAPPED.get(type(node), ()):
        yield new()
    match node:
        case ast.BinOp(left, op, right):
            yield left
            yield right
            if isinstance(op, NOT_COMMUTATIVE):
                yield ast.BinOp(right, op, left)
        case ast.BoolOp(values=[first, second]):
            yield first
            yield second
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.Constant():
            yield from _constants(node)
        case ast.Call():
            yield from _calls(node)
        case ast.arguments():
            yield from _parameters(node)
        case ast.Compare():
            yield ast.UnaryOp(ast.Not(), node)


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        others = [value + 1, value - 1, 0, 2 * value]
        yield from (ast.Constant(v) for v in dict.fromkeys(others) if v != value)
    elif isinstance(value, str):
        yield ast.Constant(value + "x")


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    args = node.args
    for i, keyword in enumerate(node.keywords):
        yield ast.Call(node.func, args, [k for k in node.keywords if k is not keyword])
        if len(args) == 0 and i == 0:
            yield keyword.value
    if args:
        yield args[0]
    elif isinstance(node.func, ast.Attribute):
        yield node.func.value  # w.copy() as w
    for i in range(len(args) - 1):
        yield ast.Call(node.func, _exchanged(args, i), node.keywords)
    if isinstance(node.func, ast.Name) and node.func.id == "range":
        for op in (ast.Add(), ast.Sub()):
            last = ast.BinOp(args[-1], op, ast.Constant(1))
            yield ast.Call(node.func, [*args[:-1], last], node.keywords)


def _parameters(node: ast.arguments) -> Iterator[ast.AST]:
    """Two neighbours, with their default values, in each other's place."""
    plain = len(node.args) - len(node.defaults)
    start = 1 if node.args and node.args[0].arg == "self" else 0
    for i in range(start, len(node.args) - 1):
        j = i - plain
        if j == -1:  # only the second one has a default value
            continue
        defaults = _exchanged(node.defaults, j) if j >= 0 else node.defaults
        new = copy.copy(node)
        new.args, new.defaults = _exchanged(node.args, i), defaults
        yield new


def _exchanged(items: list[Any], i: int) -> list[Any]:
    return [*items[:i], items[i + 1], items[i], *items[i + 2 :]]
