"""Grading on a Dask cluster: the same result, whatever happens to its workers."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest
from courses import NAME, autograde, files, hand_in, nbgrader, new_course, rows, submission

from autograder.batch import workers

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

pytestmark = pytest.mark.slow

SCHEDULER = """
import time
from distributed import LocalCluster
cluster = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0")
print(cluster.scheduler_address, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    course = new_course(tmp_path_factory.mktemp("fresh") / "course")
    for name in ("ada", "dora", "hana", "lena"):
        hand_in(course, name, nbformat.writes(submission(name)))
    return course


@pytest.fixture
def course(fresh, tmp_path) -> Path:
    return shutil.copytree(fresh, tmp_path / "course")


@pytest.fixture(scope="module")
def stock(fresh, tmp_path_factory) -> Path:
    course = shutil.copytree(fresh, tmp_path_factory.mktemp("stock") / "course")
    nbgrader(course, "autograde", NAME)
    return course


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        yield cluster


def test_the_same_as_nbgrader_though_a_worker_is_killed(course, stock, cluster):
    def kill() -> None:
        nanny = random.choice(list(cluster.workers.values()))
        os.kill(nanny.pid, signal.SIGKILL)

    timer = threading.Timer(random.uniform(1, 10), kill)
    timer.start()
    status, reports, said = autograde(course, workers=None, scheduler=cluster.scheduler_address)
    timer.cancel()
    assert status == 0, said
    assert {r["isolation"] for r in reports.values()} <= {"jail", "process"}
    assert rows(course) == rows(stock)
    assert files(course) == files(stock)


def test_another_version_on_the_workers(course, cluster, monkeypatch):
    monkeypatch.setattr(workers, "version", lambda: "0123")
    status, reports, said = autograde(course, workers=None, scheduler=cluster.scheduler_address)
    assert (status, reports, files(course)) == (3, {}, {})
    [line] = said.splitlines()
    assert "it has another version (" in line and "not 0123)" in line


def test_no_scheduler(course, monkeypatch):
    monkeypatch.setattr("autograder.batch.cluster.CONNECT_SECONDS", 2)
    status, _, said = autograde(course, workers=None, scheduler="tcp://127.0.0.1:9")
    assert status == 3
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in said


def test_a_scheduler_that_goes_away(course, stock):
    graded = course / "autograded"
    command = [sys.executable, "-c", SCHEDULER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as scheduler:

        def kill_after_the_first() -> None:
            while not any(graded.glob("*/*/timestamp.txt")) and not ended.wait(0.05):
                pass
            scheduler.kill()

        ended = threading.Event()
        killer = threading.Thread(target=kill_after_the_first)
        killer.start()
        try:
            address = scheduler.stdout.readline().strip()
            status, reports, said = autograde(course, workers=None, scheduler=address)
        finally:
            ended.set()
            killer.join()
    assert status == 3
    assert "is gone" in said or "cannot grade" in said
    assert 0 < len(reports) < len(rows(stock)["students"])
    assert files(course)
    assert files(course).items() <= files(stock).items()
    assert autograde(course)[0] == 0
    assert rows(course) == rows(stock)
    assert files(course) == files(stock)
