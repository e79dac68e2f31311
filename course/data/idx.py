"""IDX, the format that MNIST comes in: a header of big-endian numbers, then the bytes themselves.

bytes 0-1  zero
byte  2    the type of the entries; 8 is uint8, the only one read here
byte  3    the number of dimensions d
then       d sizes of 4 bytes each, then the entries, the last dimension running fastest
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from course.errors import DataError


def find_idx(folder: Path, name: str) -> Path:
    """The file of that name in the folder: with ".gz" or without, "-idx" also written ".idx"."""
    spellings = [name, name.replace("-idx", ".idx")]
    for candidate in [*spellings, *(f"{spelling}.gz" for spelling in spellings)]:
        if (folder / candidate).is_file():
            return folder / candidate
    what = "is missing" if folder.is_dir() else "was not found, there is no such folder"
    raise DataError(f"{folder / name} {what}: put {name} or {name}.gz into {folder}")


def read_idx(file: Path, dimensions: int) -> np.ndarray:
    """The uint8 array of that many dimensions in an IDX file, gzipped or not."""
    try:
        data = file.read_bytes()
        if data[:2] == b"\x1f\x8b":  # by what is inside: browsers unpack and keep the name
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(file, str(error)) from error
    magic, start = bytes([0, 0, 8, dimensions]), 4 + 4 * dimensions
    if data[:4] != magic:
        raise _damaged(file, f"it starts with {data[:4].hex() or 'nothing'}, not {magic.hex()}")
    shape = [int.from_bytes(data[i : i + 4], "big") for i in range(4, start, 4)]
    if len(data) != start + math.prod(shape):
        raise _damaged(file, f"{len(data)} bytes where {start + math.prod(shape)} are expected")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape).copy()


def _damaged(file: Path, why: str) -> DataError:
    return DataError(f"{file} is damaged ({why}): put a complete copy of it into {file.parent}")
