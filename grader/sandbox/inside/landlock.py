"""Landlock: the kernel refuses every file that is not on a list to this process and to all processes that it starts."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable

# System calls, with the same numbers on every architecture (linux/landlock.h, asm-generic/unistd.h).
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
READ = EXECUTE | READ_FILE | READ_DIR
# The rights that apply to something that is not a folder.
ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
# The number of rights on files that each version knows: 13 at first; REFER, TRUNCATE and IOCTL_DEV came later.
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
LATEST_VERSION = 16
TCP = 0b11  # bind and connect, from version 4
SCOPES = 0b11  # abstract unix sockets and signals
TRUNCATION_FROM, TCP_FROM, SCOPES_FROM = 3, 4, 6  # versions

WRITABLE_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/full")


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The version of this kernel's Landlock, 0 for none."""
    return max(_system(CREATE_RULESET, None, 0, ASK_VERSION), 0)


def restrict_files(listed: Iterable[str], read: Iterable[str], write: Iterable[str]) -> None:
    """Refuse from now on all files except those under `read` and `write`, TCP, and signals to other processes.

    Under `listed` this process may see the names of files, which imports need.

    Older versions refuse less: they cannot refuse truncation (before 3), TCP (before 4) or signals (before 6). The
    system call filter covers these. Needs PR_SET_NO_NEW_PRIVS.
    """
    known = version()
    rights = (1 << RIGHTS.get(known, LATEST_VERSION)) - 1
    ruleset = _Ruleset(rights, TCP if known >= TCP_FROM else 0, SCOPES if known >= SCOPES_FROM else 0)
    size = 24 if known >= SCOPES_FROM else 16 if known >= TCP_FROM else 8
    number = _checked(_system(CREATE_RULESET, ctypes.byref(ruleset), size, 0))
    allowed = [(path, READ_DIR) for path in listed]
    allowed += [(path, READ) for path in read]
    allowed += [(path, READ_FILE | WRITE_FILE) for path in WRITABLE_DEVICES]
    allowed += [(path, rights) for path in write]
    for path, wanted in allowed:
        try:
            target = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        wanted &= rights if os.path.isdir(path) else ON_FILES & rights
        if wanted:
            rule = _Beneath(wanted, target)
            _checked(_system(ADD_RULE, number, PATH_BENEATH, ctypes.byref(rule), 0))
        os.close(target)
    _checked(_system(RESTRICT_SELF, number, 0))
    os.close(number)


def _system(*arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(*arguments))


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
