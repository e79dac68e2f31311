"""Where submissions run: a warm worker process, in a bubblewrap jail where the machine has one."""

from autograder.jail.worker import Died, InfrastructureError, Limits, Session, Worker

__all__ = ["Died", "InfrastructureError", "Limits", "Session", "Worker"]
