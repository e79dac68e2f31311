"""Evidence: who computes all that is right and puts it nowhere is told from who does nothing."""

import pytest

from autograder.assignments import NAMES, load
from autograder.grading.bank import bank
from autograder.grading.in_process import executed, play_all
from autograder.grading.judging import judge_submission
from course.credit import computed_all

SGD = """
import numpy as np

class SGD:
    def __init__(self, lr=0.01, momentum=0.0, weight_decay=0.0, nesterov=False):
        self.lr, self.mu, self.wd, self.nesterov = lr, momentum, weight_decay, nesterov
        self.vs = None

    def step(self, params, grads):
        self.vs = self.vs or [np.zeros_like(w) for w in params]
        for i, (w, g) in enumerate(zip(params, grads)):
            d = g + self.wd * w
            self.vs[i] = v = self.mu * self.vs[i] + d
            END
"""
ADAM = """
import numpy as np

class Adam:
    def __init__(self, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False):
        self.lr, self.betas, self.eps, self.wd = lr, betas, eps, weight_decay
        self.decoupled, self.t, self.ms = decoupled, 0, None

    def step(self, params, grads):
        self.ms = self.ms or [(np.zeros_like(w), np.zeros_like(w)) for w in params]
        self.t += 1
        b1, b2 = self.betas
        for i, (w, g) in enumerate(zip(params, grads)):
            if not self.decoupled:
                g = g + self.wd * w
            m, v = self.ms[i]
            self.ms[i] = m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            mh, vh = m / (1 - b1**self.t), v / (1 - b2**self.t)
            END
"""
VALUE = """
import numpy as np

def clip_grad_value(grads, clip_value):
    for i, g in enumerate(grads):
        END
"""
LOOKAHEAD = """
class Lookahead:
    def __init__(self, base, k=5, alpha=0.5):
        self.base, self.k, self.alpha, self.t, self.slow = base, k, alpha, 0, None

    lr = property(lambda self: self.base.lr, lambda self, lr: setattr(self.base, "lr", lr))

    def step(self, params, grads):
        END
"""
EXERCISES = {
    "sgd-step": ("sgd", SGD),
    "adam-step": ("adam", ADAM),
    "clipping-value": ("clipping", VALUE),
    "lookahead-step": ("lookahead", LOOKAHEAD),
}

DIRECTION = "(d + self.mu * v if self.nesterov else v)"
DECAYED = "w * (1 - (self.lr * self.wd if self.decoupled else 0))"
ADAPTED = "self.lr * mh / (np.sqrt(vh) + self.eps)"
ON_COPIES = """fast = [w.copy() for w in params]
        if self.slow is None:
            self.slow = [w.copy() for w in fast]
        self.base.step(fast, grads)
        self.t += 1
        if self.t % self.k == 0:
            for slow, w in zip(self.slow, fast):
                slow += self.alpha * (w - slow)
                w[...] = slow"""


def text_of(exercise, end):
    """The module in which these statements are the end of the exercise's function."""
    return EXERCISES[exercise][1].replace("END", end)


def result_of(exercise, end, *, explain=False):
    assignment, one = EXERCISES[exercise][0], bank(EXERCISES[exercise][0])[exercise]
    namespace = executed("it", text_of(exercise, end))
    replies = [play_all(judged, namespace) for judged in one.played]
    [result] = judge_submission(assignment, {exercise: one}, {exercise: replies}, explain=explain)
    return result


def computed_right(exercise, end):
    evidence = bank(EXERCISES[exercise][0])[exercise].evidence
    return computed_all(evidence, play_all(evidence, executed("it", text_of(exercise, end))))


RIGHT = {
    "bound to the name": ("sgd-step", f"w = w - self.lr * {DIRECTION}"),
    "put into the list": ("sgd-step", f"params[i] = w - self.lr * {DIRECTION}"),
    "put into a list of its own": (
        "sgd-step",
        f"new = [*new, w - self.lr * {DIRECTION}] if i else [w - self.lr * {DIRECTION}]",
    ),
    "put into a dict": (
        "sgd-step",
        f"new = locals().get('new', {{}})\n            new[i] = w - self.lr * {DIRECTION}",
    ),
    "two lines": ("adam-step", f"w = {DECAYED}\n            w = w - {ADAPTED}"),
    "decay in place": (
        "adam-step",
        f"w *= 1 - (self.lr * self.wd if self.decoupled else 0)\n            w = w - {ADAPTED}",
    ),
    "cut into the name": ("clipping-value", "g = np.clip(g, -clip_value, clip_value)"),
    "cut into the list": ("clipping-value", "grads[i] = np.clip(g, -clip_value, clip_value)"),
    "steps on copies": ("lookahead-step", ON_COPIES),
}


@pytest.mark.parametrize(("exercise", "end"), RIGHT.values(), ids=RIGHT)
def test_what_is_computed_and_put_nowhere_counts(exercise, end):
    assert computed_right(exercise, end)


def test_lookahead_on_copies_keeps_what_does_not_need_a_base():
    result = result_of("lookahead-step", ON_COPIES, explain=True)
    assert result.score == pytest.approx(5, abs=2)
    assert [told.name for told in result.explanation.ideas] == ["base-forgotten"]


# All variants of the formula, without knowing which it is.
HEDGED = [f"w - self.lr * ({d})" for d in ("g", "d", "v", "d + self.mu * v", "g + self.mu * v")]
NOTHING = {
    "pass": ("sgd-step", "pass"),
    "an unrelated sum": ("sgd-step", "x = g + g"),
    "copies of what there is": ("sgd-step", "old, same = w.copy(), g.copy()"),
    "plain descent": ("sgd-step", "w = w - self.lr * g"),
    "no Nesterov": ("sgd-step", "w = w - self.lr * v"),
    "no momentum": ("sgd-step", "w = w - self.lr * d"),
    "the step alone": ("sgd-step", f"x = self.lr * {DIRECTION}"),
    "the wrong way": ("sgd-step", f"w = w + self.lr * {DIRECTION}"),
    "returned": ("sgd-step", f"return [w - self.lr * {DIRECTION}]"),
    "hedged in variables": (
        "sgd-step",
        "; ".join(f"x{i} = {guess}" for i, guess in enumerate(HEDGED)),
    ),
    "hedged in a list": ("sgd-step", f"x = [{', '.join(HEDGED)}]"),
    "behind many guesses": (
        "sgd-step",
        f"x = [*(w * k for k in range(30)), w - self.lr * {DIRECTION}]",
    ),
    "plain descent for Adam": ("adam-step", "w = w - self.lr * g"),
    "moments alone": ("adam-step", "x = mh / (np.sqrt(vh) + self.eps)"),
    "without eps": ("adam-step", f"w = {DECAYED} - self.lr * mh / np.sqrt(vh)"),
    "not corrected": ("adam-step", f"w = {DECAYED} - self.lr * m / (np.sqrt(v) + self.eps)"),
    "without decoupled decay": ("adam-step", f"w = w - {ADAPTED}"),
    "Adam, returned": ("adam-step", f"return {DECAYED} - {ADAPTED}"),
    "a copy": ("clipping-value", "g = g.copy()"),
    "only the limits": ("clipping-value", "g = np.sign(g) * clip_value"),
    "base never called": (
        "lookahead-step",
        ON_COPIES.replace("self.base.step(fast, grads)", "pass"),
    ),
    "copies for base alone": (
        "lookahead-step",
        "fast = [w.copy() for w in params]\n        self.base.step(fast, grads)",
    ),
}


@pytest.mark.parametrize(("exercise", "end"), NOTHING.values(), ids=NOTHING)
def test_what_is_not_all_right_earns_nothing(exercise, end):
    assert not computed_right(exercise, end)
    assert result_of(exercise, end).score == 0


def test_a_step_that_is_not_written_in_python_shows_nothing():
    module = text_of("sgd-step", RIGHT["bound to the name"][1])
    namespace = executed("it", module, "import functools\nright = SGD.step")
    namespace["SGD"].step = property(lambda self: namespace["functools"].partial(SGD_STEP, self))
    SGD_STEP = namespace["right"]
    evidence = bank("sgd")["sgd-step"].evidence
    assert not computed_all(evidence, play_all(evidence, namespace))


@pytest.mark.parametrize("assignment", NAMES)
def test_evidence_is_no_property(assignment):
    """It has no name that a result could show, and no points."""
    for exercise, one in bank(assignment).items():
        assert len(one.evidence.cases) == len(load(assignment).exercise(exercise).evidence)
        assert (one.evidence.name, one.evidence.prop.points) == ("", 0)
        assert one.evidence.name not in {judged.name for judged in one.properties}
