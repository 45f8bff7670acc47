"""The limits of one submission that the kernel enforces. The worker uses them; only the standard library is needed."""

from __future__ import annotations

import contextlib
import os
import platform
import resource
from collections.abc import Mapping

MEBIBYTE = 1 << 20


def confine(limits: Mapping[str, float], *, own_data: int, cuda: bool) -> None:
    """Set this process's limits from limits.Limits as a dict; `own_data`: its bytes before student code."""
    wanted = {
        # A backstop for a process that outlives its caller; the caller's own deadlines come first.
        resource.RLIMIT_CPU: int(limits["submission_s"] + limits["load_s"]) + 1,
        resource.RLIMIT_FSIZE: int(limits["file_mb"]) * MEBIBYTE,
        resource.RLIMIT_NOFILE: int(limits["open_files"]),
        resource.RLIMIT_CORE: 1,  # 0 would still start a program that takes core dumps (kernel/fs/coredump.c)
    }
    for name, value in (("SIGPENDING", SIGNALS), ("MSGQUEUE", 0), ("RTPRIO", 0), ("NICE", 0)):
        if hasattr(resource, f"RLIMIT_{name}"):  # Linux only
            wanted[getattr(resource, f"RLIMIT_{name}")] = value
    # RLIMIT_AS would count memory that torch only reserves; RLIMIT_DATA counts private writable memory. CUDA
    # reserves private memory too, so on a GPU the worker watches the memory in use instead.
    if not cuda:
        wanted[resource.RLIMIT_DATA] = own_data + int(limits["memory_mb"]) * MEBIBYTE
    for which, value in wanted.items():
        _lower(which, value)


# Signals and timers that may wait; the kernel counts those of all processes of the user against this limit.
SIGNALS = 1024
# Room for other processes of the user that start meanwhile, where the limit counts these too.
OTHERS = 256


def limit_processes(count: int, *, alone: bool) -> None:
    """Allow at most `count` processes of this user in this user namespace; the kernel exempts a real root.

    If the submission is not `alone` in the namespace, the limit only stops a flood: it allows the processes that exist
    now and OTHERS in addition. Before Linux 5.14 the kernel counts the user's processes in all namespaces, and these
    may exceed the limit already. There, and for root, only the worker's own count holds.
    """
    major, minor = (int(n) for n in platform.release().split(".")[:2])
    if (major, minor) >= (5, 14):
        _lower(resource.RLIMIT_NPROC, count if alone else count + _tasks() + OTHERS)


def _tasks() -> int:
    """The number of processes and threads of this user."""
    own, count = os.getuid(), 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{entry}").st_uid == own:
                    count += len(os.listdir(f"/proc/{entry}/task"))
    return count


def _lower(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    # Some systems know a limit but refuse to set it (macOS: RLIMIT_DATA); the deadlines still hold there.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (value, value))


def own_data() -> int:
    """Bytes of private writable memory of this process, as RLIMIT_DATA counts them; 0 if unknown."""
    with contextlib.suppress(OSError), open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    return 0
