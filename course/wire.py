"""Frames of plain data between the grader and a submission's process.

A frame is a 4-byte big-endian length and one MessagePack object made of None, booleans, numbers,
strings, lists, dicts with string keys, `numpy.ndarray`, `Odd` and `Flat`. Nothing in a frame can
name a type to be built or code to be run, so that the grader may read frames from a hostile
process.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgpack
import numpy as np

from course.errors import FrameError

ARRAY, ODD, FLAT = 1, 2, 3
DTYPES = {np.dtype(name).str for name in ("f8", "f4", "f2", "i8", "i4", "u1", "?")}
HEADER = struct.Struct("<8sQ")  # an array's dtype and dimensions; as many Q follow, its shape
MAX_DIMENSIONS = 32
MAX_FRAME = 64 * 2**20
MAX_DEPTH = 40
MAX_ITEMS = 1_000_000  # in all lists and dicts of a frame; 1 byte of it takes 70 bytes in memory


@dataclass(frozen=True)
class Odd:
    """Stands for a value that is not plain data, by its description: "None", "a Value", …"""

    text: str


@dataclass(frozen=True)
class Flat:
    """A list of floats and float64 arrays, all numbers in one array: quicker to send and compare.

    shapes   for each value a byte, its dimensions or `FLOAT`, and its shape (`_shape`)
    numbers  float64, (n,)
    """

    shapes: bytes
    numbers: np.ndarray

    @classmethod
    def of(cls, values: Sequence[Any]) -> Flat | None:
        """The values flat, None where there are others among them."""
        shapes, parts = [], []
        for value in values:
            if type(value) is float:
                shapes.append(FLOAT)
                parts.append(DOUBLE.pack(value))
            elif type(value) is np.ndarray and value.dtype == DOUBLES:
                shapes.append(_shape(value.shape))
                parts.append(value.tobytes())
            else:
                return None
        return cls(b"".join(shapes), np.frombuffer(b"".join(parts), DOUBLES))

    def values(self) -> list[Any]:
        """The list again. Raises FrameError where shapes and numbers do not belong together."""
        values: list[Any] = []
        at = done = 0
        try:
            while at < len(self.shapes) and len(values) < MAX_ITEMS:
                dimensions, shape = self.shapes[at], ()
                if is_array := dimensions != FLOAT[0]:
                    shape = struct.unpack_from(f"<{dimensions}Q", self.shapes, at + 1)
                part = self.numbers[done : done + math.prod(shape)].reshape(shape)
                values.append(part if is_array else float(part))
                at += 1 + 8 * len(shape)
                done += part.size
        except (struct.error, ValueError, OverflowError):
            at = -1
        if at != len(self.shapes) or done != len(self.numbers):
            raise FrameError("numbers and shapes that do not belong together")
        return values


DOUBLES, DOUBLE = np.dtype(float), struct.Struct("d")
FLOAT = b"\xff"


@lru_cache
def _shape(shape: tuple[int, ...]) -> bytes:
    return bytes([len(shape)]) + struct.pack(f"<{len(shape)}Q", *shape)


CONTAINERS = {list, dict}
PLAIN = {type(None), bool, int, float, str, np.ndarray, Odd, Flat} | CONTAINERS


def pack(message: Any) -> bytes:
    """The bytes of one frame, without the length."""
    return msgpack.packb(message, default=_pack_extension)


def unpack(data: bytes) -> Any:
    """The message in a frame. Raises FrameError for anything but plain data."""
    hook = _ItemCounter().count if len(data) > MAX_ITEMS else None  # an item has at least a byte
    try:
        message = msgpack.unpackb(
            data,
            ext_hook=_unpack_extension,
            list_hook=hook,
            object_hook=hook,
            strict_map_key=True,
            max_array_len=MAX_ITEMS,
            max_map_len=MAX_ITEMS,
        )
    except FrameError:
        raise
    except Exception as error:  # msgpack raises many types on malformed input
        raise FrameError(f"not a frame: {error}") from None
    _check([message], MAX_DEPTH + 1)
    return message


class _ItemCounter:
    """Counts the containers of a frame and their items while they are unpacked."""

    def __init__(self) -> None:
        self._items = 0

    def count(self, container: Any) -> Any:
        """The container, unchanged. Raises FrameError after more than MAX_ITEMS."""
        self._items += 1 + len(container)
        if self._items > MAX_ITEMS:
            raise FrameError(f"more than {MAX_ITEMS:,} items")
        return container


def _check(container: Any, depth: int) -> None:
    """Raises FrameError for MessagePack types that frames must not have, and for deep nesting."""
    if depth == 0:
        raise FrameError("nested too deeply")
    items = container
    if isinstance(container, dict):
        items = container.values()
        if not set(map(type, container)) <= {str}:
            raise FrameError("a key that is not text")
    kinds = set(map(type, items))
    if not kinds <= PLAIN:
        names = sorted(kind.__name__ for kind in kinds - PLAIN)
        raise FrameError(f"a {names[0]}, which is not plain data")
    if kinds & CONTAINERS:
        for item in items:
            if type(item) in CONTAINERS:
                _check(item, depth - 1)


def _pack_extension(value: Any) -> msgpack.ExtType:
    if isinstance(value, np.ndarray):
        header = HEADER.pack(value.dtype.str.encode(), value.ndim)
        shape = struct.pack(f"<{value.ndim}Q", *value.shape)
        return msgpack.ExtType(ARRAY, header + shape + value.tobytes())
    if isinstance(value, Odd):
        return msgpack.ExtType(ODD, value.text.encode())
    if isinstance(value, Flat):
        size = len(value.shapes).to_bytes(8, "little")
        return msgpack.ExtType(FLAT, size + value.shapes + value.numbers.tobytes())
    raise TypeError(f"{type(value).__name__} is not plain data")


def _unpack_extension(code: int, data: bytes) -> np.ndarray | Odd | Flat:
    if code == ODD:
        return Odd(data.decode(errors="replace"))
    if code == FLAT:
        return _unpack_flat(data)
    if code != ARRAY:
        raise FrameError(f"unknown extension {code}")
    try:
        name, dimensions = HEADER.unpack_from(data)
        dtype = name.rstrip(b"\0").decode()
        if dtype not in DTYPES or dimensions > MAX_DIMENSIONS:
            raise ValueError
        shape = struct.unpack_from(f"<{dimensions}Q", data, HEADER.size)
        return np.frombuffer(data, dtype, offset=HEADER.size + 8 * dimensions).reshape(shape)
    except (struct.error, ValueError):
        raise FrameError("an array of an unknown kind or of another size than its shape") from None


def _unpack_flat(data: bytes) -> Flat:
    """Checks only the sizes; ``Flat.values`` checks that shapes and numbers fit together."""
    end = 8 + int.from_bytes(data[:8], "little")
    if not 8 <= end <= len(data) or (len(data) - end) % DOUBLES.itemsize:
        raise FrameError("numbers of another size than they say")
    return Flat(data[8:end], np.frombuffer(data, DOUBLES, offset=end))


def send(sock: socket.socket, message: Any) -> None:
    """Send one frame."""
    send_packed(sock, pack(message))


def send_packed(sock: socket.socket, data: bytes) -> None:
    """Send one frame that `pack` has made before."""
    sock.sendall(struct.pack(">I", len(data)) + data)


class Receiver:
    """Reads frames from a socket, all bytes that have come at once: frames are small and many.

    limit  the largest number of bytes of a frame
    """

    def __init__(self, sock: socket.socket, limit: int = MAX_FRAME) -> None:
        self._socket, self._limit = sock, limit
        self._received = bytearray()

    def receive(self, deadline: float | None = None, nap: float = 0.0) -> Any:
        """The next message, by the deadline (`time.monotonic`) where one is given.

        nap  seconds to sleep first if no frame has come, so that several are read at once

        Raises EOFError if the other side is gone, FrameError, TimeoutError.
        """
        if nap and len(self._received) < 4:
            time.sleep(nap)
        self._wait_for(4, deadline)
        (size,) = struct.unpack_from(">I", self._received)
        if size > self._limit:
            raise FrameError(f"a frame of {size} bytes; the limit is {self._limit}")
        self._wait_for(4 + size, deadline)
        frame = bytes(self._received[4 : 4 + size])
        del self._received[: 4 + size]
        return unpack(frame)

    def _wait_for(self, size: int, deadline: float | None) -> None:
        while len(self._received) < size:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                self._socket.settimeout(left)
            part = self._socket.recv(2**16)
            if not part:
                raise EOFError("the other side closed the connection")
            self._received += part
