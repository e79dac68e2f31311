"""Can this machine grade? Behind ``python -m autograder doctor``.

Runs the students' checks, then reports the isolation and limits of submissions, and which packages
for large classes are installed.
"""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import fields

from autograder.jail import Limits, why_no_jail
from autograder.jail.limits import described
from course.doctor import CHECKS as COURSE_CHECKS
from course.doctor import PIP, Finding


def check_isolation() -> list[Finding]:
    """Submissions run in a jail."""
    reason = why_no_jail()
    if reason:
        remedy = "grade on a machine that has one"
        return [Finding(f"isolation: process, for there is no jail: {reason}", remedy)]
    return [Finding("isolation: jail")]


def check_limits() -> list[Finding]:
    """The limits of a submission, as nbgrader_config.py in this folder has them."""
    from nbgrader.apps import AutogradeApp

    from autograder.nbgrader_plugins.grading import GradeSubmission

    app = AutogradeApp()
    app.log_level = logging.ERROR
    app.initialize([])
    hook = GradeSubmission(parent=app)
    limits = [
        Finding(f"limit {limit.name}: {getattr(hook, limit.name):,} {described(limit)}")
        for limit in fields(Limits)
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


CHECKS = (*COURSE_CHECKS, check_isolation, check_limits, check_extras)
