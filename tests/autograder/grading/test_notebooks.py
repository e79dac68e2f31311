"""`restore`: whatever was done to a notebook, the instructor's cells are the instructor's."""

import copy
import json
import random

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.assignments import load
from autograder.grading import notebooks

ASSIGNMENT = load("sgd")
MASTER = notebooks.master(ASSIGNMENT.source_notebook)


def released() -> nbformat.NotebookNode:
    return nbformat.read(ASSIGNMENT.release_notebook, as_version=4)


def restored(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    submitted, problems = notebooks.parse(json.dumps(notebook).encode())
    assert problems == []
    return notebooks.restore(submitted, MASTER)


def ids(notebook: nbformat.NotebookNode) -> list[str]:
    return [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]


def cell(notebook: nbformat.NotebookNode, grade_id: str) -> nbformat.NotebookNode:
    [found] = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    return found


GRADED = [c.metadata.nbgrader.grade_id for c in released().cells if "nbgrader" in c.metadata]


def test_an_untouched_notebook_gets_its_hidden_tests_and_nothing_else():
    before, after = released(), restored(released())
    assert [c.cell_type for c in after.cells] == [c.cell_type for c in before.cells]
    for old, new in zip(before.cells, after.cells, strict=True):
        assert new.source.startswith(old.source)
    assert "hidden(" in cell(after, "sgd-step").source
    nbformat.validate(after)


def test_students_text_is_kept():
    notebook = released()
    cell(notebook, "SGD").source = "class SGD: mine"
    cell(notebook, "sgd-question-lr").source = "My answer."
    notebook.cells.insert(3, new_code_cell("extra = 1"))
    after = restored(notebook)
    assert cell(after, "SGD").source == "class SGD: mine"
    assert cell(after, "sgd-question-lr").source == "My answer."
    assert after.cells[3].source == "extra = 1"


@pytest.mark.parametrize("grade_id", ["sgd-step", "sgd-stability"])
def test_an_edited_retyped_retagged_grade_cell_is_put_back(grade_id):
    notebook = released()
    changed = cell(notebook, grade_id)
    changed.cell_type = "markdown"
    del changed["outputs"], changed["execution_count"]
    changed.source = "20.0"
    changed.metadata.tags = ["skip-execution"]
    changed.metadata.nbgrader.update(points=100, locked=False, solution=True, grade=False)
    put_back = cell(restored(notebook), grade_id)
    assert put_back == {**cell(restored(released()), grade_id), "id": put_back.id}


def test_deleted_grade_cells_come_back_before_what_follows_them():
    notebook = released()
    notebook.cells = [c for c in notebook.cells if not c.metadata.get("nbgrader", {}).get("grade")]
    assert ids(restored(notebook)) == GRADED


def test_copies_of_grade_cells_go_and_copies_of_solutions_stay_as_plain_cells():
    notebook = released()
    notebook.cells += [copy.deepcopy(cell(notebook, i)) for i in ("sgd-step", "SGD")]
    notebook.cells[-1].source = "class SGD: the_last_one"
    after = restored(notebook)
    assert ids(after).count("sgd-step") == 1
    assert cell(after, "SGD").source == "class SGD: the_last_one"
    assert len(after.cells) == len(released().cells) + 1


def test_a_grade_cell_before_its_solution_is_moved_behind_it():
    notebook = released()
    step = cell(notebook, "sgd-step")
    notebook.cells.remove(step)
    notebook.cells.insert(0, step)
    order = ids(restored(notebook))
    assert order.index("SGD") < order.index("sgd-step")


def test_a_helper_between_solution_and_check_stays_between():
    notebook = released()
    at = notebook.cells.index(cell(notebook, "SGD"))
    notebook.cells.insert(at + 1, new_code_cell("SGD.helper = 1"))
    sources = [c.source for c in restored(notebook).cells]
    assert sources.index("SGD.helper = 1") == at + 1


def test_all_metadata_lost():
    notebook = released()
    for c in notebook.cells:
        c.metadata = {}
    after = restored(notebook)
    assert set(ids(after)) == {i for i in GRADED if i not in ("SGD", "largest_stable_lr")}


@given(st.randoms(use_true_random=False), st.integers(0, 6))
def test_any_shuffle_deletion_and_copy_leaves_every_graded_cell_once(rng: random.Random, times):
    notebook = released()
    for _ in range(times):
        action = rng.choice(["delete", "copy", "move", "add"])
        at = rng.randrange(len(notebook.cells))
        if action == "delete":
            notebook.cells.pop(at)
        elif action == "copy":
            notebook.cells.insert(rng.randrange(len(notebook.cells)), notebook.cells[at])
        elif action == "move":
            notebook.cells.insert(rng.randrange(len(notebook.cells)), notebook.cells.pop(at))
        else:
            notebook.cells.insert(at, new_markdown_cell("a note"))
    submitted, _ = notebooks.parse(json.dumps(notebook).encode())
    after = notebooks.restore(submitted, MASTER)
    nbformat.validate(after)
    order = ids(after)
    for grade_id in GRADED:
        if cell_is_graded(grade_id):
            assert order.count(grade_id) == 1
    for solution, check in (("SGD", "sgd-step"), ("largest_stable_lr", "sgd-stability")):
        assert solution not in order or order.index(solution) < order.index(check)


def cell_is_graded(grade_id: str) -> bool:
    return bool(cell(released(), grade_id).metadata.nbgrader.grade)
