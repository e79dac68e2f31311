"""The commands of instructors and authors: autograde, build, grade and the others."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import Progress, track
from typer.core import TyperGroup

from autograder.assignments import NAMES, PROJECT, Assignment, load, use_own_programs
from autograder.batch import forking
from autograder.errors import UserError, told


class Commands(TyperGroup):
    """The commands. What one cannot do is one line on standard error, and the exit status."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # of a pager that was closed: Click knows what to do
            raise
        except (UserError, OSError) as error:
            line, status = told(error)
            tell(line)
            raise typer.Exit(status) from None


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Optimization Lab, for instructors and authors.",
)
out = Console()
err = Console(stderr=True)


def main() -> None:
    """Run the command line."""
    logging.basicConfig(
        level=logging.WARNING,
        format="%(message)s",
        handlers=[RichHandler(console=err, show_time=False, show_path=False)],
    )
    use_own_programs()
    app(prog_name="python -m autograder")


def tell(problem: str) -> None:
    """One line on standard error."""
    err.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)


def chosen(name: str) -> Assignment:
    """The assignment of this name; a usage error where there is none."""
    try:
        return load(name)
    except KeyError:
        raise typer.BadParameter(f"no assignment {name!r}; there are {', '.join(NAMES)}") from None


@app.command()
def doctor() -> None:
    """Say whether this machine can grade: its environment, and how submissions are limited."""
    from autograder.doctor import CHECKS
    from course.doctor import main

    raise typer.Exit(main(CHECKS))


@app.command()
def build(
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT]…", help="By default all of them.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 where files are out of date.")
    ] = False,
) -> None:
    """Make source/, release/ and the local checks' examples from lessons and solutions."""
    from autograder.authoring import build as builder

    names = [chosen(name).name for name in assignments or NAMES]
    if not check:
        builder.write(names, lambda path: out.print(f"wrote {path.relative_to(PROJECT)}"))
        return
    problems = builder.check(names)
    for problem in problems:
        err.print(problem, markup=False, highlight=False, soft_wrap=True)
    if problems:
        tell("run `python -m autograder build`")
        raise typer.Exit(1)
    out.print("everything is up to date")


@app.command()
def bundle(
    folder: Annotated[
        Path, typer.Option("--out", help="Where; a new or an earlier bundle's folder.")
    ] = Path("bundle"),
) -> None:
    """Make what students get: the wheel of `course`, notebooks, local checks, a README."""
    from autograder.authoring.bundle import write

    for name in write(folder):
        out.print(f"wrote {folder / name}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def fill(
    module: Annotated[Path, typer.Argument(help="A Python module with solutions.")],
    assignment: Annotated[str, typer.Option(help="The assignment's name.")],
    out_: Annotated[Path, typer.Option("--out", help="The notebook to write.")],
) -> None:
    """Write a release notebook whose solution cells hold a module's definitions."""
    from autograder.authoring.fill import fill_file

    fill_file(module, chosen(assignment), out_)


@app.command()
def grade(
    notebooks: Annotated[list[Path], typer.Argument(help="Submitted notebooks.")],
    assignment: Annotated[
        str | None, typer.Option(help="Their assignment; by default each file's name says it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
    require_jail: Annotated[
        bool, typer.Option("--require-jail", help="Refuse to grade without a jail.")
    ] = False,
) -> None:
    """Grade notebooks outside any gradebook."""
    from autograder.batch.files import grade_files
    from autograder.jail import open_worker

    forced = chosen(assignment) if assignment else None
    worker = open_worker(require_jail=require_jail)
    reports = list(_progress(grade_files(notebooks, worker, forced), len(notebooks)))
    if as_json:
        print(json.dumps([report.as_json() for report in reports], indent=1))
    else:
        for report in reports:
            out.print(report.as_text(), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(max(report.exit_status for report in reports))


def _progress(reports: Iterator[Any], total: int) -> Iterator[Any]:
    """The same reports, with a progress bar for several notebooks on a terminal."""
    if total < 2 or not sys.stderr.isatty():
        return reports
    return iter(track(reports, "grading", total=total, console=err, transient=True))


@app.command()
def autograde(
    assignment: Annotated[str, typer.Argument(help="The assignment's name.")],
    more: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    student: Annotated[
        list[str] | None, typer.Option(metavar="ID …", help="Only these students.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes here; by default one for each core.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler, tcp://HOST:PORT.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Grade again what is graded already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """Do what `nbgrader autograde` does, many submissions at once."""
    chosen(assignment)
    if more and not student:
        raise typer.BadParameter(f"unexpected {more[0]!r}; students are named with --student")
    if workers and scheduler:
        raise typer.BadParameter("--workers and --scheduler exclude each other")
    if not scheduler:
        forking.context()  # the fork server's imports run while this process does its own
    from autograder.batch import progress

    students = [*(student or []), *(more or [])]
    status = progress.autograde(assignment, students, workers, scheduler, force, as_json, out, err)
    raise typer.Exit(status)


@app.command()
def report(
    assignment: Annotated[
        str | None, typer.Argument(help="The assignment's name; by default all that are graded.")
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option("--out", help="The file; by default reports/ASSIGNMENT.html."),
    ] = None,
) -> None:
    """Write an HTML page on the class whose course is in this folder."""
    from autograder.report.class_report import write

    if assignment:
        chosen(assignment)
    path = write(assignment, page)
    out.print(f"wrote {path}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Argument(help="Where; a new or an earlier demo's folder.")
    ] = Path("demo"),
) -> None:
    """Release, collect, autograde and give feedback to an example class; ends with its grades."""
    from autograder.authoring.demo import make_class

    make_class(folder, out)


@app.command()
def audit(
    assignments: Annotated[
        list[str] | None, typer.Argument(metavar="[ASSIGNMENT]", help="By default all of them.")
    ] = None,
    pairs: Annotated[
        int, typer.Option(min=0, help="Pairs of misconceptions, for each assignment.")
    ] = 10,
    every: Annotated[
        int, typer.Option(min=1, help="Judge only every Nth misconception and mutant.")
    ] = 1,
) -> None:
    """Grade the grader: right variants keep all points, wrong ones are caught and explained."""
    from autograder.authoring import audit as auditor

    names = [chosen(name).name for name in assignments or NAMES]
    problems = 0
    with Progress(console=err, transient=True) as progress:
        total = sum(len(auditor.tasks(name, pairs, every)) for name in names)
        task = progress.add_task("judging", total=total)
        for done in auditor.audit_all(names, pairs, every, lambda: progress.advance(task)):
            out.print(auditor.as_text(done), markup=False, highlight=False, soft_wrap=True)
            problems += len(done.problems)
    if problems:
        tell(f"{problems} problem{'s' if problems > 1 else ''}")
        raise typer.Exit(1)
