"""Ctrl-C and SIGTERM: they end a run over a class, but never in the middle of a save."""

from __future__ import annotations

import signal
from queue import SimpleQueue
from typing import Any

STOPPING = object()


class Stopped(KeyboardInterrupt):
    """A signal asked for the end; ``status`` is the exit status that says so.

    Libraries let a KeyboardInterrupt through. Any other error they may take for one of their own:
    traitlets went on without the configuration, dateutil without the time, Hypothesis said that a
    strategy is flaky.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


class Signals:
    """Context: Ctrl-C and SIGTERM raise Stopped, or go into ``queue`` where there is one.

    The second is obeyed as usual.
    """

    def __init__(self) -> None:
        self.queue: SimpleQueue[tuple[Any, Any]] | None = None
        # Known before the first can come.
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
