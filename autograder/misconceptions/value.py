"""Misconceptions about the assignment ``value``."""

from autograder.misconceptions import Misconception

MISCONCEPTIONS: tuple[Misconception, ...] = ()
