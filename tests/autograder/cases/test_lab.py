"""The lab: what its cases tell apart, what costs time, and the notebook's cell of earlier work."""

import time

import nbformat
import numpy as np
import pytest

from autograder.assignments import load
from autograder.authoring.build import source_notebook
from autograder.authoring.fill import solution_cells
from autograder.cases.lab import CLASSIFIER_SECONDS, classifier, diagnosis, sweep, table
from autograder.grading.bank import bank
from autograder.grading.judging import judge_submission
from course.checks import reply
from course.data import load_digits
from course.failures import FailureKind
from course.harness import answers, observe
from course.shell import CpuLimit

SWEEP, CELL, DIAGNOSE, CLASSIFIER = "lab-sweep", "lab-best-cell", "lab-diagnose", "lab-classifier"


def judged(exercise, function):
    """The result of an exercise for a function in the place of its only object."""
    cases = bank("lab")[exercise]
    [name] = cases.exercise.objects
    replies = [[reply(c.scenario, {name: function}) for c in p.cases] for p in cases.played]
    [result] = judge_submission("lab", {exercise: cases}, {exercise: replies})
    return result


def passed(exercise, function):
    """For each property whether it passed, in order."""
    return [prop.passed for prop in judged(exercise, function).properties]


def seen(scenario, **objects):
    answer = reply(scenario, objects)
    assert answer.error is None, answer.error
    return dict(zip(answer.seen.labels, answer.seen.values, strict=True))


# Sweeps


def runs_while_they_converge(make_run, lrs):
    runs = {}
    for lr in lrs:
        history, accuracy = make_run(lr)
        if not np.isfinite(accuracy):
            return runs
        runs[lr] = history, accuracy
    return runs


WRONG_SWEEPS = {
    "nothing is run": (lambda make_run, lrs: {lr: ([], 0.0) for lr in lrs}, [False, False]),
    "a run too many": (
        lambda make_run, lrs: (make_run(lrs[0]), {lr: make_run(lr) for lr in lrs})[1],
        [False, False],
    ),
    "rates rounded": (
        lambda make_run, lrs: {round(lr, 3): make_run(lr) for lr in lrs},
        [False, False],
    ),
    "accuracy before history": (
        lambda make_run, lrs: {lr: make_run(lr)[::-1] for lr in lrs},
        [False, False],
    ),
    "in reverse": (lambda make_run, lrs: {lr: make_run(lr) for lr in lrs[::-1]}, [False, False]),
    "run in reverse, kept in order": (
        lambda make_run, lrs: dict([(lr, make_run(lr)) for lr in lrs[::-1]][::-1]),
        [False, False],
    ),
    "only as long as they converge": (runs_while_they_converge, [True, False]),
    "nan as 0": (
        lambda make_run, lrs: {lr: (h, np.nan_to_num(a)) for lr in lrs for h, a in [make_run(lr)]},
        [True, False],
    ),
    "histories without nan": (
        lambda make_run, lrs: {
            lr: ([x for x in h if x == x], a) for lr in lrs for h, a in [make_run(lr)]
        },
        [True, False],
    ),
}


@pytest.mark.parametrize(("function", "expected"), WRONG_SWEEPS.values(), ids=WRONG_SWEEPS)
def test_wrong_sweeps(function, expected):
    assert passed(SWEEP, function) == expected


def test_what_a_sweep_shows():
    scenario = sweep((0.1, [2.3, 0.5], 0.9), (10.0, [np.nan], np.nan))
    shown = seen(scenario, sweep_learning_rates=lambda make_run, lrs: {10.0: make_run(10.0)})
    assert shown["the calls of make_run"] == shown["the keys of the result"] == [10.0]


# Best cells

WRONG_CELLS = {
    "a nan wins": (lambda t: list(t)[np.argmax(list(t.values()))], [True, False]),
    "a nan at the start wins": (lambda t: max(t, key=t.get), [True, False]),
    "a nan at the end wins": (
        lambda t: sorted(t, key=lambda cell: (np.isnan(t[cell]), t[cell]))[-1],
        [True, False],
    ),
    "a nan counts as 1": (
        lambda t: max(t, key=lambda cell: np.nan_to_num(t[cell], nan=1.0)),
        [True, False],
    ),
    "the sign is wrong": (lambda t: max(t, key=lambda cell: -t[cell]), [False, False]),
    "farthest from one half": (
        lambda t: max(t, key=lambda cell: abs(np.nan_to_num(t[cell], nan=0.5) - 0.5)),
        [False, False],
    ),
    "the first cell": (lambda t: next(iter(t)), [False, False]),
    "the best lr of the first optimizer": (
        lambda t: max((c for c in t if c[0] == next(iter(t))[0]), key=lambda c: t[c]),
        [False, False],
    ),
    "a list": (lambda t: list(max(t, key=lambda c: np.nan_to_num(t[c]))), [False, False]),
}


@pytest.mark.parametrize(("function", "expected"), WRONG_CELLS.values(), ids=WRONG_CELLS)
def test_wrong_best_cells(function, expected):
    assert passed(CELL, function) == expected


def test_tables_have_one_best_cell():
    """SPEC: at least one accuracy is finite, and there are no ties."""
    for prop in bank("lab")[CELL].properties:
        for case in prop.cases:
            accuracies = [a for _, _, a in case.scenario["cells"] if np.isfinite(a)]
            assert accuracies and len(set(accuracies)) == len(accuracies)


def test_what_a_table_shows():
    shown = seen(table(("SGD", 0.1, 0.9)), best_cell=lambda t: (np.str_("SGD"), np.float64(0.1)))
    assert shown == {"the result": ["SGD", 0.1]}


# Diagnoses


def definition(losses, *, third=1 / 3, share=0.01, start=0):
    """The definition, with numbers to get wrong."""
    losses = np.asarray(losses, float)
    half = losses[len(losses) // 2 + start :]
    if not np.isfinite(losses).all() or losses[-1] > losses[0]:
        return "diverged"
    if np.mean(np.diff(half) > 0) >= third:
        return "bouncing"
    return "plateau" if half[0] - half[-1] < share * half[0] else "converging"


def test_the_definition_is_right():
    assert passed(DIAGNOSE, definition) == [True] * 4


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
@pytest.mark.parametrize(
    ("wrong", "lost"),
    [
        ({"third": 0.34}, "bouncing"),
        ({"third": 0.25}, "converging"),
        ({"third": 0.3}, "converging"),
        ({"share": 0.05}, "converging"),
        ({"share": 0.002}, "plateau"),
        ({"start": 1}, "bouncing"),
        ({"start": -1}, "bouncing"),
    ],
)
def test_wrong_numbers_in_the_definition(wrong, lost):
    result = judged(DIAGNOSE, lambda losses: definition(losses, **wrong))
    failed = [prop.name for prop in result.properties if not prop.passed]
    assert any(name.startswith(lost) for name in failed), failed


@pytest.mark.parametrize("answer", ["diverged", "bouncing", "plateau", "converging"])
def test_one_answer_for_all_earns_two_properties_at_most(answer):
    result = judged(DIAGNOSE, lambda losses: answer)
    passed = [p.name for p in result.properties if p.passed]
    assert len(passed) <= 2
    assert all(name.startswith(answer) for name in passed)


def test_a_diagnosis_is_text():
    assert judged(DIAGNOSE, lambda losses: 3).properties[0].where
    assert seen(diagnosis([4.0, 3.0, 2.0, 1.0]), diagnose=lambda losses: np.str_("plateau")) == {
        "the result": "plateau"
    }


# Classifiers


class Model:
    """Predicts with the function that it is given."""

    def __init__(self, predict):
        self.predict = predict


def memorised(X, y, seed):
    known = {row.tobytes(): label for row, label in zip(X, y, strict=True)}
    return Model(lambda X: [known.get(row.tobytes(), 0) for row in X])


def nearest(X, y, seed):
    def predict(new):
        return y[((new**2).sum(axis=1)[:, None] + (X**2).sum(axis=1) - 2 * new @ X.T).argmin(1)]

    return Model(predict)


def linear(X, y, seed):
    weights = np.linalg.lstsq(np.c_[X, np.ones(len(X))], np.eye(10)[y], rcond=None)[0]
    return Model(lambda X: (np.c_[X, np.ones(len(X))] @ weights).argmax(axis=1))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (memorised, [False, False]),
        (lambda X, y, seed: Model(lambda X: y), [False, False]),
        (lambda X, y, seed: Model(lambda X: y[: len(X)]), [False, False]),
        (lambda X, y, seed: Model(lambda X: np.resize(y, len(X))), [False, False]),
        (lambda X, y, seed: Model(lambda X: np.zeros(len(X), int)), [False, False]),
        (lambda X, y, seed: Model(lambda X: np.eye(10)[np.zeros(len(X), int)]), [False, False]),
        (lambda X, y, seed: None, [False, False]),
        (linear, [True, False]),
        (nearest, [True, True]),
    ],
    ids=[
        "memorises",
        "returns the training labels",
        "returns as many training labels as asked for",
        "repeats the training labels",
        "always 0",
        "returns scores",
        "returns nothing",
        "a linear one is no tuned one",
        "the nearest digit",
    ],
)
def test_classifiers(function, expected):
    assert passed(CLASSIFIER, function) == expected


def test_a_classifier_that_changes_its_data_changes_no_other():
    def spoils(X, y, seed):
        X[:], y[:] = 0.0, 0
        return Model(lambda X: np.zeros(len(X), int))

    judged(CLASSIFIER, spoils)
    digits = load_digits()
    assert digits.X_train.std() > 0.9 and digits.y_train.max() == 9


def test_a_classifier_that_takes_too_long():
    """It is stopped, costs its own points, and the cases after it cost no more time."""

    def slow(X, y, seed):
        while True:
            pass

    began = time.process_time()
    values, error = observe(classifier(0, None, 1300), {"train_classifier": slow}, CpuLimit(0.3))
    assert values == [] and error.kind is FailureKind.TIMED_OUT
    request = {
        "objects": ["train_classifier"],
        "scenarios": [classifier(seed, None, 1300) for seed in range(3)],
        "seconds": 0.3,
    }
    kinds = [answer["error"]["kind"] for answer in answers(request, {"train_classifier": slow})]
    assert kinds == ["timed out", "skipped", "skipped"]
    assert time.process_time() - began < 5.0


def test_a_classifier_has_30_seconds():
    """SPEC; in the grader's properties and in what the local check plays."""
    assert CLASSIFIER_SECONDS == 30.0
    for prop in load("lab").exercise(CLASSIFIER).properties:
        assert prop.seconds == 30.0
        assert all(scenario["seconds"] == 30.0 for scenario in prop.public)


# The notebook

EARLIER = ["SGD", "Adam", "Lookahead", "clip_grad_norm"]


def test_one_cell_takes_the_earlier_work():
    assignment = load("lab")
    assert assignment.earlier == ["sgd", "adam", "lookahead", "clipping"]
    source = source_notebook(assignment)
    release = nbformat.read(assignment.release_notebook, as_version=4)
    for notebook in (source, release):
        cell = notebook.cells[solution_cells(notebook)[0].index]
        assert cell.metadata.nbgrader.grade_id == "-".join(EARLIER)
    namespace = {}
    exec(cell.source, namespace)
    for make in (namespace["SGD"], namespace["Adam"]):
        with pytest.raises(NotImplementedError):
            make().step([np.ones(1)], [np.ones(1)])
    with pytest.raises(NotImplementedError):
        namespace["clip_grad_norm"]([np.ones(1)], 1.0)


def test_the_table_of_claims_is_released():
    release = nbformat.read(load("lab").release_notebook, as_version=4)
    [cell] = [c for c in release.cells if "claims" in str(c.metadata.get("nbgrader", {}))]
    assert cell.source.count("| | |") == 10
    assert cell.source.endswith("YOUR ANSWER HERE")
