"""How much faster than stock nbgrader is grading here, and how much is it above what must be done?

    python tests/benchmarks/grading.py           the comparison, on the assignment sgd
    python tests/benchmarks/grading.py --cells   what the cells of each source notebook cost

The same 20 submissions (`submissions`: six right in two ways, eleven wrong in different ways, one
half done, one untouched, one that does not parse) are graded in three ways:

(a) by stock nbgrader with its default preprocessors, a kernel for each submission. In the place of
    our grade cell stands a hidden test that plays the same examples, draws the same strategies with
    the same number of cases by Hypothesis' ``@given``, in the kernel, and compares with the
    reference; a property ends with its first failing case.
(b) by ``nbgrader autograde`` with this repository's nbgrader_config.py.
(c) by nobody: only the students' cells and the scenarios of all properties run, each submission in
    a fork of one warm process, as in (b) but without jail, judge and nbgrader. That is the least
    that a grader of this kind has to spend.

(a) and (b) are whole commands, start and imports included, and their CPU time is that of the
command with all its descendants; that of (c) is the forks' own. All run on one core, one after the
other, with one thread for BLAS. The machine may get slower or faster meanwhile, so the order is
c b a b c, and what ran twice counts with its mean.

Bounds (exit status 1 where one is missed): (a) takes at least 5 times as long as (b), by the clock
and in CPU time; (a) and (b) give the same scores, twice in a row, full marks to what is right and 0
to the untouched. Aim, printed only: the CPU time of (b) below 2 times that of (c).
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from rich.console import Console
from rich.table import Table

from autograder.assignments import NAMES, PROJECT, Assignment, load, use_own_programs
from autograder.authoring.demo.students import STUDENTS
from autograder.authoring.fill import fill
from autograder.grading import notebooks
from autograder.grading.bank import ExerciseBank, bank
from autograder.misconceptions import catalogue as misconceptions

ASSIGNMENT = "sgd"
AT_LEAST, AIM = 5.0, 2.0
WAYS = {"a": "stock nbgrader", "b": "nbgrader here", "c": "cells and cases alone"}
FULL, NOTHING = 20.0, 0.0

# Students of the demo class whose submissions stock nbgrader survives.
CLASS = ("ada", "bruno", "chen", "dora", "emil", "fatima", "goran", "hana", "lena")
RIGHT = ("ada", "bruno", "right-1", "right-2", "right-3", "right-4")
MISTAKES = (
    "old-velocity",
    "dampened-gradient",
    "nesterov-as-momentum",
    "decay-ignored",
    "velocities-of-the-class",
    "gradients-cleared",
    "smallest-eigenvalue",
)

STOCK_CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "optimization-lab"
c.Execute.timeout = 600  # seconds for a cell; the default of 30 is too few on a busy core
"""

# Plays and compares in a kernel what is played in the jail and compared outside here.
KERNEL_TEST = """\
from hypothesis import HealthCheck, given, settings

from autograder.assignments import load
from course.checks import reply

assignment = load("{assignment}")
exercise = assignment.exercise("{exercise}")
named = {{"{name}": {name}}}


def agrees(prop, scenario):
    got = reply(scenario, named)
    assert got.error is None, got.error
    if prop.threshold is None:
        assert got.seen.equals(reply(scenario, assignment.reference).seen)
    else:
        assert prop.threshold.measure(got.seen) >= prop.threshold.at_least


def holds(prop):
    try:
        for scenario in prop.examples:
            agrees(prop, scenario)
        if prop.cases is not None:

            @settings(
                max_examples=prop.count,
                derandomize=True,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(prop.cases)
            def test(scenario):
                agrees(prop, scenario)

            test()
    except Exception as error:
        print(f"failed: {{prop.name}}", error)
        return False
    return True


held = {{prop.name for prop in exercise.properties if holds(prop)}}
score = sum(p.points for p in exercise.properties if p.name in held)
"""
STOCK_TEST = f"### BEGIN HIDDEN TESTS\n{KERNEL_TEST}score\n### END HIDDEN TESTS"


def submissions(assignment: Assignment) -> dict[str, nbformat.NotebookNode]:
    """The class: name -> notebook."""
    made = {}
    for student in STUDENTS:
        if student.name in CLASS:
            made[student.name] = fill(student.module(assignment.name), assignment)
            student.touch(made[student.name])
    for name in RIGHT:
        if name not in made:
            made[name] = fill(STUDENTS[0].module(assignment.name), assignment)
    bank_of_mistakes = {m.name: m for m in misconceptions.misconceptions(assignment.name)}
    for name in MISTAKES:
        text = misconceptions.edited(assignment.name, bank_of_mistakes[name].edits)
        made[name] = fill(text, assignment)
    return made


def course_folder(
    folder: Path, submitted: Mapping[str, nbformat.NotebookNode], source: Path, config: str
) -> Path:
    """An nbgrader course with this source released, these submissions, this configuration."""
    released = folder / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    released.parent.mkdir(parents=True)
    shutil.copy(source, released)
    (folder / "nbgrader_config.py").write_text(config)
    for name, notebook in submitted.items():
        target = folder / "submitted" / name / ASSIGNMENT
        target.mkdir(parents=True)
        nbformat.write(notebook, target / f"{ASSIGNMENT}.ipynb")
    nbgrader(folder, ["generate_assignment", ASSIGNMENT])
    return folder


def stock_source(assignment: Assignment, path: Path) -> Path:
    """Write our source notebook with hidden tests that run Hypothesis in the kernel."""
    notebook = nbformat.read(assignment.source_notebook, as_version=4)
    for cell in notebook.cells:
        if notebooks.is_autograded(cell):
            exercise = assignment.exercise(cell.metadata.nbgrader.grade_id)
            [name] = exercise.objects
            cell.source = STOCK_TEST.format(
                assignment=assignment.name, exercise=exercise.id, name=name
            )
    nbformat.write(notebook, path)
    return path


def nbgrader(folder: Path, arguments: Sequence[str]) -> None:
    """Run nbgrader in the folder."""
    log = folder / "log.txt"
    command = [sys.executable, "-m", "nbgrader", *arguments, f"--Exchange.root={folder}"]
    with log.open("wb") as output:
        status = subprocess.call(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    if status:
        raise RuntimeError(f"nbgrader {' '.join(arguments)} failed:\n{log.read_text()[-2000:]}")


def autograde(folder: Path) -> tuple[float, float]:
    """`nbgrader autograde`: seconds by the clock, CPU seconds with all descendants."""
    before, start = cpu_of_children(), time.perf_counter()
    nbgrader(folder, ["autograde", ASSIGNMENT])
    return time.perf_counter() - start, cpu_of_children() - before


def same_for_all() -> None:
    """Set what all programs that are compared find around them: one thread for BLAS.

    And compiled modules are kept, which is Python's default: where they are not, every kernel of a
    peer would compile this repository anew.
    """
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    use_own_programs()


def adopt_orphans() -> None:
    """Let processes whose parents have ended become our children, so that their time counts.

    Needed since bubblewrap ends without waiting for the process that it has started.
    """
    PR_SET_CHILD_SUBREAPER = 36
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def cpu_of_children() -> float:
    """CPU seconds of all descendants that have ended; waits for those that have not.

    It does not return while one of them runs on, as what Dask has started does.
    """
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def scores(folder: Path) -> dict[str, float]:
    """Every submission's automatic score, from the gradebook."""
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        return {
            s.student.id: sum(g.auto_score or 0.0 for n in s.notebooks for g in n.grades)
            for s in gradebook.assignment_submissions(ASSIGNMENT)
        }


def wrong_scores(graded: Sequence[tuple[str, Mapping[str, float]]]) -> Iterator[str]:
    """A line for each score that is not what it should be."""
    for name in [*CLASS, *(n for n in RIGHT if n not in CLASS), *MISTAKES]:
        found = [(way, result.get(name)) for way, result in graded]
        if len({score for _, score in found}) != 1:
            yield f"{name} has different scores: " + ", ".join(f"({w}) {s}" for w, s in found)
        right = FULL if name in RIGHT else NOTHING if name == "hana" else None
        if right is not None and found[0][1] != right:
            yield f"{name} has {found[0][1]} where {right} is due"


def cell_seconds(assignment: Assignment, files: Sequence[Path]) -> list[list[float]]:
    """(c): for each submission the CPU seconds of its cells, cases standing for grade cells."""
    from autograder.jail import zygote

    cells = notebooks.master(assignment.source_notebook)
    parsed = [notebooks.parse(notebooks.read_bytes(file))[0] for file in files]
    restored = [notebooks.restore(notebook, cells) for notebook in parsed]
    exercises = bank(assignment.name)
    shell = zygote.warm_up()
    return [in_fork(partial(run_cells, notebook, exercises, shell)) for notebook in restored]


def run_cells(
    notebook: nbformat.NotebookNode, exercises: Mapping[str, ExerciseBank], shell: Any
) -> Iterator[float]:
    """Run a restored notebook: the CPU seconds of each cell, about 0 for those without code."""
    from course.harness import answers

    for cell in notebook.cells:
        start = time.process_time()
        if notebooks.is_autograded(cell):
            exercise = exercises[cell.metadata.nbgrader.grade_id]
            for prop in exercise.properties:
                request = {
                    "objects": exercise.exercise.objects,
                    "scenarios": [case.scenario for case in prop.cases],
                    "seconds": 10.0,
                }
                for _ in answers(request, shell.user_ns):
                    pass
        elif cell.cell_type == "code":
            shell.record(cell.source, 20.0)
        yield time.process_time() - start


def in_fork(function: Callable[[], Iterable[float]]) -> list[float]:
    """The numbers that the function yields in a fork of this process."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write_end, json.dumps(list(function())).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer)


def alone(name: str, files: Sequence[Path]) -> list[list[float]]:
    """`cell_seconds` in a process that has nothing else to do."""
    command = [sys.executable, __file__, "--alone", name, *map(str, files)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    return json.loads(done.stdout)


def compare(console: Console) -> list[str]:
    """Grade in the three ways, print the table; what missed its bound."""
    assignment = load(ASSIGNMENT)
    submitted = submissions(assignment)
    seconds: dict[str, list[float]] = {"a": [], "b": []}
    cpu: dict[str, list[float]] = {"a": [], "b": [], "c": []}
    graded: list[tuple[str, dict[str, float]]] = []
    with tempfile.TemporaryDirectory() as temporary, console.status("") as status:
        base = Path(temporary)
        sources = {
            "a": (stock_source(assignment, base / "stock.ipynb"), STOCK_CONFIG),
            "b": (assignment.source_notebook, (PROJECT / "nbgrader_config.py").read_text()),
        }
        files = []
        for name, notebook in submitted.items():
            files.append(base / f"{name}.ipynb")
            nbformat.write(notebook, files[-1])
        for number, way in enumerate("cbabc", start=1):
            status.update(f"{number} of 5: ({way}) {WAYS[way]}")
            if way == "c":
                cpu["c"].append(sum(map(sum, alone(ASSIGNMENT, files))))
                continue
            folder = course_folder(base / str(number), submitted, *sources[way])
            took, used = autograde(folder)
            seconds[way].append(took)
            cpu[way].append(used)
            graded.append((way, scores(folder)))
    title = f"{len(submitted)} submissions of {ASSIGNMENT}, one core"
    table = Table("", "by the clock", "CPU", title=title)
    for way, what in WAYS.items():
        by_clock = f"{fmean(seconds[way]):.1f} s" if way in seconds else ""
        table.add_row(f"({way}) {what}", by_clock, f"{fmean(cpu[way]):.1f} s")
    clock = fmean(seconds["a"]) / fmean(seconds["b"])
    used = fmean(cpu["a"]) / fmean(cpu["b"])
    above = fmean(cpu["b"]) / fmean(cpu["c"])
    table.add_section()
    table.add_row(f"(a)/(b), at least {AT_LEAST:g}", f"{clock:.2f}", f"{used:.2f}")
    table.add_row(f"(b)/(c), aim below {AIM:g}", "", f"{above:.2f}")
    console.print(table)
    missed = list(wrong_scores(graded))
    for what, ratio in (("by the clock", clock), ("in CPU time", used)):
        if ratio < AT_LEAST:
            missed.append(f"(a)/(b) {what} is {ratio:.2f}, below {AT_LEAST:g}")
    return missed


def print_cells(console: Console) -> None:
    """What each cell of the source notebooks costs, the dearest of three runs left out."""
    for name in NAMES:
        path = load(name).source_notebook
        cells = nbformat.read(path, as_version=4).cells
        runs = sorted(alone(name, [path] * 3), key=sum)[:2]
        table = Table("cell", "CPU", "begins with", title=f"{name}: {sum(runs[0]):.2f} s of CPU")
        for number, (cell, *seconds) in enumerate(zip(cells, *runs, strict=True), start=1):
            if cell.cell_type == "code":
                table.add_row(str(number), f"{1000 * min(seconds):.0f} ms", first_line(cell))
        console.print(table)


def first_line(cell: nbformat.NotebookNode) -> str:
    if notebooks.is_autograded(cell):
        return f"all cases of {cell.metadata.nbgrader.grade_id}"
    return cell.source.splitlines()[0][:60]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", action="store_true", help="what the cells of the source cost")
    parser.add_argument("--alone", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        name, *files = options.alone
        print(json.dumps(cell_seconds(load(name), [Path(file) for file in files])))
        return 0
    if sys.platform == "linux":
        adopt_orphans()
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    same_for_all()
    console = Console(highlight=False)
    if options.cells:
        print_cells(console)
        return 0
    missed = compare(console)
    for line in missed:
        console.print(f"MISSED  {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
