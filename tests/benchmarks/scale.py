"""What does a large class cost, and how well is the work shared out?

    python tests/benchmarks/scale.py                    the comparisons below
    python tests/benchmarks/scale.py --only two,dask    some of them
    python tests/benchmarks/scale.py --number 20        with another number of submissions

The class: right, wrong in many ways, half done, untouched, without syntax, over and over.
Each comparison is a ratio of runs that follow each other in turns (x y y x), start included.

two     `autograde --workers 1` takes at least 1.8 times as long as `--workers 2`, on two cores; it
        is told how often one process takes longer than two that run the cells and cases alone
cpu     CPU of the machine while `autograde --workers 1` runs, where nothing else may, is at most
        1.5 times that of the cells and cases alone, which run in forks of one warm process, as way
        (c) of `grading.py`, one at a time: hence one worker
dask    `--scheduler` with two Dask workers takes at most 1.1 times as long as `--workers 2`
stock   stock nbgrader with the same properties in the kernel takes at least 10 times as long as
        `autograde --workers 2`
otter   otter-grader's `otter run`, one submission after the other with a process and a kernel for
        each and the same tests in the kernel, takes at least 10 times as long for each submission;
        for both, it is told what the ratio is to two processes that run the cells and cases alone
memory  the coordinator, fed with answers that were recorded, so that it does nothing but save: its
        memory, how that grows, and the CPU time by submission, the part of the work that cannot be
        shared out; that of the last 100 of 2,000 within 5 % of that of the second 100 of a smaller
        course, in turns. Below 300 MB, and at most 10 MB more for 1,000 submissions

Exit status 1 where a bound is missed. The last table says what a large class costs: with two
workers that is measured; for more it is a model: with W CPU seconds of workers and S seconds of the
coordinator by submission, n workers take max(W/n, S) for each.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from statistics import fmean
from typing import Any

import grading
import nbformat
import psutil
from rich.console import Console
from rich.table import Table

from autograder.assignments import PROJECT, load
from autograder.authoring.demo.students import STUDENTS, Student
from autograder.authoring.fill import fill
from autograder.batch import saving, workers
from autograder.batch.course import Course, HandIn
from autograder.batch.signals import Signals
from autograder.misconceptions.catalogue import misconceptions

ASSIGNMENT = "adam"
NAMES = ("two", "cpu", "dask", "stock", "otter", "memory")
BOUNDS = {"two": 1.8, "cpu": 1.5, "dask": 1.1, "stock": 10.0, "otter": 10.0}
AT_LEAST = ("two", "stock", "otter")
MISTAKES = 7  # kinds of wrong submissions, besides those of the demo class
MANY, SPAN = 2000, 100  # submissions that the coordinator saves; so many are compared
CLASS = 20_000
OTTER_RUNS = 16  # submissions, one of each kind, since each takes as long as all of its kind

OTTER_TEST = """\
from otter.test_files import test_case

OK_FORMAT = False
name = "{exercise}"
points = {points}


@test_case()
def test({name}):
{test}
    assert score == {points}, score
"""


def the_class(number: int) -> dict[str, nbformat.NotebookNode]:
    """So many submissions of mixed fate: name -> notebook."""
    wrong = [m.name for m in misconceptions(ASSIGNMENT)[:MISTAKES]]
    students = [s for s in STUDENTS if s.name in grading.CLASS]
    students += [Student(name, "wrong", {ASSIGNMENT: (name,)}) for name in wrong]
    made = {}
    for i in range(number):
        student = students[i % len(students)]
        notebook = fill(student.module(ASSIGNMENT), load(ASSIGNMENT))
        student.touch(notebook)
        made[f"{student.name}-{i:05d}"] = notebook
    return made


class Bench:
    """A class on disk, and ways to grade copies of it."""

    def __init__(self, base: Path, number: int) -> None:
        self.base, self.number = base, number
        self.submitted = the_class(number)
        self.files: list[Path] = []
        self.config = (PROJECT / "nbgrader_config.py").read_text()
        self.fresh = self.course("fresh", load(ASSIGNMENT).source_notebook, self.config)

    def course(self, name: str, source: Path, config: str) -> Path:
        grading.ASSIGNMENT = ASSIGNMENT
        return grading.course_folder(self.base / name, self.submitted, source, config)

    def copy(self, course: Path) -> Path:
        target = self.base / "run"
        shutil.rmtree(target, ignore_errors=True)
        return shutil.copytree(course, target)

    def alone(self, processes: int = 1) -> float:
        """The cells and cases of all submissions and nothing else: seconds of computing.

        Where processes that run side by side share them out, those of the longest.
        """
        if not self.files:
            for name, notebook in self.submitted.items():
                self.files.append(self.base / f"{name}.ipynb")
                nbformat.write(notebook, self.files[-1])
        shares = [self.files[i::processes] for i in range(processes)]
        with ThreadPoolExecutor(processes) as pool:
            cells = pool.map(lambda share: grading.alone(ASSIGNMENT, share), shares)
            return max(sum(map(sum, share)) for share in cells)

    def autograde(self, *options: str) -> float:
        """`python -m autograder autograde`: seconds by the clock."""
        course = self.copy(self.fresh)
        return timed(course, "autograder", "autograde", ASSIGNMENT, *options)

    def stock(self) -> float:
        source = grading.stock_source(load(ASSIGNMENT), self.base / "stock.ipynb")
        if not (self.base / "stock").exists():
            self.course("stock", source, grading.STOCK_CONFIG)
        return timed(self.copy(self.base / "stock"), "nbgrader", "autograde", ASSIGNMENT)


def timed(course: Path, module: str, *arguments: str) -> float:
    """``python -m module …`` in a folder: seconds by the clock."""
    start = time.perf_counter()
    log = course / "log.txt"
    with log.open("wb") as output:
        command = [sys.executable, "-m", module, *arguments]
        status = subprocess.call(command, cwd=course, stdout=output, stderr=output)
    seconds = time.perf_counter() - start
    if status:
        raise RuntimeError(f"{module} failed:\n{log.read_text()[-2000:]}")
    return seconds


def cpu_of(run: Callable[[], object]) -> float:
    """CPU seconds of the machine during a run; nothing else may be running.

    That of the run's processes would lack what has ended in a jail that was ended from outside.
    """
    before = psutil.cpu_times()
    run()
    after = psutil.cpu_times()
    return sum(getattr(after, kind) - getattr(before, kind) for kind in ("user", "nice", "system"))


def in_turns(one: Callable[[], float], other: Callable[[], float]) -> float:
    """The time of one over that of the other, of two runs each: one, other, other, one."""
    first, second, third, fourth = one(), other(), other(), one()
    return (first + fourth) / (second + third)


def two(bench: Bench) -> float:
    most = in_turns(bench.alone, lambda: bench.alone(2))
    print(f"cells and cases alone, two processes with a half each: {most:.2f}")
    return in_turns(
        lambda: bench.autograde("--workers", "1"), lambda: bench.autograde("--workers", "2")
    )


def cpu(bench: Bench) -> float:
    return in_turns(
        lambda: cpu_of(lambda: bench.autograde("--workers", "1")),
        bench.alone,
    )


def dask(bench: Bench) -> float:
    with dask_workers() as address:
        return in_turns(
            lambda: bench.autograde("--scheduler", address),
            lambda: bench.autograde("--workers", "2"),
        )


@contextmanager
def dask_workers() -> Iterator[str]:
    """A LocalCluster of two workers, the address of its scheduler."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


def stock(bench: Bench) -> float:
    return by_submission(bench, lambda: bench.stock() / bench.number)


def by_submission(bench: Bench, peer: Callable[[], float]) -> float:
    """A peer's seconds by submission over ours with two workers, which run before and after it.

    Prints the same over the cells and cases alone.
    """
    ours, floor = [bench.autograde("--workers", "2")], [bench.alone(2)]
    theirs = peer()
    floor.append(bench.alone(2))
    ours.append(bench.autograde("--workers", "2"))
    print(f"cells and cases alone, on two cores: {theirs / (fmean(floor) / bench.number):.2f}")
    return theirs / (fmean(ours) / bench.number)


def otter(bench: Bench) -> float:
    return by_submission(bench, lambda: otter_run(bench))


def otter_run(bench: Bench) -> float:
    """Seconds by submission of `otter run`."""
    folder = bench.base / "otter"
    tests = folder / "tests"
    tests.mkdir(parents=True)
    for exercise in load(ASSIGNMENT).exercises:
        [name] = exercise.objects
        parts = {"exercise": exercise.id, "name": name, "points": exercise.points}
        test = grading.KERNEL_TEST.format(assignment=ASSIGNMENT, **parts)
        text = OTTER_TEST.format(test=textwrap.indent(test, "    "), **parts)
        (tests / f"{exercise.id}.py").write_text(text)
    timed(folder, "otter", "generate", "--tests-dir", str(tests), "--no-environment")
    seconds = []
    for name, notebook in list(bench.submitted.items())[:OTTER_RUNS]:
        nbformat.write(notebook, folder / f"{name}.ipynb")
        seconds.append(timed(folder, "otter", "run", f"{name}.ipynb"))
        results = json.loads((folder / "results.json").read_text())
        right = name.startswith(("ada", "bruno"))
        graded = [test for test in results["tests"] if "score" in test]  # the first sums them up
        failed = [test["name"] for test in graded if test["score"] < test["max_score"]]
        if right == bool(failed):
            raise RuntimeError(f"otter run is wrong about {name}: {results}")
    return fmean(seconds)


def memory(bench: Bench, console: Console) -> tuple[float, list[str]]:
    """Prints what the coordinator does by itself: its seconds by submission, missed bounds."""
    large = bench.copy(bench.fresh)
    small = shutil.copytree(bench.fresh, bench.base / "small")
    done = subprocess.run(
        [sys.executable, __file__, "--save", str(large), str(small)],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    serial, slope, start, growth, peak = map(float, done.stdout.split())
    rows = (
        ("CPU seconds by submission", serial, None),
        (f"the last {SPAN} of {MANY:,} over the second {SPAN}", slope, 1.05),
        ("memory at the start, MB", start, None),
        ("growth for 1,000 submissions, MB", growth * 1000 / (MANY - SPAN), 10.0),
        ("peak, MB", peak, 300.0),
    )
    table = Table("the coordinator alone", "", "at most", title=f"{MANY:,} submissions")
    for name, value, bound in rows:
        table.add_row(name, f"{value:.3g}", f"{bound:g}" if bound else "")
    console.print(table)
    missed = [f"memory: {n}: {v:.3g}, at most {b:g}" for n, v, b in rows if b and v > b]
    return serial, missed


def save(large: Path, small: Path) -> None:
    """In a process of its own: save recorded answers under ever new names, print figures."""
    answers = recorded(large)
    many, few = savings(large, MANY, answers), savings(small, 2 * SPAN, answers)
    seconds, sizes = [], []
    for _ in range(MANY - SPAN):
        seconds.append(next(many))
        sizes.append(resident())
    for _ in range(SPAN):
        next(few)
    later = [(next(many), next(few)) for _ in range(SPAN)]
    slope = sum(m for m, _ in later) / sum(f for _, f in later)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(fmean(seconds[10:]), slope, sizes[10], sizes[-1] - sizes[10], peak)


def recorded(folder: Path) -> list[Any]:
    """What a worker answers for some submissions of a course."""
    there = course_in(folder)
    found, _, _ = there.find([])
    grader = workers.Grader(there.setup())
    answers = [grader.grade(there.task(s)) for s in found[:10]]
    grader.close()
    return answers


def savings(folder: Path, number: int, answers: Sequence[Any]) -> Iterator[float]:
    """Save so many submissions in a course: CPU seconds of each."""

    class Recorded:
        def __init__(self) -> None:
            self.results: SimpleQueue[tuple[Any, Any]] = SimpleQueue()

        def capacity(self) -> int:
            return 4

        def submit(self, key: Any, task: Any) -> None:
            self.results.put((key, answers[int(key.student[-5:]) % len(answers)]))

        def close(self) -> None:
            pass

    there = course_in(folder)
    [first, *_], _, _ = there.find([])
    hand_ins = []
    for i in range(number):
        submitted = folder / "submitted" / f"s{i:05d}" / ASSIGNMENT
        shutil.copytree(first.folder, submitted)
        name = str(submitted / f"{ASSIGNMENT}.ipynb")
        student = submitted.parent.name
        hand_ins.append(HandIn(str(submitted), student, name))
    with there.alone():
        saved = saving.grade_all(there, hand_ins, Recorded(), Signals())
        start = time.process_time()
        for _ in saved:
            yield time.process_time() - start
            start = time.process_time()


def course_in(folder: Path) -> Course:
    os.chdir(folder)
    course = Course(ASSIGNMENT, logging.NullHandler())
    course.app.log.disabled = True
    return course


def resident() -> float:
    """Megabytes of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def model(bench: Bench, serial: float) -> Table:
    """What a large class costs: measured with two workers, computed for more."""
    seconds = []
    used = cpu_of(lambda: seconds.append(bench.autograde("--workers", "2")))
    work = used / bench.number - serial
    table = Table("workers", f"hours for {CLASS:,}", "bound by", title="The model")
    table.add_row("2", f"{CLASS * seconds[0] / bench.number / 3600:.2f}", "measured")
    for number in (16, 128):
        bound = "workers" if work / number > serial else "the one writer"
        table.add_row(str(number), f"{CLASS * max(work / number, serial) / 3600:.2f}", bound)
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(NAMES), help="comparisons, with commas")
    parser.add_argument("--number", type=int, default=100, help="submissions")
    parser.add_argument("--save", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    grading.same_for_all()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(PROJECT), *sys.path[1:]])
    if options.save:
        save(*options.save)
        return 0
    console = Console(highlight=False)
    missed, serial = [], None
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.number)
        for name in options.only.split(","):
            if name == "memory":
                serial, too_much = memory(bench, console)
                missed += too_much
                continue
            ratio = globals()[name](bench)
            good = ratio >= BOUNDS[name] if name in AT_LEAST else ratio <= BOUNDS[name]
            word = "at least" if name in AT_LEAST else "at most"
            line = f"{name}: {ratio:.2f}, {word} {BOUNDS[name]:g}"
            console.print(line)
            if not good:
                missed.append(line)
        if serial is not None:
            console.print(model(bench, serial))
    for line in missed:
        console.print(f"MISSED  {line}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
