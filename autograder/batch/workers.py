"""Grading in other processes, here or on a cluster: notebook bytes in, graded notebook out.

A *setup* is what all tasks of a run share, a *task* is one submission, an *answer* is its graded
notebook and scores; all three are dicts of plain data. Workers run `pipeline.grade` and have no
access to the course's folder and database. One process saves the answers; it does as little as
possible, since its speed limits how many workers are of use.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Mapping
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Protocol

import nbformat
from traitlets.config import Config

from autograder import assignments
from autograder.batch import forking
from autograder.batch.warned import Warned
from autograder.errors import Fault
from autograder.grading import pipeline
from autograder.grading.bank import bank, digest
from autograder.grading.notebooks import DamagedNotebook, is_autograded
from autograder.grading.pipeline import FINISH, make_plan
from autograder.jail import InfrastructureError, Limits, open_worker
from autograder.nbgrader_plugins.grading import GradeSubmission

Setup = Mapping[str, Any]
Task = dict[str, Any]
Answer = dict[str, Any]

ATTEMPTS = 3  # a submission that ended this many workers is not graded
STARTS = 10  # attempts to start a worker process
PAUSE = 0.2  # seconds between attempts, in which a killed fork server ends
START_SECONDS = 300.0

# The sections of nbgrader's configuration that a worker uses: its steps and their base classes.
SECTIONS = {cls.__name__ for step in (GradeSubmission, *FINISH) for cls in step.mro()}


def make_setup(assignment: str, cells: nbformat.NotebookNode, config: Mapping[str, Any]) -> Setup:
    """The setup of a run.

    cells   `notebooks.master` of the course's source notebook
    config  nbgrader's configuration
    """
    return {
        "assignment": assignment,
        "cells": json.dumps(cells),
        "config": {name: dict(config[name]) for name in SECTIONS if name in config},
        "version": version(),
        "run": uuid.uuid4().hex,
    }


@functools.cache
def version() -> str:
    """A digest of everything besides the setup that grades depend on: code, Python, packages."""
    return digest()[:16]


def failed(line: str, isolation: str | None = None) -> Answer:
    """The answer for a submission that the grader could not grade: no score."""
    return {"status": "failed", "errors": [line], "isolation": isolation, "seconds": 0.0}


class Grader:
    """Grades tasks one at a time, with a warm jail of its own.

    Raises InfrastructureError if the jail does not start, or if it is required and none works here.
    """

    def __init__(self, setup: Setup) -> None:
        self._warned = Warned()
        config = Config(setup["config"])
        cells = nbformat.from_dict(json.loads(setup["cells"]))
        self.plan = make_plan(assignments.load(setup["assignment"]), cells, config)
        hook = GradeSubmission(config=config)
        bank(setup["assignment"])
        self.worker = open_worker(hook.limits, require_jail=hook.require_jail)
        self.worker.start()

    def grade(self, task: Task) -> Answer:
        """The answer to a task: {"student": …, "data": bytes} or {…, "damage": a line}.

        Every answer has "warnings": lines for the person who started the run.
        """
        start, lines = time.perf_counter(), self._warned.take()
        try:
            answer = self._grade(task)
        except InfrastructureError as error:
            answer = failed(f"the grader failed: {error}", self.worker.isolation)
        except Exception as error:
            line = f"the grader failed: {type(error).__name__}: {error}".splitlines()[0]
            answer = failed(line, self.worker.isolation)
        lines += [f"{task['student']}: {line}" for line in self._warned.take()]
        return answer | {"seconds": time.perf_counter() - start, "warnings": lines}

    def close(self) -> None:
        self._warned.close()
        self.worker.close()

    def _grade(self, task: Task) -> Answer:
        submitted = DamagedNotebook(task["damage"]) if "damage" in task else task["data"]
        graded = pipeline.grade(submitted, self.plan, self.worker)
        return {
            "status": "graded",
            "notebook": nbformat.writes(graded.notebook, version=nbformat.NO_CONVERT) + "\n",
            "graded_cells": json.dumps(graded_cells(graded.notebook)),
            "score": graded.score,
            "max_score": graded.max_score,
            "isolation": graded.isolation,
            "own_seconds": graded.seconds,
            "errors": [*graded.problems, *graded.errors],
        }


def graded_cells(notebook: nbformat.NotebookNode) -> list[Any]:
    """The cells that nbgrader reads to save scores, with outputs only where they are scores."""
    cells = []
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            kept = dict(cell)
            if cell.cell_type == "code" and not is_autograded(cell):
                kept["outputs"] = []
            cells.append(kept)
    return cells


class Pool(Protocol):
    """Workers that take tasks and put (key, answer) into ``results``, in any order.

    If no more answers can come, (None, Fault) is put there.
    """

    results: SimpleQueue[tuple[Any, Any]]

    def capacity(self) -> int:
        """How many unanswered tasks keep all workers busy."""

    def submit(self, key: Any, task: Task) -> None: ...

    def close(self) -> None: ...


class LocalPool:
    """Worker processes on this machine. A thread for each sends tasks, and replaces it if it ends.

    `concurrent.futures` is not used: it gives up all tasks when one process is killed.
    """

    def __init__(self, setup: Setup, workers: int, limits: Limits) -> None:
        self.results: SimpleQueue[tuple[Any, Any]] = SimpleQueue()
        self._folder = tempfile.TemporaryDirectory(prefix="grading-")
        self._start = functools.partial(Process, setup, self._folder.name)
        # Longer than grading a submission may take, with replayed cells and stand-ins.
        self._patience = 3 * limits.submission_seconds + 60.0
        self._closed = False
        self._tasks: SimpleQueue[tuple[Any, Task] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def capacity(self) -> int:
        return 2 * len(self._threads)

    def submit(self, key: Any, task: Task) -> None:
        self._tasks.put((key, task))

    def close(self) -> None:
        """End all workers at once, whatever they are doing."""
        self._closed = True
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            while thread.is_alive():  # it may be about to start another worker
                for child in multiprocessing.active_children():
                    child.kill()
                thread.join(0.02)
        self._folder.cleanup()

    def _serve(self) -> None:
        process = None
        try:
            process = self._start()
            for key, task in iter(self._tasks.get, None):
                for _ in range(ATTEMPTS):
                    answer = process.ask(task, self._patience)
                    if answer is not None or self._closed:
                        break
                    process = self._start()
                else:
                    answer = failed(f"the grader failed: grading this ended {ATTEMPTS} workers")
                self.results.put((key, answer))
        except Fault as fault:
            self.results.put((None, fault))
        finally:
            if process is not None:
                process.end()


class Process:
    """One local worker process, started and ready. Raises Fault if it does not get ready.

    folder  for its temporary files
    """

    def __init__(self, setup: Setup, folder: str) -> None:
        context = forking.context()
        for _ in range(STARTS):
            self._connection, theirs = context.Pipe()
            arguments = (theirs, setup, folder)
            self._process = context.Process(target=serve, args=arguments, daemon=True)
            try:
                with theirs, forking.without_interrupts():
                    self._process.start()
            except (EOFError, OSError) as error:  # for example, the fork server was killed
                self._connection.close()
                reason = f"{type(error).__name__} {error}"
                time.sleep(PAUSE)
                continue
            said = self._receive(START_SECONDS)
            if said == {}:
                return
            self.end()
            if said is not None:
                raise Fault(said["fault"])
            reason = f"they end before they are ready, status {self._process.exitcode}"
        raise Fault(f"no worker can be started: {reason}")

    def ask(self, task: Task, seconds: float) -> Answer | None:
        """The answer to a task, None if the worker ends or does not answer within ``seconds``."""
        answer = None
        with contextlib.suppress(OSError):
            self._connection.send(task)
            answer = self._receive(seconds)
        if answer is None:
            self.end()
        return answer

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        try:
            return self._connection.recv() if self._connection.poll(seconds) else None
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        """Kill the process, if it is running, and close the connection."""
        self._process.kill()
        self._process.join()
        self._connection.close()


def serve(connection: Connection, setup: Setup, folder: str) -> None:
    """The main function of a local worker process: report that it is ready, then answer tasks."""
    tempfile.tempdir = folder
    warnings.simplefilter("ignore")  # misconceptions divide by zero
    warnings.simplefilter("default", UserWarning)
    logging.captureWarnings(True)
    logging.getLogger("autograder.jail").setLevel(logging.ERROR)  # the run warns for all workers
    # A handler and not SIG_IGN, which the submissions' processes would inherit.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with_the_run, daemon=True).start()
    with contextlib.suppress(EOFError, BrokenPipeError):  # the run has ended
        try:
            grader = Grader(setup)
        except Exception as error:
            connection.send({"fault": f"no worker can be started: {error}"})
            return
        connection.send({})
        while True:
            connection.send(grader.grade(connection.recv()))


def _end_with_the_run() -> None:
    """End this process at once when the process that started it has ended."""
    run = multiprocessing.parent_process()
    assert run is not None
    run.join()
    os._exit(1)


_mine = threading.local()  # a Dask worker may have several threads


def grade_remotely(setup: Setup, task: Task) -> Answer:
    """The answer to a task, on a Dask worker. Each thread keeps its grader for the whole run.

    The answer is {"fault": a line} if this machine cannot grade at all.
    """
    try:
        if getattr(_mine, "run", None) != setup["run"]:
            ours = version()
            if ours != setup["version"]:
                raise Fault(
                    f"it has another version ({ours}, not {setup['version']}): of this "
                    "repository, of Python, NumPy or Hypothesis"
                )
            if hasattr(_mine, "grader"):
                _mine.grader.close()
            _mine.grader = Grader(setup)
            _mine.run = setup["run"]
    except (Fault, InfrastructureError) as error:
        return {"fault": f"the worker on {socket.gethostname()} cannot grade: {error}"}
    return _mine.grader.grade(task)
