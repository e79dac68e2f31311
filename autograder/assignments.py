"""Assignments, their exercises and properties, and the files that belong to them.

Each assignment has a module `autograder.cases.<name>` that defines ``EXERCISES``, and a module
`solutions.<name>` with the reference.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis.strategies import SearchStrategy

from course import judge
from course.scenarios import Scenario

PROJECT = Path(__file__).resolve().parents[1]
NAMES = ("value", "sgd", "adam", "clipping", "lookahead", "lab")


@dataclass(frozen=True)
class Property(judge.Property):
    """A property and how its cases are made; see `course.judge.Property` for the other fields.

    examples        scenarios written by hand, the smallest first; local checks have them too
    cases           a strategy that generates more scenarios, for the grader only
    count           how many scenarios to generate
    local_at_least  the threshold of the local check, if the property has a threshold
    public          examples for the local check in place of ``examples``
    seconds         CPU seconds for each case; None for the worker's limit
    """

    examples: Sequence[Scenario]
    cases: SearchStrategy[Scenario] | None = None
    count: int = field(default=200, kw_only=True)
    local_at_least: float | None = field(default=None, kw_only=True)
    public: Sequence[Scenario] | None = field(default=None, kw_only=True)
    seconds: float | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class Exercise:
    """An nbgrader grade cell: its id, the names of the objects it checks, its properties.

    decides   names of properties whose failed cases show which operation is at fault
    spares    names of properties that are judged without the cases that need such an operation, if
              enough others are left: a fault costs points only once
    stand_in  a module of `autograder.cases`: if this exercise and another one fail, this one is
              judged again with the module's definitions in place of the student's own
    evidence  scenarios that observe variables inside the student's function. A submission that
              computes the right values in all of them is not treated as doing nothing, even if it
              changes no array of the caller; see `course.credit.computed_all`
    """

    id: str
    objects: tuple[str, ...]
    properties: Sequence[Property]
    decides: frozenset[str] = frozenset()
    spares: frozenset[str] = frozenset()
    stand_in: str | None = None
    evidence: Sequence[Scenario] = ()

    @property
    def played(self) -> list[Property]:
        """The properties, and last the evidence as a property without name and points."""
        return [*self.properties, Property("", 0.0, self.evidence)]

    @property
    def points(self) -> float:
        return sum(p.points for p in self.properties)


@dataclass(frozen=True)
class Assignment:
    """An assignment: its name, its exercises in the order of the notebook, the reference."""

    name: str
    exercises: Sequence[Exercise]
    reference: Mapping[str, Any]

    @property
    def points(self) -> float:
        """The points that are given automatically: those of all exercises."""
        return sum(e.points for e in self.exercises)

    def exercise(self, exercise_id: str) -> Exercise:
        return next(e for e in self.exercises if e.id == exercise_id)

    @property
    def source_notebook(self) -> Path:
        return PROJECT / "source" / self.name / f"{self.name}.ipynb"

    @property
    def release_notebook(self) -> Path:
        return PROJECT / "release" / self.name / f"{self.name}.ipynb"

    @property
    def lesson(self) -> Path:
        return PROJECT / "course" / "lessons" / f"{self.name}.md"

    def section_of(self, exercise: Exercise, prop: Property) -> str:
        """The heading of the lesson's section to read again where a property fails.

        Raises KeyError where the lesson has no section of that name.
        """
        headings = re.findall(r"^(?:##+ (.*)|:grade: (.*))$", self.lesson.read_text("utf-8"), re.M)
        if not prop.section:
            before = headings[: headings.index(("", exercise.id))]
            return next(heading for heading, _ in reversed(before) if heading)
        if prop.section not in (heading for heading, _ in headings):
            raise KeyError(f"{self.lesson.name} has no section {prop.section!r}: see “{prop.name}”")
        return prop.section

    @property
    def earlier(self) -> list[str]:
        """The earlier assignments whose solutions students paste into this notebook."""
        marks = re.findall(r"^:solution: (.*)$", self.lesson.read_text("utf-8"), re.M)
        named = re.findall(r"solutions\.(\w+):", " ".join(marks))
        return [name for name in dict.fromkeys(named) if name != self.name]


@functools.cache
def load(name: str) -> Assignment:
    """The assignment of this name. Raises KeyError where there is none."""
    if name not in NAMES:
        raise KeyError(name)
    cases = importlib.import_module(f"autograder.cases.{name}")
    reference = vars(importlib.import_module(f"solutions.{name}"))
    return Assignment(name, cases.EXERCISES, reference)


def use_own_programs() -> None:
    """Put the folder of this interpreter's programs first on PATH.

    nbgrader runs ``alembic`` by name and would not find it in a virtual environment that is used
    without being activated.
    """
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
