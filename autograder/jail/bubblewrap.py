"""The jail that bubblewrap makes: the files that a submission can see, and its namespaces."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from autograder.jail.inside import COURSE, ZYGOTE, environment, packages

ISOLATION = "jail"

PROJECT = Path(__file__).resolve().parents[2]
ZYGOTE_IN_JAIL = "/run/zygote.py"

# Read-only system folders; /etc as a whole stays out (host names, users, keys).
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/fonts")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime")

HOME = "/home/student"  # not /tmp, which must stay as it is if the interpreter is below /tmp


@functools.cache
def why_not() -> str:
    """Why bubblewrap cannot jail a submission on this machine, in one line; "" where it can."""
    if sys.platform != "linux":
        return "bubblewrap needs Linux"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap)"
    probe = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x38020000) != 0)"
    try:
        done = subprocess.run(
            [*_bubblewrap(), sys.executable, "-I", "-c", probe],
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


def command(arguments: Sequence[str], folder: str) -> tuple[list[str], dict[str, str]]:
    """See `worker.Sandbox`; ``folder`` is not shown, home is inside the jail."""
    zygote = [sys.executable, "-s", ZYGOTE_IN_JAIL, *arguments, ISOLATION, *_scratch()]
    return [*_bubblewrap(), *zygote], environment(HOME)


def _bubblewrap() -> list[str]:
    """bubblewrap and its arguments, up to the command to run."""
    args = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    args += ["--uid", "1000", "--gid", "1000", "--hostname", "jail"]
    for name, value in environment(HOME).items():
        args += ["--setenv", name, value]
    args += ["--proc", "/proc", "--dev", "/dev"]
    for folder in _scratch():
        args += ["--tmpfs", folder]
    for path in _visible():
        args += _bind(path)
    # The project must stay hidden even where it lies inside a folder bound above.
    args += ["--tmpfs", str(PROJECT)]
    for path in _visible():
        if path.is_relative_to(PROJECT):
            args += _bind(path)
    args += ["--ro-bind", str(COURSE), str(COURSE)]
    args += ["--ro-bind", str(ZYGOTE), ZYGOTE_IN_JAIL]
    args += ["--remount-ro", str(PROJECT), "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*args, "--chdir", HOME, "--"]


def _scratch() -> list[str]:
    """Folders that a submission may write in: new and empty for each submission.

    /tmp is one of them unless something that must stay visible is below it.
    """
    visible = [*_visible(), COURSE]
    return [HOME, "/dev/shm"] + ["/tmp"] * (not any(p.is_relative_to("/tmp") for p in visible))


def _bind(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", os.readlink(path), str(path)]
    return ["--ro-bind", str(path), str(path)]


def _visible() -> list[Path]:
    """System folders, the interpreter and its packages; outer folders first."""
    paths = {Path(p) for p in (*SYSTEM, *SYSTEM_FILES) if os.path.lexists(p)}
    paths |= {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).parent.parent}
    paths |= {Path(os.path.realpath(sys.executable)).parent.parent}
    paths |= {Path(p) for p in sysconfig.get_paths().values()} | set(map(Path, packages()))
    kept: list[Path] = []
    for path in sorted(p for p in paths if os.path.lexists(p) and p != Path("/")):
        if path != PROJECT and not any(path.is_relative_to(k) for k in kept if not k.is_symlink()):
            kept.append(path)
    return kept
