"""Which processes a test has started, and which of them are left."""

import contextlib
import ctypes
import os
import signal
import time
from pathlib import Path

from autograder.jail import zygote

PR_SET_CHILD_SUBREAPER = 36
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def descendants(root):
    """The ids of all processes below one, as the kernel knows them."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            parents[int(name)] = zygote.parent_of(int(name))
    found = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found - {root}
        found |= more


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def watched(seconds=10):
    """Context: the set that it gives holds afterwards what was started within and still lives.

    A process whose parent has ended becomes a child of this one, so that no daemon is missed.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    assert prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    before, left = descendants(os.getpid()), set()
    try:
        yield left
    finally:
        until = time.monotonic() + seconds
        while (new := descendants(os.getpid()) - before) and time.monotonic() < until:
            for pid in new:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            time.sleep(0.1)
        left |= set(filter(is_alive, new))
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def obey_permissions():
    """For `subprocess`, as ``preexec_fn``: what is started may only what the file modes say.

    Otherwise root reads and writes everything.
    """
    prctl = ctypes.CDLL(None).prctl
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails for others than root, who need it not
