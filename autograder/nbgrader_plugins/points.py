"""`nbgrader autograde` with the points of the source notebook, see `autograder.grading.points`."""

from __future__ import annotations

from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException

from autograder.assignments import NAMES
from autograder.errors import Fault
from autograder.grading import points


def guard() -> None:
    """Replace nbgrader's method in this process, so that autograding begins with `points.agree`."""
    Autograde.start = start


def start(self: Autograde) -> None:
    """nbgrader's method of this name, after `points.agree`."""
    name = self.coursedir.assignment_id
    if name in NAMES:
        try:
            line = points.agree(self.coursedir, name, self.config)
        except Fault as fault:
            self.log.error("%s", fault)
            raise NbGraderException(str(fault)) from None
        if line:
            self.log.warning("%s", line)
    BaseConverter.start(self)
