"""Opening a worker: which sandbox is chosen, and what is said where it is no jail."""

import contextlib
import logging
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from courses import NAME, hand_in, new_course, run
from typer.testing import CliRunner

from autograder import cli
from autograder.batch import progress
from autograder.jail import (
    InfrastructureError,
    Limits,
    bubblewrap,
    choose_sandbox,
    open_worker,
    opening,
    process,
    why_no_jail,
)
from autograder.nbgrader_plugins.grading import shared_worker

WARNING = "grading without a jail, in a bare process: no namespaces"
REFUSAL = "a jail is required, but no namespaces"


@pytest.fixture(autouse=True)
def nothing_said():
    """As in a new process."""
    opening._warn.cache_clear()
    shared_worker.cache_clear()


@pytest.fixture
def no_jail(monkeypatch):
    monkeypatch.setattr(bubblewrap, "why_not", lambda: "no namespaces")


@pytest.fixture
def a_jail(monkeypatch):
    monkeypatch.setattr(bubblewrap, "why_not", lambda: "")


def test_a_jail_is_taken_where_one_works(a_jail, caplog):
    for require_jail in (False, True):
        worker = open_worker(Limits(processes=3), require_jail=require_jail)
        assert (worker.isolation, worker.limits.processes) == ("jail", 3)
    assert why_no_jail() == ""
    assert caplog.messages == []


def test_a_process_is_taken_where_no_jail_works(no_jail, caplog):
    """With one warning, however many workers are opened."""
    assert [open_worker().isolation for _ in range(3)] == 3 * ["process"]
    assert choose_sandbox(require_jail=False) is process
    assert why_no_jail() == "no namespaces"
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [(logging.WARNING, WARNING)]


def test_no_worker_where_a_jail_is_required_and_none_works(no_jail, caplog):
    with pytest.raises(InfrastructureError, match=f"^{REFUSAL}$"):
        open_worker(require_jail=True)
    assert caplog.messages == []


def test_another_sandbox_is_a_module_and_its_name_in_the_list(no_jail, monkeypatch):
    """The first that works is taken; what keeps each jail from working is told."""
    other = SimpleNamespace(ISOLATION="jail", why_not=lambda: "", command=None)
    monkeypatch.setattr(opening, "SANDBOXES", (bubblewrap, other, process))
    assert choose_sandbox(require_jail=True) is other
    other.why_not = lambda: "no such program"
    assert choose_sandbox(require_jail=False) is process
    assert why_no_jail() == "no namespaces; no such program"


def test_grade_refuses(no_jail):
    """Status 3 and one line, before any notebook is read."""
    result = CliRunner().invoke(cli.app, ["grade", "absent.ipynb", "--require-jail", "--json"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == f"{REFUSAL}\n"


def test_autograde_refuses_before_any_worker_starts(no_jail, monkeypatch):
    monkeypatch.setattr(progress, "LocalPool", None)
    course = SimpleNamespace(require_jail=True, limits=Limits())
    with pytest.raises(InfrastructureError, match=REFUSAL):
        progress._pool({}, 2, None, course, None)


@pytest.mark.slow
def test_workers_of_a_class_warn_once(tmp_path, monkeypatch):
    """The run says it, for all its workers."""
    course = new_course(tmp_path / "course")
    for student in ("ada", "bruno"):
        hand_in(course, student, "{}")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))  # bubblewrap is not there
    done = run(course, "autograder", "autograde", NAME, "--workers", "2", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("without a jail") == 1, done.stderr
    assert done.stdout.count('"isolation": "process"') == 2


def test_nbgrader_has_one_worker_and_one_warning(no_jail, caplog):
    """For all submissions; a refusal is not remembered as a worker."""
    first, second = (shared_worker(Limits(), require_jail=False) for _ in range(2))
    assert first is second
    assert caplog.messages == [WARNING]
    for _ in range(2):
        with contextlib.suppress(InfrastructureError):
            assert shared_worker(Limits(), require_jail=True) is None
