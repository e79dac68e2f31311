"""The audit of the grader: mutants, verdicts, what counts as a problem; two ideas at once."""

import ast
import subprocess
import sys

import pytest

from autograder.assignments import NAMES, PROJECT
from autograder.authoring import audit as auditor
from autograder.authoring.audit import Audit, Task, Verdict, audit, judged, tasks
from autograder.grading.bank import bank, unnamed
from autograder.grading.in_process import judge_module, replies_of
from autograder.misconceptions import catalogue as explained
from autograder.misconceptions.catalogue import edited, misconceptions
from autograder.misconceptions.mutants import mutants
from course.messages import FULL, as_text, message
from course.results import Outcome

MODULE = '''
class Sum:
    """Adds up."""

    def __init__(self, start=0.5, rate=2.0):
        self.total = start

    def add(self, xs, k):
        for i in range(k):
            if xs[i] > 0:
                self.total -= xs[i] / k
        return self.total.copy()
'''

RESULTS = {
    "Sum.__init__: def __init__(self, start=0.5, rate=2.0): → "
    "def __init__(self, rate=2.0, start=0.5):",
    "Sum.__init__: self.total = start → pass",
    "Sum.add: def add(self, xs, k): → def add(self, k, xs):",
    "Sum.add: for i in range(k): → for i in range(k + 1):",
    "Sum.add: for i in range(k): → for i in range(k - 1):",
    "Sum.add: if xs[i] > 0: → if xs[i] >= 0:",
    "Sum.add: if xs[i] > 0: → if not xs[i] > 0:",
    "Sum.add: if xs[i] > 0: → if xs[i] > 1:",
    "Sum.add: self.total -= xs[i] / k → pass",
    "Sum.add: self.total -= xs[i] / k → self.total += xs[i] / k",
    "Sum.add: self.total -= xs[i] / k → self.total = self.total - xs[i] / k",
    "Sum.add: self.total -= xs[i] / k → self.total -= k / xs[i]",
    "Sum.add: self.total -= xs[i] / k → self.total -= xs[i]",
    "Sum.add: self.total -= xs[i] / k → self.total -= xs[i] * k",
    "Sum.add: return self.total.copy() → pass",
    "Sum.add: return self.total.copy() → return self.total",
}


def test_mutants_are_modules_with_one_fault():
    found = mutants(MODULE)
    assert {m.name for m in found} >= RESULTS
    original = ast.unparse(ast.parse(MODULE))
    assert len({m.text for m in found}) == len(found)
    for mutant in found:
        assert mutant.text != original
        compile(mutant.text, mutant.name, "exec")
        assert "Adds up." in mutant.text
        assert mutant.definition == "Sum"


def sgd_task(kind, **more):
    exercises = ("sgd-step",)
    return Task(kind, "it", "", exercises, (), ("it",) if kind == "misconception" else (), **more)


LOST = frozenset({"sgd-step"})
OTHER = frozenset({"sgd-stability"})
IT = frozenset({"it"})


@pytest.mark.parametrize(
    ("verdict", "problem"),
    [
        (Verdict(sgd_task("variant")), None),
        (Verdict(sgd_task("variant"), LOST), "legitimate variant it loses points"),
        (Verdict(sgd_task("variant"), error="NameError: x"), "loses points: NameError: x"),
        (Verdict(sgd_task("variant"), rounding=0.02), "comes near the tolerance"),
        (Verdict(sgd_task("misconception"), LOST, named=IT), None),
        (Verdict(sgd_task("misconception"), named=IT), "loses nothing in sgd-step"),
        (Verdict(sgd_task("misconception"), LOST | OTHER, named=IT), "costs points in"),
        (Verdict(sgd_task("misconception"), LOST), "only 0 of 1 misconceptions"),
        (Verdict(sgd_task("misconception"), LOST, named=IT | {"b"}), "is taken for b, it"),
        (Verdict(sgd_task("mutant"), LOST), None),
        (Verdict(sgd_task("mutant"), error="NameError: x"), None),
        (Verdict(sgd_task("mutant")), "mutant survives without an explanation: it"),
        (Verdict(sgd_task("mutant"), LOST | OTHER), "mutant costs points in sgd-stability: it"),
    ],
)
def test_problems(verdict, problem, monkeypatch):
    monkeypatch.setattr(auditor, "EQUIVALENT", {})
    problems = audit("sgd", [verdict]).problems
    assert bool(problems) == (problem is not None), problems
    assert problem is None or any(problem in line for line in problems), problems


def test_an_explanation_without_its_survivor_is_a_problem(monkeypatch):
    monkeypatch.setattr(auditor, "EQUIVALENT", {"sgd": {"it": "why not"}})
    assert audit("sgd", [Verdict(sgd_task("mutant"))]).problems == []
    [problem] = audit("sgd", [Verdict(sgd_task("mutant"), LOST)]).problems
    assert "not a surviving mutant: it" in problem


def test_the_report_says_who_catches_what():
    failed = frozenset({("sgd-step", "lr may change between steps")})
    done = Audit("sgd", [Verdict(sgd_task("mutant"), LOST, failed)], ["something is wrong"])
    text = auditor.as_text(done)
    assert "mutants               1/1 killed" in text
    assert "        1     1  sgd-step: lr may change between steps" in text
    assert "PROBLEM: something is wrong" in text


@pytest.mark.slow
def test_what_loops_for_ever_is_caught(monkeypatch):
    monkeypatch.setattr(auditor, "PROPERTY_SECONDS", 0.2)
    text = edited(
        "clipping", [("    for g in grads:\n        np.clip", "    while True:\n        np.clip")]
    )
    text = text.replace("np.clip(g,", "np.clip(grads[0],")
    verdict = judged(
        "clipping", Task("mutant", "loop", text, ["clipping-value"], {"clip_grad_norm"})
    )
    assert verdict.lost == {"clipping-value"}


@pytest.mark.slow
def test_a_few_tasks_of_every_kind_are_judged_as_they_should():
    found = tasks("clipping", pairs=3, every=1)
    chosen = [next(t for t in found if t.kind == kind) for kind in ("variant", "misconception")]
    chosen += [t for t in found if t.kind == "pair"]
    chosen += [t for t in found if t.kind == "mutant"][:5]
    for task in chosen:
        verdict = judged("clipping", task)
        assert verdict.caught == (task.kind != "variant"), task.name
        assert verdict.lost <= set(task.exercises), task.name


@pytest.mark.slow
def test_the_command_passes_and_says_what_is_no_assignment():
    command = [sys.executable, "-m", "autograder", "audit"]
    done = subprocess.run(
        [*command, "clipping", "--pairs", "2"], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "misconceptions        47/47 caught" in done.stdout
    done = subprocess.run([*command, "cliping"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "no assignment 'cliping'" in done.stderr


def results_of(assignment, text):
    return judge_module(assignment, text, "it", replies_of(assignment, text, "it"))


def failed_of(assignment, text):
    """(property, message) of each one that failed."""
    return [
        (p, message(p, result.explanation))
        for result in results_of(assignment, text)
        for p in result.properties
        if not p.passed
    ]


@pytest.mark.slow
def test_two_ideas_at_once_are_both_named_where_only_both_explain_the_answers():
    known = {m.name: m for m in misconceptions("adam")}
    one, other = known["decay-sign"], known["betas-swapped"]
    text = edited("adam", [*one.edits, *other.edits])
    [result] = results_of("adam", text)
    assert {told.name for told in result.explanation.ideas} == {one.name, other.name}
    said = " ".join(as_text(result).split())
    assert one.thinks in said and other.thinks in said
    assert all(len(m.splitlines()) <= FULL for _, m in failed_of("adam", text))


def test_errors_alone_are_not_put_down_to_two_ideas(monkeypatch):
    """To try all of them took longer than the rest of judging a submission with a syntax error."""
    bank("adam")
    unnamed("adam")
    played = []
    play = explained.reply
    explained.idea.cache_clear()
    monkeypatch.setattr(explained, "reply", lambda *args: played.append(1) or play(*args))
    properties = failed_of("adam", edited("adam", [("self.t += 1", "self.t += one")]))
    assert all("NameError" in m and p.misconception is None for p, m in properties)
    assert len(played) <= len(misconceptions("adam")) * len(properties)


THIRD_PARTY = {
    "moments-after-the-step": (
        "adam",
        [
            ("            m *= beta1\n            m += (1 - beta1) * g\n", ""),
            (
                "+ self.eps)\n",
                "+ self.eps)\n            m *= beta1\n            m += g * (1 - beta1)\n",
            ),
        ],
        "adam-step",
    ),
    "decays-only-large-weights": (
        "sgd",
        [("self.weight_decay * w if", "self.weight_decay * w * (abs(w) > 0.5) if")],
        "sgd-step",
    ),
    "norm-of-the-mean-square": (
        "clipping",
        [
            (
                "np.sqrt(sum(np.sum(g**2) for g in grads))",
                "np.sqrt(sum(np.mean(g**2) for g in grads))",
            )
        ],
        "clipping-norm",
    ),
    "alpha-decays": (
        "lookahead",
        [("self.alpha * (fast", "self.alpha**self.t * (fast")],
        "lookahead-step",
    ),
    "tanh-derivative-of-the-input": (
        "value",
        [("(1.0 - out.data**2)", "(1.0 - self.data**2)")],
        "value-functions",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", THIRD_PARTY)
def test_a_fault_that_no_bank_knows_costs_points_and_what_differs_is_shown(name):
    assignment, edits, exercise = THIRD_PARTY[name]
    results = results_of(assignment, edited(assignment, edits))
    assert {r.id for r in results if r.score < r.max_score} == {exercise}
    for result in results:
        for prop in result.properties:
            if prop.outcome is Outcome.FAILED:
                assert prop.case and prop.got and prop.section
                said = message(prop, result.explanation)
                assert "case       " in said and "got        " in said
                assert "read       “" in said


@pytest.mark.parametrize("assignment", NAMES)
def test_misconceptions_are_well_formed(assignment):
    """Unique names in kebab-case; thoughts and hints that fit a line of a message."""
    ideas = misconceptions(assignment)
    assert len(ideas) >= 25
    assert len({m.name for m in ideas}) == len(ideas)
    for m in ideas:
        assert m.name == m.name.lower().replace("_", "-").replace(" ", "-"), m.name
        assert {m.exercise, *m.also} <= set(bank(assignment)), m.name
        for sentence in (m.thinks, m.hint):
            assert len(sentence) < 150 and sentence.endswith((".", "?")), m.name


@pytest.mark.parametrize("assignment", NAMES)
def test_every_edit_changes_what_its_exercise_checks(assignment):
    exercises = bank(assignment)
    for m in misconceptions(assignment):
        same = auditor.unedited(assignment, edited(assignment, m.edits))
        assert not same.issuperset(exercises[m.exercise].exercise.objects), m.name


@pytest.mark.parametrize("assignment", NAMES)
def test_variants_say_what_differs(assignment):
    """At least ten, each with a docstring that names the difference."""
    paths = sorted((PROJECT / "autograder" / "variants" / assignment).glob("*.py"))
    assert len(paths) >= 10
    for path in paths:
        assert path.read_text("utf-8").startswith('"""Differs: '), path.name
