"""IPython without a kernel: runs a cell and returns what a notebook would show below it."""

from __future__ import annotations

import base64
import io
import signal
import sys
import time
from types import TracebackType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from course.errors import TimeLimit
from course.rescue import MAX_BROKEN, rescued

OUTPUT_LIMIT = 2_000_000  # characters of output kept for one cell, the figures included


class Recorder:
    """The outputs of the cell that is running, as nbformat writes them, up to OUTPUT_LIMIT."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.outputs: list[dict[str, Any]] = []
        self.room = OUTPUT_LIMIT
        self.clear_next = False

    def stream(self, name: str, text: str) -> None:
        if self.room <= 0 or not text:
            return
        kept = text[: self.room]
        self.room -= len(kept)
        if self.room <= 0:
            kept += f"\n[more than {OUTPUT_LIMIT:,} characters of output: the rest was dropped]\n"
        last = self._ready()[-1:] or [{}]
        if last[0].get("output_type") == "stream" and last[0]["name"] == name:
            last[0]["text"].append(kept)
        else:
            self.outputs.append({"output_type": "stream", "name": name, "text": [kept]})

    def add(self, output: dict[str, Any], size: int) -> None:
        if size > self.room:
            self.stream("stderr", f"[an output of {size:,} characters was dropped]\n")
            return
        self.room -= size
        self._ready().append(output)

    def clear(self, wait: bool) -> None:
        self.clear_next = True
        if not wait:
            self._ready()

    def _ready(self) -> list[dict[str, Any]]:
        if self.clear_next:
            self.outputs, self.clear_next = [], False
        return self.outputs

    def finish(self) -> list[dict[str, Any]]:
        for output in self.outputs:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
        return self.outputs


class Stream(io.TextIOBase):
    """A text stream that goes to the recorder."""

    encoding = "utf-8"

    def __init__(self, recorder: Recorder, name: str) -> None:
        self.recorder, self.stream_name = recorder, name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.recorder.stream(self.stream_name, str(text))
        return len(text)


class _DisplayPublisher(DisplayPublisher):
    """Sends display() to the recorder."""

    recorder: Recorder

    def publish(self, data, metadata=None, **kwargs):  # type: ignore[no-untyped-def,override]
        _add_rich(self.recorder, "display_data", data, metadata)

    def clear_output(self, wait=False):  # type: ignore[no-untyped-def]
        self.recorder.clear(wait)


class _DisplayHook(DisplayHook):
    """Sends the value of a cell's last expression to the recorder."""

    recorder: Recorder

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict, md_dict=None):  # type: ignore[no-untyped-def]
        _add_rich(self.recorder, "execute_result", format_dict, md_dict, self.prompt_count)

    def finish_displayhook(self) -> None:
        self._is_active = False


def _add_rich(
    recorder: Recorder, output_type: str, data: Any, metadata: Any, count: int | None = None
) -> None:
    texts = {mime: value for mime, value in data.items() if isinstance(value, str | dict | list)}
    for mime, value in data.items():
        if isinstance(value, bytes):
            texts[mime] = base64.b64encode(value).decode()
    output = {"output_type": output_type, "data": texts, "metadata": metadata or {}}
    if output_type == "execute_result":
        output["execution_count"] = count
    recorder.add(output, sum(len(str(value)) for value in texts.values()))


class Shell(InteractiveShell):
    """IPython's shell whose outputs are recorded; magics and inline figures work."""

    display_pub_class = _DisplayPublisher
    displayhook_class = _DisplayHook

    def __init__(self, **kwargs: Any) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        super().__init__(config=config, **kwargs)
        self.colors = "nocolor"
        self.recorder = Recorder()
        self.display_pub.recorder = self.recorder  # type: ignore[attr-defined]
        self.displayhook.recorder = self.recorder  # type: ignore[attr-defined]

    def enable_gui(self, gui=None):  # type: ignore[no-untyped-def]
        """There is no window system to enable; inline figures need none."""

    def _showtraceback(self, etype, evalue, stb):  # type: ignore[no-untyped-def]
        try:
            message = str(evalue)
        except Exception:
            message = ""
        lines = [str(line) for line in stb]
        output = {
            "output_type": "error",
            "ename": etype.__name__,
            "evalue": message[:2000],
            "traceback": [line[:20_000] for line in lines[:200]],
        }
        self.recorder.add(output, sum(map(len, output["traceback"])))

    def record(
        self, source: str, seconds: float
    ) -> tuple[list[dict[str, Any]], BaseException | None]:
        """Run one cell for at most ``seconds`` of CPU time: its outputs, and what it raised.

        After an error of syntax or an undefined name, the rest of the cell is run too, without its
        outputs, to get its definitions; names that are defined already keep their value.
        """
        start = time.process_time()
        outputs, error = self._run(source, seconds, store_history=True)
        rest, failure = source, error
        for _ in range(MAX_BROKEN):
            text = rescued(rest, failure, self.user_ns)
            left = seconds - (time.process_time() - start)
            if text is None or left <= 0:
                break
            defined = dict(self.user_ns)
            _, failure = self._run(text, left, store_history=False)
            self.user_ns.update(defined)
            rest = text
        return outputs, error

    def _run(
        self, source: str, seconds: float, store_history: bool
    ) -> tuple[list[dict[str, Any]], BaseException | None]:
        self.recorder.start()
        with Captured(self.recorder), CpuLimit(seconds):
            result = self.run_cell(source, store_history=store_history)
        return self.recorder.finish(), result.error_before_exec or result.error_in_exec


class Captured:
    """Context: sys.stdout and sys.stderr go to the recorder."""

    def __init__(self, recorder: Recorder) -> None:
        self.streams = Stream(recorder, "stdout"), Stream(recorder, "stderr")

    def __enter__(self) -> None:
        sys.stdout, sys.stderr = self.streams

    def __exit__(self, *exception: object) -> None:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


class CpuLimit:
    """Context that can be entered many times: raises TimeLimit after ``seconds`` of CPU time.

    It shows students the line where their code loops. Code can switch it off; the grader's own
    deadline, which kills the process, cannot be switched off.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        if sys.platform != "win32":  # which has no such timer; there the caller's deadline is all
            signal.signal(signal.SIGPROF, self._expired)

    def __enter__(self) -> None:
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_PROF, self.seconds, 1.0)

    def __exit__(
        self, kind: type | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_PROF, 0.0)

    def _expired(self, *signal_and_frame: object) -> None:
        __tracebackhide__ = True
        raise TimeLimit(f"stopped after {self.seconds:g} seconds of computing")
