"""Frames of plain data between the grader and a submission's process.

A frame is a 4-byte big-endian length and one MessagePack object made of None, booleans, numbers,
strings, lists, dicts with string keys, `numpy.ndarray` and `Odd`. Nothing in a frame can name a
type to be built or code to be run, so that the grader may read frames from a hostile process.
"""

from __future__ import annotations

import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

ARRAY, ODD = 1, 2
DTYPES = {np.dtype(name).str for name in ("f8", "f4", "f2", "i8", "i4", "u1", "?")}
HEADER = struct.Struct("<8sQ")  # an array's dtype and dimensions; as many Q follow, its shape
MAX_DIMENSIONS = 32
MAX_FRAME = 64 * 2**20
MAX_DEPTH = 40
MAX_ITEMS = 1_000_000  # in all lists and dicts of a frame; an empty list is 1 byte, and then 70


class FrameError(ValueError):
    """A frame that is too large, cut short or not made of plain data."""


@dataclass(frozen=True)
class Odd:
    """Stands for a value that is not plain data, by its description: "None", "a Value", …"""

    text: str


CONTAINERS = {list, dict}
PLAIN = {type(None), bool, int, float, str, np.ndarray, Odd} | CONTAINERS


def pack(message: Any) -> bytes:
    """The bytes of one frame, without the length."""
    return msgpack.packb(message, default=_pack_extension)


def unpack(data: bytes) -> Any:
    """The message in a frame. Raises FrameError for anything but plain data."""
    room = [MAX_ITEMS]

    def count(container: Any) -> Any:
        room[0] -= 1 + len(container)
        if room[0] < 0:
            raise FrameError(f"more than {MAX_ITEMS:,} items")
        return container

    try:
        message = msgpack.unpackb(
            data,
            ext_hook=_unpack_extension,
            list_hook=count,
            object_hook=count,
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


def _check(container: Any, depth: int) -> None:
    """Raises FrameError for what MessagePack knows and frames do not, and for too deep nesting."""
    if depth == 0:
        raise FrameError("nested too deeply")
    items = container
    if isinstance(container, dict):
        items = container.values()
        if not all(isinstance(key, str) for key in container):
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
    raise TypeError(f"{type(value).__name__} is not plain data")


def _unpack_extension(code: int, data: bytes) -> np.ndarray | Odd:
    if code == ODD:
        return Odd(data.decode(errors="replace"))
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


def send(sock: socket.socket, message: Any) -> None:
    """Send one frame."""
    send_packed(sock, pack(message))


def send_packed(sock: socket.socket, data: bytes) -> None:
    """Send one frame that `pack` has made before."""
    sock.sendall(struct.pack(">I", len(data)) + data)


class Receiver:
    """Takes frames from a socket, as much at a time as there is: most are small, and come in rows.

    limit  bytes that a frame may have
    """

    def __init__(self, sock: socket.socket, limit: int = MAX_FRAME) -> None:
        self._socket, self._limit = sock, limit
        self._received = bytearray()

    def receive(self, deadline: float | None = None) -> Any:
        """The next message, by the deadline (`time.monotonic`) where one is given.

        Raises EOFError where the other side is gone, FrameError, TimeoutError.
        """
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
