"""Starting local worker processes quickly.

On Linux they are forks of one process, Python's fork server, which has imported what they need. A
new worker does not import it again.
"""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import signal
import sys
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext, SpawnContext

PRELOADED = "autograder.batch.workers"


@functools.cache
def context() -> ForkServerContext | SpawnContext:
    """The context for starting worker processes.

    The first call starts the fork server, and does not wait until its imports are done.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")  # frameworks of macOS do not work after a fork
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # before Ctrl-C is blocked: its start would unblock Ctrl-C
    forkserver.set_forkserver_preload([PRELOADED])
    with without_interrupts():
        forkserver.ensure_running()
    return multiprocessing.get_context("forkserver")


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Context: processes started here have SIGINT blocked until they unblock it themselves.

    Ctrl-C reaches all processes of a terminal, also those that have no handler yet.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
