"""The students' commands: check and doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Optimization Lab, for students.",
)


def main() -> None:
    """Run the command line."""
    app(prog_name="python -m course")


@app.command()
def check(
    notebooks: Annotated[
        list[Path] | None,
        typer.Argument(help="Notebooks or folders; by default this folder."),
    ] = None,
    hint: Annotated[
        int, typer.Option(min=1, max=2, help="2 says more of what fails, with your numbers.")
    ] = 1,
    watch: Annotated[
        bool, typer.Option("--watch", help="Check again whenever one is saved; Ctrl-C ends it.")
    ] = False,
) -> None:
    """Run the local checks on notebooks: what passes, what fails and why. Changes no file."""
    from course.watch import find, missing_packages, saved

    out, err = Console(), Console(stderr=True)
    problem = missing_packages()
    if problem:
        _tell(problem, err)
        raise typer.Exit(1)
    from course.checks import assignments

    def look() -> list[Path]:
        return find(notebooks or [], assignments())

    if not look():
        names = ", ".join(f"{a}.ipynb" for a in assignments())
        _tell(f"no notebook of the course here ({names}): name one, or go to its folder", err)
        raise typer.Exit(2)
    passed: dict[Path, bool] = {}
    try:
        for paths in saved(look) if watch else [look()]:
            for path in paths:
                passed[path] = _check(path, hint, out, err)
            if not all(passed.values()) and hint == 1:
                out.print("for stronger hints: --hint 2", markup=False, highlight=False)
            if watch:
                err.print("waiting for a notebook to be saved; Ctrl-C ends this", style="dim")
    except KeyboardInterrupt:
        if not watch:
            raise
    raise typer.Exit(0 if passed and all(passed.values()) else 1)


def _check(path: Path, hint: int, out: Console, err: Console) -> bool:
    """Check one notebook and print what there is to say. Does everything pass?"""
    from course.errors import NotebookError
    from course.messages import as_text
    from course.notebook import check_notebook

    try:
        with err.status(f"checking {path}"):
            result = check_notebook(path, hint=hint)
    except NotebookError as error:
        _tell(str(error), err)
        return False
    out.print(str(path), style="bold", markup=False, highlight=False)
    for line in result.notes:
        out.print(f"  note: {line}", markup=False, highlight=False, soft_wrap=True)
    for exercise in result.exercises:
        text = as_text(exercise, points=False, hint=hint)
        out.print(text, markup=False, highlight=False, soft_wrap=True)
    return result.passed


def _tell(problem: str, err: Console) -> None:
    err.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)


@app.command()
def doctor() -> None:
    """Say whether this environment can run the course, and what to do where it cannot."""
    from course.doctor import CHECKS, main

    raise typer.Exit(main(CHECKS))
