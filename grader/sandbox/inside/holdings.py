"""The files, pipes and sockets that processes hold, and the kernel's memory in them. Only the standard library."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable

# The most that each may hold: a pipe 16 pages, one direction of a socket its buffer for sending, a TCP socket more. The
# filter refuses larger pipes and buffers.
PIPE, SOCKET, TCP_SOCKET = 1 << 16, 1 << 18, 1 << 22


def opened(pid: int) -> list[os.stat_result]:
    """The descriptors of a process; none when it is gone. PermissionError when it hides them."""
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        for descriptor in descriptors:
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                found.append(os.stat(descriptor.path))
    return found


def mapped(pid: int, folder: str) -> dict[tuple[int, int], int]:
    """The bytes of removed files of the folder that the process has mapped, by device and inode."""
    found: dict[tuple[int, int], int] = {}
    with contextlib.suppress(OSError), open(f"/proc/{pid}/maps", errors="replace") as maps:
        for line in maps:
            if line.endswith(" (deleted)\n") and folder in line:
                addresses, _, offset, device, inode, *_ = line.split(maxsplit=5)
                first, last = (int(address, 16) for address in addresses.split("-"))
                key = (os.makedev(*(int(part, 16) for part in device.split(":"))), int(inode))
                found[key] = max(found.get(key, 0), int(offset, 16) + last - first)
    return found


def in_buffers(states: Iterable[os.stat_result]) -> int:
    """The most bytes that these pipes and sockets may hold; each counts once, whoever holds it."""
    kinds = {(state.st_dev, state.st_ino): state.st_mode for state in states}
    return sum(PIPE * stat.S_ISFIFO(mode) + SOCKET * stat.S_ISSOCK(mode) for mode in kinds.values())


def in_tcp() -> int:
    """The most bytes that the TCP sockets of this network namespace may hold, also sockets that no process has open.

    The kernel keeps a count of them. The list /proc/self/net/tcp would take 7 ms, since it is made from a table of the
    whole machine.
    """
    count = 0
    for file in ("/proc/self/net/sockstat", "/proc/self/net/sockstat6"):
        with contextlib.suppress(OSError), open(file) as lines:
            count += sum(int(line.split()[2]) for line in lines if line.startswith(("TCP: inuse ", "TCP6: inuse ")))
    return TCP_SOCKET * count
