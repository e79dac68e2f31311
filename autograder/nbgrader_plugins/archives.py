"""Unpacking archives of submissions: the extractor of `nbgrader zip_collect`.

nbgrader's own extractor unpacks all files, of any size, and archives inside archives to any depth;
one bad archive stops it. This one unpacks only notebooks, of bounded number and size. It counts the
bytes that it reads and does not trust the sizes that an archive declares. Each file that is refused
gets one line.
"""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import IO

from nbgrader.plugins import ExtractorPlugin
from traitlets import Integer

from autograder.errors import Refused, TooMuch

DEPTH = 2  # levels of archives: one of the class, and in it those of students
MAX_LINES = 20  # lines about refused files of one archive


class NotebookExtractor(ExtractorPlugin):
    """Unpacks the notebooks of all archives below the archive folder."""

    most_files = Integer(100_000, help="Notebooks and archives in one archive.").tag(config=True)
    most_bytes = Integer(20 * 2**20, help="Bytes of one notebook.").tag(config=True)
    most_in_all = Integer(4 * 2**30, help="Bytes of all that one archive holds.").tag(config=True)

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack or copy all files below one folder to another; nbgrader calls this."""
        for folder, _, names in os.walk(archive_path):
            target = Path(extracted_path, os.path.relpath(folder, archive_path))
            for name in sorted(names):
                path = Path(folder, name)
                try:
                    if not stat.S_ISREG(path.lstat().st_mode):
                        raise Refused("not a regular file (links are not followed)")
                    if self._is_archive(name):
                        self._unpack(path, target / _stem(name), DEPTH)
                    else:
                        target.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(path, target / name)
                except (Refused, OSError) as error:
                    self.log.error("%s is refused: %s", ascii(str(path)), error)

    def _is_archive(self, name: str) -> bool:
        return Path(name).suffix in self.zip_ext

    def _unpack(self, path: Path, target: Path, depth: int) -> None:
        """Write the notebooks of an archive, and of the archives in it, below ``target``.

        Raises Refused for an archive that cannot be read or that exceeds a bound.
        """
        target.mkdir(parents=True, exist_ok=True)
        room, count, lines = self.most_in_all, 0, 0
        nested = []
        for name, opened in _members(path):
            try:
                written = _place(target, name, self._is_archive(name))
                if written is None:
                    continue
                count += 1
                if count > self.most_files:
                    raise TooMuch(f"more than {self.most_files:,} files, the rest was left out")
                data = _read(opened(), self.most_bytes)
                room -= len(data)
                if room < 0:
                    raise TooMuch(f"more than {self.most_in_all:,} bytes, the rest was left out")
                written.parent.mkdir(parents=True, exist_ok=True)
                written.write_bytes(data)
                if self._is_archive(name):
                    nested.append(written)
            except TooMuch:
                raise
            except Refused as refused:
                lines += 1
                if lines <= MAX_LINES:
                    self.log.error("%s in %s is refused: %s", ascii(name)[:200], path, refused)
        for inner in nested:
            try:
                if depth == 1:
                    raise Refused("archives in archives in archives are not unpacked")
                self._unpack(inner, inner.with_name(_stem(inner.name)), depth - 1)
            except (Refused, OSError) as error:
                self.log.error("%s is refused: %s", inner, error)
            inner.unlink()


def _members(path: Path) -> Iterator[tuple[str, Callable[[], IO[bytes]]]]:
    """The name of each file in an archive and a function that opens it; no links, no devices."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for info in packed.infolist():
                    mode = info.external_attr >> 16
                    if not info.is_dir() and stat.S_IFMT(mode) in (0, stat.S_IFREG):
                        yield info.filename, lambda info=info: packed.open(info)  # type: ignore[misc]
        else:
            with tarfile.open(path, "r|*") as stream:
                for member in stream:
                    if member.isreg():
                        yield member.name, lambda m=member: stream.extractfile(m)  # type: ignore[misc]
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise Refused(f"not an archive that can be read: {error}") from None


def _place(target: Path, name: str, is_archive: bool) -> Path | None:
    """The path to write a member to, None if it is neither notebook nor archive. Raises Refused."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not (name.endswith(".ipynb") or is_archive):
        return None
    if ".." in parts or parts[0] == "/" or ":" in parts[0]:
        raise Refused("its name leads out of its folder")
    if not name.isprintable():
        raise Refused("its name has characters that cannot be printed")
    place = target.joinpath(*parts)
    if os.path.lexists(place):
        raise Refused("there is another one of this name")
    return place


def _read(source: IO[bytes], most: int) -> bytes:
    """The content of a member, at most ``most`` bytes. Raises Refused."""
    try:
        with closing(source):
            data = source.read(most + 1)
    except Exception as error:  # encrypted or damaged; zlib, lzma and bz2 have errors of their own
        raise Refused(f"cannot be read: {error}") from None
    if len(data) > most:
        raise Refused(f"larger than {most:,} bytes")
    return data


def _stem(name: str) -> str:
    return name.removesuffix(".gz").removesuffix(".tar").removesuffix(".zip")
