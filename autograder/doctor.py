"""What `python -m course doctor --staff` adds: isolation and limits of submissions here."""

from __future__ import annotations

import importlib.util
import logging

from autograder.jail import policy
from course.doctor import PIP, Finding

UNITS = {
    "cell_seconds": "CPU seconds for one cell",
    "case_seconds": "CPU seconds for one case of a property",
    "submission_seconds": "seconds by the clock for a whole submission",
    "memory": "bytes for all its processes together",
    "processes": "processes at a time",
    "output": "characters of output in all its cells",
}


def check_isolation() -> list[Finding]:
    """Submissions run in a jail."""
    reason = policy.why_no_jail()
    if reason:
        return [Finding(f"isolation: process alone, {reason}", "grade on Linux with bubblewrap")]
    return [Finding("isolation: jail, by bubblewrap")]


def check_limits() -> list[Finding]:
    """The limits of a submission, as nbgrader_config.py in this folder has them."""
    from nbgrader.apps import AutogradeApp

    from autograder.assignments import use_own_programs
    from autograder.nbgrader_plugins.grading import GradeSubmission

    use_own_programs()
    app = AutogradeApp()
    app.log_level = logging.ERROR
    app.initialize([])
    hook = GradeSubmission(parent=app)
    limits = [
        Finding(f"limit {name}: {getattr(hook.limits, name):,} {unit}")
        for name, unit in UNITS.items()
    ]
    return [*limits, Finding(f"require_jail: {hook.require_jail}")]


def check_extras() -> list[Finding]:
    """What is needed only for large classes."""
    extras = (("distributed", "cluster", "a Dask cluster"), ("psycopg", "postgres", "PostgreSQL"))
    return [
        Finding(f"{package} for {what}: {_installed(package, extra)}")
        for package, extra, what in extras
    ]


def _installed(package: str, extra: str) -> str:
    if importlib.util.find_spec(package):
        return "installed"
    return f'not installed, {PIP} -e ".[{extra}]" where it is wanted'


CHECKS = (check_isolation, check_limits, check_extras)
