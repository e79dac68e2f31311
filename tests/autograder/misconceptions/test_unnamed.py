"""Ideas without a name: edits of a reference that would run for ever are stopped."""

import pytest

from autograder.cases.strategies import call
from autograder.misconceptions.catalogue import Idea
from autograder.misconceptions.unnamed import MOST_LINES, definitions_with_loops
from course.compare import Seen
from course.failures import FailureKind
from course.judge import Case

COUNTING = """
def copied(xs):
    i, found = 0, []
    while i < len(xs):
        found.append(xs[i])
        i += 1
    return found
"""
RUNNING = """
def copied(xs):
    found = []
    for x in xs:
        found.append(x)
    return found
"""


@pytest.mark.parametrize(
    ("text", "edit"),
    [(COUNTING, ("i += 1", "i -= 0")), (RUNNING, ("found.append", "xs.append"))],
    ids=["while", "for"],
)
def test_an_edit_that_never_ends_is_stopped(text, edit):
    assert definitions_with_loops(text) == {"copied"}
    endless = Idea("endless", text.replace(*edit), most_lines=MOST_LINES)
    reply = endless.answer(Case(call("copied", [1.0, 2.0], returns="list"), Seen([])))
    assert reply.error.kind is FailureKind.TIMED_OUT


def test_a_loop_over_what_does_not_grow_is_known_to_end():
    assert definitions_with_loops("def f(xs):\n    for x in xs:\n        print(x)\n") == set()
