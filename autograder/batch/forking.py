"""Where local worker processes come from.

They are forks of one process, Python's fork server, which has imported what they need: so they
start, and are replaced, without each importing it again.
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
    """How to start worker processes. The first call starts the fork server, and does not wait."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")  # macOS: its frameworks do not survive a fork
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # whose start ends with Ctrl-C let through
    forkserver.set_forkserver_preload([PRELOADED])
    with without_interrupts():
        forkserver.ensure_running()
    return multiprocessing.get_context("forkserver")


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Context: what is started here gets a Ctrl-C only when it says that it can take it.

    Ctrl-C reaches all processes of a terminal.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
