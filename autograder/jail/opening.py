"""Opening a worker: the choice of its sandbox, and the warning or refusal where that is no jail.

To add a sandbox, write a module such as `bubblewrap`, with the members of `worker.Sandbox`, and
list it in `SANDBOXES`.
"""

from __future__ import annotations

import atexit
import functools
import logging
from collections.abc import Sequence

from autograder.errors import InfrastructureError
from autograder.jail import bubblewrap, process
from autograder.jail.limits import Limits
from autograder.jail.worker import Sandbox, Worker

log = logging.getLogger(__name__)

SANDBOXES: Sequence[Sandbox] = (bubblewrap, process)  # the first that works here is taken


def open_worker(limits: Limits | None = None, *, require_jail: bool = False) -> Worker:
    """A worker in this machine's best sandbox, not started yet; it ends with this process.

    Warns and raises as `choose_sandbox`.
    """
    worker = Worker(limits or Limits(), choose_sandbox(require_jail=require_jail))
    atexit.register(worker.close)
    return worker


def choose_sandbox(*, require_jail: bool) -> Sandbox:
    """The sandbox to use on this machine. Warns, once in each process, if it is not a jail.

    Raises InfrastructureError if it is not a jail and a jail is required.
    """
    reason = why_no_jail()
    if reason and require_jail:
        raise InfrastructureError(f"a jail is required, but {reason}")
    if reason:
        _warn(reason)
    return _first_that_works()


def why_no_jail() -> str:
    """Why no jail works on this machine, in one line; "" if one works."""
    if _first_that_works().ISOLATION == "jail":
        return ""
    return "; ".join(filter(None, (sandbox.why_not() for sandbox in SANDBOXES)))


def _first_that_works() -> Sandbox:
    return next(sandbox for sandbox in SANDBOXES if not sandbox.why_not())


@functools.cache
def _warn(reason: str) -> None:
    log.warning("grading without a jail, in a bare process: %s", reason)
