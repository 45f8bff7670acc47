"""Test a level of isolation: attack this machine from inside a lane, and see from outside what held."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import StudentRaised, WorkerError
from .lane import Lane
from .levels import Level
from .remote import RemoteProgram
from .runnable import RunnableSnippet
from .strays import inherit
from .test_runs import TestRun, TestSources

CONNECT_S = 1.0
ENDS_S = 2.0  # the kernel ends the processes of a namespace one after the other

# The attacks of a submission. Each raises where it is refused.
ATTACKS = """
import contextlib, ctypes, os, signal, socket, time
libc = ctypes.CDLL(None, use_errno=True)

def read(path):
    with open(path) as file:
        return file.read()

def change(path):
    os.chmod(path, 0o777)

def connect(port, seconds):
    socket.create_connection(("127.0.0.1", port), seconds).close()

def trace(pid):
    if libc.ptrace(16, pid, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")

def end(pid):
    os.kill(pid, signal.SIGKILL)

def session():
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
        except OSError:
            os._exit(1)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise PermissionError

def watch(path):
    number = libc.inotify_init1(0)
    if number < 0 or libc.inotify_add_watch(number, path.encode(), 0x20) < 0:
        raise OSError(ctypes.get_errno(), "inotify")

def queue():
    number = libc.msgget(0, 0o600)
    if number < 0:
        raise OSError(ctypes.get_errno(), "msgget")
    libc.msgctl(number, 0, None)

def outlive(name):
    reading, writing = os.pipe()
    if os.fork() == 0:
        with contextlib.suppress(OSError): os.setsid()
        if os.fork() == 0:
            libc.prctl(15, name.encode(), 0, 0, 0)
            os.write(writing, b"x")
            while True:
                time.sleep(1)
        os._exit(0)
    os.read(reading, 1)
"""


@dataclass(frozen=True)
class Attempt:
    """One attack of student code: whether the level held, and what was seen, in a word or two."""

    what: str
    held: bool
    seen: str


@dataclass(frozen=True)
class _Statement:
    source: str
    cell: int = 1
    line: int = 1
    stands_for: str = ""
    module: str = ""


@dataclass(frozen=True)
class _Program:
    statements: Sequence[_Statement]
    snippets: Mapping[str, RunnableSnippet] = field(default_factory=dict)
    modules: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cells: Mapping[str, int] = field(default_factory=dict)
    files: Sequence[tuple[str, bytes]] = ()


def trial(level: Level) -> tuple[Attempt, ...]:
    """Every attempt at this level; SandboxUnavailable when it does not start.

    The targets are made for the attacks: a file, a listener on 127.0.0.1, a process. At Level.NONE the attacks succeed.
    """
    inherit()  # as in a judge
    try:
        with (
            tempfile.TemporaryDirectory(prefix="grade-trial-") as folder,
            socket.create_server(("127.0.0.1", 0)) as server,
            _waiting_process() as target,
            Lane(level) as lane,
        ):
            server.setblocking(False)
            remote = RemoteProgram(lane, _Program((_Statement(ATTACKS),)))
            remote.start()
            return (
                *_on_a_file(remote, Path(folder, "planted")),
                _on_a_listener(remote, server),
                *_on_a_process(remote, target),
                _on_the_kernel(remote, "start a session", "session"),
                _on_the_kernel(remote, "watch a file", "watch", "/usr"),
                _on_the_kernel(remote, "make a queue", "queue"),
                _on_the_next(remote),
                _on_the_next(remote, lane),
            )
    finally:
        inherit(on=False)


def _on_a_file(remote: RemoteProgram, file: Path) -> tuple[Attempt, Attempt]:
    secret = secrets.token_hex(8)
    file.write_text(secret)
    file.chmod(0o600)
    found, seen = _tried(remote, "read", str(file))
    read = Attempt("read a file", seen != "" and found != secret, seen)
    _, seen = _tried(remote, "change", str(file))
    return read, Attempt("change a file's mode", seen != "" and file.stat().st_mode & 0o777 == 0o600, seen)


def _on_a_listener(remote: RemoteProgram, server: socket.socket) -> Attempt:
    _, seen = _tried(remote, "connect", server.getsockname()[1], CONNECT_S)
    arrived = False
    with contextlib.suppress(BlockingIOError):
        server.accept()[0].close()
        arrived = True
    return Attempt("connect to 127.0.0.1", seen != "" and not arrived, seen)


def _on_a_process(remote: RemoteProgram, target: subprocess.Popen[bytes]) -> tuple[Attempt, Attempt]:
    _, seen = _tried(remote, "trace", target.pid)
    trace = Attempt("ptrace a process", seen != "" and not _traced(target.pid), seen)
    _, seen = _tried(remote, "end", target.pid)
    return trace, Attempt("signal a process", seen != "" and target.poll() is None, seen)


def _on_the_kernel(remote: RemoteProgram, what: str, attack: str, *arguments: object) -> Attempt:
    _, seen = _tried(remote, attack, *arguments)
    return Attempt(what, seen != "", seen)


def _on_the_next(remote: RemoteProgram, lane: Lane | None = None) -> Attempt:
    """Leave a process behind; with a lane its worker dies before the submission is ended."""
    what = "outlive the submission" if lane is None else "outlive the sandbox"
    name = f"grade-{secrets.token_hex(4)}"
    _tried(remote, "outlive", name)
    began = _alive(name)
    if lane is not None and lane._process is not None:
        lane._process.kill()
    remote.end()
    if not began:
        return Attempt(what, False, "could not be tried")
    deadline = time.monotonic() + ENDS_S
    while (alive := _alive(name)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return Attempt(what, not alive, "" if alive else "ended")


def _tried(remote: RemoteProgram, attack: str, *arguments: object) -> tuple[object, str]:
    """The attack's answer, and the error that refused the attack ("" for none)."""
    try:
        return called(remote, attack, *arguments), ""
    except StudentRaised as refused:
        return None, refused.kind
    except WorkerError as ended:
        return None, str(ended)


def called(remote: RemoteProgram, function: str, *arguments: object) -> object:
    """The value that a function of the program returns to a test; the error that ended the test is raised."""
    source = f"def test(d):\n    return {{'value': {function}(*d.arguments)}}"
    run = TestRun(source, {"arguments": arguments}, 0, remote.patience)
    (came,) = remote.run_tests(TestSources(asked=(function,)), [run])
    if came.error is not None:
        raise came.error
    return came.values["value"]


@contextlib.contextmanager
def _waiting_process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits until the end of the `with` block."""
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _traced(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    return "\nTracerPid:\t0\n" not in status


def _alive(name: str) -> bool:
    """Whether any process has this name."""
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdigit() and Path("/proc", entry, "comm").read_text().strip() == name:
                return True
    return False
