"""The instructors' doctor: the students' checks, then isolation, limits and extras."""

import importlib.util

import pytest
from typer.testing import CliRunner

from autograder import cli, doctor
from autograder.jail import bubblewrap
from course.doctor import main


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A folder with a configuration of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c.GradeSubmission.processes = 7\n")


def test_the_command_says_isolation_and_limits(course, monkeypatch):
    """As the course folder's configuration has them, after the students' checks."""
    monkeypatch.setattr(bubblewrap, "why_not", lambda: "")
    result = CliRunner().invoke(cli.app, ["doctor"])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("ok       Python ")
    assert "ok       isolation: jail" in lines
    assert "ok       limit processes: 7 processes at a time" in lines
    assert "ok       limit memory: 2,147,483,648 bytes of memory for all pro" in result.stdout
    assert "ok       require_jail: False" in lines
    assert lines[-1] == "Ready for the course."


def test_no_jail_is_a_problem(monkeypatch, capsys):
    monkeypatch.setattr(bubblewrap, "why_not", lambda: "no namespaces")
    assert main((doctor.check_isolation,)) == 1
    line = capsys.readouterr().out.splitlines()[0]
    assert line.startswith("problem  isolation: process, for there is no jail: no namespaces: ")


def test_extras_are_named_but_no_problem(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main((doctor.check_extras,)) == 0
    cluster, postgres, _ = capsys.readouterr().out.splitlines()
    assert cluster.startswith("ok ") and '".[cluster]"' in cluster
    assert postgres.startswith("ok ") and '".[postgres]"' in postgres
