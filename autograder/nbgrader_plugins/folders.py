"""Taking only the notebook and the time stamp from a submission's folder.

nbgrader copies every file of a submission into ``autograded/``. It follows symbolic links, waits
forever on a FIFO, and stops grading the class at a folder name that its patterns do not match. Here
a submission is one notebook, and the jail shows it no other file. Nothing else is copied, so a
submission cannot bring links, a ``numpy.py`` that would be imported, or huge files.

nbgrader has no option for this. `guard`, which ``nbgrader_config.py`` calls, therefore replaces
methods of nbgrader's classes in the running process, for ``nbgrader autograde`` and
``python -m autograder autograde`` alike.
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import is_ignored, parse_utc

KEPT = ("timestamp.txt", "submission_secret.txt")  # files that nbgrader puts beside a notebook
MAX_KEPT_BYTES = 1000  # a larger timestamp.txt or submission_secret.txt is not read
MAX_ENTRIES = 1000  # entries of a folder that are read to report which of them were ignored
MAX_NAMED = 3  # names of files that a message lists

_init_notebooks = Autograde.init_notebooks
_init_assignment = BaseConverter.init_assignment


def guard() -> None:
    """Replace nbgrader's methods in this process, so that it copies only what grading needs."""
    Autograde.init_notebooks = init_notebooks
    BaseConverter.init_assignment = init_assignment
    CourseDirectory.get_existing_timestamp = get_existing_timestamp


def init_notebooks(self: Autograde) -> None:
    """nbgrader's method of this name, without the refused folders: each of these gets a line."""
    for folder, reason in sift(self).items():
        self.log.error("%s is refused: %s", ascii(folder), reason)


def sift(converter: Autograde) -> dict[str, str]:
    """Find submissions as nbgrader does, and remove the refused ones from ``assignments``.

    Returns folder -> reason of those that are refused.
    """
    _init_notebooks(converter)
    refused = {}
    for folder, found in list(converter.assignments.items()):
        name = os.path.join(folder, f"{converter.coursedir.assignment_id}.ipynb")
        reason = why_refused(folder) or ("" if name in found else misnamed(name, found))
        if reason:
            refused[folder] = reason
            del converter.assignments[folder]
        else:
            converter.assignments[folder] = [name]
    return refused


def misnamed(name: str, found: Sequence[str]) -> str:
    """The reason for a folder whose notebooks do not have the expected name, with what to do."""
    others = ", ".join(ascii(os.path.basename(path))[:80] for path in sorted(found)[:MAX_NAMED])
    return f"there is no {os.path.basename(name)} in it, but {others}: rename what is meant"


def why_refused(folder: str) -> str:
    """Why a submission's folder, ``…/STUDENT/ASSIGNMENT``, is refused; "" if it is not."""
    path = Path(folder)
    if not folder.isprintable():
        return "its name has characters that cannot be printed"
    if path.is_symlink() or path.parent.is_symlink():
        return "it is a symbolic link, which is not followed"
    return ""


def init_assignment(self: BaseConverter, assignment_id: str, student_id: str) -> None:
    """Copy the files of `KEPT` to the destination; log one line about all other files."""
    if not isinstance(self, Autograde):
        _init_assignment(self, assignment_id, student_id)
        return
    source = Path(self._format_source(assignment_id, student_id))
    target = Path(self._format_dest(assignment_id, student_id))
    for name in KEPT:
        if os.path.lexists(source / name) and not why_unfit(source / name):
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)
    line = ignored(source, self.coursedir.ignore)
    if line:
        self.log.warning("%s: %s", student_id, line)


def why_unfit(path: Path) -> str:
    """Why a file of `KEPT` is not read; "" if it is."""
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file (links are not followed)"
    if status.st_nlink > 1:
        return f"a hard link: the file has {status.st_nlink} names"
    return f"larger than {MAX_KEPT_BYTES} bytes" if status.st_size > MAX_KEPT_BYTES else ""


def ignored(folder: Path, patterns: Sequence[str]) -> str:
    """One line that names the files of a submission's folder that were ignored; "" for none.

    patterns  names to leave out of the line: nbgrader's own ``CourseDirectory.ignore``
    """
    with os.scandir(folder) as entries:
        read = [entry.name for entry in itertools.islice(entries, MAX_ENTRIES + 1)]
    names = sorted(
        name
        for name in read
        if not (name.endswith(".ipynb") or is_ignored(str(folder / name), patterns))
        and (name not in KEPT or why_unfit(folder / name))
    )
    if not names:
        return ""
    more = len(names) - MAX_NAMED
    count = f"more than {MAX_ENTRIES:,}" if len(read) > MAX_ENTRIES else str(len(names))
    shown = ", ".join(ascii(name)[:80] for name in names[:MAX_NAMED]) + (", …" if more > 0 else "")
    return f"ignored beside the notebook: {count} file(s) or folder(s), {shown}"


def get_existing_timestamp(self: CourseDirectory, dest_path: str) -> datetime | None:
    """The time in a folder's timestamp.txt, None if there is no such file or it is empty.

    Raises NbGraderException if the file is unfit or does not hold a time. The submission then gets
    no grade, since a late penalty may depend on the time.
    """
    path = Path(dest_path) / "timestamp.txt"
    if not os.path.lexists(path):
        return None
    reason = why_unfit(path)
    if reason:
        raise NbGraderException(f"{path}: {reason}")
    text = path.read_bytes().decode("utf-8", "replace").strip()
    try:
        return parse_utc(text) if text else None
    except (ValueError, OverflowError):
        raise NbGraderException(f"{path} does not hold a time: {text[:60]!r}") from None
