"""The hidden cell in an instructor's own kernel."""

import pytest

from autograder import hidden
from autograder.assignments import load
from course import CheckFailed
from solutions.sgd import SGD, largest_stable_lr


def test_right_objects_get_all_points(capsys):
    points = load("sgd").exercise("sgd-stability").points
    assert hidden("sgd-stability", largest_stable_lr) == points
    assert f"{points:g} of {points:g} points" in capsys.readouterr().out


def test_partly_right_objects_get_part_of_them(capsys):
    class Decaying(SGD):
        def step(self, params, grads):
            super().step(params, grads)
            for w in params:
                w *= 1 - 1e-3 * self.weight_decay

    score = hidden("sgd-step", Decaying)
    assert 0 < score < load("sgd").exercise("sgd-step").points
    assert "weight decay" in capsys.readouterr().out


def test_nothing_right_raises():
    with pytest.raises(CheckFailed):
        hidden("sgd-stability", lambda hessian: None)
    with pytest.raises(ValueError, match="no exercise"):
        hidden("sgd-nothing", SGD)
