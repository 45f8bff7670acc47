"""Processes by their ancestry: find and end them where no namespace does that. Uses only the standard library."""

from __future__ import annotations

import contextlib
import os
import signal
import time


def parents() -> dict[int, int]:
    """The parent of each process that this one can see."""
    found: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat") as stat:
                # "pid (name) state parent ...": the name may contain anything, also parentheses.
                found[int(name)] = int(stat.read().rpartition(")")[2].split()[1])
    return found


def descendants(root: int) -> list[int]:
    """The children of a process, their children and so on; for a subreaper also processes whose parent has ended."""
    known = parents()
    found = []
    for pid in known:
        ancestor = known[pid]
        while ancestor in known and ancestor != root:
            ancestor = known[ancestor]
        if ancestor == root:
            found.append(pid)
    return found


def end_descendants(root: int, seconds: float) -> None:
    """Kill all processes below a subreaper of another process tree, again and again until none is left."""
    deadline = time.monotonic() + seconds
    while (pids := [pid for pid in descendants(root) if not has_ended(pid)]) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)


def has_ended(pid: int) -> bool:
    """Whether a process has ended and its parent has not collected it yet."""
    with contextlib.suppress(OSError, IndexError), open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] in "ZX"
    return True


def status_line(pid: int, name: str) -> int:
    """The number in a line of /proc/PID/status; 0 where the process has no such line, or is gone."""
    with contextlib.suppress(OSError, ValueError), open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0


def waited_seconds(pid: int) -> float:
    """The time for which the main thread of a process could run but had no CPU; 0 where the kernel does not say."""
    with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{pid}/schedstat") as schedstat:
        return int(schedstat.read().split()[1]) / 1e9
    return 0.0


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process and of its children that have ended; 0 when it is gone."""
    with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{pid}/stat") as stat:
        ticks = sum(map(int, stat.read().rpartition(")")[2].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")
    return 0.0
