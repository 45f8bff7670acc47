"""Processes of a submission whose worker has died: this process inherits them, and ends them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from pathlib import Path

from .inside.processes import descendants, has_ended, parents, status_line

PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


def inherit(on: bool = True) -> None:
    """From now on processes below this one that lose their parent become its children, or no longer."""
    with contextlib.suppress(OSError, AttributeError):  # Linux only
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(on), 0, 0, 0)


def end_strays(folder: Path, seconds: float) -> None:
    """Kill the inherited processes of the lane with this folder, again and again until none is left."""
    own, deadline = os.getpid(), time.monotonic() + seconds
    known: set[int] = set()  # also those that have ended and must be collected
    while time.monotonic() < deadline:
        children = [pid for pid, parent in parents().items() if parent == own]
        strays = [pid for pid in children if pid in known or _is_stray(pid, folder)]
        known.update(strays)
        if not strays:
            return
        for pid in strays:
            for each in (*descendants(pid), pid):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(each, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.001)


def _is_stray(pid: int, folder: Path) -> bool:
    """Whether this child carries one filter more than we do, which no process can remove, or the lane's folder."""
    if status_line(pid, "Seccomp_filters") > status_line(os.getpid(), "Seccomp_filters"):
        return True
    if has_ended(pid):  # perhaps somebody else's, who waits for it
        return False
    with contextlib.suppress(OSError):
        if Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder):
            return True
    with contextlib.suppress(OSError):
        return os.fsencode(folder) in Path(f"/proc/{pid}/environ").read_bytes()
    return False
