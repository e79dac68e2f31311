"""The local checks: in a notebook, in a terminal, through pytest and nbgrader's Validate."""

import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import nbformat
import pytest
from nbgrader.validator import Validator

from autograder.assignments import NAMES, PROJECT, load
from autograder.authoring.fill import fill
from autograder.grading.bank import bank
from course import CheckFailed, check, checks
from course.checks import exercise_spec
from solutions import sgd
from solutions.sgd import SGD

WRONG_SIGN = (PROJECT / "solutions" / "sgd.py").read_text().replace("w -= self.lr", "w += self.lr")


def said(*arguments) -> str:
    """What a check prints, whether or not it passes."""
    with redirect_stdout(io.StringIO()) as printed:
        try:
            check(*arguments)
        except CheckFailed as failure:
            print(failure)
    return printed.getvalue()


def command(*arguments, cwd=None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("notebooks")
    texts = {
        "right": (PROJECT / "solutions" / "sgd.py").read_text(),
        "wrong": WRONG_SIGN,
        "ends": "import os\nos._exit(0)",
    }
    paths = {}
    for name, text in texts.items():
        paths[name] = folder / name / "sgd.ipynb"
        paths[name].parent.mkdir()
        nbformat.write(fill(text, load("sgd")), paths[name])
    return paths


@pytest.mark.parametrize("assignment", NAMES)
def test_local_checks_have_the_graders_properties(assignment):
    for exercise_id, exercise_bank in bank(assignment).items():
        local = [(p["name"], p["points"]) for p in exercise_spec(exercise_id)["properties"]]
        assert local == [(p.name, p.prop.points) for p in exercise_bank.properties]


@pytest.mark.parametrize("assignment", NAMES)
def test_the_reference_passes_and_nothing_says_so_of_a_stub(assignment):
    reference = load(assignment).reference
    for exercise in load(assignment).exercises:
        objects = [reference[name] for name in exercise.objects]
        assert "failed" not in said(exercise.id, *objects)
        stubs = [lambda *a, **k: None for _ in objects]
        result = checks.check_objects(exercise.id, *stubs)
        assert result.score == 0


def test_a_failure_raises_and_renders_as_a_short_message():
    namespace: dict = {}
    exec(WRONG_SIGN, namespace)
    with pytest.raises(CheckFailed) as failure:
        check("sgd-step", namespace["SGD"])
    lines = failure.value._render_traceback_()
    assert lines[0] == "sgd-step: not passed yet"
    assert len(lines) < 12
    assert not any("Traceback" in line or "File" in line for line in lines)
    text = said("sgd-step", namespace["SGD"])
    for part in ("opt = SGD", "expected", "got", "hint"):
        assert part in text


def test_wrong_use_of_check():
    with pytest.raises(ValueError, match="there is no exercise 'sgd-stepp'"):
        check("sgd-stepp", SGD)
    with pytest.raises(ValueError, match="takes SGD"):
        check("sgd-step")


def test_a_check_answers_within_a_second_of_computing():
    """By the processor's clock, not the wall's; the measure of the promise in the README."""
    import time

    start = time.process_time()
    said("sgd-step", sgd.SGD)
    assert time.process_time() - start < 1.0


@pytest.mark.slow
def test_the_command_on_right_and_wrong_notebooks(notebooks):
    before = notebooks["wrong"].read_bytes()
    right = command("-m", "course", "check", notebooks["right"])
    assert right.returncode == 0, right.stderr
    assert "10 of 10 checks passed" in right.stdout
    wrong = command("-m", "course", "check", notebooks["wrong"])
    assert wrong.returncode == 1
    assert "expected" in wrong.stdout
    assert notebooks["wrong"].read_bytes() == before


@pytest.mark.slow
def test_the_command_gives_stronger_hints(notebooks):
    weak = command("-m", "course", "check", notebooks["wrong"])
    strong = command("-m", "course", "check", notebooks["wrong"], "--hint", "2")
    assert "likely" in weak.stdout
    assert weak.stdout.endswith("for stronger hints: --hint 2\n")
    assert "first difference" not in weak.stdout
    assert "first difference" in strong.stdout
    assert command("-m", "course", "check", notebooks["wrong"], "--hint", "3").returncode == 2


def test_check_says_how_far_the_assignment_is_and_how_to_get_more(monkeypatch):
    monkeypatch.setattr(checks, "_passed", {})
    assert "0 of 2 exercises passed so far" in said("sgd-step", lambda: None)
    assert "1 of 2 exercises passed so far" in said("sgd-stability", sgd.largest_stable_lr)
    namespace: dict = {}
    exec(WRONG_SIGN, namespace)
    assert 'check("sgd-step", SGD, hint=2)' in said("sgd-step", namespace["SGD"])


def test_the_command_finds_the_notebooks_of_a_folder(notebooks):
    done = command("-m", "course", "check", cwd=notebooks["right"].parent)
    assert done.returncode == 0
    assert "sgd.ipynb" in done.stdout


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": [1]}', '{"cells": []}'])
def test_the_command_on_what_is_no_notebook(content, tmp_path):
    path = tmp_path / "sgd.ipynb"
    path.write_text(content)
    done = command("-m", "course", "check", path)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_the_command_without_notebooks(tmp_path):
    done = command("-m", "course", "check", cwd=tmp_path)
    assert done.returncode == 2
    assert "sgd.ipynb" in done.stderr


def test_a_notebook_that_ends_python(notebooks):
    done = command("-m", "course", "check", notebooks["ends"])
    assert done.returncode == 1
    assert "ended Python" in done.stderr


@pytest.mark.slow
def test_through_pytest(notebooks):
    local = PROJECT / "tests" / "local"
    options = ["-q", "-p", "no:cacheprovider"]
    right = command("-m", "pytest", local, "--notebook", notebooks["right"], *options)
    assert right.returncode == 0, right.stdout
    assert "12 passed" in right.stdout
    wrong = command("-m", "pytest", local, "--notebook", notebooks["wrong"], *options)
    assert wrong.returncode == 1
    assert "expected" in wrong.stdout
    none = command("-m", "pytest", local, *options)
    assert none.returncode != 0
    assert "--notebook PATH" in none.stdout + none.stderr


@pytest.mark.slow
def test_nbgraders_validate_sees_the_failure(notebooks, tmp_path):
    """The Validate button runs this; the notebook's first code cells need only the course."""
    unanswered = Validator().validate(str(notebooks["right"]))["failed"]
    assert all("YOUR ANSWER HERE" in cell["source"] for cell in unanswered)
    failed = Validator().validate(str(notebooks["wrong"]))["failed"]
    assert any("sgd-step" in json.dumps(cell) for cell in failed)
