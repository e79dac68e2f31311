"""Limits: listed once, the same for nbgrader and in the worker's process."""

import sys
import time
from dataclasses import asdict, fields, replace

import pytest
from traitlets.config import Config

from autograder.jail import Limits, Worker, bubblewrap, process, why_no_jail, zygote
from autograder.jail.limits import described
from autograder.nbgrader_plugins.grading import GradeSubmission

NO_JAIL = why_no_jail()
SANDBOXES = [
    pytest.param(
        bubblewrap,
        marks=pytest.mark.skipif(bool(NO_JAIL), reason=f"no jail on this machine: {NO_JAIL}"),
    ),
    process,
]
OTHERS = replace(Limits(), **{f.name: 2 * f.default for f in fields(Limits)})


def test_every_limit_is_an_option_of_nbgrader():
    """With its default, and with its unit and meaning as help."""
    options = GradeSubmission.class_traits(config=True)
    for limit in fields(Limits):
        assert options[limit.name].default_value == limit.default
        assert options[limit.name].help == f"{described(limit)}."
        assert limit.metadata["unit"] in described(limit)


def test_what_is_configured_holds():
    config = Config({"GradeSubmission": asdict(OTHERS)})
    assert GradeSubmission().limits == Limits()
    assert GradeSubmission(config=config).limits == OTHERS


@pytest.mark.parametrize("sandbox", [bubblewrap, process])
def test_all_limits_cross(sandbox, tmp_path):
    """The zygote reads from its command line what the grader's sandbox has put there."""
    command, _ = sandbox.command(["CONTROL", OTHERS.as_json()], str(tmp_path))
    read = zygote.read_setup(command[command.index("CONTROL") + 1 :])
    assert read.limits == asdict(OTHERS)
    assert read.jailed == (sandbox.ISOLATION == "jail")
    assert bool(read.scratch) == read.jailed


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is set on Linux alone")
@pytest.mark.parametrize("sandbox", SANDBOXES)
def test_a_limit_binds_the_submission(sandbox):
    """Whatever the sandbox."""
    limits = Limits(memory=1_234_567_168)
    source = "import resource\nprint(resource.getrlimit(resource.RLIMIT_AS))"
    with Worker(limits, sandbox) as worker, worker.session() as session:
        answer = session.run_cell(source, time.monotonic() + 20)
    assert answer["outputs"][0]["text"] == "(1234567168, 1234567168)\n"
