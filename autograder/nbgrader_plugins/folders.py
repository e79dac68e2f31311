"""What is taken from a submission's folder: the notebook, the time stamp, nothing else.

Stock nbgrader copies every file of a submission into ``autograded/``, follows symbolic links on
the way, waits for ever on a FIFO, and gives up the class at a name that its patterns do not fit.
A submission of this course is one notebook that runs in a jail where no other file is to be seen,
so that nothing else has to be copied: no link to follow, no ``numpy.py`` to run, no giant to store.

nbgrader has no option for this, hence `guard`, which ``nbgrader_config.py`` calls: it replaces two
methods of the class `Autograde` and one of `CourseDirectory` in the running process, for
``nbgrader autograde`` and ``python -m autograder autograde`` alike.
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

KEPT = ("timestamp.txt", "submission_secret.txt")  # what nbgrader itself puts beside a notebook
MOST_BYTES = 1000  # of one of these
MOST_ENTRIES = 1000  # that are looked at to say what was ignored
NAMED = 3  # of the ignored files, in the line about them

_init_notebooks = Autograde.init_notebooks
_init_assignment = BaseConverter.init_assignment


def guard() -> None:
    """Make nbgrader's autograding in this process take only what it needs from submissions."""
    Autograde.init_notebooks = init_notebooks
    BaseConverter.init_assignment = init_assignment
    CourseDirectory.get_existing_timestamp = get_existing_timestamp


def init_notebooks(self: Autograde) -> None:
    """nbgrader's own, without the folders that are refused; a line for each of these."""
    for folder, reason in sift(self).items():
        self.log.error("%s is refused: %s", ascii(folder), reason)


def sift(converter: Autograde) -> dict[str, str]:
    """Find submissions as nbgrader does: what is refused and why, the rest in ``assignments``."""
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
    """What to do where a folder has notebooks, but none of the name that is expected."""
    others = ", ".join(ascii(os.path.basename(path))[:80] for path in sorted(found)[:NAMED])
    return f"there is no {os.path.basename(name)} in it, but {others}: rename what is meant"


def why_refused(folder: str) -> str:
    """Why a submission's folder, ``…/STUDENT/ASSIGNMENT``, is not graded; "" where it is."""
    path = Path(folder)
    if not folder.isprintable():
        return "its name has characters that cannot be printed"
    if path.is_symlink() or path.parent.is_symlink():
        return "it is a symbolic link, which is not followed"
    return ""


def init_assignment(self: BaseConverter, assignment_id: str, student_id: str) -> None:
    """Copy what is kept of a submission's folder to its destination; a line for the rest."""
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
    """Why a small file of nbgrader's is not read, "" where it can be."""
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file (links are not followed)"
    if status.st_nlink > 1:
        return f"a hard link: the file has {status.st_nlink} names"
    return f"larger than {MOST_BYTES} bytes" if status.st_size > MOST_BYTES else ""


def ignored(folder: Path, patterns: Sequence[str]) -> str:
    """One line that names what in a submission's folder was ignored, "" where nothing was.

    patterns  names that nobody needs to hear of: nbgrader's own ``CourseDirectory.ignore``
    """
    with os.scandir(folder) as entries:
        looked = [entry.name for entry in itertools.islice(entries, MOST_ENTRIES + 1)]
    names = sorted(
        name
        for name in looked
        if not (name.endswith(".ipynb") or is_ignored(str(folder / name), patterns))
        and (name not in KEPT or why_unfit(folder / name))
    )
    if not names:
        return ""
    more = len(names) - NAMED
    count = f"more than {MOST_ENTRIES:,}" if len(looked) > MOST_ENTRIES else str(len(names))
    shown = ", ".join(ascii(name)[:80] for name in names[:NAMED]) + (", …" if more > 0 else "")
    return f"ignored beside the notebook: {count} file(s) or folder(s), {shown}"


def get_existing_timestamp(self: CourseDirectory, dest_path: str) -> datetime | None:
    """The time in a folder's timestamp.txt, None where there is none.

    Raises NbGraderException for anything but a small file with a time: no grade without it, since
    a penalty may depend on it.
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
