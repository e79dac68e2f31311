"""The grader's handle on a worker: start it, open a session for a submission, end it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from autograder.errors import Died, InfrastructureError
from autograder.jail.limits import Limits
from course import wire

START_SECONDS = 120.0
# Bytes of requests sent ahead of their answers. The send buffer of a socket holds as many on every
# system, so that sending them never blocks.
MAX_AHEAD = 4096
# Seconds. Waking for each answer would interrupt the submission's process, which shares the cores.
MIN_ANSWER_SECONDS, MAX_NAP = 50e-6, 0.01


class Sandbox(Protocol):
    """Isolates a worker's process; implemented by modules such as `bubblewrap`.

    ISOLATION  "jail" or "process": reported in results, and tells the zygote whether to give each
               submission namespaces of its own
    """

    ISOLATION: str

    def why_not(self) -> str:
        """Why this sandbox does not work on this machine, in one line; "" if it works."""

    def command(self, arguments: Sequence[str], folder: str) -> tuple[list[str], dict[str, str]]:
        """The command that starts the zygote, and the environment to start it in.

        arguments  the zygote's first arguments; the sandbox appends ISOLATION and, in a jail, the
                   scratch folders
        folder     the worker's own temporary folder, outside the jail
        """


class Worker:
    """One warm process in a sandbox that runs one submission at a time; see `open_worker`.

    ``isolation`` is "jail" or "process". Methods that need the process start it, and raise
    InfrastructureError where it does not start or no longer answers.
    """

    def __init__(self, limits: Limits, sandbox: Sandbox) -> None:
        self.limits = limits
        self.isolation = sandbox.ISOLATION
        self._sandbox = sandbox
        self._process: subprocess.Popen[bytes] | None = None
        self._known: Sequence[bytes] = ()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the process and wait until it is warm. Does nothing if the process is running."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        self._folder = tempfile.TemporaryDirectory(prefix="submission-")
        self._control, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), self.limits.as_json()]
        command, environment = self._sandbox.command(arguments, self._folder.name)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._process = subprocess.Popen(
            command,
            env=environment,
            cwd=self._folder.name,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,  # a Ctrl-C in the terminal is for the grader alone
        )
        theirs.close()
        self._lines = self._control.makefile("rb")
        if self._next_line(START_SECONDS) != "ready":
            self._errors.seek(0)
            detail = self._errors.read().decode(errors="replace").strip().splitlines()[-1:]
            self.close()
            raise InfrastructureError(f"the worker did not start: {''.join(detail) or 'no reason'}")
        if self._known:
            self._send_known()

    def load(self, requests: Sequence[bytes]) -> None:
        """Load play requests into the process, in place of those loaded before.

        All later sessions can ask for these requests by number, without sending them again. Does
        nothing if the same requests are loaded already.
        """
        if requests == self._known:
            return
        self._known = requests
        if self._process is not None:
            self._send_known()

    def _send_known(self) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            try:
                socket.send_fds(self._control, [b"load\n"], [theirs.fileno()])
                theirs.close()
                ours.settimeout(START_SECONDS)
                for request in self._known:
                    wire.send_packed(ours, request)
            except OSError as error:
                self.close()
                raise InfrastructureError(f"the worker is gone: {error}") from error
        if self._next_line(START_SECONDS) != "loaded":
            self.close()
            raise InfrastructureError("the worker does not answer")

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Context: a new process for one submission, which is killed when the context ends."""
        self.start()
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [b"open\n"], [theirs.fileno()])
        except OSError as error:
            self.close()
            raise InfrastructureError(f"the worker is gone: {error}") from error
        finally:
            theirs.close()
        session = Session(ours, self.limits, self._known)
        try:
            yield session
        finally:
            ours.close()
            self._end(session)

    def _reason(self) -> str:
        """The limit for which the zygote killed the submission; "" if it did not."""
        line = self._next_line(30.0)
        if line is None or not line.startswith("ended"):
            self.close()
            raise InfrastructureError("the worker does not answer")
        reason = line.removeprefix("ended").removeprefix(": ")
        if reason.startswith("jail: "):
            raise InfrastructureError(reason)
        return reason

    def _end(self, session: Session) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(b"kill\n")
        session.reason = self._reason()

    def _next_line(self, seconds: float) -> str | None:
        """The next line from the zygote, None if none comes within that time."""
        self._control.settimeout(seconds)
        try:
            line = self._lines.readline()
        except OSError:
            return None
        finally:
            self._control.settimeout(None)
        return line.decode().strip() if line else None

    def close(self) -> None:
        """End the worker and everything it has started."""
        process, self._process = self._process, None
        if process is None:
            return
        self._lines.close()
        self._control.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._errors.close()
        self._folder.cleanup()


class Session:
    """The conversation with one submission's process. Every answer comes from hostile code.

    Requests may be sent before earlier ones are answered, so that neither side waits for the other;
    answers come in the order of the requests. ``reason`` is set when the session is over: the limit
    for which the process was killed, "" for none.
    """

    def __init__(self, sock: socket.socket, limits: Limits, known: Sequence[bytes] = ()) -> None:
        self.limits = limits
        self._numbers = {request: number for number, request in enumerate(known)}
        self.reason = ""
        self._socket = sock
        self._receiver = wire.Receiver(sock, limits.reply)
        self._open: deque[int] = deque()  # bytes of each request that is not answered yet

    def ask(self, request: bytes) -> bool:
        """Send a packed request. Returns False and sends nothing if `MAX_AHEAD` does not allow it.

        While no other request is open, a request is always sent.
        """
        number = self._numbers.get(request)
        if number is not None:
            request = wire.pack({"do": "known", "number": number})
        if self._open and sum(self._open) + len(request) > MAX_AHEAD:
            return False
        self._open.append(len(request))
        self._socket.settimeout(_grace(self.limits.case_seconds))
        with contextlib.suppress(OSError):  # the process has ended: earlier answers can be read
            wire.send_packed(self._socket, request)
        return True

    def run_cell(self, source: str, until: float) -> dict[str, Any]:
        """Send the request for a cell and return its `cell_answer`. No request may be open."""
        self.ask(packed_cell(source, self.limits.cell_seconds))
        return self.cell_answer(until)

    def cell_answer(self, until: float) -> dict[str, Any]:
        """The answer to a cell: {"outputs": […], "error": None or a record}. Raises Died."""
        answer = self._answer(_grace(self.limits.cell_seconds), until, {"outputs", "error"})
        self._open.popleft()
        return answer

    def play_answers(self, count: int, seconds: float, until: float) -> Iterator[dict[str, Any]]:
        """The answers to a play request of ``count`` scenarios, one by one. Raises Died.

        seconds  what the request allows each scenario
        """
        for coming in range(count, 0, -1):
            yield self._answer(_grace(seconds), until, {"values", "error"}, self._nap(coming))
        self._open.popleft()

    def _nap(self, coming: int) -> float:
        """Seconds to sleep while this many answers are still to come, to read several at once."""
        if coming == 1:
            return 0.0
        return MAX_NAP if len(self._open) > 1 else min(coming * MIN_ANSWER_SECONDS, MAX_NAP)

    def _answer(
        self, seconds: float, until: float, keys: set[str], nap: float = 0.0
    ) -> dict[str, Any]:
        deadline = min(time.monotonic() + seconds, until)
        try:
            answer = self._receiver.receive(deadline, nap)
        except TimeoutError:
            raise Died("it did not stop when its time was up") from None
        except (EOFError, OSError):
            raise Died("it ended the process that it ran in") from None
        except wire.FrameError as error:
            raise Died(f"it answered with nonsense: {error}") from None
        if not isinstance(answer, dict) or set(answer) != keys:
            raise Died("it answered with nonsense")
        return answer


def _grace(seconds: float) -> float:
    """Wall-clock seconds to wait for code that is allowed this many CPU seconds.

    Enough for a machine with twice as many busy processes as cores.
    """
    return 3.0 * seconds + 5.0


def packed_cell(source: str, seconds: float) -> bytes:
    """The packed request to run a cell for at most ``seconds`` of CPU time."""
    return wire.pack({"do": "cell", "source": source, "seconds": seconds})


def packed_play(objects: Sequence[str], scenarios: Sequence[Any], seconds: float) -> bytes:
    """The packed request to play scenarios on the named objects, ``seconds`` of CPU time each."""
    return wire.pack(
        {"do": "play", "objects": list(objects), "scenarios": list(scenarios), "seconds": seconds}
    )
