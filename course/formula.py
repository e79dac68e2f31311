"""Formulas as text: read safely, evaluated on arrays and Values, differentiated exactly.

A formula is one line of numbers, names, parentheses, ``+ - * / **`` and the functions ``exp``,
``log``, ``tanh``, ``relu``, ``sin``, ``cos``, ``sqrt`` and ``abs``, with Python's precedence.
Exponents may be formulas too; a power whose exponent is trained needs a base of at least 0.

The text is never run as Python. Python's own parser turns it into a syntax tree, and `read` copies
what the list above allows from that tree into a tree of `Number`, `Name` and `Operation`; anything
else is an `ExpressionError` that shows the place. Length and depth are bounded.

Slopes are exact, in *forward mode*: `walk` goes through the tree from its leaves to its top and
takes along, with every value, its slope with respect to each parameter. That is the direction
opposite to ``Value.backward``, which suits a million parameters and one loss; this one suits a few
parameters and many points.
"""

import ast
import operator
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

import numpy as np

from course.errors import ExpressionError

MAX_LENGTH = 500  # characters of a formula
MAX_DEPTH = 100  # operations inside one another

Operand = Any  # np.float64, a float64 array, or a Value


def _slope_by_base(u: Operand, v: Operand, out: Operand) -> Operand:
    # u**0 is 1 everywhere; the formula would say 0 * inf at u = 0.
    return np.where(v == 0.0, 0.0, v * u ** (v - 1.0))


def _slope_by_exponent(u: Operand, v: Operand, out: Operand) -> Operand:
    # At u = 0 the formula would say 0 * -inf, but 0**v stays 0 as v changes.
    return np.where((u == 0.0) & (v >= 0.0), 0.0, out * np.log(u))


class Rule(NamedTuple):
    """What an operation computes, and for each operand d(out)/d(operand).

    value   a function of the operands u (and v)
    slopes  functions of the operands and of out = value(operands)
    """

    value: Callable[..., Operand]
    slopes: tuple[Callable[..., Operand], ...]


RULES = {
    "+": Rule(operator.add, (lambda u, v, out: 1.0, lambda u, v, out: 1.0)),
    "-": Rule(operator.sub, (lambda u, v, out: 1.0, lambda u, v, out: -1.0)),
    "*": Rule(operator.mul, (lambda u, v, out: v, lambda u, v, out: u)),
    "/": Rule(operator.truediv, (lambda u, v, out: 1.0 / v, lambda u, v, out: -out / v)),
    "**": Rule(operator.pow, (_slope_by_base, _slope_by_exponent)),
    "neg": Rule(operator.neg, (lambda u, out: -1.0,)),
}
FUNCTIONS = {
    "exp": Rule(np.exp, (lambda u, out: out,)),
    "log": Rule(np.log, (lambda u, out: 1.0 / u,)),
    "tanh": Rule(np.tanh, (lambda u, out: 1.0 - out**2,)),
    "relu": Rule(lambda u: np.maximum(u, 0.0), (lambda u, out: u > 0.0,)),
    "sin": Rule(np.sin, (lambda u, out: np.cos(u),)),
    "cos": Rule(np.cos, (lambda u, out: -np.sin(u),)),
    "sqrt": Rule(np.sqrt, (lambda u, out: 0.5 / out,)),
    "abs": Rule(np.abs, (lambda u, out: np.sign(u),)),
}
RULES.update(FUNCTIONS)


def _apply(symbol: str, operands: Sequence[Operand]) -> Operand:
    arrays = [u for u in operands if isinstance(u, np.ndarray)]
    others = [u for u in operands if not isinstance(u, float | np.ndarray)]
    if not others and all(array.dtype == np.float64 for array in arrays):
        return RULES[symbol].value(*operands)
    if arrays:
        raise TypeError("Values go through a formula one at a time, not in or with arrays")
    return _apply_to_values(symbol, [float(u) if isinstance(u, float) else u for u in operands])


def _apply_to_values(symbol: str, operands: Sequence[Operand]) -> Operand:
    """The same operation by what a Value offers: + - * /, constant powers and its methods."""
    u, v = operands[0], operands[-1]
    if symbol == "**" and not isinstance(v, float):
        return (v * (float(np.log(u)) if isinstance(u, float) else u.log())).exp()
    if symbol == "sqrt":
        return u**0.5
    if symbol == "abs":
        return u.relu() + (-u).relu()
    if symbol in FUNCTIONS:
        return getattr(u, symbol)()
    return RULES[symbol].value(*operands)


class Number(NamedTuple):
    """A leaf: a number that stands in the formula."""

    value: np.float64


class Name(NamedTuple):
    """A leaf: a parameter or an input."""

    name: str


class Operation(NamedTuple):
    """An inner node: an operator or a function applied to other nodes."""

    symbol: str  # a key of RULES
    operands: tuple["Node", ...]


Node = Number | Name | Operation


def walk(
    node: Node, values: Mapping[str, Operand], wanted: Sequence[str] = ()
) -> tuple[Operand, dict[str, Operand]]:
    """The value of a formula, and its slope with respect to each wanted name that it depends on."""
    if isinstance(node, Number):
        return node.value, {}
    if isinstance(node, Name):
        return values[node.name], {node.name: 1.0} if node.name in wanted else {}
    walked = [walk(operand, values, wanted) for operand in node.operands]
    operands = [value for value, _ in walked]
    out = _apply(node.symbol, operands)
    total: dict[str, Operand] = {}
    for (_, inner), slope in zip(walked, RULES[node.symbol].slopes, strict=True):
        if inner:  # the chain rule, for the operands that depend on a wanted name
            outer = slope(*operands, out)
            for name in inner:
                total[name] = total.get(name, 0.0) + outer * inner[name]
    return out, total


def read(formula: str, known: Sequence[str]) -> Node:
    """The tree of a formula in which only the names `known` may stand, or an ExpressionError.

    What computes with numbers alone is computed here, so that 2**(1/2) is a constant exponent.
    """
    return _Reader(formula, known).tree()


class _Reader:
    """What `read` does, with the formula at hand for errors."""

    SYMBOLS: Mapping[type, str] = {
        ast.Add: "+",
        ast.Sub: "-",
        ast.Mult: "*",
        ast.Div: "/",
        ast.Pow: "**",
        ast.USub: "neg",
    }

    def __init__(self, formula: str, known: Sequence[str]):
        self.formula, self.known = formula, known

    def tree(self) -> Node:
        if len(self.formula) > MAX_LENGTH:
            self.fail(MAX_LENGTH, f"the formula is longer than {MAX_LENGTH} characters")
        if foreign := re.search(r"//|[^\w +\-*/().]", self.formula):
            hint = ": a power is written **" if foreign[0] == "^" else ""
            self.fail(foreign.start(), f"{foreign[0]!r} cannot stand in a formula{hint}")
        try:
            parsed = ast.parse(self.formula, mode="eval")
        except (SyntaxError, RecursionError, MemoryError) as error:
            # Columns count from 1; there is none where the formula ends too early.
            column = getattr(error, "offset", None) or len(self.formula) + 1
            reason = "this cannot be read: a product is written with *, parentheses come in pairs"
            self.fail(min(column - 1, len(self.formula)), reason)
        return self.read(parsed.body, 1)

    def read(self, node: ast.expr, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self.fail(node, f"more than {MAX_DEPTH} operations stand inside one another")
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                if value > sys.float_info.max:
                    self.fail(node, "this number is too large")
                return Number(np.float64(value))
            case ast.Name(id=name):
                if name not in self.known:
                    self.fail(node, f"unknown name {name!r}; known are {', '.join(self.known)}")
                return Name(name)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand, depth + 1)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.operation(node, "neg", [operand], depth)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(node, self.SYMBOLS[type(op)], [left, right], depth)
            case ast.Call(func=ast.Name(id=name)) if name not in FUNCTIONS:
                self.fail(node, f"unknown function {name!r}; known are {', '.join(FUNCTIONS)}")
            case ast.Call(func=ast.Name(id=name), args=[operand], keywords=[]):
                return self.operation(node, name, [operand], depth)
        self.fail(node, "only numbers, names, + - * / ** and functions of one value can stand here")

    def operation(
        self, node: ast.expr, symbol: str, operands: Sequence[ast.expr], depth: int
    ) -> Node:
        """An Operation, or where all its operands are numbers, the Number that it gives."""
        children = tuple(self.read(operand, depth + 1) for operand in operands)
        numbers = [child.value for child in children if isinstance(child, Number)]
        if len(numbers) < len(children):
            return Operation(symbol, children)
        with np.errstate(all="ignore"):
            value = np.float64(_apply(symbol, numbers))
        if not np.isfinite(value):
            self.fail(node, "this number is too large or not defined")
        return Number(value)

    def fail(self, place: ast.expr | int, reason: str) -> NoReturn:
        if isinstance(place, ast.expr):  # Python counts the bytes of UTF-8, people count characters
            place = len(self.formula.encode()[: place.col_offset].decode())
        raise ExpressionError(reason, self.formula, place)
