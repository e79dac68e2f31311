"""The local checks: ``check("sgd-step", SGD)`` in a notebook.

They test the same properties as the grader, by the same names, on a few fixed examples that may
be read. Examples and expected values stand in ``<assignment>.json`` beside this file, with what
common misconceptions answer instead; ``python -m autograder build`` writes it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from course.compare import Seen
from course.credit import Idle, mark
from course.diagnosis import Exercise, explain
from course.errors import CheckFailed
from course.failures import Failure, FailureKind, failure_of, not_defined
from course.judge import Case, JudgedProperty, Property, Reply, Threshold
from course.messages import as_text
from course.panel import as_html
from course.results import ExerciseResult, Told
from course.scenarios import play
from course.scenarios.idle import idle_objects
from course.wire import Odd


def check(exercise: str, *objects: Any, hint: int = 1) -> None:
    """Run the local checks of an exercise and show what passed and what did not.

    exercise  its id, for instance "sgd-step"
    objects   your classes and functions, in the order that the notebook gives them
    hint      2 says more of what fails: your numbers beside the expected ones, and a question that
              leads on where your answers are those of a known misconception

    Raises CheckFailed where a check fails, ValueError for an exercise that there is not.
    """
    result = check_objects(exercise, *objects, hint=hint)
    notes = _progress(result)
    if hint == 1 and not result.passed and result.attempted:
        names = ", ".join(exercise_spec(exercise)["objects"])
        notes.append(f'for a stronger hint: check("{exercise}", {names}, hint=2)')
    _show(result, notes, hint)
    if not result.passed:
        failed = [f"  {p.name}" for p in result.properties if not p.passed]
        raise CheckFailed("\n".join([f"{exercise}: not passed yet", *failed]))


_passed: dict[str, bool] = {}


def _progress(result: ExerciseResult) -> list[str]:
    """A line on the assignment's exercises that were checked in this session, this one included."""
    _passed[result.id] = result.passed
    ids = next(exercises(a) for a in assignments() if result.id in exercises(a))
    done = [exercise for exercise in ids if _passed.get(exercise)]
    return [f"{len(done)} of {len(ids)} exercises passed so far"] if len(ids) > 1 else []


def check_objects(exercise: str, *objects: Any, hint: int = 1) -> ExerciseResult:
    """The result of an exercise's local checks on these objects; see `check`."""
    names = exercise_spec(exercise)["objects"]
    if len(objects) != len(names):
        wanted = ", ".join(names)
        raise ValueError(f'check("{exercise}", …) takes {wanted}; it got {len(objects)} objects')
    return check_named(exercise, dict(zip(names, objects, strict=True)), reply, hint)


def check_named(
    exercise: str,
    named: Mapping[str, Any],
    player: Callable[[Mapping[str, Any], Mapping[str, Any]], Reply],
    hint: int = 1,
) -> ExerciseResult:
    """The result of an exercise's local checks on objects by name; ``player`` plays a scenario.

    hint  see `check`
    """
    if hint not in (1, 2):
        raise ValueError(f"hint is 1 or 2, not {hint!r}")
    spec = exercise_spec(exercise)
    missing = not_defined(spec["objects"], named)
    answered = [
        (p, [Reply(Seen([]), missing) if missing else player(c.scenario, named) for c in p.cases])
        for p in map(_property, spec["properties"])
    ]
    explanation = explain(Exercise(answered, _answer), [lambda _: _ideas(exercise)]).explanation
    idle_ones = idle_replies([p for p, _ in answered], spec["objects"])
    return mark(exercise, answered, idle_ones, explanation, compare=hint == 2)


def idle_replies(properties: Sequence[JudgedProperty], objects: Sequence[str]) -> dict[str, Idle]:
    """The replies of code that does nothing, for the properties that are quick and exact."""
    ways = idle_objects(objects)
    shown = {}
    for judged in properties:
        if judged.prop.threshold is None and not judged.prop.slow:
            replies = [[reply(case.scenario, named) for case in judged.cases] for named in ways]
            wrong = [set(judged.wrong(way)) for way in replies]
            common = set.intersection(*wrong) if all(wrong) else set()
            shown[judged.name] = Idle(replies, sorted(common))
    return shown


@dataclass(frozen=True, eq=False)
class LocalIdea:
    """A misconception as the local checks know it; see `course.diagnosis.Idea`.

    answers  property -> number of the case, as text -> {"values"} or {"error"}: what someone with
             this idea shows where that is not what was expected
    """

    name: str
    thinks: str
    hint: str
    own: Sequence[str]
    answers: Mapping[str, Mapping[str, Mapping[str, Any]]]
    hollow: bool = False
    located: str = ""

    @property
    def told(self) -> list[Told]:
        return [Told(self.name, self.thinks, self.hint)]


@cache
def _ideas(exercise: str) -> list[LocalIdea]:
    return [LocalIdea(**data) for data in exercise_spec(exercise)["ideas"]]


def _answer(idea: Any, judged: JudgedProperty, number: int) -> Reply | None:
    """What someone with this idea shows in a case of a property; None where that is not shipped."""
    if judged.name not in idea.answers and (judged.prop.slow or judged.prop.threshold):
        return None
    expected = {"values": judged.cases[number].expected.values}
    other = idea.answers.get(judged.name, {}).get(str(number), expected)
    error = Failure(FailureKind.RAISED, other["error"]) if "error" in other else None
    return Reply(Seen(other.get("values", [])), error)


def exercise_spec(exercise: str) -> dict[str, Any]:
    """The exercise's objects and properties, as `build` wrote them."""
    for assignment in assignments():
        if exercise in _load(assignment):
            return _load(assignment)[exercise]
    known = ", ".join(name for a in assignments() for name in _load(a))
    raise ValueError(f"there is no exercise {exercise!r}; there are: {known}")


def assignments() -> list[str]:
    """The assignments that have local checks."""
    files = resources.files(__package__).iterdir()
    return sorted(f.name.removesuffix(".json") for f in files if f.name.endswith(".json"))


def exercises(assignment: str) -> list[str]:
    """The ids of an assignment's exercises, in the order of its notebook."""
    return list(_load(assignment))


@cache
def _load(assignment: str) -> dict[str, Any]:
    text = resources.files(__package__).joinpath(f"{assignment}.json").read_text("utf-8")
    return from_json(text)


def from_json(text: str) -> Any:
    """The data in a JSON text as `build` writes it.

    {"array": nested lists} is an array, {"odd": text} an `Odd`, and {"number": text} one of nan,
    inf and -inf, for which JSON has no word.
    """
    return json.loads(text, object_hook=_special)


def _special(data: dict[str, Any]) -> Any:
    match data:
        case {"array": list(rows), **more} if not more:
            return np.array(rows, dtype=float)
        case {"odd": str(text), **more} if not more:
            return Odd(text)
        case {"number": str(text), **more} if not more:
            return float(text)
    return data


def _property(data: Mapping[str, Any]) -> JudgedProperty:
    cases = [Case(c["scenario"], Seen(c["values"], c["labels"])) for c in data["cases"]]
    threshold = None
    if data["at_least"] is not None:
        threshold = Threshold(public_accuracy, data["at_least"], "accuracy on the given images")
    kept = {name: value for name, value in data.items() if name not in ("cases", "at_least")}
    return JudgedProperty(Property(**kept, threshold=threshold), cases)


def public_accuracy(seen: Seen) -> float:
    """Accuracy on public digits of a linear classifier, or of labels of the last digits.

    weights (64, 10) and biases (10,), judged on all 1,347 digits; or n labels, for the last n
    """
    from course.data import load_digits

    digits = load_digits()
    if len(seen.values) == 1:
        labels = seen.values[0]
        return float((labels == digits.y_train[-len(labels) :]).mean())
    weights, biases = seen.values
    predicted = (digits.X_train @ weights + biases).argmax(axis=1)
    return float((predicted == digits.y_train).mean())


def reply(scenario: Mapping[str, Any], objects: Mapping[str, Any]) -> Reply:
    """The reply of the objects to a scenario, played in this process."""
    values, labels = [], []
    try:
        for label, value in play(scenario, objects):
            labels.append(label)
            values.append(value)
    except Exception as error:
        return Reply(Seen(values, labels), failure_of(error))
    return Reply(Seen(values, labels))


def _show(result: ExerciseResult, notes: Sequence[str], hint: int) -> None:
    """As HTML with a text fallback in a notebook, as text elsewhere."""
    text = "\n".join([as_text(result, points=False, hint=hint), *(f"  {note}" for note in notes)])
    if "ipykernel" in sys.modules or "IPython" in sys.modules:
        from IPython import get_ipython
        from IPython.display import display

        if get_ipython() is not None:
            bundle = {"text/plain": text, "text/html": as_html(result, False, notes, hint)}
            display(bundle, raw=True)
            return
    print(text)
