"""Ideas without a name: every small mechanical fault of a reference, and where in it it is.

A mistake that is in no bank is often one of them: then what follows from it can be told from what
is wrong besides, and the part of the solution that the slip is in can be named.
"""

from __future__ import annotations

import ast
import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autograder.assignments import Assignment, load
from autograder.misconceptions.catalogue import Idea, reference
from autograder.misconceptions.mutants import Mutant, mutants
from autograder.misconceptions.parts import part_of
from course.compare import Seen
from course.diagnosis import Exercise
from course.failures import Failure
from course.judge import JudgedProperty, Reply

PROBES = 4  # cases of each property that an idea is tried on before its module is even compiled
MOST_LINES = 20_000  # that code with a loop of its own may run in one case
SECONDS = 1.0  # of CPU for one exercise of one submission

# mutant -> property -> [number of the case, values, error or None] of each probe
Probes = Mapping[str, Mapping[str, Sequence[Any]]]


@functools.cache
def unnamed(assignment: str) -> dict[str, list[Idea]]:
    """Exercise -> the ideas without a name that are about it."""
    text = reference(assignment)
    found: dict[str, list[Idea]] = {e.id: [] for e in load(assignment).exercises}
    loops = definitions_with_loops(text)
    for mutant in mutants(text):
        part = part_of(assignment, mutant.where, mutant.old)
        if part is None:
            continue
        for exercise in exercises_of(load(assignment), mutant):
            own = {p.name for p in load(assignment).exercise(exercise).properties}
            if not own & set(part.own):
                continue
            idea = Idea(
                mutant.name,
                mutant.text,
                own=part.own,
                located=part.name,
                most_lines=MOST_LINES if mutant.where in loops else None,
            )
            found[exercise].append(idea)
    return found


def exercises_of(assignment: Assignment, mutant: Mutant) -> list[str]:
    """The exercises that are about the definition in which a mutant's fault is."""
    return [
        exercise.id
        for exercise in assignment.exercises
        if exercise.objects[0] == mutant.definition
        and any(prop.threshold is None for prop in exercise.properties)
    ]


def definitions_with_loops(text: str) -> set[str]:
    """The functions of a module in which there is a `while`: "Value.backward"."""

    def inside(node: ast.AST, where: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.While):
                yield where
            named = isinstance(child, ast.ClassDef | ast.FunctionDef)
            name = f"{where}.{child.name}".lstrip(".") if named else where  # type: ignore[attr-defined]
            yield from inside(child, name)

    return set(inside(ast.parse(text), ""))


def make_probes(assignment: str, exercise: str, properties: Sequence[JudgedProperty]) -> Probes:
    """What each idea without a name shows in a few cases of an exercise, as plain data."""
    return {
        idea.name: {
            judged.name: [
                [number, *_as_data(idea.answer(judged.cases[number]))] for number in numbers
            ]
            for judged, numbers in probed(properties)
        }
        for idea in unnamed(assignment)[exercise]
    }


def probed(properties: Sequence[JudgedProperty]) -> Iterator[tuple[JudgedProperty, list[int]]]:
    """The properties that are quick and exact, with the numbers of a few of their cases."""
    for judged in properties:
        if judged.prop.threshold is None and not judged.prop.slow:
            last = len(judged.cases) - 1
            yield judged, sorted({round(last * i / (PROBES - 1)) for i in range(PROBES)})


def _as_data(reply: Reply) -> list[Any]:
    return [reply.seen.values, reply.error and reply.error.as_data()]


def candidates(assignment: str, exercise_id: str, exercise: Exercise, probes: Probes) -> list[Idea]:
    """The ideas that answer the probes as the submission did, or at least those of their own.

    As many as can be tried in the time that there is; none where all failures are errors.
    """
    until = time.thread_time() + SECONDS
    found = []
    for idea in () if exercise.only_errors else unnamed(assignment)[exercise_id]:
        shown = probes.get(idea.name, {})
        if _agrees(exercise, shown, shown) or _agrees(exercise, shown, idea.own):
            found.append(idea)
        if time.thread_time() > until:
            break
    return found


def _agrees(exercise: Exercise, shown: Mapping[str, Sequence[Any]], names: Any) -> bool:
    """Did the submission answer the probes of these properties so?"""
    return bool(names) and all(
        exercise.reply(name, number).equals(
            Reply(Seen(values), None if error is None else Failure.from_data(error))
        )
        for name in names
        for number, values, error in shown.get(name, ())
    )
