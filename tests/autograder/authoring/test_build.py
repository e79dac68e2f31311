"""What `build` writes, and that it is read back as it was."""

import json
from importlib import resources

import numpy as np
import pytest

from autograder.authoring.build import to_json
from autograder.errors import UserError
from course.checks import assignments, from_json
from course.wire import Odd

NAN, INF = float("nan"), float("inf")


def test_numbers_that_json_has_no_word_for_are_read_back():
    data = {
        "floats": [NAN, INF, -INF, -0.0, 1e-320, 0.1],
        "array": [np.array([[NAN, 1.0], [INF, -INF]]), np.array([]), np.zeros((0, 2))],
        "nested": {"array": np.array([1.0, 2.0]), "number": 3},
        "plain": [None, True, 7, "nan", {"array": "text"}, {"number": 1.5}],
    }
    text = json.dumps(to_json(data), allow_nan=False)
    read = from_json(text)
    np.testing.assert_array_equal(read.pop("floats"), data.pop("floats"))
    for got, was in zip(read.pop("array"), data.pop("array"), strict=True):
        assert got.dtype == float
        np.testing.assert_array_equal(got.ravel(), was.ravel())
    np.testing.assert_array_equal(read["nested"].pop("array"), data["nested"].pop("array"))
    assert read == data


def test_what_the_reference_cannot_show_is_refused():
    assert from_json('[{"odd": "a Value"}]') == [Odd("a Value")]
    with pytest.raises(UserError, match="a Value"):
        to_json([Odd("a Value")])


@pytest.mark.parametrize("name", assignments())
def test_local_checks_are_valid_json(name):
    """As other languages read it, without NaN and Infinity."""

    def not_json(word):
        raise AssertionError(f"{word} is not JSON")

    text = resources.files("course.checks").joinpath(f"{name}.json").read_text("utf-8")
    assert json.loads(text, parse_constant=not_json)
