"""What a worker's Python needs in every sandbox: its script, its packages and its environment."""

from __future__ import annotations

import os
import site
import sysconfig
from pathlib import Path

import course

COURSE = Path(course.__file__).resolve().parent
ZYGOTE = Path(__file__).with_name("zygote.py")


def environment(home: str) -> dict[str, str]:
    """The whole environment of a submission: nothing of the grader's own.

    home  a folder that it may write in
    """
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": home,
        "IPYTHONDIR": os.path.join(home, ".ipython"),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "VECLIB_MAXIMUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(packages()),
    }


def packages() -> list[str]:
    """The folders of installed packages, and the one that holds `course`."""
    folders = [*site.getsitepackages(), sysconfig.get_paths()["platlib"]]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return [*dict.fromkeys(p for p in folders if os.path.isdir(p)), str(COURSE.parent)]
