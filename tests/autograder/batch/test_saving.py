"""The command `autograde`: nbgrader's result for many at once, whatever is killed meanwhile."""

import contextlib
import functools
import logging
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from multiprocessing import active_children
from pathlib import Path

import nbformat
import pytest
from courses import NAME, autograde, files, hand_in, nbgrader, new_course, rows, submission
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from autograder import database
from autograder.assignments import PROJECT, load
from autograder.batch import forking, progress, saving, workers
from autograder.batch.course import PARTIAL, Course
from autograder.batch.gradebook import Writer
from autograder.batch.signals import Signals, Stopped
from autograder.grading import bank, pipeline
from autograder.jail import InfrastructureError
from autograder.jail.worker import Limits

pytestmark = pytest.mark.slow

CLASS = ("ada", "dora", "emil", "fatima", "hana", "lena")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    """A course with submissions, nothing graded."""
    course = new_course(tmp_path_factory.mktemp("fresh") / "course")
    for name in CLASS:
        hand_in(course, name, nbformat.writes(submission(name)))
    good = nbformat.writes(submission("ada"))
    hand_in(course, "cut", good[: len(good) // 2])
    folder = hand_in(course, "late", good, "2026-12-20 12:00:00 UTC")
    (folder / "numpy.py").write_text("raise SystemExit")
    (folder / "timestamp.txt").chmod(0o600)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-12-01 12:00:00")
    return course


@pytest.fixture
def course(fresh, tmp_path) -> Path:
    """A copy of it, for one test."""
    return shutil.copytree(fresh, tmp_path / "course")


@pytest.fixture(scope="module")
def stock(fresh, tmp_path_factory) -> Path:
    """The course as `nbgrader autograde` leaves it."""
    course = shutil.copytree(fresh, tmp_path_factory.mktemp("stock") / "course")
    said = nbgrader(course, "autograde", NAME)
    assert "late: ignored beside the notebook: 1 file(s) or folder(s), 'numpy.py'" in said
    return course


def assert_same(course: Path, stock: Path) -> None:
    assert rows(course) == rows(stock)
    assert files(course) == files(stock)


def test_the_same_as_nbgrader_cell_for_cell(course, stock):
    status, reports, said = autograde(course)
    assert status == 0, said
    assert_same(course, stock)
    assert set(reports) == {*CLASS, "cut", "late"}
    assert reports["ada"]["score"] == reports["late"]["score"] == load(NAME).points
    assert reports["ada"]["max_score"] == load(NAME).points
    assert reports["hana"]["score"] == reports["cut"]["score"] == 0
    assert "perhaps it was cut short" in reports["cut"]["errors"][0]
    assert ("late", load(NAME).points) in rows(course)["notebooks"]
    assert "late: ignored beside the notebook: 1 file(s) or folder(s), 'numpy.py'" in said
    assert "8 graded" in said
    assert [p.name for p in (course / "autograded").iterdir() if p.name.startswith(".")] == []

    before = rows(course), files(course)
    status, reports, said = autograde(course)
    assert (status, reports) == (0, {})
    assert "8 graded before" in said
    assert (rows(course), files(course)) == before


def test_what_people_graded_survives_as_with_nbgrader(course, stock, tmp_path):
    """Manual scores, extra credit and comments; a newer submission replaces an older one."""
    other = shutil.copytree(stock, tmp_path / "other")
    assert autograde(course, "ada", "dora", workers=1)[0] == 0
    for folder in (course, other):
        with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
            notebook = gradebook.find_submission_notebook(NAME, NAME, "ada")
            notebook.grades[0].manual_score = 1.5
            notebook.grades[0].extra_credit = 2.0
            notebook.comments[0].manual_comment = "well done"
            gradebook.db.commit()
        text = nbformat.writes(submission("emil"))
        hand_in(folder, "dora", text, "2026-11-21 12:00:00 UTC")
    nbgrader(other, "autograde", NAME, "--student", "ada", "--force")
    nbgrader(other, "autograde", NAME)
    assert autograde(course, "ada", workers=1, force=True)[0] == 0
    assert autograde(course)[0] == 0
    assert_same(course, other)
    assert any(1.5 in row and 2.0 in row for row in rows(course)["grades"])


def test_workers_that_are_killed_are_replaced(course, stock):
    """At random moments; the submissions that they had are graded by others."""
    assert_killing_does_no_harm(course, stock, lambda: [c.pid for c in active_children()[:1]])


def test_the_process_that_workers_are_forked_from_is_replaced(course, stock):
    assert_killing_does_no_harm(course, stock, fork_servers)


def fork_servers() -> list[int]:
    """Process ids of the fork servers that this process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == os.getpid() and b"multiprocessing.forkserver" in (
                (path / "cmdline").read_bytes()
            ):
                found.append(int(path.name))
    return found


def assert_killing_does_no_harm(course: Path, stock: Path, victims) -> None:
    stop = threading.Event()
    killed = []

    def kill() -> None:
        for longest in (1.0, 4.0):  # of what has ended three workers, no fourth one is asked
            while not victims():
                if stop.wait(0.01):
                    return
            if stop.wait(random.uniform(0.0, longest)):
                return
            for pid in victims():
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    status, _, said = autograde(course)
    stop.set()
    killer.join()
    assert killed
    assert status == 0, said
    assert_same(course, stock)


def test_a_fork_server_that_dies_while_it_is_asked(fresh, monkeypatch):
    """The worker is started by the next one."""
    start, refusals = forking.context().Process.start, [EOFError(), ConnectionRefusedError()]

    def refuse_first(process):
        if refusals:
            raise refusals.pop()
        start(process)

    monkeypatch.setattr(forking.context().Process, "start", refuse_first)
    with contextlib.chdir(fresh):
        setup = Course(NAME, logging.NullHandler()).setup()
    pool = workers.LocalPool(setup, 1, Limits())
    pool.submit("cut", {"student": "cut", "damage": "it was cut short"})
    key, answer = pool.results.get()
    pool.close()
    assert refusals == []
    assert (key, answer["status"]) == ("cut", "graded")


def test_a_pool_that_is_closed_ends_workers_that_wait(fresh):
    with contextlib.chdir(fresh):
        setup = Course(NAME, logging.NullHandler()).setup()
    pool = workers.LocalPool(setup, 1, Limits())
    pool.submit("cut", {"student": "cut", "damage": "it was cut short"})
    pool.results.get()
    assert len(active_children()) == 1
    pool.close()
    assert active_children() == []


def test_workers_are_forks_of_a_process_that_has_imported_what_they_need():
    """And Ctrl-C does not reach them before they can take it."""
    code = """
import signal, sys
assert "autograder.batch.workers" in sys.modules
assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
"""
    process = forking.context().Process(target=exec, args=(code,))
    with forking.without_interrupts():
        process.start()
    process.join()
    assert process.exitcode == 0


def test_a_submission_that_ends_every_worker_costs_no_other(course, stock, monkeypatch):
    ask = workers.Process.ask

    def ask_and_kill(self, task, seconds):
        if task["student"] == "dora":
            self._process.kill()
        return ask(self, task, seconds)

    monkeypatch.setattr(workers.Process, "ask", ask_and_kill)
    status, reports, said = autograde(course)
    assert status == 3
    assert reports["dora"]["status"] == "failed" and reports["dora"]["score"] is None
    assert "dora: the grader failed: grading this ended 3 workers" in said
    assert all(r["status"] == "graded" for name, r in reports.items() if name != "dora")
    assert not (course / "autograded" / "dora").exists()
    monkeypatch.undo()
    status, reports, _ = autograde(course)
    assert (status, set(reports)) == (0, {"dora"})
    assert_same(course, stock)


class Recorded:
    """A pool that answers at once with what real workers once said."""

    def __init__(self, answers):
        self.answers = answers
        self.results = workers.SimpleQueue()

    def capacity(self):
        return 2

    def submit(self, key, task):
        self.results.put((key, self.answers[task["student"]]))

    def close(self):
        pass


@pytest.fixture(scope="module")
def answers(fresh) -> dict[str, dict]:
    """What a worker answers to each submission of the course."""
    with contextlib.chdir(fresh):
        course = Course(NAME, logging.NullHandler())
        grader = workers.Grader(course.setup())
        due, _, _ = course.find([])
        return {h.student: grader.grade(course.task(h)) for h in due}


@pytest.fixture
def recorded(answers, monkeypatch):
    """Let the command take recorded answers, so that it does nothing but save."""
    monkeypatch.setattr(progress, "_pool", lambda *_: Recorded(answers))


def test_what_a_worker_warns_of_reaches_the_person(course, answers, monkeypatch):
    """Once, with the student whom it is about."""
    lines = ["ada: the worker failed, trying again: no disk", "no jail on host-7"]
    told = {student: answer | {"warnings": lines} for student, answer in answers.items()}
    monkeypatch.setattr(progress, "_pool", lambda *_: Recorded(told))
    status, _, said = autograde(course)
    assert status == 0
    assert [said.splitlines().count(line) for line in lines] == [1, 1]


def test_a_worker_notes_what_is_warned_of(fresh, monkeypatch):
    """By the grader, by nbgrader's steps and by Python, but not by another thread's."""
    with contextlib.chdir(fresh):
        setup = Course(NAME, logging.NullHandler()).setup()
    grader = workers.Grader(setup)
    play, failures = pipeline.play, [InfrastructureError("no disk")]

    def fail_once(*arguments):
        other = threading.Thread(target=pipeline.log.warning, args=["another's"])
        other.start()
        other.join()
        if failures:
            raise failures.pop()
        grader.plan.finish[0].log.warning("a step\nwarns")
        return play(*arguments)

    monkeypatch.setattr(pipeline, "play", fail_once)
    task = {"student": "cut", "damage": "it was cut short"}
    said = [grader.grade(task)["warnings"] for _ in range(2)]
    grader.close()
    assert said == [
        ["cut: the worker failed, trying again: no disk", "cut: a step warns"],
        ["cut: a step warns"],
    ]
    pipeline.log.warning("nobody listens any more")
    assert grader.grade(task)["warnings"] == []
    grader.close()


def test_pythons_warnings_of_a_worker_process_arrive():
    """Those that are meant for users; the arithmetic of wrong ideas warns a lot."""
    code = """
import warnings
from autograder.batch import workers
from autograder.batch.warned import Warned

class Grader:
    def __init__(self, setup):
        self.warned = Warned()

    def grade(self, task):
        warnings.warn("for people")
        warnings.warn("divide by zero", RuntimeWarning)
        return self.warned.take()

workers.Grader = Grader
workers.serve(connection, {}, None)
"""
    ours, theirs = forking.context().Pipe()
    process = forking.context().Process(target=exec, args=(code, {"connection": theirs}))
    with theirs, forking.without_interrupts():
        process.start()
    assert ours.recv() == {}
    ours.send({})
    [line] = ours.recv()
    ours.close()
    process.join()
    assert "UserWarning: for people" in line


def in_a_fork(course: Path) -> int:
    """Run the command in a fork of this process; its process id."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # before `try` it would be pytest's
    child = os.fork()
    if child:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        return child
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        os._exit(autograde(course)[0])
    except KeyboardInterrupt:  # before or after the command's own handling: as Python ends
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        (course / "err.txt").write_text(traceback.format_exc())
    finally:
        os._exit(99)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_coordinator_that_is_stopped_loses_nothing(course, stock, recorded, number, request):
    """At random moments of its saving; what it leaves is whole, and the next run completes it."""
    expected, expected_rows = files(stock), rows(stock)
    start = time.monotonic()
    os.waitpid(in_a_fork(shutil.copytree(course, course.parent / "timed")), 0)
    seconds = time.monotonic() - start
    for _ in range(request.config.getoption("--kills")):
        child = in_a_fork(course)
        time.sleep(random.uniform(0.0, seconds))
        os.kill(child, number)
        _, status = os.waitpid(child, 0)
        if number == signal.SIGKILL:
            assert os.WIFSIGNALED(status) or status == 0
        elif os.WIFEXITED(status) and os.WEXITSTATUS(status):
            assert os.WEXITSTATUS(status) == 128 + number, (course / "err.txt").read_text()
            assert (course / "err.txt").read_text().count("second run does the rest") == 1
        there = files(course)
        done = {n: c for n, c in there.items() if not n.startswith(PARTIAL)}
        assert done.items() <= expected.items()
        found = rows(course)
        for name in found:
            assert set(found[name]) <= set(expected_rows[name])
        with_rows = {row[0] for row in found["grades"]}
        assert {Path(name).parts[0] for name in done} <= with_rows
        if with_rows == {row[0] for row in expected_rows["grades"]}:
            shutil.rmtree(course / "autograded", ignore_errors=True)
    assert autograde(course)[0] == 0
    assert_same(course, stock)


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.03, 0.1, 0.5])
def test_a_pool_that_is_closed_or_interrupted_while_it_starts_says_nothing(fresh, delay, capfd):
    with contextlib.chdir(fresh):
        setup = Course(NAME, logging.NullHandler()).setup()
    pool = workers.LocalPool(setup, 2, Limits())
    time.sleep(delay)
    for child in active_children():
        with contextlib.suppress(ProcessLookupError):  # one of an earlier test that is reaped now
            os.kill(child.pid, signal.SIGINT)
    time.sleep(delay)
    pool.close()
    assert active_children() == []
    assert capfd.readouterr().err == ""


def descendants(pid: int) -> set[tuple[int, str]]:
    """Process ids and start times of all that a process has started, and theirs."""
    found: dict[int, tuple[int, str]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(path.parent.name)] = int(fields[1]), fields[19]
    tree, grown = {pid}, True
    while grown:
        new = {p for p, (parent, _) in found.items() if parent in tree} - tree
        tree |= new
        grown = bool(new)
    return {(p, found[p][1]) for p in tree - {pid} if p in found}


def alive(processes: set[tuple[int, str]]) -> set[tuple[int, str]]:
    left = set()
    for pid, start in processes:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[19] == start and fields[0] != "Z":
            left.add((pid, start))
    return left


def test_kill_the_real_command(course, stock, request):
    """No process of it survives, and the next run does the rest."""
    for _ in range(max(request.config.getoption("--kills") // 5, 1)):
        command = [sys.executable, "-m", "autograder", "autograde", NAME, "--workers", "2"]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path[1:]])}
        coordinator = subprocess.Popen(
            command, cwd=course, env=environment, stderr=subprocess.DEVNULL
        )
        time.sleep(random.uniform(1, 30))
        started = descendants(coordinator.pid)
        coordinator.kill()
        coordinator.wait()
        deadline = time.monotonic() + 30
        while alive(started) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not alive(started)
    assert autograde(course)[0] == 0
    assert_same(course, stock)


def test_a_locked_gradebook_is_waited_for(course, stock, recorded):
    lock = sqlite3.connect(course / "gradebook.db", isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN IMMEDIATE")
    threading.Timer(4, lock.rollback).start()
    status, _, said = autograde(course)
    assert status == 0, said
    assert_same(course, stock)


def test_a_gradebook_that_stays_locked(course, stock, recorded, monkeypatch):
    monkeypatch.setattr(database, "LOCK_SECONDS", 1.0)
    lock = sqlite3.connect(course / "gradebook.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    status, _, said = autograde(course)
    assert status == 3
    assert [line for line in said.splitlines() if "locked" in line] == [
        "the grader failed: the gradebook cannot be used: database is locked; "
        "0 of 8 are graded and saved, a second run does the rest"
    ]
    lock.rollback()
    assert files(course) == {}
    assert autograde(course)[0] == 0
    assert_same(course, stock)


def test_a_gradebook_that_vanishes(course, recorded, monkeypatch):
    save, saved = saving.Saver.save, []

    def save_then_remove(self, hand_in, *arguments):
        save(self, hand_in, *arguments)
        saved.append(hand_in.student)
        if len(saved) == 2:
            (course / "gradebook.db").rename(course / "gone.db")

    monkeypatch.setattr(saving.Saver, "save", save_then_remove)
    status, _, said = autograde(course)
    assert status == 3
    assert "gradebook.db was removed or replaced; 2 of 8 are graded" in said
    assert not (course / "gradebook.db").exists()
    assert {Path(name).parts[0] for name in files(course)} == set(saved)


def test_a_full_disk(course, stock, recorded, monkeypatch):
    """A stand-in for it; the real one needs a file system of one's own."""
    write = saving.Saver.write_single_notebook

    def fail(self, output, resources):
        if resources["nbgrader"]["student"] == "emil":
            write(self, output[:100], resources)
            raise OSError(28, "No space left on device")
        write(self, output, resources)

    monkeypatch.setattr(saving.Saver, "write_single_notebook", fail)
    status, _, said = autograde(course)
    assert status == 3
    assert "cannot save: [Errno 28] No space left on device; 3 of 8 are graded" in said
    assert not (course / "autograded" / "emil").exists()
    monkeypatch.setattr(saving.Saver, "write_single_notebook", write)
    assert autograde(course)[0] == 0
    assert_same(course, stock)


def test_one_run_at_a_time(course, recorded, monkeypatch):
    monkeypatch.chdir(course)
    with Course(NAME, logging.NullHandler()).alone():
        status, _, said = autograde(course)
    assert status == 3
    assert "another `autograde` is at work" in said


def test_handed_in_anew_while_it_was_graded(course, answers, monkeypatch):
    """It is graded again, so that no grade goes with the time of another submission."""
    taken = []

    class Slow(Recorded):
        def submit(self, key, task):
            taken.append(task["student"])
            if taken.count("ada") == 1 and task["student"] == "ada":
                text = nbformat.writes(submission("ada"))
                hand_in(course, "ada", text, "2026-11-22 12:00:00 UTC")
            super().submit(key, task)

    monkeypatch.setattr(progress, "_pool", lambda *_: Slow(answers))
    assert autograde(course)[0] == 0
    assert sorted(taken) == sorted([*CLASS, "ada", "cut", "late"])
    assert any(
        row[0] == "ada" and row[1].startswith("2026-11-22") for row in rows(course)["submissions"]
    )


def test_a_grade_is_found_as_quickly_in_a_large_class(tmp_path):
    """The steps that SQLite takes to find one do not grow with the class."""
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("a")
        gradebook.add_notebook("n", "a")
        gradebook.add_grade_cell("cell", "n", "a", max_score=1, cell_type="code")
    writer = Writer(url)
    steps = []
    for number in range(200):
        student = str(number)
        with writer.transaction(), Gradebook(url) as gradebook:
            gradebook.add_student(student)
            gradebook.add_submission("a", student)
        with writer.transaction(), Gradebook(url) as gradebook:
            connection = gradebook.db.connection().connection.dbapi_connection
            connection.set_progress_handler(functools.partial(steps.append, number), 1)
            gradebook.find_grade("cell", "n", "a", student)
            connection.set_progress_handler(None, 0)
    writer.close()
    assert 0 < steps.count(199) <= 2 * steps.count(20)


def test_a_signal_is_nobody_elses_error(course):
    """Stopped while the configuration is read: nothing goes on without it."""
    config = course / "nbgrader_config.py"
    stop = (
        "import os, signal\n"
        "if signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:  # only the first time\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
    )
    config.write_text(stop + config.read_text())
    status, _, said = autograde(course)
    assert status == 128 + signal.SIGTERM
    assert said.startswith("stopped: SIGTERM; 0 of 0 are graded")


def test_a_signal_while_hypothesis_makes_cases():
    """It is no flaky strategy."""
    drawn = []

    def interrupted(number):
        drawn.append(number)
        if len(drawn) == 10:
            raise Stopped(signal.SIGTERM)
        return number

    pairs = st.tuples(st.integers(0, 3).map(interrupted), st.integers())
    with pytest.raises(Stopped):
        bank.generate(pairs, 20)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_may_come_at_once(number, monkeypatch):
    """As soon as it has a handler, that one knows what to do."""
    install = signal.signal
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}

    def install_and_send(n, handler):
        previous = install(n, handler)
        if n == number and handler not in before.values():
            os.kill(os.getpid(), n)
        return previous

    monkeypatch.setattr(signal, "signal", install_and_send)
    try:
        with pytest.raises(Stopped), Signals():
            pass
        assert signal.getsignal(number) == before[number]
    finally:
        for n, handler in before.items():
            install(n, handler)
