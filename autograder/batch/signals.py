"""Ctrl-C and SIGTERM end `autograde`, but never while a submission is being saved."""

from __future__ import annotations

import signal
from queue import SimpleQueue
from typing import Any

STOPPING = object()


class Stopped(KeyboardInterrupt):
    """A signal asked the program to end; ``status`` is the exit status for that signal.

    A KeyboardInterrupt, since libraries do not catch these. Other exceptions they do catch:
    traitlets continued without the configuration, dateutil without the time, and Hypothesis
    reported a flaky strategy.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


class Signals:
    """Context: the first Ctrl-C or SIGTERM raises Stopped, or is put into ``queue`` if it is set.

    A second signal of the same kind has its usual effect.
    """

    def __init__(self) -> None:
        self.queue: SimpleQueue[tuple[Any, Any]] | None = None
        # Read here, before the handler that needs them is installed.
        numbers = (signal.SIGINT, signal.SIGTERM)
        self._before: dict[int, Any] = {int(n): signal.getsignal(n) for n in numbers}

    def __enter__(self) -> Signals:
        for number in self._before:
            signal.signal(number, self._handle)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, _frame: object) -> None:
        signal.signal(number, self._before[number])
        if self.queue is None:
            raise Stopped(number)
        self.queue.put((STOPPING, number))
