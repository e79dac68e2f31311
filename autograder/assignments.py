"""What an assignment is made of: exercises, their properties, and where to find them.

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
    """A property and how its cases are made; what is not named here is `course.judge.Property`'s.

    examples        scenarios written by hand, the smallest first: also the public ones
    cases           a strategy for more scenarios, for the grader alone
    count           how many of these
    local_at_least  what the local check asks for where there is a threshold
    public          the local check's own examples, where those of the grader cannot be shown
    seconds         CPU seconds for each of its cases, where the worker's own limit is too short
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

    Where a case of a property in ``decides`` that shows one operation fails, this operation is at
    fault, and the other properties in ``spares`` are judged on the cases that do without it,
    as long as there are some: a fault costs its own points and no others. With ``stand_in``, the
    name of a module of `autograder`, an exercise that fails in a submission in which another one
    fails is judged once more with that module's definitions in the place of the student's own.
    ``evidence`` are scenarios that observe what is computed: who shows in all of them what is right
    did not do nothing, even where none of it can be seen; see `course.credit.computed_all`.
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
        """All whose cases a submission answers; the last is the evidence, which is no property."""
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
        """What is graded automatically."""
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
        """The assignments whose solutions this notebook has cells for, to paste them in."""
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
    """Put this interpreter's programs first on PATH.

    nbgrader runs ``alembic`` by name, which otherwise fails in a virtual environment that is used
    without being activated.
    """
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
