"""Every wrong idea costs points and is told apart; every legitimate difference costs nothing.

Judged in this process, without notebooks and the jail.
"""

import functools
import gc
import re
import sys
from pathlib import Path

import pytest

from autograder.assignments import NAMES, PROJECT
from autograder.bank import bank
from autograder.judging import judge_submission
from autograder.misconceptions import edited, misconceptions
from course.checks import reply
from course.judge import Reply
from course.results import MAX_LINES

VARIANTS = Path(__file__).parent / "variants"


def of(assignment, *names):
    """Parameters of a test; those of one assignment run in one process and share its banks."""
    return pytest.param(assignment, *names, marks=pytest.mark.xdist_group(f"variants-{assignment}"))


ASSIGNMENTS = [of(a) for a in NAMES]
WRONG = [of(a, m.name) for a in NAMES for m in misconceptions(a)]
LEGITIMATE = [of(a, path.stem) for a in NAMES for path in sorted((VARIANTS / a).glob("*.py"))]

BACKWARD = "value-backward"

# Where one wrong idea has to cost points in other exercises as well, and why.
ALSO_LOSES = (
    # Sums and products make up every deep graph.
    (
        {BACKWARD},
        {
            "sum-splits-gradient",
            "product-rule-swapped",
            "product-like-sum",
            "product-needs-values",
            "numbers-not-wrapped",
        },
    ),
    # Derivatives can be seen through backward alone, and these fail after one operation already,
    # or after the two that a difference is made of.
    ({"value-arithmetic", "value-functions"}, {"no-seed", "seed-is-data", "root-skipped"}),
    ({"value-arithmetic"}, {"leaves-first"}),
)


@pytest.fixture(scope="module", autouse=True)
def _cheap_memory():
    """Collect garbage after each submission, not amid the deep graphs: that takes far longer."""
    for assignment in NAMES:
        bank(assignment)
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


def judge_module(assignment, text, name, like_reference=frozenset()):
    """The results of a submission that consists of one module.

    like_reference  names of its objects that are the reference's: what these do is known
    """
    namespace = {"__name__": name}
    exec(compile(text, f"<{name}>", "exec"), namespace)
    replies = {}
    for exercise, exercise_bank in bank(assignment).items():
        known = like_reference.issuperset(exercise_bank.exercise.objects)
        replies[exercise] = [
            [
                Reply(case.expected) if known else reply(case.scenario, namespace)
                for case in prop.cases
            ]
            for prop in exercise_bank.properties
        ]

    def again(exercise):
        stand_in = PROJECT / "autograder" / f"{bank(assignment)[exercise].exercise.stand_in}.py"
        given = {"__name__": name}
        for code in (text, stand_in.read_text("utf-8")):
            exec(compile(code, f"<{name}>", "exec"), given)
        return [
            [reply(case.scenario, given) for case in prop.cases]
            for prop in bank(assignment)[exercise].properties
        ]

    return judge_submission(assignment, bank(assignment), replies, again)


@functools.cache
def wrong(assignment, name):
    """The misconception, and the results of someone with this idea alone."""
    misconception = next(m for m in misconceptions(assignment) if m.name == name)
    text = edited(assignment, misconception.edits)
    results = judge_module(assignment, text, f"wrong_{name}", unedited(assignment, text))
    gc.collect(0)
    return misconception, results


def unedited(assignment, text):
    """Names of the classes and functions that are the reference's."""
    reference = (PROJECT / "solutions" / f"{assignment}.py").read_text("utf-8")
    return {name for name, _ in definitions(text).items() & definitions(reference).items()}


def definitions(text):
    """The classes and functions of a module -> their text."""
    blocks = re.split(r"\n\n\n(?=class|def)", text)[1:]
    return {re.match(r"\w+ (\w+)", block)[1]: block.rstrip() for block in blocks}


def failed(results):
    """Pairs (exercise, property that failed)."""
    return [(r.id, p) for r in results for p in r.properties if not p.passed]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_misconceptions_are_well_formed(assignment):
    """Unique names in kebab-case; thoughts and hints that fit a line of a message."""
    ideas = misconceptions(assignment)
    assert len(ideas) >= 25
    assert len({m.name for m in ideas}) == len(ideas)
    for m in ideas:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", m.name), m.name
        assert m.exercise in bank(assignment), m.name
        for sentence in (m.thinks, m.hint):
            assert len(sentence) < 150 and sentence.endswith((".", "?")), m.name


@pytest.mark.parametrize(("assignment", "name"), WRONG)
def test_edits_apply(assignment, name):
    """Every edit fits once, and changes what its exercise checks."""
    misconception = next(m for m in misconceptions(assignment) if m.name == name)
    text = edited(assignment, misconception.edits)
    assert not unedited(assignment, text).issuperset(
        bank(assignment)[misconception.exercise].exercise.objects
    )


@pytest.mark.parametrize(("assignment", "name"), WRONG)
def test_wrong_idea_costs_points_where_it_belongs(assignment, name):
    """In its own exercise, and elsewhere only where it has to."""
    misconception, results = wrong(assignment, name)
    lost = {result.id for result in results if result.score < result.max_score}
    assert misconception.exercise in lost
    also = [exercises for exercises, names in ALSO_LOSES if name in names]
    assert lost - {misconception.exercise} == set().union(*also)


@pytest.mark.parametrize(("assignment", "name"), WRONG)
def test_wrong_idea_is_explained(assignment, name):
    """Every failed property has a short message and no other idea's name."""
    _, results = wrong(assignment, name)
    for _, prop in failed(results):
        assert 1 <= len(prop.message.splitlines()) <= MAX_LINES, prop.message
        assert prop.misconception in (None, name), prop.message


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_wrong_ideas_are_told_apart(assignment):
    """At least 95 of 100 are named by a property that they fail."""
    names = [m.name for m in misconceptions(assignment)]
    unnamed = [
        name
        for name in names
        if all(prop.misconception != name for _, prop in failed(wrong(assignment, name)[1]))
    ]
    assert len(unnamed) <= 0.05 * len(names), unnamed


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("assignment", "name"), LEGITIMATE)
def test_legitimate_variant_gets_full_marks(assignment, name):
    """SPEC, section 2: state, order of operations, traversal and noise cost nothing."""
    limit = sys.getrecursionlimit()
    try:
        text = (VARIANTS / assignment / f"{name}.py").read_text("utf-8")
        results = judge_module(assignment, text, f"variant_{name}")
    finally:
        sys.setrecursionlimit(limit)
        gc.collect(0)
    assert not failed(results), "\n".join(f"{p.name}\n{p.message}" for _, p in failed(results))
    assert all(result.score == result.max_score for result in results)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_variants_say_what_differs(assignment):
    """At least ten, each with a docstring that names the difference."""
    paths = sorted((VARIANTS / assignment).glob("*.py"))
    assert len(paths) >= 10
    for path in paths:
        assert path.read_text("utf-8").startswith('"""Differs: '), path.name
