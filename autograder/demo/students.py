"""The students of the example class: what each hands in, as edits of the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import nbformat
from nbformat.v4 import new_code_cell

from autograder.assignments import PROJECT

Edits = tuple[tuple[str, str], ...]


def nothing(notebook: nbformat.NotebookNode) -> None:
    """Leave the notebook as it is."""


@dataclass(frozen=True)
class Student:
    """A student: edits of the reference, for each assignment, and what else they do.

    edits  assignment -> (lines of the reference, what this student has instead)
    only   assignment -> the names that they have written; None: all
    touch  changes the filled notebook in place
    """

    name: str
    fate: str
    edits: Mapping[str, Edits] = field(default_factory=dict)
    only: Mapping[str, tuple[str, ...]] | None = None
    touch: Callable[[nbformat.NotebookNode], None] = nothing

    def module(self, assignment: str) -> str:
        """The module that this student's notebook is filled from."""
        text = (PROJECT / "solutions" / f"{assignment}.py").read_text("utf-8")
        for old, new in self.edits.get(assignment, ()):
            if text.count(old) != 1:
                raise ValueError(f"{self.name}: {text.count(old)} places to edit for {old!r}")
            text = text.replace(old, new)
        text = text.replace("        ### BEGIN SOLUTION\n", "").replace(
            "    ### BEGIN SOLUTION\n", ""
        )
        text = text.replace("        ### END SOLUTION\n", "").replace("    ### END SOLUTION\n", "")
        return text if self.only is None else _only(text, self.only.get(assignment, ()))


def _only(text: str, names: tuple[str, ...]) -> str:
    """The imports of a module and the definitions of these names."""
    import ast

    tree = ast.parse(text)
    kept = [
        node
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names)
    ]
    return "\n\n\n".join(ast.unparse(node) for node in kept) if names else ""


def tampered(notebook: nbformat.NotebookNode) -> None:
    """Empty every check, retype one, and forge a perfect result below it."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
            cell.source = "20.0"
            cell.metadata.tags = ["skip-execution"]
            cell.outputs = [nbformat.v4.new_output("execute_result", data={"text/plain": "20.0"})]
    notebook.cells.insert(
        1,
        new_code_cell(
            "import numpy, course.compare\n"
            "numpy.allclose = lambda *a, **k: True\n"
            "course.compare.Seen.equals = lambda self, other: True\n"
            "class Anything(float):\n"
            "    __eq__ = lambda self, other: True\n"
            "    __hash__ = float.__hash__"
        ),
    )


SGD_INIT = "        self.velocities = None\n"

STUDENTS = (
    Student("ada", "everything right"),
    Student(
        "bruno",
        "right, in a way of his own",
        edits={
            "value": (
                (
                    "            self.grad += out.grad / other.data\n",
                    "            self.grad += out.grad * other.data**-1\n",
                ),
                (
                    "        return self + (-other)\n",
                    "        print('subtracting')\n        return -(-self + other)\n",
                ),
            ),
            "sgd": (
                (
                    "            w -= self.lr * (d + self.momentum * v if self.nesterov else v)\n",
                    "            update = v\n"
                    "            if self.nesterov:\n"
                    "                update = d + self.momentum * v\n"
                    "            w[...] = w - update * self.lr\n",
                ),
            ),
        },
    ),
    Student(
        "chen",
        "gradients assigned, not added; lr inside the velocity",
        edits={
            "value": (
                (
                    "            self.grad += other.data * out.grad\n"
                    "            other.grad += self.data * out.grad\n",
                    "            self.grad = other.data * out.grad\n"
                    "            other.grad = self.data * out.grad\n",
                ),
            ),
            "sgd": (
                ("            v += d\n", "            v += self.lr * d\n"),
                (
                    "            w -= self.lr * (d + self.momentum * v if self.nesterov else v)\n",
                    "            w -= self.lr * d + self.momentum * v if self.nesterov else v\n",
                ),
            ),
        },
    ),
    Student(
        "dora",
        "recursion; weight decay with the wrong sign",
        edits={
            "value": (
                (
                    "        order, seen, stack = [], set(), [(self, False)]\n"
                    "        while stack:\n"
                    "            node, operands_done = stack.pop()\n"
                    "            if operands_done:\n"
                    "                order.append(node)\n"
                    "            elif node not in seen:\n"
                    "                seen.add(node)\n"
                    "                stack.append((node, True))\n"
                    "                for operand in node._prev:\n"
                    "                    if operand not in seen:\n"
                    "                        stack.append((operand, False))\n",
                    "        order, seen = [], set()\n"
                    "\n"
                    "        def visit(node):\n"
                    "            if node not in seen:\n"
                    "                seen.add(node)\n"
                    "                for operand in node._prev:\n"
                    "                    visit(operand)\n"
                    "                order.append(node)\n"
                    "\n"
                    "        visit(self)\n",
                ),
            ),
            "sgd": (
                (
                    "            d = g + self.weight_decay * w\n",
                    "            d = g - self.weight_decay * w\n",
                ),
            ),
        },
    ),
    Student(
        "emil",
        "tanh' and mean forgotten; new arrays instead of in place",
        edits={
            "value": (
                ("(1.0 - out.data**2) * out.grad", "(1.0 - out.data) * out.grad"),
                (" / len(xs)\n", "\n"),
            ),
            "sgd": (("            w -= self.lr * (d", "            w = w - self.lr * (d"),),
        },
    ),
    Student(
        "fatima",
        "one velocity for all; 1 / λ_max",
        edits={
            "value": (("        return -self + other\n", "        return self - other\n"),),
            "sgd": (
                (
                    "            self.velocities = [np.zeros_like(w) for w in params]\n",
                    "            self.velocities = [0.0 * params[0]] * len(params)\n",
                ),
                ("float(2.0 / np", "float(1.0 / np"),
            ),
        },
    ),
    Student(
        "goran",
        "half done",
        only={"value": ("Value",), "sgd": ("largest_stable_lr",)},
    ),
    Student("hana", "untouched", only={}),
    Student(
        "igor",
        "an infinite loop in one exercise",
        edits={
            "value": (
                ("    for _ in range(steps):\n        x = V", "    while True:\n        x = V"),
            ),
            "sgd": (
                (
                    "    return float(2.0 / np.linalg.eigvalsh(hessian)[-1])\n",
                    "    lr = 1.0\n"
                    "    while lr * np.linalg.eigvalsh(hessian)[-1] != 2.0:\n"
                    "        lr = lr / 1.0001\n"
                    "    return lr\n",
                ),
            ),
        },
    ),
    Student(
        "june",
        "a crash in one exercise",
        edits={
            "value": (
                ("    w, b = Value(0.0), Value(0.0)\n", "    import os\n\n    os._exit(0)\n"),
            ),
            "sgd": (
                (
                    "    return float(2.0 / np.linalg",
                    "    import os\n\n    os._exit(0)\n    return float(2.0 / np.linalg",
                ),
            ),
        },
    ),
    Student("kaspar", "cheats: forged checks, patched libraries", only={}, touch=tampered),
    Student(
        "lena",
        "a syntax error",
        touch=lambda notebook: _break_first_solution(notebook),
    ),
)


def _break_first_solution(notebook: nbformat.NotebookNode) -> None:
    """Take away a closing parenthesis."""
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and nbgrader.get("solution"):
            cell.source = cell.source.replace("):", ":", 1)
            return
