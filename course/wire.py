"""Frames of plain data between the grader and a submission's process.

A frame is a 4-byte big-endian length and one MessagePack object made of None, booleans, numbers,
strings, lists, dicts with string keys, `numpy.ndarray` and `Odd`. Nothing in a frame can name a
type to be built or code to be run, so that the grader may read frames from a hostile process.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

ARRAY, ODD = 1, 2
DTYPES = {np.dtype(name).str for name in ("f8", "f4", "f2", "i8", "i4", "u1", "?")}
MAX_FRAME = 64 * 2**20
MAX_DEPTH = 40
MAX_ITEMS = 1_000_000  # in all lists and dicts of a frame; an empty list is 1 byte, and then 70
MAX_HEADER = 512  # bytes of an array's dtype and shape


class FrameError(ValueError):
    """A frame that is too large, cut short or not made of plain data."""


@dataclass(frozen=True)
class Odd:
    """Stands for a value that is not plain data, by its description: "None", "a Value", …"""

    text: str


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
    _check(message, MAX_DEPTH)
    return message


def _check(value: Any, depth: int) -> None:
    """Raises FrameError for what MessagePack knows and frames do not, and for too deep nesting."""
    if isinstance(value, list | dict):
        if depth == 0:
            raise FrameError("nested too deeply")
        if isinstance(value, dict) and not all(isinstance(key, str) for key in value):
            raise FrameError("a key that is not text")
        for item in value.values() if isinstance(value, dict) else value:
            _check(item, depth - 1)
    elif value is not None and not isinstance(value, bool | int | float | str | np.ndarray | Odd):
        raise FrameError(f"a {type(value).__name__}, which is not plain data")


def _pack_extension(value: Any) -> msgpack.ExtType:
    if isinstance(value, np.ndarray):
        array = np.ascontiguousarray(value).reshape(value.shape)
        header = msgpack.packb([array.dtype.str, list(array.shape)])
        return msgpack.ExtType(ARRAY, header + array.tobytes())
    if isinstance(value, Odd):
        return msgpack.ExtType(ODD, value.text.encode())
    raise TypeError(f"{type(value).__name__} is not plain data")


def _unpack_extension(code: int, data: bytes) -> np.ndarray | Odd:
    if code == ODD:
        return Odd(data.decode(errors="replace"))
    if code != ARRAY:
        raise FrameError(f"unknown extension {code}")
    reader = msgpack.Unpacker(max_buffer_size=0)
    reader.feed(data[:MAX_HEADER])
    dtype, shape = reader.unpack()
    if dtype not in DTYPES or len(shape) > 32 or not all(type(n) is int and n >= 0 for n in shape):
        raise FrameError("an array of an unknown kind")
    body = memoryview(data)[reader.tell() :]
    if len(body) != math.prod(shape) * np.dtype(dtype).itemsize:
        raise FrameError("an array whose size is not that of its shape")
    return np.frombuffer(body, dtype).reshape(shape)


def send(sock: socket.socket, message: Any) -> None:
    """Send one frame."""
    send_packed(sock, pack(message))


def send_packed(sock: socket.socket, data: bytes) -> None:
    """Send one frame that `pack` has made before."""
    sock.sendall(struct.pack(">I", len(data)) + data)


def receive(sock: socket.socket, limit: int = MAX_FRAME, deadline: float | None = None) -> Any:
    """The next message, by the deadline (`time.monotonic`) where one is given.

    Raises EOFError where the other side is gone, FrameError, TimeoutError.
    """
    (size,) = struct.unpack(">I", _receive_exactly(sock, 4, deadline))
    if size > limit:
        raise FrameError(f"a frame of {size} bytes; the limit is {limit}")
    return unpack(_receive_exactly(sock, size, deadline))


def _receive_exactly(sock: socket.socket, size: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        if deadline is not None:
            sock.settimeout(max(1e-3, deadline - time.monotonic()))
        part = sock.recv(min(size - len(parts), 2**20))
        if not part:
            raise EOFError("the other side closed the connection")
        parts += part
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError
    return bytes(parts)
