"""Test a level of isolation: attack this machine from inside a lane, and see from outside what held."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import StudentRaised, WorkerError
from .lane import Lane
from .levels import Level
from .remote import RemoteProgram
from .runnable import RunnableSnippet
from .test_runs import TestRun, TestSources

CONNECT_S = 1.0

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
            _on_the_next(remote),
        )


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


def _on_the_next(remote: RemoteProgram) -> Attempt:
    name = f"grade-{secrets.token_hex(4)}"
    _tried(remote, "outlive", name)
    began = _alive(name)
    remote.end()
    if not began:
        return Attempt("outlive the submission", False, "could not be tried")
    return Attempt("outlive the submission", not _alive(name), "ended" if not _alive(name) else "")


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
