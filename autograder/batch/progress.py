"""The command `autograde` and its display: a bar, a line for each problem, a summary."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from autograder.batch.course import Course, Done
from autograder.batch.files import GRADER_FAILED
from autograder.batch.saving import grade_all
from autograder.batch.signals import Signals, Stopped
from autograder.batch.workers import LocalPool, Pool, Setup
from autograder.errors import Fault
from autograder.jail import choose_sandbox


class Lines(logging.Handler):
    """Shows each message as one line, above the bar where there is one."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        text = " ".join(record.getMessage().split())
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


class Summary:
    """The counts and scores of a run so far."""

    def __init__(self) -> None:
        self.done: list[Done] = []
        self.graded = 0
        self.total = 0.0
        self.status = 0

    def add(self, done: Done) -> None:
        self.done.append(done)
        self.status = max(self.status, done.exit_status)
        if done.score is not None:
            self.graded += 1
            self.total += done.score

    @property
    def scores(self) -> str:
        """The mean of the scores so far."""
        most = next((d.max_score for d in self.done if d.max_score), None)
        return f"mean {self.total / self.graded:.1f} of {most:g}" if most and self.graded else ""


def autograde(
    assignment: str,
    students: Sequence[str],
    workers: int | None,
    scheduler: str | None,
    force: bool,
    as_json: bool,
    out: Console,
    err: Console,
) -> int:
    """Grade the submissions of the course in this folder. Returns the exit status."""
    summary = Summary()
    pool: Pool | None = None
    wanted = 0
    try:
        with Signals() as signals, _course(assignment, force, err) as course:
            course.agree()
            due, refused, kept = course.find(students)
            wanted = len(due)
            for done in refused:
                summary.add(done)
                course.note(done)
                _tell(done, err)
            if due:
                setup = course.setup()
                pool = _pool(setup, workers, scheduler, course, err)
                results = grade_all(course, due, pool, signals)
                _show(results, wanted, summary, err)
        err.print(_last_line(summary, kept), markup=False, highlight=False, soft_wrap=True)
    except (Fault, Stopped) as end:
        what = "stopped" if isinstance(end, Stopped) else "the grader failed"
        saved = f"{summary.graded} of {wanted} are graded and saved, a second run does the rest"
        err.print(f"{what}: {end}; {saved}", style="red", markup=False, soft_wrap=True)
        summary.status = end.status if isinstance(end, Stopped) else GRADER_FAILED
    finally:
        if pool is not None:
            pool.close()
    if as_json:
        print(json.dumps([done.as_json() for done in summary.done], indent=1))
    return summary.status


@contextlib.contextmanager
def _course(assignment: str, force: bool, err: Console) -> Iterator[Course]:
    course = Course(assignment, Lines(err), force=force)
    with course.alone():
        yield course


def _pool(
    setup: Setup, workers: int | None, scheduler: str | None, course: Course, err: Console
) -> Pool:
    if scheduler:
        try:
            from autograder.batch.cluster import ClusterPool
        except ImportError as error:
            raise Fault(f"{error}: install this repository with its extra `cluster`") from None
        pool = ClusterPool(setup, scheduler)
        if not pool.threads:
            err.print(f"waiting for workers: {scheduler} has none yet", markup=False)
        return pool
    choose_sandbox(require_jail=course.require_jail)  # one warning or refusal for all workers
    return LocalPool(setup, workers or _cores(), course.limits)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _show(results: Iterable[Done], total: int, summary: Summary, err: Console) -> None:
    """Add the results to the summary; show a bar on a terminal, and a line for each problem."""
    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[scores]}"),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("", total=total, rate="", scores="")
        for done in results:
            summary.add(done)
            _tell(done, err)
            speed = bar.tasks[0].speed
            rate = f"{60 * speed:.0f} a minute" if speed else ""
            bar.update(task, advance=1, rate=rate, scores=summary.scores)


def _tell(done: Done, err: Console) -> None:
    for line in done.errors:
        text = (
            f"{done.student!r}: {line}"
            if not done.student.isprintable()
            else f"{done.student}: {line}"
        )
        err.print(text, markup=False, highlight=False, soft_wrap=True)


def _last_line(summary: Summary, kept: int) -> str:
    parts = [f"{summary.graded} graded", summary.scores, f"{kept} graded before" if kept else ""]
    others = len(summary.done) - summary.graded
    return ", ".join(filter(None, [*parts, f"{others} not graded" if others else ""]))
