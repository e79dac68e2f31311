"""The students of the example class: what each hands in, as edits of the reference."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import nbformat
from nbformat.v4 import new_code_cell

from autograder.assignments import load
from autograder.misconceptions.catalogue import edited, misconceptions

Edits = tuple[tuple[str, str], ...]


def nothing(notebook: nbformat.NotebookNode) -> None:
    """Leave the notebook as it is."""


@dataclass(frozen=True)
class Student:
    """A student of the example class.

    wrong  assignment -> the names of the misconceptions that this student has
    edits  assignment -> more (lines of the reference, what this student has instead)
    only   assignment -> the names that the student has written; None: all
    touch  changes the filled notebook in place
    """

    name: str
    fate: str
    wrong: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    edits: Mapping[str, Edits] = field(default_factory=dict)
    only: Mapping[str, tuple[str, ...]] | None = None
    touch: Callable[[nbformat.NotebookNode], None] = nothing

    def hands_in(self, assignment: str) -> bool:
        """The lab takes half a minute to run, so a few hand it in for all."""
        return assignment != "lab" or self.name in ("ada", "chen", "hana")

    def module(self, assignment: str) -> str:
        """The module that this student's notebook is filled from, without the solution marks.

        What the notebook takes from earlier assignments is the reference's.
        """
        known = {m.name: m for m in misconceptions(assignment)}
        edits = [e for name in self.wrong.get(assignment, ()) for e in known[name].edits]
        text = edited(assignment, (*edits, *self.edits.get(assignment, ())))
        written = _unmarked(text)
        if self.only is not None:
            written = _only(written, self.only.get(assignment, ()))
        earlier = [_unmarked(edited(name, ())) for name in load(assignment).earlier]
        return "\n\n\n".join([*earlier, written]) if written else ""


def _unmarked(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(x for x in lines if "### " not in x and not x.startswith("from solutions"))


def _only(text: str, names: tuple[str, ...]) -> str:
    """The imports of a module and the definitions of these names; "" for no names."""
    kept = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names)
    ]
    return "\n\n\n".join(ast.unparse(node) for node in kept) if names else ""


def without_a_parenthesis(notebook: nbformat.NotebookNode) -> None:
    """Take a parenthesis from the last solution before the first check."""
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and nbgrader.get("solution"):
            solution = cell
        if nbgrader.get("grade"):
            break
    solution.source = solution.source.replace("):\n", ":\n", 1)


def with_answers(notebook: nbformat.NotebookNode) -> None:
    """Answer the written questions, for a person to grade."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = "It depends on the largest eigenvalue; the table above shows it."


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


STUDENTS = (
    Student("ada", "everything right", touch=with_answers),
    Student(
        "bruno",
        "right, in a way of his own",
        edits={
            "value": (
                (
                    "        return self + (-other)\n",
                    "        print('subtracting')\n        return -(-self + other)\n",
                ),
            ),
            "sgd": (
                (
                    "                d = d + self.momentum * v if self.nesterov else v\n"
                    "            w -= self.lr * d\n",
                    "                d = v * self.momentum + d if self.nesterov else v\n"
                    "            w[...] = w - d * self.lr\n",
                ),
            ),
            "adam": (
                (
                    "            w -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)\n",
                    "            direction = m_hat / (v_hat**0.5 + self.eps)\n"
                    "            w[...] = w - direction * self.lr\n",
                ),
            ),
            "clipping": (
                (
                    "    norm = np.sqrt(sum(np.sum(g**2) for g in grads))\n",
                    "    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))\n",
                ),
            ),
            "lookahead": (
                (
                    "                slow += self.alpha * (fast - slow)\n"
                    "                fast[...] = slow\n",
                    "                fast[...] = (1 - self.alpha) * slow + self.alpha * fast\n"
                    "                slow[...] = fast\n",
                ),
            ),
            "lab": (
                (
                    "    return {lr: make_run(lr) for lr in lrs}\n",
                    "    runs = {}\n"
                    "    for lr in lrs:\n"
                    "        print('learning rate', lr)\n"
                    "        history, accuracy = make_run(lr)\n"
                    "        runs[lr] = [history, accuracy]\n"
                    "    return runs\n",
                ),
            ),
        },
    ),
    Student(
        "chen",
        "a wrong idea in each assignment",
        wrong={
            "value": ("product-assigns",),
            "sgd": ("lr-in-velocity",),
            "adam": ("no-bias-correction",),
            "clipping": ("norm-per-array",),
            "lookahead": ("slow-copied-at-first-sync",),
            "lab": ("nan-wins",),
        },
    ),
    Student(
        "dora",
        "another one in each",
        wrong={
            "value": ("recursion",),
            "sgd": ("decay-sign",),
            "adam": ("t-counts-arrays",),
            "clipping": ("clipped-norm-returned",),
            "lookahead": ("alpha-exchanged",),
            "lab": ("stops-at-divergence",),
        },
    ),
    Student(
        "emil",
        "two slips in each",
        wrong={
            "value": ("tanh-not-squared", "sum-of-squares"),
            "sgd": ("weights-rebound", "one-over-largest"),
            "adam": ("eps-inside-root", "decoupled-without-lr"),
            "clipping": ("negative-cut-to-zero", "epsilon-in-factor"),
            "lookahead": ("slow-aliases-after-sync", "lr-not-set"),
            "lab": ("whole-curve-bounces", "lowest-accuracy"),
        },
    ),
    Student(
        "fatima",
        "nearly right",
        wrong={
            "value": ("rsub-reversed",),
            "sgd": ("nesterov-as-momentum",),
            "adam": ("decoupled-afterwards",),
            "clipping": ("infinite-norm-scaled",),
            "lookahead": ("first-array-only",),
            "lab": ("one-percent-of-the-start",),
        },
    ),
    Student(
        "goran",
        "half done",
        wrong={
            "adam": ("default-betas", "eps-fixed", "decay-ignored", "decoupled-ignored"),
            "lookahead": ("sync-ever-after",),
        },
        only={
            "value": ("Value",),
            "sgd": ("largest_stable_lr",),
            "adam": ("Adam",),
            "clipping": ("clip_grad_value",),
            "lookahead": ("Lookahead",),
            "lab": ("sweep_learning_rates", "best_cell"),
        },
    ),
    Student("hana", "untouched", only={}),
    Student(
        "igor",
        "an infinite loop in one exercise",
        edits={
            "value": (("    for _ in range(steps):\n", "    while True:\n"),),
            "sgd": (
                (
                    "    return float(2.0 / np",
                    "    while len(hessian) > 2:\n        pass\n    return float(2.0 / np",
                ),
            ),
            "adam": (
                (
                    "                w *= 1 - self.lr * self.weight_decay\n",
                    "                while True:\n                    w *= 1\n",
                ),
            ),
            "clipping": (
                (
                    "        np.clip(g, -clip_value, clip_value, out=g)\n",
                    "        while np.abs(g).min() > clip_value:\n            g / 2\n",
                ),
            ),
            "lookahead": (
                ("        self.base.lr = lr\n", "        while self.lr != lr:\n            pass\n"),
            ),
            "lab": (("    return max(table, key", "    while True:\n        max(table, key"),),
        },
    ),
    Student(
        "june",
        "a crash in one exercise",
        edits={
            "value": (
                (
                    "    w, b = Value(0.0)",
                    "    import os\n\n    os._exit(0)\n    w, b = Value(0.0)",
                ),
            ),
            "sgd": (
                (
                    "    return float(2.0 / np",
                    "    import os\n\n    os._exit(0)\n    float(2.0 / np",
                ),
            ),
            "adam": (
                (
                    "                w *= 1 - self.lr * self.weight_decay\n",
                    "                __import__('os')._exit(0)\n",
                ),
            ),
            "clipping": (
                (
                    "        np.clip(g, -clip_value, clip_value, out=g)\n",
                    "        __import__('os')._exit(0)\n",
                ),
            ),
            "lookahead": (("        self.base.lr = lr\n", "        __import__('os')._exit(0)\n"),),
            "lab": (
                (
                    "    return {lr: make_run(lr) for lr in lrs}\n",
                    "    __import__('os')._exit(0)\n",
                ),
            ),
        },
    ),
    Student("kaspar", "cheats: forged checks, patched libraries", only={}, touch=tampered),
    Student("lena", "a syntax error", touch=without_a_parenthesis),
)
