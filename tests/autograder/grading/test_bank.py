"""The bank's cases are the same in every process."""

import sys

from hypothesis import strategies as st

from autograder.grading.bank import generate


def test_cases_do_not_depend_on_the_modules_that_are_loaded(tmp_path, monkeypatch):
    """Hypothesis would draw these numbers, since the module is not an installed package's."""
    numbers = st.lists(st.floats(-1e6, 1e6) | st.integers(), min_size=4)
    before = generate(numbers, 200)
    (tmp_path / "constants.py").write_text("\n".join(f"x{i} = {i}.125" for i in range(999)))
    monkeypatch.syspath_prepend(str(tmp_path))
    import constants  # type: ignore[import-not-found]  # noqa: F401

    try:
        assert generate(numbers, 200) == before
    finally:
        del sys.modules["constants"]
