"""The warm worker: loads IPython, NumPy and matplotlib once, then forks for each submission.

Inside the jail there are only this file and `course`: the zygote imports nothing of `autograder`,
and never runs a student's code itself. Each submission gets a child process with its own
namespaces, /tmp and limits:

    zygote ── middle ── child        middle: unshares; child: process 1 of its own PID namespace

The child cannot see or signal the zygote, and when it ends the kernel ends all it has started.
Usage: zygote.py CONTROL_FD LIMITS jail|process SCRATCH_FOLDER…
LIMITS is a JSON object, as `Limits.as_json` of limits.py writes it.
CONTROL_FD is a socket, on which these commands come:
- "open", with the file descriptor of a socket, starts a submission that answers requests there;
- "kill" ends the running submission. When it ends, killed or not, one line is sent: "ended", or
  "ended: REASON" if it exceeded a limit;
- "load", with the file descriptor of a socket, reads play requests from it. They replace those
  loaded before, and all later submissions can be asked for them by number. Answered by "loaded".
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import gc
import json
import os
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.shell import Shell

Serve = Callable[[int], None]  # answers a submission's requests on a file descriptor
Limits = Mapping[str, Any]  # name of a limit -> its value

NEW_NAMESPACES = 0x00020000 | 0x08000000 | 0x10000000 | 0x20000000  # NS, IPC, USER, PID
MS_NOSUID_NODEV, MS_PRIVATE_RECURSIVE, MS_RDONLY = 0x2 | 0x4, 0x40000 | 0x4000, 0x1
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_CHILD_SUBREAPER = 1, 4, 38, 36
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITY_VERSION_3 = 0x20080522
KEYCTL, JOIN_SESSION_KEYRING = {"x86_64": 250, "aarch64": 219}, 1
# Numbers of seccomp, memfd_create and shmget, and the kernel's name for the architecture.
SYSTEM_CALLS = {"x86_64": (317, 319, 29, 0xC000003E), "aarch64": (277, 279, 194, 0xC00000B7)}
POLL_SECONDS = 0.1

libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Setup:
    """What is the same for all submissions.

    jailed   whether each submission gets its own namespaces, and not only resource limits
    scratch  in a jail: folders that are new and empty for each submission; the first is its home
    """

    limits: Limits
    jailed: bool
    scratch: Sequence[str]


def call(name: str, *args: object) -> None:
    """A C library call whose failure is an OSError."""
    if getattr(libc, name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    setup = read_setup(sys.argv[2:])
    shell = warm_up()
    requests: list[Any] = []
    if sys.platform == "linux":
        call("prctl", PR_SET_DUMPABLE, 0, 0, 0, 0)
        call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    control.sendall(b"ready\n")
    while True:
        message, fds, _, _ = socket.recv_fds(control, 16, 1)
        if not message:
            return
        if not fds:
            continue  # a "kill" that came after its submission had ended; another may follow it
        if message.endswith(b"load\n"):
            requests = load(fds[0])
            control.sendall(b"loaded\n")
            continue
        serve = functools.partial(serve_submission, shell=shell, requests=requests)
        reason = run_submission(control, fds[0], serve, setup)
        control.sendall(f"ended{reason and ': ' + reason}\n".encode())


def read_setup(arguments: Sequence[str]) -> Setup:
    """The command line, from LIMITS on."""
    limits, isolation, *scratch = arguments
    return Setup(json.loads(limits), isolation == "jail", scratch)


def warm_up() -> Shell:
    """Do the slow work that all submissions share: imports, the shell, figures with their fonts."""
    import matplotlib.pyplot as plt
    import numpy as np

    import course.checks
    import course.harness  # noqa: F401
    from course import inline, plots
    from course.shell import Shell

    # An editable install puts the project on the path. What we need from it is imported by now.
    sys.path[:] = [p for p in sys.path if not os.path.isdir(os.path.join(p, "solutions"))]
    shell = Shell.instance()
    shell.record("%matplotlib inline", 60)
    inline.draw_once(shell)
    plots.contour_paths(np.eye(2), {"a": np.eye(2), "b": np.eye(2)})
    plots.loss_curves({"a": [1.0, 0.1], "b": [1.0, 0.001]}).set_title(r"$\lambda$")
    for number in plt.get_fignums():
        inline.png(plt.figure(number))
    plt.close("all")
    shell.execution_count = 1
    spare_garbage_collections()
    return shell


def spare_garbage_collections() -> None:
    """Exclude all objects that exist now from the garbage collections of submissions."""
    gc.collect()
    gc.freeze()


def load(fd: int) -> list[Any]:
    """The requests that come on a socket until its end, unpacked once for all submissions."""
    from course.wire import Receiver

    requests: list[Any] = []
    with socket.socket(fileno=fd) as sock, contextlib.suppress(EOFError):
        receiver = Receiver(sock)
        while True:
            requests.append(receiver.receive())
    spare_garbage_collections()
    return requests


def serve_submission(fd: int, shell: Shell, requests: Sequence[Any]) -> None:
    from course.harness import serve

    serve(socket.socket(fileno=fd), shell, requests)


def run_submission(control: socket.socket, fd: int, serve: Serve, setup: Setup) -> str:
    """Fork and wait until the child ends or is killed. Returns the limit it exceeded, or ""."""
    folder = None if setup.jailed else tempfile.mkdtemp()
    read_end, write_end = os.pipe()
    middle = os.fork()
    if middle == 0:
        try:
            os.close(read_end)
            control.close()
            if folder:
                os.chdir(folder)
                os.environ.update(HOME=folder, TMPDIR=folder)
            be_middle(fd, write_end, serve, setup)
        finally:
            os._exit(1)
    os.close(fd)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        line = pipe.readline()
    reason = ""
    if line.strip().isdigit():
        reason = watch(control, int(line), middle, setup.limits)
    else:
        reason = f"jail: {line.strip() or 'the child did not start'}"
    end_all()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    return reason


def be_middle(fd: int, report: int, serve: Serve, setup: Setup) -> None:
    """Enter new namespaces, fork the child that the submission runs in, wait for it."""
    try:
        if setup.jailed:
            call("prctl", PR_SET_DUMPABLE, 1, 0, 0, 0)
            enter_namespaces()
    except OSError as error:
        os.write(report, f"{error}\n".encode())
        os._exit(1)
    go_read, go_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(go_write)
        os.read(go_read, 1)
        os.close(go_read)
        be_child(fd, report, serve, setup)
    os.close(fd)
    os.write(report, f"{child}\n".encode())
    os.close(report)
    os.close(go_write)
    _, status = os.waitpid(child, 0)
    os._exit(0 if status == 0 else 3)


def enter_namespaces() -> None:
    """User, mount, PID and IPC namespaces of the submission's own."""
    uid, gid = os.getuid(), os.getgid()
    call("unshare", NEW_NAMESPACES)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {uid} 1"),
        ("gid_map", f"{gid} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def be_child(fd: int, report: int, serve: Serve, setup: Setup) -> None:
    """Give up every privilege, then serve the submission."""
    status = 1
    try:
        os.close(report)
        if setup.jailed:
            lock_up(setup.scratch)
        elif sys.platform == "linux":
            call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.setsid()  # signals to its group would reach the zygote, whatever the PID namespace
        set_limits(setup.limits)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        serve(fd)
        status = 0
    finally:
        os._exit(status)


def lock_up(scratch: Sequence[str]) -> None:
    """Fresh folders to write in, no /proc, no further namespaces, no capabilities."""
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")
    call("mount", None, b"/", None, MS_PRIVATE_RECURSIVE, None)
    for folder in scratch:
        mount_tmpfs(folder, MS_NOSUID_NODEV, "size=256m,mode=700")
    mount_tmpfs("/proc", MS_NOSUID_NODEV | MS_RDONLY, "size=4k")
    os.chdir(scratch[0])
    if os.uname().machine in KEYCTL:
        libc.syscall(KEYCTL[os.uname().machine], JOIN_SESSION_KEYRING, None)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    call("capset", ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))
    refuse_unmapped_memory()


def refuse_unmapped_memory() -> None:
    """Forbid memory files and System V memory: `memory_of` does not count them while unmapped.

    A filter of system calls, in the kernel's BPF: (code, jump if true, jump if false, value).
    """
    if os.uname().machine not in SYSTEM_CALLS:
        return
    seccomp, memfd_create, shmget, architecture = SYSTEM_CALLS[os.uname().machine]
    load, equal, at_least, ret = 0x20, 0x15, 0x35, 0x06
    refuse = 0x00050000 | errno.ENOSYS
    program = [
        (load, 0, 0, 4),
        (equal, 0, 4, architecture),
        (load, 0, 0, 0),
        (at_least, 2, 0, 0x40000000),  # the x32 system calls, which have other numbers
        (equal, 1, 0, memfd_create),
        (equal, 0, 1, shmget),
        (ret, 0, 0, refuse),
        (ret, 0, 0, 0x7FFF0000),
    ]
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
    # Without the flag, kernels before 5.16 would slow the process down against speculation.
    libc.syscall(seccomp, 1, 4, header)


def mount_tmpfs(folder: str, flags: int, options: str) -> None:
    call("mount", b"tmpfs", folder.encode(), b"tmpfs", flags, options.encode())


def set_limits(limits: Limits) -> None:
    """Set resource limits for this process and for all processes that it starts."""
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 256 * 2**20,
        resource.RLIMIT_NOFILE: 256,
    }
    if sys.platform == "linux":
        bounds[resource.RLIMIT_AS] = limits["memory"]
        if os.getuid() != 0:
            bounds[resource.RLIMIT_NPROC] = limits["processes"] + 4096
    for bound, value in bounds.items():
        _, hard = resource.getrlimit(bound)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(bound, (value, value))


def watch(control: socket.socket, child: int, middle: int, limits: Limits) -> str:
    """Wait until the child ends; kill it on "kill" or when it exceeds a limit.

    Returns the limit that it exceeded, or "".
    """
    own = {os.getpid(), middle, 1}
    while True:
        done, _ = os.waitpid(middle, os.WNOHANG)
        if done:
            return ""
        readable, _, _ = select.select([control], [], [], POLL_SECONDS)
        reason = "told to" if readable else overdrawn(own, limits)
        if reason:
            grader_is_gone = readable and not control.recv(16)
            kill(child)
            if grader_is_gone:
                end_all()
                os._exit(0)
            os.waitpid(middle, 0)
            return "" if readable else reason


def overdrawn(own: set[int], limits: Limits) -> str:
    """The limit that the processes of the submission exceed together, "" for none.

    The kernel's limits are not enough: RLIMIT_NPROC does not bind root, and RLIMIT_AS counts each
    process alone.
    """
    descendants = submission_processes(own)
    if len(descendants) > limits["processes"]:
        return f"more than {limits['processes']} processes"
    if sum(map(memory_of, descendants)) > limits["memory"]:
        return f"more than {limits['memory'] // 2**20} MiB of memory"
    return ""


def memory_of(pid: int) -> int:
    """Bytes of memory of a process, without pages backed by files on a disk; 0 if it has ended."""
    try:
        with open(f"/proc/{pid}/status") as file:
            lines = [line.split() for line in file if line.startswith(("RssAnon:", "RssShmem:"))]
    except OSError:
        return 0
    return sum(int(kilobytes) * 1024 for _, kilobytes, _ in lines)


def submission_processes(own: set[int]) -> list[int]:
    """The processes that belong to the running submission: all descendants of the zygote."""
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []
    parents = {pid: parent_of(pid) for pid in pids}
    found = []
    for pid in pids:
        ancestor = pid
        for _ in range(len(pids)):
            ancestor = parents.get(ancestor, 0)
            if ancestor in (0, os.getpid()):
                break
        if ancestor == os.getpid() and pid not in own:
            found.append(pid)
    return found


def parent_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def end_all() -> None:
    """Kill what is left of a submission: in a jail nothing, without a jail perhaps daemons."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for pid in submission_processes({os.getpid()}):
            kill(pid)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.005)


if __name__ == "__main__":
    main()
