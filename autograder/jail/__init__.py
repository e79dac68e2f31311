"""Where submissions run: a warm worker process, in a jail where the machine has one."""

from autograder.errors import Died, InfrastructureError
from autograder.jail.limits import Limits
from autograder.jail.opening import choose_sandbox, open_worker, why_no_jail
from autograder.jail.worker import Session, Worker

__all__ = [
    "Died",
    "InfrastructureError",
    "Limits",
    "Session",
    "Worker",
    "choose_sandbox",
    "open_worker",
    "why_no_jail",
]
