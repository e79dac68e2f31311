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
        typer.Argument(help="Notebooks; by default those of the course in this folder."),
    ] = None,
    hint: Annotated[
        int, typer.Option(min=1, max=2, help="2 says more of what fails, with your numbers.")
    ] = 1,
) -> None:
    """Run the local checks on notebooks: what passes, what fails and why. Changes no file."""
    from course.checks import assignments
    from course.notebook import NotebookError, check_notebook
    from course.results import as_text

    out, err = Console(), Console(stderr=True)
    paths = notebooks or [p for a in assignments() for p in sorted(Path().rglob(f"{a}.ipynb"))]
    if not paths:
        names = ", ".join(f"{a}.ipynb" for a in assignments())
        err.print(f"no notebook of the course here ({names}): name one, or go to its folder")
        raise typer.Exit(2)
    passed = True
    for path in paths:
        try:
            with err.status(f"checking {path}"):
                result = check_notebook(path, hint=hint)
        except NotebookError as error:
            err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            passed = False
            continue
        out.print(str(path), style="bold", markup=False, highlight=False)
        for line in result.notes:
            out.print(f"  note: {line}", markup=False, highlight=False, soft_wrap=True)
        for exercise in result.exercises:
            text = as_text(exercise, points=False)
            out.print(text, markup=False, highlight=False, soft_wrap=True)
        passed = passed and result.passed
    if not passed and hint == 1:
        out.print("for stronger hints: --hint 2", markup=False, highlight=False)
    raise typer.Exit(0 if passed else 1)


@app.command()
def doctor(
    staff: Annotated[
        bool, typer.Option("--staff", help="Also how submissions are isolated and limited here.")
    ] = False,
) -> None:
    """Say whether this environment can run the course, and what to do where it cannot."""
    from course import doctor as checks

    raise typer.Exit(checks.main(staff=staff))
