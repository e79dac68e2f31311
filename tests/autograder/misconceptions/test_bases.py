"""Other bases: each answers as the reference does, and mistakes on them are recognised."""

import pytest

from autograder.grading.bank import bank
from autograder.grading.in_process import judge_module, replies_of
from autograder.misconceptions.bases import BASES, BY_POWER
from autograder.misconceptions.catalogue import Idea, edited

ALL = [(name, base) for name, bases in BASES.items() for base in bases]


@pytest.mark.parametrize(("assignment", "base"), ALL)
def test_a_base_answers_as_the_reference(assignment, base):
    changed = Idea("base", edited(assignment, base))
    for exercise in bank(assignment).values():
        for judged in exercise.properties:
            if not judged.prop.slow:
                replies = [changed.answer(case) for case in judged.cases]
                assert judged.wrong(replies) == [], judged.name


def test_a_mistake_on_another_base_is_named():
    """A power without its factor, where the quotient is a product with a power."""
    factor = ("k * self.data ** (k - 1) * out.grad", "self.data ** (k - 1) * out.grad")
    text = edited("value", (*BY_POWER, factor))
    results = judge_module("value", text, "it", replies_of("value", text, "it"))
    named = {told.name for result in results for told in result.explanation.ideas}
    assert named == {"power-without-factor"}
