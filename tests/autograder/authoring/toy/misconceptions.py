"""Misconceptions about the assignment ``toy``."""

from autograder.cases import toy as cases
from autograder.misconceptions.catalogue import Misconception

MISCONCEPTIONS = (
    Misconception(
        "weights-swapped",
        "toy-mean",
        (("beta * m + (1 - beta) * x", "(1 - beta) * m + beta * x"),),
        "beta weighs the new number, not the last mean.",
        "With beta 0.9, should one new number move the mean much?",
        own=(cases.FIRST, cases.LATER),
    ),
)
