"""The kind ``expression``: a graph of Values is built, differentiated and read.

``nodes``     list of [operation, operand, …], the operation "Value" for a leaf; an operand is the
              index of an earlier node, or [number] for a plain number, [number, "numpy"] for a
              `numpy.float64`
``backward``  indices of the nodes whose ``backward()`` is called, in order
``observe``   "data" or "grad" of every node, "all" for both, "leaves" for the leaves' grad
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from course.scenarios.plain import number

INFIX = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
FUNCTIONS = ("exp", "log", "tanh", "relu")


def play(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    nodes: list[Any] = []
    names = names_of(scenario)
    for operation, *operands in scenario["nodes"]:
        nodes.append(apply(objects["Value"], operation, [operand(o, nodes) for o in operands]))
        if scenario["observe"] in ("data", "all"):
            yield f"{names[len(nodes) - 1]}.data", number(nodes[-1].data)
    for root in scenario["backward"]:
        nodes[root].backward()
    for name, node, (operation, *_) in zip(names, nodes, scenario["nodes"], strict=True):
        if scenario["observe"] in ("grad", "all") or (
            scenario["observe"] == "leaves" and operation == "Value"
        ):
            yield f"{name}.grad", number(node.grad)


def apply(value_class: Any, operation: str, operands: list[Any]) -> Any:
    """The result of one operation on Values and numbers."""
    if operation == "Value":
        return value_class(*operands)
    if operation == "neg":
        return -operands[0]
    if operation == "**":
        return operands[0] ** operands[1]
    if operation in FUNCTIONS:
        return getattr(operands[0], operation)()
    return INFIX[operation](*operands)


def operand(reference: int | list[Any], nodes: list[Any]) -> Any:
    """What an operand stands for: a node, or a number."""
    if isinstance(reference, int):
        return nodes[reference]
    return np.float64(reference[0]) if reference[1:] == ["numpy"] else reference[0]


def names_of(scenario: Mapping[str, Any]) -> list[str]:
    """a, b, c, … for the nodes in their order, then n26, n27, …"""
    letters = "abcdefghijklmnopqrstuvwxyz"
    count = len(scenario["nodes"])
    return [letters[i] if i < len(letters) else f"n{i}" for i in range(count)]


def describe(scenario: Mapping[str, Any]) -> list[str]:
    names = names_of(scenario)
    lines = []
    for name, (operation, *operands) in zip(names, scenario["nodes"], strict=True):
        lines.append(f"{name} = {written(operation, operands, names)}")
    lines += [f"{names[root]}.backward()" for root in scenario["backward"]]
    return joined(lines)


def written(operation: str, operands: list[Any], names: list[str]) -> str:
    """One operation as Python writes it."""
    texts = [names[o] if isinstance(o, int) else written_number(o) for o in operands]
    if operation == "Value":
        return f"Value({texts[0]})"
    if operation == "neg":
        return f"-{texts[0]}"
    if operation in FUNCTIONS:
        return f"{texts[0]}.{operation}()"
    if operation == "**" and texts[1].startswith("-"):
        texts[1] = f"({texts[1]})"
    return f"{texts[0]} {operation} {texts[1]}"


def written_number(reference: list[Any]) -> str:
    value = reference[0]
    text = repr(value) if isinstance(value, int) else repr(float(value))
    return f"np.float64({text})" if reference[1:] == ["numpy"] else text


def joined(statements: list[str], width: int = 88) -> list[str]:
    """Statements on as few lines as fit, with "; " between them."""
    lines: list[str] = []
    for statement in statements:
        if lines and len(lines[-1]) + len(statement) + 2 <= width:
            lines[-1] += "; " + statement
        else:
            lines.append(statement)
    return lines
