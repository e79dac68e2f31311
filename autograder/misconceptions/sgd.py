"""Misconceptions about the assignment ``sgd``."""

from autograder.misconceptions import Misconception

MISCONCEPTIONS: tuple[Misconception, ...] = ()
