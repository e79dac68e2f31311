"""`fill`: each statement of a module comes to stand in the right solution cell."""

import nbformat
import pytest

from autograder.assignments import load
from autograder.authoring.fill import fill, solution_cells
from autograder.errors import UserError


def filled(module: str, assignment: str = "sgd") -> list[str]:
    """The solution cells' sources after filling."""
    notebook = fill(module, load(assignment))
    return [notebook.cells[cell.index].source for cell in solution_cells(notebook)]


@pytest.fixture(scope="module")
def stubs() -> list[str]:
    notebook = nbformat.read(load("sgd").release_notebook, as_version=4)
    return [notebook.cells[cell.index].source for cell in solution_cells(notebook)]


def test_definitions_go_where_they_are_asked_for():
    first, second = filled("class SGD: pass\ndef largest_stable_lr(h): return 1.0\n")
    assert first == "class SGD: pass"
    assert second == "def largest_stable_lr(h): return 1.0"


def test_the_modules_order_does_not_matter():
    first, second = filled("def largest_stable_lr(h): return 1.0\nclass SGD: pass\n")
    assert (first, second) == ("class SGD: pass", "def largest_stable_lr(h): return 1.0")


def test_a_cell_for_which_there_is_nothing_keeps_its_stub(stubs):
    assert filled("class SGD: pass") == ["class SGD: pass", stubs[1]]
    assert filled("") == stubs


def test_helpers_and_imports_come_first():
    module = '"""Mine."""\nfrom __future__ import annotations\nimport math\n\n# a helper\n'
    module += "def helper(): return math.pi\n\n\ndef largest_stable_lr(h): return helper()\n"
    first, second = filled(module)
    assert first.startswith('"""Mine."""\n\nfrom __future__ import annotations\n\nimport math\n')
    assert "# a helper\ndef helper(): return math.pi" in first
    assert "raise NotImplementedError" in first, "the stub stays behind the helpers"
    assert second == "def largest_stable_lr(h): return helper()"


def test_what_changes_a_class_follows_it():
    first, second = filled("class SGD: pass\nSGD.step = lambda self, p, g: None\nx = SGD()")
    assert first.splitlines()[0] == "class SGD: pass"
    assert first.index("SGD.step") < first.index("x = SGD()")
    assert "largest_stable_lr" in second


def test_what_uses_a_later_cells_function_goes_there():
    module = "def largest_stable_lr(h): return 1.0\nlr = largest_stable_lr(None)\nclass SGD: pass\n"
    first, second = filled(module)
    assert first == "class SGD: pass"
    assert second.endswith("lr = largest_stable_lr(None)")


def test_what_a_solution_needs_when_it_is_defined_comes_with_it():
    module = "def largest_stable_lr(h): return 1.0\nRATE = largest_stable_lr(None)\n"
    module += "class SGD:\n    rate = RATE\n"
    first, second = filled(module)
    assert first.index("def largest_stable_lr") < first.index("RATE =") < first.index("class SGD")
    assert second == "# largest_stable_lr: see an earlier cell"


@pytest.mark.parametrize(
    "definition",
    [
        "try:\n    import numba\nexcept ImportError:\n    def largest_stable_lr(h): return 1.0",
        "largest_stable_lr = lambda h: 1.0",
        "if True:\n    def largest_stable_lr(h): return 1.0",
        "from math import sqrt as largest_stable_lr",
    ],
)
def test_a_definition_may_be_any_statement(definition):
    assert filled(definition)[1] == definition


def test_every_statement_is_there_once():
    module = (
        "import math\na = 1\nclass SGD: pass\nb = SGD()\ndef largest_stable_lr(h): return a\nc = 2"
    )
    text = "\n".join(filled(module))
    for line in module.splitlines():
        assert text.splitlines().count(line) == 1


def test_a_module_that_does_not_parse():
    with pytest.raises(UserError, match="does not parse"):
        fill("def (", load("sgd"))
