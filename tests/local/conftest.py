"""``pytest tests/local --notebook PATH``: the local checks on one notebook through pytest."""

from pathlib import Path

import pytest

from course.errors import NotebookError
from course.notebook import check_notebook


def pytest_addoption(parser):
    parser.addoption("--notebook", type=Path, help="the notebook to check")


def pytest_generate_tests(metafunc):
    """One test for each property of each exercise in the notebook."""
    if "property_result" not in metafunc.fixturenames:
        return
    path = metafunc.config.getoption("--notebook")
    if path is None:
        raise pytest.UsageError("say which notebook: pytest tests/local --notebook PATH")
    try:
        result = check_notebook(path)
    except NotebookError as error:
        raise pytest.UsageError(str(error)) from None
    pairs = [(e, p) for e in result.exercises for p in e.properties]
    ids = [f"{exercise.id}: {prop.name}" for exercise, prop in pairs]
    metafunc.parametrize(("exercise_result", "property_result"), pairs, ids=ids)
