"""The exercise of the assignment ``toy``."""

from hypothesis import strategies as st

from autograder.assignments import Exercise, Property
from autograder.cases.strategies import call

numbers = st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=6)
betas = st.sampled_from([0.0, 0.5, 0.9])


def mean(xs, beta):
    return call("running_mean", xs, beta, returns="list")


FIRST = "the first mean is (1 − beta)·x"
LATER = "every mean keeps beta of the last one"

EXERCISES = (
    Exercise(
        "toy-mean",
        ("running_mean",),
        (
            Property(
                FIRST,
                1,
                [mean([1.0], 0.5), mean([4.0], 0.9)],
                st.builds(mean, st.integers(1, 9).map(lambda x: [float(x)]), betas),
                count=20,
                hint="m is 0 before the first x",
            ),
            Property(
                LATER,
                1,
                [mean([1.0, 1.0], 0.5), mean([1.0, 3.0, -2.0], 0.9)],
                st.builds(mean, numbers, betas),
                count=40,
                hint="write down m after each x for xs = [1, 1]",
                after=FIRST,
            ),
        ),
    ),
)
