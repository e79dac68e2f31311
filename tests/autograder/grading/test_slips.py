"""A slip of syntax costs what the broken definition is worth, by the grader's own cases."""

import nbformat
import pytest

from autograder.assignments import PROJECT, load
from autograder.authoring.fill import fill
from autograder.grading import pipeline
from autograder.jail import open_worker
from course.results import Outcome

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def graded():
    """The results of a reference with one edit, by exercise."""
    with open_worker() as worker:

        def grade(name, old, new):
            assignment = load(name)
            text = (PROJECT / "solutions" / f"{name}.py").read_text("utf-8")
            solved = fill("".join(x for x in text.splitlines(True) if "### " not in x), assignment)
            solved.cells = [
                c for c in solved.cells if "nbgrader" in c.metadata or "import" in c.source
            ]
            slipped = nbformat.writes(solved).replace(old, new, 1)
            assert slipped != nbformat.writes(solved)
            done = pipeline.grade(slipped.encode(), pipeline.make_plan(assignment), worker)
            return {result.id: result for result in done.exercises}

        yield grade


def test_a_broken_method_costs_what_shows_it(graded):
    results = graded("value", "def tanh(self):", "def tanh(self:")
    assert [name for name, result in results.items() if not result.passed] == ["value-functions"]
    [told] = results["value-functions"].broken
    assert told.error.line == "def tanh(self:"
    assert {p.outcome for p in results["value-functions"].properties} == {Outcome.NOT_ATTEMPTED}


def test_what_builds_on_a_broken_class_is_judged_on_a_right_one(graded):
    results = graded("value", "def __init__(self, data", "def __init__ self, data")
    passed = [name for name, result in results.items() if result.passed]
    assert passed == ["value-minimize", "value-fit-line"]
    assert all(results[name].broken for name in set(results) - set(passed))
