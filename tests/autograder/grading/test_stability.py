"""A regrade gives the same scores and messages: ever again, on any workers, with other threads.

A few times here; ``--regrades 100`` is the long form, on a class of twenty.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from courses import NAME, autograde, files, hand_in, new_course, rows

from autograder.assignments import PROJECT, load
from autograder.authoring.demo.students import STUDENTS, Student
from autograder.authoring.fill import fill
from autograder.misconceptions.catalogue import misconceptions

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stability")]

LONG = 20  # submissions in the long form


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory, request) -> list[Path]:
    """Submissions of many fates, one file each."""
    regrades = request.config.getoption("--regrades")
    students = [s for s in STUDENTS if s.name in ("ada", "chen", "hana")]
    students += [Student(m.name, "wrong", {NAME: (m.name,)}) for m in misconceptions(NAME)]
    paths = []
    for student in students[: LONG if regrades >= LONG else 3]:
        notebook = fill(student.module(NAME), load(NAME))
        student.touch(notebook)
        paths.append(tmp_path_factory.mktemp(student.name) / f"{NAME}.ipynb")
        nbformat.write(notebook, paths[-1])
    return paths


def graded(notebooks: list[Path], **environment: str) -> list[dict]:
    """What `grade --json` prints, in an environment with some other variables."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "grade", "--json", *map(str, notebooks)],
        env=os.environ | {"PYTHONPATH": str(PROJECT)} | environment,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def first(notebooks) -> list[dict]:
    reports = graded(notebooks)
    assert len({report["score"] for report in reports}) > 2
    return reports


def test_every_regrade_is_the_same(notebooks, first, request):
    for _ in range(request.config.getoption("--regrades")):
        assert graded(notebooks) == first


def test_threads_hashes_and_a_new_bank_change_nothing(notebooks, first, tmp_path):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    more = dict.fromkeys(names, "3") | {"PYTHONHASHSEED": "3"}
    assert graded(notebooks, XDG_CACHE_HOME=str(tmp_path), **more) == first


def test_one_worker_and_two_do_the_same(notebooks, first, tmp_path):
    course = new_course(tmp_path / "one")
    for number, path in enumerate(notebooks):
        hand_in(course, f"s{number:02}", path.read_text("utf-8"))
    other = shutil.copytree(course, tmp_path / "two")
    status, reports, said = autograde(course, workers=1)
    assert status == 0, said
    assert [r["score"] for _, r in sorted(reports.items())] == [r["score"] for r in first]
    assert autograde(other, workers=2)[0] == 0
    assert rows(course) == rows(other)
    assert files(course) == files(other)
