"""Testing the grader: right variants keep all points, wrong modules are caught and explained.

`audit` judges, without notebook and jail, every legitimate variant of an assignment, every
misconception, pairs of misconceptions, and every mutant of its reference.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import random
import re
import resource
import signal
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from types import FrameType
from typing import Any

import numpy as np

from autograder.assignments import PROJECT, load
from autograder.authoring.audit.equivalent import EQUIVALENT
from autograder.errors import TimeUp
from autograder.grading.bank import bank
from autograder.grading.in_process import Play, judge_module, replies_of
from autograder.misconceptions.catalogue import edited, idea, misconceptions, reference
from autograder.misconceptions.mutants import mutants
from autograder.misconceptions.unnamed import exercises_of
from course.checks import reply
from course.compare import Seen
from course.failures import Failure, FailureKind
from course.judge import JudgedProperty, Reply
from course.tolerance import ATOL, RTOL

VARIANTS = PROJECT / "autograder" / "variants"
PROPERTY_SECONDS = 60.0  # CPU seconds for all cases of a property together
MEMORY = 8 << 30  # bytes of address space; a mutant may build lists without end
ROUNDING_AT_MOST = 0.01  # of a variant, as a fraction of the tolerance
# Points of an assignment: those above which the cost of an idea needs a reason, and all of them.
DEAR, ALL = 8.0, 20.0
NAMED_AT_LEAST = 0.95  # the fraction of misconceptions that messages must name


@dataclass(frozen=True)
class Task:
    """A module to judge: ``kind`` is variant, misconception, pair or mutant.

    like_reference  the names of its definitions that are unchanged from the reference
    exercises       those in which it may lose points; a misconception must lose some in the first
    ideas           the names of the misconceptions in it
    """

    kind: str
    name: str
    text: str
    exercises: Sequence[str] = ()
    like_reference: Collection[str] = ()
    ideas: Collection[str] = ()


@dataclass(frozen=True)
class Verdict:
    """The results of a task.

    lost      exercises that lost points
    failed    (exercise, property) of the properties that failed
    named     misconceptions that the messages name
    cost      points of the assignment that were lost
    unlawful  laws that lost points although the idea does not break them
    rounding  the largest difference from the reference, as a fraction of the tolerance
    error     the error that the module raised before it could be judged, "" for none
    """

    task: Task
    lost: frozenset[str] = frozenset()
    failed: frozenset[tuple[str, str]] = frozenset()
    named: frozenset[str] = frozenset()
    cost: float = 0.0
    unlawful: frozenset[str] = frozenset()
    rounding: float = 0.0
    error: str = ""

    @property
    def caught(self) -> bool:
        return bool(self.lost or self.error)


@dataclass
class Audit:
    """The verdicts on an assignment, and a line for each problem that they show."""

    assignment: str
    verdicts: list[Verdict]
    problems: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[Verdict]:
        return [v for v in self.verdicts if v.task.kind == kind]

    @property
    def survivors(self) -> list[Verdict]:
        return [v for v in self.of("mutant") if not v.caught]

    @property
    def kills(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(exercise, property) -> how many wrong modules fail it, how many fail only it."""
        wrong = [v.failed for v in self.verdicts if v.task.kind in ("misconception", "mutant")]
        fail = Counter(itertools.chain.from_iterable(wrong))
        alone = Counter(next(iter(failed)) for failed in wrong if len(failed) == 1)
        return {
            (exercise.id, prop.name): (fail[exercise.id, prop.name], alone[exercise.id, prop.name])
            for exercise in load(self.assignment).exercises
            for prop in exercise.properties
        }


def tasks(assignment: str, pairs: int, every: int) -> list[Task]:
    """The tasks of an assignment; all its variants are among them.

    pairs  the number of pairs of misconceptions
    every  every ``every``-th misconception and every ``every``-th mutant is a task
    """
    return [
        *_variants(assignment),
        *itertools.islice(_misconceptions(assignment), 0, None, every),
        *itertools.islice(_pairs(assignment), pairs),
        *itertools.islice(_mutants(assignment), 0, None, every),
    ]


def _variants(assignment: str) -> Iterator[Task]:
    for path in sorted((VARIANTS / assignment).glob("*.py")):
        yield Task("variant", path.stem, path.read_text("utf-8"))


def _misconceptions(assignment: str) -> Iterator[Task]:
    for one in misconceptions(assignment):
        text = edited(assignment, one.edits)
        exercises = (one.exercise, *one.also)
        yield Task(
            "misconception", one.name, text, exercises, unedited(assignment, text), [one.name]
        )


def _pairs(assignment: str) -> Iterator[Task]:
    """Pairs of misconceptions of one exercise that can both be applied, in random, fixed order."""
    found = [
        pair
        for pair in itertools.combinations(misconceptions(assignment), 2)
        if pair[0].exercise == pair[1].exercise
    ]
    random.Random(assignment).shuffle(found)
    for one, other in found:
        with contextlib.suppress(ValueError, SyntaxError):
            text = edited(assignment, (*one.edits, *other.edits))
            compile(text, one.name, "exec")
            yield Task(
                "pair",
                f"{one.name} and {other.name}",
                text,
                (one.exercise, *one.also, *other.also),
                unedited(assignment, text),
                [one.name, other.name],
            )


def _mutants(assignment: str) -> Iterator[Task]:
    """The mutants of definitions that are judged exactly, not by a threshold only."""
    definitions = set(_definitions(reference(assignment)))
    for mutant in mutants(reference(assignment)):
        exercises = exercises_of(load(assignment), mutant)
        if exercises:
            others = definitions - {mutant.definition}
            yield Task("mutant", mutant.name, mutant.text, exercises, others)


def unedited(assignment: str, text: str) -> set[str]:
    """Names of the classes and functions that are the reference's."""
    return {
        name for name, _ in _definitions(text).items() & _definitions(reference(assignment)).items()
    }


def _definitions(text: str) -> dict[str, str]:
    """The classes and functions of a module -> their text."""
    blocks = re.split(r"\n\n\n(?=class|def)", text)[1:]
    return {block.split("(")[0].split(":")[0].split()[1]: block.rstrip() for block in blocks}


def judged(assignment: str, task: Task) -> Verdict:
    """The verdict on one task."""
    recursion = sys.getrecursionlimit()
    name = re.sub(r"\W", "_", task.name)
    play = first = player(task.kind, spared(assignment))
    if task.kind == "misconception":  # its answers are cached, and needed again to explain it
        first = answers_of(assignment, *task.ideas)
    try:
        with np.errstate(all="ignore"), silence():
            replies = replies_of(assignment, task.text, name, task.like_reference, first)
            explain = task.kind != "mutant"
            results = judge_module(assignment, task.text, name, replies, play, explain=explain)
    except Exception as error:
        return Verdict(task, error=f"{type(error).__name__}: {error}")
    finally:
        sys.setrecursionlimit(recursion)
        gc.collect(0)
    failed = [(result.id, p) for result in results for p in result.properties if not p.passed]
    return Verdict(
        task,
        frozenset(result.id for result in results if result.score < result.max_score),
        frozenset((exercise, prop.name) for exercise, prop in failed),
        frozenset(told.name for result in results for told in result.explanation.ideas),
        sum(result.max_score - result.score for result in results),
        unlawful(assignment, task, {p.name for _, p in failed if not p.score}),
        rounding(assignment, replies) if task.kind == "variant" else 0.0,
    )


def unlawful(assignment: str, task: Task, failed: Collection[str]) -> frozenset[str]:
    """The failed laws that a misconception does not list among its own properties."""
    own = {name for m in misconceptions(assignment) if m.name in task.ideas for name in m.own}
    laws = {
        judged.name
        for exercise_bank in bank(assignment).values()
        for judged in exercise_bank.properties
        if all(case.relations is not None for case in judged.cases)
    }
    return frozenset(laws & set(failed) - own) if task.kind == "misconception" else frozenset()


def answers_of(assignment: str, name: str) -> Play:
    """A function that returns this misconception's answers as the replies to a property."""
    [misconception] = [m for m in misconceptions(assignment) if m.name == name]
    known = idea(assignment, misconception)
    return lambda judged, objects: [known.answer(case) for case in judged.cases]


def player(kind: str, every_case: bool) -> Play:
    """A function that plays the cases of a property for a task of this kind.

    Once the time of a property is used up, no further cases are played. Cases of mutants that
    cannot change the verdict are not played either, the reference's answers stand for them: slow
    properties after any failure and, unless ``every_case``, the rest of a property that failed.
    """
    has_failed = time_is_up = False
    ended = Reply(Seen([]), Failure(FailureKind.TIMED_OUT, message="took too long"))

    def play(judged: JudgedProperty, objects: Mapping[str, Any]) -> list[Reply]:
        nonlocal has_failed, time_is_up
        if time_is_up:
            return [ended] * len(judged.cases)
        if kind == "mutant" and has_failed and (judged.prop.slow or judged.prop.threshold):
            return [Reply(case.expected) for case in judged.cases]
        replies: list[Reply] = []
        try:
            with limited(PROPERTY_SECONDS):
                for case in judged.cases:
                    replies.append(reply(case.scenario, objects))
                    # Evidence has no points and is not matched.
                    is_right = replies[-1].matches(case, judged.prop.threshold)
                    if judged.prop.points and not is_right:
                        has_failed = True
                        if kind == "mutant" and not every_case:
                            break
        except TimeUp:
            time_is_up = True
            return replies + [ended] * (len(judged.cases) - len(replies))
        return replies + [Reply(case.expected) for case in judged.cases[len(replies) :]]

    return play


def spared(assignment: str) -> bool:
    """Are there properties that may be judged without some of their cases?"""
    return any(exercise.spares for exercise in load(assignment).exercises)


@contextlib.contextmanager
def silence() -> Iterator[None]:
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        yield


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Context: raises TimeUp after this many CPU seconds."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def rounding(assignment: str, replies: Mapping[str, Sequence[Sequence[Reply]]]) -> float:
    """The largest difference from the expected values, as a fraction of the tolerance."""
    worst = 0.0
    for exercise, exercise_bank in bank(assignment).items():
        for judged, answers in zip(exercise_bank.properties, replies[exercise], strict=False):
            for case, given in zip(judged.cases, answers, strict=True):
                expected, got = case.expected.numbers, given.seen.numbers
                if judged.prop.threshold is None and len(expected) == len(got) > 0:
                    with np.errstate(invalid="ignore"):
                        off = np.abs(got - expected) / (ATOL + RTOL * np.abs(expected))
                    worst = max(worst, float(np.nan_to_num(off, nan=0.0, posinf=0.0).max()))
    return worst


def audit(assignment: str, verdicts: Iterable[Verdict]) -> Audit:
    """The audit of an assignment from the verdicts on its tasks: collects the problems."""
    done = Audit(assignment, list(verdicts))
    for v in done.of("variant"):
        if v.caught:
            what = v.error or ", ".join(f"“{prop}”" for _, prop in sorted(v.failed))
            done.problems.append(f"legitimate variant {v.task.name} loses points: {what}")
        elif v.rounding > ROUNDING_AT_MOST:
            done.problems.append(
                f"legitimate variant {v.task.name} comes near the tolerance: "
                f"{v.rounding:.2g} of it, at most {ROUNDING_AT_MOST:g}"
            )
    for v in done.of("misconception"):
        done.problems += _problems_of_idea(v)
    ideas = done.of("misconception")
    named = sum(v.named == set(v.task.ideas) for v in ideas)
    if named < NAMED_AT_LEAST * len(ideas):
        done.problems.append(f"only {named} of {len(ideas)} misconceptions are named")
    done.problems += _problems_of_costs(assignment, ideas, done.of("pair"))
    explained = EQUIVALENT.get(assignment, {})
    survivors = {v.task.name for v in done.survivors}
    killed = {v.task.name for v in done.of("mutant")} - survivors
    known = survivors | {mutant.name for mutant in mutants(reference(assignment))}
    done.problems += [
        f"mutant survives without an explanation: {name}"
        for name in sorted(survivors - set(explained))
    ]
    done.problems += [
        f"explained as equivalent, but not a surviving mutant: {name}"
        for name in sorted(set(explained) & killed | set(explained) - known)
    ]
    for v in done.of("mutant"):
        if v.lost - set(v.task.exercises):
            others = ", ".join(sorted(v.lost - set(v.task.exercises)))
            done.problems.append(f"mutant costs points in {others}: {v.task.name}")
    return done


def _problems_of_idea(v: Verdict) -> Iterator[str]:
    if v.task.exercises[0] not in v.lost:
        yield f"misconception {v.task.name} loses nothing in {v.task.exercises[0]}"
    if v.lost - set(v.task.exercises):
        yield f"misconception {v.task.name} costs points in {', '.join(sorted(v.lost))}"
    if v.named - set(v.task.ideas):
        yield f"misconception {v.task.name} is taken for {', '.join(sorted(v.named))}"


def _problems_of_costs(
    assignment: str, ideas: Sequence[Verdict], pairs: Sequence[Verdict]
) -> Iterator[str]:
    """Problems of cost: a single mistake that costs much, a second one that gives points back.

    Of ideas that are recognised: where all is nan, or an error, nothing can be told or follow.
    """
    reasons = {m.name: m.reason for m in misconceptions(assignment)}
    recognised = [v for v in ideas if v.named == set(v.task.ideas)]
    costs = {v.task.name: v.cost for v in recognised}
    for v in recognised:
        if v.cost > DEAR and not reasons[v.task.name]:
            yield f"misconception {v.task.name} costs {v.cost:g} points without a reason"
        for law in sorted(v.unlawful):
            yield f"misconception {v.task.name} loses a law that it does not break: “{law}”"
    for v in pairs:
        dearer = max((costs.get(name, 0.0) for name in v.task.ideas), default=0.0)
        if v.cost < dearer:
            yield f"pair {v.task.name} costs {v.cost:g} points, one of them alone {dearer:g}"


def as_text(done: Audit) -> str:
    """The audit of an assignment as text."""
    variants, ideas, pairs, changed = map(done.of, ("variant", "misconception", "pair", "mutant"))
    accepted = sum(not v.caught for v in variants)
    caught = sum(v.task.exercises[0] in v.lost for v in ideas)
    named = sum(v.named == set(v.task.ideas) for v in ideas)
    killed = sum(v.caught for v in changed)
    worst = max((v.rounding for v in variants), default=0.0)
    found = Counter(len(v.named & set(v.task.ideas)) for v in pairs if v.caught)
    like_another = [
        f"    together like {', '.join(sorted(v.named - set(v.task.ideas)))}: {v.task.name}"
        for v in pairs
        if v.named - set(v.task.ideas)
    ]
    unmutated = sorted(
        exercise.objects[0]
        for exercise in load(done.assignment).exercises
        if all(prop.threshold for prop in exercise.properties)
    )
    explained = EQUIVALENT.get(done.assignment, {})
    lines = [
        done.assignment,
        f"  legitimate variants   {accepted}/{len(variants)} accepted, "
        f"rounding at most {worst:.1e} of the tolerance",
        f"  misconceptions        {caught}/{len(ideas)} caught, {named}/{len(ideas)} named",
        f"  cost of one           {_costs([v.cost for v in ideas])}",
        f"  pairs of them         {sum(found.values())}/{len(pairs)} caught: both named in "
        f"{found[2]}, one in {found[1]}, what differs shown in {found[0]}",
        *like_another,
        f"  mutants               {killed}/{len(changed)} killed, {len(changed) - killed} survive",
    ]
    lines += [f"    not mutated, since only accuracy is graded: {name}" for name in unmutated]
    for v in done.survivors:
        reason = explained.get(v.task.name, "NOT EXPLAINED")
        lines += [f"    survives: {v.task.name}", f"              {reason}"]
    lines.append(
        "  wrong modules that each property catches, and those that only it catches (slow "
        "properties are played only for modules that no other property has caught)"
    )
    for (exercise, prop), (kills, alone) in done.kills.items():
        lines.append(f"    {kills:5} {alone:5}  {exercise}: {prop}")
    idle = [prop for (_, prop), (kills, alone) in done.kills.items() if not alone]
    if idle:
        lines.append(
            f"  {len(idle)} properties catch nothing alone; their points tell faults apart"
        )
    return "\n".join([*lines, *(f"  PROBLEM: {problem}" for problem in done.problems)])


def _costs(costs: Sequence[float]) -> str:
    """The costs of ideas as text: median, maximum, and how many cost much."""
    if not costs:
        return "none was judged"
    much, everything = (sum(cost > bound for cost in costs) for bound in (DEAR, ALL - 0.5))
    return (
        f"median {statistics.median(costs):g} points, at most {max(costs):g}; "
        f"more than {DEAR:g} in {much} of {len(costs)}, all in {everything}"
    )


def audit_all(
    assignments: Sequence[str],
    pairs: int,
    every: int,
    done: Callable[[], None] = lambda: None,
) -> Iterator[Audit]:
    """The audit of each assignment; ``done`` is called after each of its `tasks`.

    The tasks are judged on all cores; the audits do not depend on their number.
    """
    for assignment in assignments:
        bank(assignment)  # made once, read by all processes
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _start) as pool:
        waiting = {
            assignment: [
                pool.submit(judged, assignment, t) for t in tasks(assignment, pairs, every)
            ]
            for assignment in assignments
        }
        for assignment, futures in waiting.items():
            verdicts = []
            for future in futures:
                verdicts.append(future.result())
                done()
            yield audit(assignment, verdicts)


def _start() -> None:
    """Bound memory; leave garbage collection to `judged`, since it is slow on deep graphs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    gc.freeze()
    gc.disable()
