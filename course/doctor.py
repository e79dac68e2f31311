"""Is this environment able to run the course? Behind ``python -m course doctor``.

`main` runs the checks that it is given; `CHECKS` are what students need. Each check is a function
that returns one or more findings. A finding is one line: what was found and, where it is a problem,
what to do about it. A check imports what it needs itself, so that a missing package is a finding
too.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement

DISTRIBUTION = "optimization-lab"
PYTHON = (3, 11)  # as requires-python in pyproject.toml
PIP = f'"{sys.executable}" -m pip install'
AGAIN = "solve the problems above, then install the course's wheel again"


@dataclass(frozen=True)
class Finding:
    """What one check found; ``remedy`` says what to do, and is empty where all is well."""

    text: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        return not self.remedy

    def __str__(self) -> str:
        return f"ok       {self.text}" if self.ok else f"problem  {self.text}: {self.remedy}"


Check = Callable[[], Iterable[Finding]]


def main(checks: Iterable[Check]) -> int:
    """Run the checks, print a line for each finding. Returns 0, or 1 where there is a problem."""
    problems = 0
    for check in checks:
        for finding in _guarded(check):
            print(finding)
            problems += not finding.ok
    if problems:
        print(f"Not ready yet. Problems to solve: {problems}")
        return 1
    print("Ready for the course.")
    return 0


def check_python() -> list[Finding]:
    """Python is new enough."""
    found = f"Python {platform.python_version()}"
    if sys.version_info < PYTHON:
        return [Finding(found, f"install Python {PYTHON[0]}.{PYTHON[1]} or later")]
    return [Finding(found)]


def check_dependencies() -> list[Finding]:
    """Every package that the course needs is installed, in a version that it works with."""
    try:
        lines = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return [Finding(f"{DISTRIBUTION} is not installed", "install the course's wheel with pip")]
    if importlib.util.find_spec("packaging") is None:
        return [Finding("packaging is not installed", f"{PIP} packaging")]
    from packaging.requirements import Requirement

    needed = [Requirement(line) for line in lines]
    # The extras' requirements carry a marker that is true only where their extra is asked for.
    return [_installed(r) for r in needed if not r.marker or r.marker.evaluate({"extra": ""})]


def check_kernel() -> list[Finding]:
    """Jupyter finds a kernel named python3, and it starts this Python."""
    for package in ("jupyter_client", "ipykernel"):
        if importlib.util.find_spec(package) is None:
            return [Finding(f"{package} is not installed", f"{PIP} jupyterlab")]
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    from jupyter_core.paths import prefer_environment_over_user

    # The kernel goes where Jupyter looks first, else an older one would hide it.
    place = "--sys-prefix" if prefer_environment_over_user() else "--user"
    remedy = f'"{sys.executable}" -m ipykernel install {place}'
    try:
        program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except (NoSuchKernel, IndexError):
        return [Finding("Jupyter has no kernel named python3", remedy)]
    if not _starts_this_python(program):
        return [Finding(f"the kernel python3 starts another Python, {program}", remedy)]
    return [Finding("kernel python3")]


def check_plots() -> list[Finding]:
    """matplotlib draws a figure as a notebook would show it: a PNG, with text and a formula."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if importlib.util.find_spec("matplotlib_inline") is None:
        return [Finding("matplotlib-inline is not installed", f"{PIP} matplotlib-inline")]
    figure = Figure(figsize=(2, 1.5))
    axes = figure.subplots()
    axes.plot([0, 1, 2], [4, 1, 0])
    axes.set_title(r"$2 / \lambda_{\max}$")
    png = io.BytesIO()
    FigureCanvasAgg(figure).print_png(png)
    if not png.getvalue().startswith(b"\x89PNG"):
        return [Finding("matplotlib wrote no picture", f"{PIP} --force-reinstall matplotlib")]
    return [Finding("matplotlib draws")]


def check_digits() -> list[Finding]:
    """The handwritten digits can be read."""
    from course.data import load_digits

    digits = load_digits()
    if digits.X_train.shape != (1347, 64) or digits.y_train.shape != (1347,):
        return [Finding("the digits are not complete", AGAIN)]
    return [Finding(f"{len(digits.y_train)} handwritten digits")]


CHECKS = (check_python, check_dependencies, check_kernel, check_plots, check_digits)


def _guarded(check: Check) -> Iterable[Finding]:
    """A check that raises is a finding: the other checks still run."""
    try:
        return check()
    except Exception as error:
        what = (check.__doc__ or check.__name__).partition("\n")[0].rstrip(".")
        return [Finding(f'"{what}" failed with {error!r}', AGAIN)]


def _installed(requirement: Requirement) -> Finding:
    """Is the package there, in a version that the requirement allows?"""
    remedy = f'{PIP} "{requirement.name}{requirement.specifier}"'
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(f"{requirement.name} is not installed", remedy)
    # A pre-release inside the range is as good as a release here.
    if not requirement.specifier.contains(version, prereleases=True):
        return Finding(f"{requirement.name} {version} is outside {requirement.specifier}", remedy)
    return Finding(f"{requirement.name} {version}")


def _starts_this_python(program: str) -> bool:
    """Does the kernel's program run in this environment?

    Programs are compared by their folder: in a virtual environment they are links to one and the
    same interpreter elsewhere.
    """
    if program in ("python", "python3", f"python3.{sys.version_info.minor}"):
        return True  # Jupyter puts its own Python in place of these names
    found = shutil.which(program)
    if found is None:
        return False
    ours, theirs = (os.path.normcase(Path(p).parent.resolve()) for p in (sys.executable, found))
    return ours == theirs
