"""The system call filter refuses the calls in its table and no others, on both architectures and in this kernel."""

from __future__ import annotations

import errno
import os
import platform
import socket
import struct
from pathlib import Path

import pytest

from grader.errors import StudentRaised
from grader.sandbox import filter as module
from grader.sandbox import levels
from grader.sandbox.filter import (
    ALLOW,
    ARCHITECTURES,
    ERRNO,
    EVERYWHERE,
    KILL,
    SIGNALS,
    TRUNCATION,
    WITHOUT_NAMESPACES,
    Refusal,
    assembled,
    machine,
)
from grader.sandbox.inside import landlock
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.syscalls import LATEST_SYSCALL, NUMBERS

from .programs import called, started

ALL = (*EVERYWHERE, *WITHOUT_NAMESPACES, *TRUNCATION, *SIGNALS)
REFUSED = ERRNO | errno.EPERM


def run(program: bytes, number: int, *arguments: int, architecture: int) -> int:
    """The filter's result, from an interpreter of the instructions that a filter may use."""
    data = struct.pack("=IIQ6Q", number, architecture, 0, *(*arguments, *[0] * (6 - len(arguments))))
    instructions = list(struct.iter_unpack("HBBI", program))
    accumulator = at = 0
    while True:
        code, if_true, if_false, constant = instructions[at]
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", data, constant)
            case 0x54:
                accumulator &= constant
            case 0x15:
                at += if_true if accumulator == constant else if_false
            case 0x25:
                at += if_true if accumulator > constant else if_false
            case 0x05:
                at += constant
            case 0x06:
                return constant
            case _:
                raise AssertionError(code)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_refusal_is_in_the_program(name: str) -> None:
    """Each call without a condition is refused with its error; read, write and the rest are allowed."""
    column, architecture = ARCHITECTURES[name]
    program = assembled(ALL, name)
    whole = {NUMBERS[r.call][column]: r for r in ALL if r.argument is None}
    in_part = {NUMBERS[r.call][column] for r in ALL}
    for number in range(LATEST_SYSCALL + 1):
        result = run(program, number, architecture=architecture)
        if number in whole:
            assert result == ERRNO | whole[number].error, number
        elif number not in in_part:
            assert result == ALLOW, number


CONDITIONS = [
    ("prlimit64", (0,), ALLOW),
    ("prlimit64", (1 << 32,), ALLOW),  # the kernel reads the low word, so this is the caller itself
    ("prlimit64", (1,), REFUSED),
    ("sched_setaffinity", (0xFFFFFFFF,), REFUSED),
    ("clone", (0x11,), ALLOW),
    ("clone", (0x10000011,), REFUSED),
    ("socketpair", (1, 1), ALLOW),
    ("socketpair", (1, 0o2000005), ALLOW),  # SOCK_SEQPACKET | SOCK_CLOEXEC
    ("socketpair", (1, 2), REFUSED),
    ("socketpair", (1, 3), REFUSED),  # SOCK_RAW, which the kernel treats as datagrams here
    ("ioctl", (3, 0x5413), ALLOW),
    ("ioctl", (3, 0x40086602), REFUSED),
    ("fcntl", (3, 1), ALLOW),
    ("fcntl", (3, 1024), REFUSED),
    ("fcntl", (3, 1026), REFUSED),
    ("fcntl", (3, 8), REFUSED),
    ("ioctl", (3, 0x8901), REFUSED),
    ("fcntl", (3, 1031), REFUSED),
    ("setsockopt", (3, 1, 7), REFUSED),
    ("setsockopt", (3, 1, 2), ALLOW),
]


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize(("call", "arguments", "result"), CONDITIONS)
def test_conditions_look_at_the_argument(name: str, call: str, arguments: tuple[int, ...], result: int) -> None:
    """A call refused for some arguments is allowed for the others, and the refusals after it still count."""
    column, architecture = ARCHITECTURES[name]
    number = NUMBERS[call][column]
    assert number is not None
    assert run(assembled(ALL, name), number, *arguments, architecture=architecture) == result


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_unknown_calls_do_not_exist(name: str) -> None:
    """Calls newer than the table and calls of x32 fail with ENOSYS; calls of another architecture kill the process."""
    _, architecture = ARCHITECTURES[name]
    program = assembled(ALL, name)
    for number in (LATEST_SYSCALL + 1, 0x40000000 | 101, 0xFFFFFFFF):
        assert run(program, number, architecture=architecture) == ERRNO | errno.ENOSYS
    assert run(program, 0, architecture=0x40000003) == KILL  # i386


def test_an_unknown_architecture_has_no_filter() -> None:
    """If the numbers are unknown there is no filter, instead of a wrong one."""
    assert assembled(ALL, "riscv64") == b""
    assert assembled(ALL, "32 bits") == b""
    assert machine() in (platform.machine(), "32 bits")


def test_a_call_without_a_number_is_an_error() -> None:
    """A name that the table lacks raises; it is not skipped."""
    with pytest.raises(KeyError):
        assembled((Refusal("no_such_call"),), "x86_64")


@pytest.mark.parametrize(
    "call",
    [
        "keyctl(0, -3, 0)", "shmget(1, 4096, 0o1600)", "unshare(0x10000000)", "prlimit(1, 7, 0, 0)",
        # Objects that others have made are known by number; 0 is often one of them.
        "msgctl(0, 2, 0)", "msgrcv(0, b' ' * 9, 1, 0, 0o4000)", "semctl(0, 0, 12)", "semop(0, b' ' * 6, 1)",
        "mq_timedsend(0, b'', 0, 0, 0)", "inotify_init()", "setsid()", "setpgid(0, 0)",
    ],
)  # fmt: skip
def test_the_filter_refuses(any_lane: Lane, call: str) -> None:
    """System calls that reach beyond a submission, or last longer, are refused with EPERM."""
    keyctl = NUMBERS["keyctl"][ARCHITECTURES[machine()][0]]
    remote = started(
        any_lane,
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)",
        # libc has no function for keyctl, so the test calls it by its number.
        f"def keyctl(*a): return libc.syscall({keyctl}, *a)",
        f"def attempt(): return {'' if call.startswith('keyctl') else 'libc.'}{call}, ctypes.get_errno()",
    )
    assert called(remote, "attempt") == (-1, 1)


OWN_FILES = {
    "mode": "os.chmod(path, 0o777)",
    "owner": "os.chown(path, -1, 65533)",
    "times": "os.utime(path, (1, 1))",
    "attribute": "os.setxattr(path, 'user.x', b'x')",
    "length": "os.truncate(path, 0)",
}


@pytest.mark.parametrize("what", OWN_FILES)
def test_a_file_of_ours_keeps_its(any_lane: Lane, open_lane: Lane, tmp_path: Path, what: str) -> None:
    """No attempt changes mode, owner, times, attributes or length of a file outside; without isolation it would."""
    file = tmp_path / "file"
    file.write_text("ours")

    def state() -> tuple[object, ...]:
        return file.stat(), os.listxattr(file)

    before = state()
    attempt = f"import os\ndef attempt(path): {OWN_FILES[what]}"
    with pytest.raises(StudentRaised, match=r"PermissionError|FileNotFoundError"):
        called(started(any_lane, attempt), "attempt", str(file))
    assert state() == before
    try:
        called(started(open_lane, attempt), "attempt", str(file))
    except StudentRaised as refused:
        if what == "owner" or "Operation not supported" in refused.text:
            pytest.skip("this user, or this file system, cannot do it in the first place")
        raise
    assert state() != before


def test_no_datagram_leaves(any_lane: Lane, open_lane: Lane, tmp_path: Path) -> None:
    """A pair of datagram sockets, which needs no call of `socket`, reaches no other socket of this machine."""
    attempt = """
        import socket
        def send(path):
            a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            a.sendto(b'hello', path)
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(tmp_path / "log"))
        log.setblocking(False)
        with pytest.raises(StudentRaised, match=r"PermissionError|FileNotFoundError"):
            called(started(any_lane, attempt), "send", str(tmp_path / "log"))
        with pytest.raises(BlockingIOError):
            log.recv(10)
        called(started(open_lane, attempt), "send", str(tmp_path / "log"))
        assert log.recv(10) == b"hello"


@pytest.mark.parametrize("family", [40, 38, 16, 31], ids=["vsock", "crypto", "netlink", "bluetooth"])
def test_families_beyond_the_namespace_are_refused(any_lane: Lane, family: int) -> None:
    """A socket family that ignores network namespaces, or that few need and that had many holes, is refused."""
    remote = started(any_lane, "import socket", f"def attempt(): socket.socket({family}, socket.SOCK_RAW).close()")
    with pytest.raises(StudentRaised, match="PermissionError"):
        called(remote, "attempt")


def test_a_family_in_the_namespace_is_allowed_in_bubblewrap(lane: Lane) -> None:
    """In bubblewrap the sandbox's own loopback works, which some libraries need."""
    source = """
        import socket
        def attempt():
            with socket.create_server(("127.0.0.1", 0)) as server:
                with socket.create_connection(server.getsockname()): return True
    """
    assert called(started(lane, source), "attempt") is True


def test_pairs_of_streams_still_work(any_lane: Lane) -> None:
    """The socket pairs that multiprocessing and asyncio use exist at each level."""
    attempt = """
        import socket
        def talk():
            a, b = socket.socketpair()
            a.send(b'hi')
            return b.recv(9).decode()
    """
    assert called(started(any_lane, attempt), "talk") == "hi"


def test_without_its_lines_the_file_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The filter, not Landlock, protects a file's mode: with fewer refusals the attempt succeeds."""
    if not module.assembled(ALL, machine()):
        pytest.skip("no filter here")

    if not landlock.version():
        pytest.skip("no Landlock here")
    monkeypatch.setattr(levels, "WITHOUT_NAMESPACES", ())
    file = tmp_path / "file"
    file.write_text("ours")
    with Lane(Level.LANDLOCK) as lane:
        called(started(lane, "import os\ndef attempt(path): os.chmod(path, 0o741)"), "attempt", str(file))
    assert file.stat().st_mode & 0o777 == 0o741
