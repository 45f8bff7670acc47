"""The system call filter: which calls are refused to student code, assembled for this machine.

It refuses what Landlock and namespaces leave open: a look into other processes, changes to their limits, kernel
interfaces that have had many holes, sessions, and everything in the kernel that a later submission could find (queues,
semaphores, shared memory, keys). `load_filter` puts it on a process. The program is classic BPF over
`struct seccomp_data` (linux/seccomp.h, linux/bpf_common.h): no library is needed to write one.
"""

from __future__ import annotations

import errno
import functools
import platform
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from .syscalls import LATEST_SYSCALL, NUMBERS

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of NUMBERS, AUDIT_ARCH

# Instructions: load a word of seccomp_data, and with a constant, jump if equal, if greater, always, return.
LOAD, AND, IF_EQUAL, IF_GREATER, JUMP, RETURN = 0x20, 0x54, 0x15, 0x25, 0x05, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # where seccomp_data has them; arguments are 8 bytes, low word first
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000

WORD = 0xFFFFFFFF
SOCKET_TYPE = 0xF  # the rest of the argument are flags
SOCK_STREAM, SOCK_SEQPACKET = 1, 5
CLONE_NEWUSER = 0x10000000
FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR = 0x40086602, 0x401C5820
F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ = 1024, 1026, 1031
SO_SNDBUF = 7
F_SETOWN, F_SETSIG, F_SETOWN_EX, FIOSETOWN, SIOCSPGRP = 8, 10, 15, 0x8901, 0x8902
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10


@dataclass(frozen=True)
class Refusal:
    """A call that fails with `error`; with an `argument`, only where the argument is, or is not, among `values`.

    The filter tests only the low word of the argument: these arguments are ints, and the kernel reads no more of them.
    """

    call: str
    argument: int | None = None
    values: tuple[int, ...] = ()
    mask: int = WORD
    among: bool = True
    error: int = errno.EPERM


def _refused(*calls: str) -> tuple[Refusal, ...]:
    return tuple(Refusal(call) for call in calls)


EVERYWHERE = (
    *_refused("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    *_refused("mount", "umount2", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick"),
    *_refused("mount_setattr", "pivot_root", "chroot", "unshare", "setns", "open_by_handle_at"),
    *_refused("quotactl", "quotactl_fd", "acct", "syslog", "swapon", "swapoff", "reboot", "vhangup"),
    *_refused("io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "userfaultfd", "perf_event_open"),
    *_refused("add_key", "keyctl", "request_key", "memfd_create", "memfd_secret"),
    # System V and POSIX: also calls that take the number of an object which somebody else has made.
    *_refused("shmget", "shmat", "shmctl", "shmdt", "msgget", "msgctl", "msgrcv", "msgsnd"),
    *_refused("semget", "semctl", "semop", "semtimedop"),
    *_refused("mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr"),
    # The kernel may share the CPU evenly among sessions: a session per process would starve other submissions.
    *_refused("setsid", "setpgid"),
    # A submission must not see which files other processes open, and watches use memory of the kernel.
    *_refused("inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch"),
    *_refused("fanotify_init", "fanotify_mark"),
    *_refused("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"),  # memory of the kernel
    *_refused("setpriority", "ioprio_set", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex"),
    *_refused("sethostname", "setdomainname", "modify_ldt", "iopl", "ioperm", "uselib", "lookup_dcookie"),
    *_refused("kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "nfsservctl"),
    # The first argument is a process: the call is refused for every process but the caller itself (0).
    *(
        Refusal(call, 0, (0,), among=False)
        for call in ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")
    ),
    # Other families ignore network namespaces (AF_VSOCK reaches a virtual machine's host) or had many holes (AF_ALG).
    Refusal("socket", 0, (AF_UNIX, AF_INET, AF_INET6), among=False),
    # What pipes and sockets hold is counted with their usual sizes (inside/holdings.py).
    Refusal("fcntl", 1, (F_SETPIPE_SZ,)),
    Refusal("setsockopt", 2, (SO_SNDBUF,)),
    Refusal("clone", 0, (CLONE_NEWUSER,), mask=CLONE_NEWUSER),
    # A filter cannot see the arguments of clone3; libc falls back to clone.
    Refusal("clone3", error=errno.ENOSYS),
)

# Calls that Landlock does not cover and that namespaces would have made harmless: sockets, and changes to files that
# need no write access. A student's process may be the owner of those files.
WITHOUT_NAMESPACES = (
    *_refused("socket"),
    # A datagram socket of a pair can send to any other address, for instance /dev/log. A stream socket cannot.
    Refusal("socketpair", 1, (SOCK_STREAM, SOCK_SEQPACKET), mask=SOCKET_TYPE, among=False),
    *_refused("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat"),
    *_refused("utime", "utimes", "utimensat", "futimesat"),
    *_refused("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"),
    # A descriptor that is on its way belongs to no process, and so a removed file behind it would not be counted.
    *_refused("sendmsg", "sendmmsg"),
    Refusal("ioctl", 1, (FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR)),
    Refusal("fcntl", 1, (F_SETLEASE, F_NOTIFY)),
)
TRUNCATION = _refused("truncate")  # for versions of Landlock that cannot refuse truncation
SIGNALS = (
    *_refused("kill", "tkill", "tgkill", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo"),
    # A program can tell a descriptor to send any signal to any process when it is ready.
    Refusal("fcntl", 1, (F_SETOWN, F_SETSIG, F_SETOWN_EX)),
    Refusal("ioctl", 1, (FIOSETOWN, SIOCSPGRP)),
)


def machine() -> str:
    """The architecture of this interpreter's system calls."""
    return platform.machine() if sys.maxsize > 1 << 32 else "32 bits"


@functools.cache
def assembled(refusals: tuple[Refusal, ...], machine: str) -> bytes:
    """The filter as the kernel reads it; b"" for an architecture whose numbers are not listed."""
    if machine not in ARCHITECTURES:
        return b""
    column, architecture = ARCHITECTURES[machine]
    program = [
        _instruction(LOAD, ARCHITECTURE),
        _instruction(IF_EQUAL, architecture, 1, 0),
        _instruction(RETURN, KILL),  # numbers of another architecture mean other calls
        _instruction(LOAD, NUMBER),
        _instruction(IF_GREATER, LATEST_SYSCALL, 0, 1),  # the numbers of x32 calls as well
        _instruction(RETURN, ERRNO | errno.ENOSYS),
    ]
    for refusal in refusals:
        number = NUMBERS[refusal.call][column]
        if number is not None:
            block = list(_block(refusal))
            program += [_instruction(IF_EQUAL, number, 0, len(block)), *block]
    return b"".join([*program, _instruction(RETURN, ALLOW)])


def _block(refusal: Refusal) -> Iterable[bytes]:
    """The instructions for this call's number: return, or load the number again and fall through."""
    refuse = _instruction(RETURN, ERRNO | refusal.error)
    if refusal.argument is None:
        yield refuse
        return
    yield _instruction(LOAD, ARGUMENTS + 8 * refusal.argument)
    yield _instruction(AND, refusal.mask)
    for left in reversed(range(len(refusal.values))):
        yield _instruction(IF_EQUAL, refusal.values[-1 - left], left + 1, 0)
    if refusal.among:
        yield _instruction(JUMP, 1)
    yield refuse
    yield _instruction(LOAD, NUMBER)


def _instruction(code: int, constant: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, constant)
