"""Ideas without a name: small mechanical faults of a reference, and where in it each of them is.

A mistake that is in no bank is often one of them: then what follows from it can be told from what
is wrong besides, and the part of the solution that the slip is in can be named. There are hundreds
for an assignment; what they show in a few cases is computed once, so that those which a submission
cannot be are passed over without being played.
"""

from __future__ import annotations

import ast
import functools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograder.assignments import Assignment, load
from autograder.misconceptions.catalogue import Idea, reference
from autograder.misconceptions.mutants import Mutant, mutants, slips
from autograder.misconceptions.parts import part_of
from course.compare import Seen
from course.diagnosis import Exercise
from course.failures import Failure
from course.judge import JudgedProperty, Reply

MOST_LINES = 20_000  # that code with a loop of its own may run in one case
SECONDS = 1.0  # of CPU for one exercise of one submission

# As plain data that is kept beside the bank:
# {"ideas": {name: [text, own, located, most_lines]},
#  "shown": {exercise: {name: {property: [[number of the case, values, failure or None], …]}}}}
Unnamed = Mapping[str, Any]


def make(assignment: str, properties: Mapping[str, Sequence[JudgedProperty]]) -> Unnamed:
    """The ideas without a name about an assignment, and what they show in a few cases.

    properties  those of each exercise
    """
    text = reference(assignment)
    loops = definitions_with_loops(text)
    ideas: dict[str, list[Any]] = {}
    shown: dict[str, dict[str, Any]] = {exercise: {} for exercise in properties}
    for mutant in (*mutants(text), *slips(text)):
        part = part_of(assignment, mutant.where, mutant.old)
        if part is None:
            continue
        most = MOST_LINES if mutant.where in loops else None
        ideas[mutant.name] = [mutant.text, list(part.own), part.name, most]
        idea = _idea(mutant.name, ideas[mutant.name])
        for exercise in exercises_of(load(assignment), mutant):
            if {judged.name for judged in properties[exercise]} & set(part.own):
                shown[exercise][mutant.name] = {
                    judged.name: [[n, *_as_data(idea.answer(judged.cases[n]))] for n in numbers]
                    for judged, numbers in probed(properties[exercise])
                }
    return {"ideas": ideas, "shown": shown}


def _idea(name: str, data: Sequence[Any]) -> Idea:
    text, own, located, most = data
    return Idea(name, text, own=tuple(own), located=located, most_lines=most)


def exercises_of(assignment: Assignment, mutant: Mutant) -> list[str]:
    """The exercises that are about the definition in which a mutant's fault is."""
    return [
        exercise.id
        for exercise in assignment.exercises
        if exercise.objects[0] == mutant.definition
        and any(prop.threshold is None for prop in exercise.properties)
    ]


def definitions_with_loops(text: str) -> set[str]:
    """The functions of a module in which an edit may make a loop endless: "Value.backward".

    It is a `while`, or a `for` over a name that appends: an edit may append to what it runs over.
    """

    def inside(node: ast.AST, where: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.While) or (isinstance(child, ast.For) and _may_grow(child)):
                yield where
            name = getattr(child, "name", "")
            yield from inside(child, f"{where}.{name}".strip("."))

    return set(inside(ast.parse(text), ""))


def _may_grow(loop: ast.For) -> bool:
    inner = (node for statement in loop.body for node in ast.walk(statement))
    appends = any(isinstance(node, ast.Attribute) and node.attr == "append" for node in inner)
    return appends and isinstance(loop.iter, ast.Name)


def probed(properties: Sequence[JudgedProperty]) -> Iterator[tuple[JudgedProperty, list[int]]]:
    """The properties that are quick and exact, with the numbers of a short and a longer case."""
    for judged in properties:
        if judged.prop.threshold is None and not judged.prop.slow:
            yield judged, sorted({0, len(judged.cases) // 2})


def _as_data(reply: Reply) -> list[Any]:
    return [reply.seen.values, reply.error and reply.error.as_data()]


@functools.lru_cache(maxsize=200)
def _played(name: str, text: str, own: tuple[str, ...], located: str, most: int | None) -> Idea:
    """An idea that was a candidate before, with what it answered."""
    return _idea(name, [text, own, located, most])


def candidates(unnamed: Unnamed, exercise_id: str, exercise: Exercise) -> list[Idea]:
    """The ideas that answer the probes as the submission did, or at least those of their own.

    As many as can be tried in the time that there is; none where all failures are errors.
    """
    until = time.thread_time() + SECONDS
    found = []
    for name, shown in () if exercise.only_errors else unnamed["shown"][exercise_id].items():
        text, own, located, most = unnamed["ideas"][name]
        if _agrees(exercise, shown, shown) or _agrees(exercise, shown, own):
            found.append(_played(name, text, tuple(own), located, most))
        if time.thread_time() > until:
            break
    return found


def _agrees(exercise: Exercise, shown: Mapping[str, Sequence[Any]], names: Iterable[str]) -> bool:
    """Did the submission answer the probes of these properties so?"""
    probes = [probe for name in names for probe in ((name, *p) for p in shown.get(name, ()))]
    return bool(probes) and all(
        exercise.reply(name, number).equals(
            Reply(Seen(values), None if error is None else Failure.from_data(error))
        )
        for name, number, values, error in probes
    )
