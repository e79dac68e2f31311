"""What a jailed worker can see: the bubblewrap command line, and nothing else."""

from __future__ import annotations

import functools
import os
import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path

import course

PROJECT = Path(__file__).resolve().parents[2]
COURSE = Path(course.__file__).resolve().parent
ZYGOTE = Path(__file__).with_name("zygote.py")
ZYGOTE_IN_JAIL = "/run/zygote.py"

# Read-only system folders; /etc as a whole stays out (host names, users, keys).
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/fonts")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime")

HOME = "/home/student"  # not /tmp alone, for the interpreter itself may live below /tmp

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": HOME,
    "TMPDIR": HOME,
    "LANG": "C.UTF-8",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MPLCONFIGDIR": HOME,
    "IPYTHONDIR": f"{HOME}/.ipython",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


def environment() -> dict[str, str]:
    """The whole environment of a submission: nothing of the grader's own."""
    return {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(_packages())}


def zygote_command(control: int, *, jailed: bool, processes: int, memory: int) -> list[str]:
    """The command that starts a worker, listening on the file descriptor ``control``."""
    script = ZYGOTE_IN_JAIL if jailed else str(ZYGOTE)
    command = [sys.executable, "-s", script, str(control)]
    command += ["jail" if jailed else "process", str(processes), str(memory)]
    command += _scratch() if jailed else []
    return [*bubblewrap_command(), *command] if jailed else command


def bubblewrap_command() -> list[str]:
    """bubblewrap and its arguments, up to the command to run."""
    args = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    args += ["--uid", "1000", "--gid", "1000", "--hostname", "jail"]
    for name, value in environment().items():
        args += ["--setenv", name, value]
    args += ["--proc", "/proc", "--dev", "/dev"]
    for folder in _scratch():
        args += ["--tmpfs", folder]
    for path in _visible():
        args += _bind(path)
    # What is ours or the class's must not show even where it lies inside a folder bound above.
    args += ["--tmpfs", str(PROJECT)]
    for path in _visible():
        if path.is_relative_to(PROJECT):
            args += _bind(path)
    args += ["--ro-bind", str(COURSE), str(COURSE)]
    args += ["--ro-bind", str(ZYGOTE), ZYGOTE_IN_JAIL]
    args += ["--remount-ro", str(PROJECT), "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*args, "--chdir", HOME, "--"]


def _scratch() -> list[str]:
    """Folders that a submission may write in: fresh and empty for each."""
    seen = [*_visible(), COURSE]
    return [HOME, "/dev/shm"] + ["/tmp"] * (not any(p.is_relative_to("/tmp") for p in seen))


def _bind(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", os.readlink(path), str(path)]
    return ["--ro-bind", str(path), str(path)]


def _visible() -> list[Path]:
    """System folders, the interpreter and its packages; outer folders first."""
    paths = {Path(p) for p in (*SYSTEM, *SYSTEM_FILES) if os.path.lexists(p)}
    paths |= {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).parent.parent}
    paths |= {Path(os.path.realpath(sys.executable)).parent.parent}
    paths |= {Path(p) for p in sysconfig.get_paths().values()} | set(map(Path, _packages()))
    kept: list[Path] = []
    for path in sorted(p for p in paths if os.path.lexists(p) and p != Path("/")):
        if path != PROJECT and not any(path.is_relative_to(k) for k in kept if not k.is_symlink()):
            kept.append(path)
    return kept


def _packages() -> list[str]:
    """The folders of installed packages, and the one that holds `course`."""
    folders = [*site.getsitepackages(), sysconfig.get_paths()["platlib"]]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return [*dict.fromkeys(p for p in folders if os.path.isdir(p)), str(COURSE.parent)]


@functools.cache
def why_no_jail() -> str:
    """Why this machine cannot jail a submission, in one line; "" where it can."""
    if sys.platform != "linux":
        return "bubblewrap needs Linux"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap)"
    probe = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x38020000) != 0)"
    try:
        done = subprocess.run(
            [*bubblewrap_command(), sys.executable, "-I", "-c", probe],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"bubblewrap does not start: {error}"
    if done.returncode:
        detail = (done.stderr.strip().splitlines() or ["no nested user namespace"])[-1]
        return f"bubblewrap does not work here: {detail}"
    return ""
