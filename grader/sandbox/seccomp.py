"""The system call filter: made by the grader with libseccomp, loaded by each child without it.

It refuses what Landlock and namespaces leave open: a look into other processes, changes to their limits,
kernel interfaces that have had many holes, and everything in the kernel that a later submission could find
(System V objects, keys).
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import tempfile

PR_SET_SECCOMP, FILTER = 22, 2
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION = 0x20080522
NEW_USER_NAMESPACE = 0x10000000
INSTRUCTION = 8  # bytes of one instruction of a filter

REFUSED = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    *("mount", "umount2", "move_mount", "open_tree", "fsopen", "fsmount", "fspick", "pivot_root", "chroot"),
    *("unshare", "setns", "open_by_handle_at", "quotactl", "acct", "syslog", "swapon", "swapoff", "reboot"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "userfaultfd", "perf_event_open"),
    *(
        "add_key",
        "keyctl",
        "request_key",
        "memfd_create",
        "memfd_secret",
        "shmget",
        "shmat",
        "msgget",
        "semget",
        "mq_open",
    ),
    *("setpriority", "ioprio_set", "settimeofday", "clock_settime", "adjtimex"),
    *("kexec_load", "init_module", "finit_module", "delete_module"),
)
# The first argument is a process: these are refused for any other than the caller itself (0).
ON_OTHERS = ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
SIGNALS = ("kill", "tkill", "tgkill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


@functools.cache
def compiled(*, sockets: bool, signals: bool) -> bytes:
    """The filter as the kernel reads it; b"" where libseccomp is missing.

    `sockets`: whether any may be made, for where there is no network to reach. `signals`: whether they may be
    sent.
    """
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError):
        return b""
    refuse = pyseccomp.ERRNO(errno.EPERM)
    program = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    names = [*REFUSED, *(() if sockets else ("socket",)), *(() if signals else SIGNALS)]
    for name in names:
        _add(program, refuse, name)
    for name in ON_OTHERS:
        _add(program, refuse, name, pyseccomp.Arg(0, pyseccomp.NE, 0))
    _add(
        program,
        refuse,
        "clone",
        pyseccomp.Arg(0, pyseccomp.MASKED_EQ, NEW_USER_NAMESPACE, NEW_USER_NAMESPACE),
    )
    # Its arguments are out of a filter's sight; libc falls back to clone.
    _add(program, pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    with tempfile.TemporaryFile() as file:
        program.export_bpf(file)
        file.seek(0)
        return file.read()


def _add(program: object, action: object, name: str, *conditions: object) -> None:
    try:
        program.add_rule(action, name, *conditions)  # type: ignore[attr-defined]
    except (OSError, ValueError, RuntimeError):
        return  # a call that this architecture, or this version of libseccomp, does not have


def load(instructions: bytes) -> None:
    """Put the filter on this process and all that it starts, for good."""
    program = _Program(len(instructions) // INSTRUCTION, instructions)
    _prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program))


def renounce() -> None:
    """Give up all capabilities, and any that a program could give back."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _prctl(option: int, value: int, pointer: object) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, pointer, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
