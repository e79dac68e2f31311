"""The local checks of one notebook; see conftest.py."""

import pytest

from course.messages import message


def test_property(exercise_result, property_result):
    """The property holds for what the notebook defines."""
    if not property_result.passed:
        said = message(property_result, exercise_result.explanation)
        pytest.fail("\n" + said, pytrace=False)
