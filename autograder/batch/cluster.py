"""Workers on a cluster: a running Dask scheduler takes the tasks, and its workers grade them.

Dask workers may be started in any way, by a `LocalCluster`, `SLURMCluster` or `KubeCluster`. They
need this repository in the same version, and bubblewrap; they need neither the course's folder nor
its database. Only bytes and plain data are sent.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Any

from distributed import Client, Future
from distributed.scheduler import KilledWorker

from autograder.batch.workers import Setup, Task, failed, grade_remotely
from autograder.errors import Fault

CONNECT_SECONDS = 20
LOOK_SECONDS = 2.0


class ClusterPool:
    """The workers of the Dask scheduler at this address. Raises Fault where none answers."""

    def __init__(self, setup: Setup, address: str) -> None:
        self.results: SimpleQueue[tuple[Any, Any]] = SimpleQueue()
        self._setup = setup
        self._address = address
        self._running: set[Future] = set()
        try:
            self._client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            line = str(error).splitlines()[0]
            raise Fault(f"no Dask scheduler answers at {address}: {line}") from None
        self.threads = self._count()
        self._closed = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def capacity(self) -> int:
        return max(2 * self.threads, 2)

    def submit(self, key: Any, task: Task) -> None:
        future = self._client.submit(grade_remotely, self._setup, task, pure=False)
        self._running.add(future)
        future.add_done_callback(lambda done: self._take(key, done))

    def close(self) -> None:
        """Cancel all tasks. Workers finish the task they are running; its answer is dropped."""
        self._closed.set()
        if self._client.status == "running":
            self._client.cancel(list(self._running))
        self._client.close(timeout=5)

    def _take(self, key: Any, future: Future) -> None:
        self._running.discard(future)
        if self._closed.is_set():
            return
        try:
            answer = future.result(timeout=CONNECT_SECONDS)
        except KilledWorker as error:
            line = f"the grader failed: grading this ended {error.allowed_failures + 1} workers"
            self.results.put((key, failed(line)))
        except Exception as error:
            line = f"{type(error).__name__}: {error}".splitlines()[0]
            self.results.put((None, Fault(f"a worker at {self._address} cannot grade: {line}")))
        else:
            fault = answer.get("fault")
            self.results.put((None, Fault(fault)) if fault else (key, answer))

    def _watch(self) -> None:
        """Until the pool is closed, update the number of workers and notice a lost scheduler."""
        while not self._closed.wait(LOOK_SECONDS):
            try:
                self.threads = self._count()
                lost = self._client.status != "running"
            except Exception:
                lost = True
            if lost and not self._closed.is_set():
                self.results.put((None, Fault(f"the Dask scheduler at {self._address} is gone")))
                return

    def _count(self) -> int:
        return sum(self._client.nthreads().values())
