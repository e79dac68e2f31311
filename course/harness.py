"""Runs one submission: its cells, and scenarios on what the cells define.

This is the student's side of grading. It runs inside the jail, in a process that the student's code
can change in any way. It therefore holds no expected answers, and the grader treats everything that
it sends as untrusted values.

Requests arrive as frames (`course.wire`):
``{"do": "cell", "source": text, "seconds": s}``  answered by ``{"outputs": […], "error": …}``
``{"do": "play", "objects": [names], "scenarios": […], "seconds": s}``  answered by one
``{"values": […], "error": …}`` for each scenario, in order, the values as a `course.wire.Flat`
where that can be; ``seconds`` is for each scenario. After a scenario that used up its time the rest
are answered at once with a failure of the kind "skipped".
``{"do": "known", "number": n}``  answered as the nth of the requests that were known before
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from course import wire
from course.errors import TimeLimit
from course.failures import Failure, FailureKind, failure_of, not_defined
from course.scenarios import Scenario, play
from course.shell import Captured, CpuLimit, Recorder, Shell

MAX_VALUES = 100_000


def serve(sock: socket.socket, shell: Shell, known: Sequence[Mapping[str, Any]] = ()) -> None:
    """Answer requests until the grader closes the connection."""
    receiver = wire.Receiver(sock)
    while True:
        try:
            request = receiver.receive()
        except (EOFError, OSError):
            return
        if request["do"] == "known":
            request = known[request["number"]]
        if request["do"] == "cell":
            outputs, error = shell.record(request["source"], request["seconds"])
            record = None if error is None else failure_of(error).as_data()
            try:
                reply = wire.pack({"outputs": outputs, "error": record})
            except (TypeError, ValueError, OverflowError, RecursionError):
                reply = wire.pack({"outputs": [], "error": record})
            wire.send_packed(sock, reply)
        else:
            for answer in answers(request, shell.user_ns):
                flat = wire.Flat.of(answer["values"])
                wire.send(sock, answer if flat is None else answer | {"values": flat})


def answers(request: Mapping[str, Any], namespace: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The answer to each scenario of a play request."""
    objects = {name: namespace.get(name) for name in request["objects"]}
    skip, limit = not_defined(request["objects"], namespace), CpuLimit(request["seconds"])
    for scenario in request["scenarios"]:
        if skip:
            yield {"values": [], "error": skip.as_data()}
            continue
        with Captured(Recorder()):
            values, error = observe(scenario, objects, limit)
        yield {"values": values, "error": error and error.as_data()}
        if error and error.kind is FailureKind.TIMED_OUT:
            skip = Failure(FailureKind.SKIPPED, message="an earlier case ran out of time")


def observe(
    scenario: Scenario, objects: Mapping[str, Any], limit: CpuLimit
) -> tuple[list[Any], Failure | None]:
    """The values observed in one scenario, and what the student's code raised, if anything."""
    values: list[Any] = []
    try:
        with limit:
            for _, value in play(scenario, objects):
                values.append(value)
                if len(values) > MAX_VALUES:
                    break
    except (Exception, KeyboardInterrupt, SystemExit, GeneratorExit, TimeLimit) as error:
        return values, failure_of(error)
    return values, None
