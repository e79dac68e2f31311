"""The local checks of one notebook; see conftest.py."""

import pytest


def test_property(property_result):
    """The property holds for what the notebook defines."""
    if not property_result.passed:
        pytest.fail("\n" + property_result.message, pytrace=False)
