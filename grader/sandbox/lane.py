"""One sandbox with its warm worker, seen from outside: start it, hand it submissions, ask, time, end."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from ..errors import SandboxUnavailable
from .connection import MAX_PACKET, Connection, heard
from .inside import disk
from .inside.processes import end_descendants
from .levels import Level, command, environment, restrictions
from .limits import Limits

READY_S = 120.0  # importing torch takes 1.5 s, and far longer from a cold disk shared by many lanes
PLAUSIBLE = 1e9  # seconds or megabytes; no NaN is below
END_S = 10.0  # killing and removing take milliseconds unless a submission left very many files


@dataclass(frozen=True)
class ResourceUsage:
    """What a submission used: CPU time, the largest resident memory of one process, what it printed and answered.

    `killed`: one of its processes was ended by a SIGKILL that we did not send.
    """

    cpu_s: float = 0.0
    rss_mb: float = 0.0
    output: str = ""
    received: int = 0  # bytes of answers
    killed: bool = False

    def __add__(self, other: ResourceUsage) -> ResourceUsage:
        return ResourceUsage(
            self.cpu_s + other.cpu_s,
            max(self.rss_mb, other.rss_mb),
            self.output + other.output,
            self.received + other.received,
            self.killed or other.killed,
        )


class Process(Protocol):
    """What a lane asks of its worker's process, as subprocess.Popen has it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def kill(self) -> None: ...
    def wait(self) -> int: ...


class ProgramHost(Protocol):
    """Where programs run: a lane, or a student's own machine (own.OwnLane)."""

    @property
    def limits(self) -> Limits:
        """What one submission may use."""

    def begin(self, first: int = 0) -> Connection:
        """A fresh process for a program, its handles numbered from `first`; whatever ran before is ended."""

    def end(self) -> ResourceUsage:
        """End the program that runs, if one does; what it used."""


class Lane:
    """One sandbox: `start` it early, `begin` each submission, `close` it at the end.

    `hide` names folders that student code must not see even where they lie among Python's packages; `forbidden`
    the dotted names whose calls submissions may be asked about, so that the worker prepares for them once.
    """

    def __init__(
        self,
        level: Level,
        limits: Limits | None = None,
        *,
        device: str = "cpu",
        hide: Sequence[Path] = (),
        forbidden: Sequence[str] = (),
    ) -> None:
        self.level = level
        self.limits = limits or Limits()
        self.device = device
        self._hide = tuple(hide)
        self._forbidden = tuple(forbidden)
        self._process: Process | None = None
        self._control: socket.socket | None = None
        self._ready = False
        self._connection: Connection | None = None

    def __enter__(self) -> Lane:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the worker and return at once; it loads torch meanwhile."""
        if self._process is not None:
            return
        self._folder = Path(tempfile.mkdtemp(prefix="grade-"))
        self._restrictions = restrictions(self.level, self._folder, device=self.device, hide=self._hide)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the worker)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.send(json.dumps({"forbidden": self._forbidden}).encode())
        with theirs:
            try:
                self._process = self._launch(theirs)
            except OSError as error:
                self._release()
                raise SandboxUnavailable(f"the {self.level} sandbox did not start: {error}") from error

    def _launch(self, control: socket.socket) -> Process:
        """The process of a worker that obeys `control`."""
        return subprocess.Popen(
            command(
                self.level, control.fileno(), self.limits, folder=self._folder, device=self.device, hide=self._hide
            ),
            env=environment(self.level, self._folder),
            pass_fds=[control.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,  # a ^C in the terminal is for the grader alone
        )

    def wait_ready(self, timeout: float = READY_S) -> None:
        """Return when the worker can take submissions; SandboxUnavailable, with what it said, if never."""
        self.start()
        if self._ready:
            return
        if "ready" not in self._hear(timeout):
            self._errors.seek(0)
            said = self._errors.read().decode("utf-8", "replace").strip().splitlines()[-1:]
            self._kill()
            reason = " ".join(said) or "it said nothing"
            raise SandboxUnavailable(f"the {self.level} sandbox did not start: {reason}")
        self._ready = True

    def begin(self, first: int = 0) -> Connection:
        """A fresh child for a submission, its handles numbered from `first`; whatever ran before is ended."""
        self.end()
        for attempt in (1, 2):
            self.wait_ready()
            assert self._control is not None
            ours, theirs = socket.socketpair()
            output, their_output = os.pipe()
            order = {
                "do": "begin",
                "limits": asdict(self.limits),
                "device": self.device,
                "first": first,
                "restrictions": self._restrictions,
            }
            try:
                socket.send_fds(self._control, [json.dumps(order).encode()], [theirs.fileno(), their_output])
            except OSError as error:
                # The worker has died since; a second one that dies at once is a fault of the machine.
                ours.close()
                os.close(output)
                self._kill()
                if attempt == 2:
                    raise SandboxUnavailable(f"the {self.level} sandbox ended: {error}") from error
                continue
            finally:
                theirs.close()
                os.close(their_output)
            self._connection = Connection(self._control, ours, output, self.limits)
            return self._connection
        raise AssertionError  # the loop returns or raises

    def end(self) -> ResourceUsage:
        """End the submission that runs, if one does; what it used."""
        connection, self._connection = self._connection, None
        if connection is None:
            return ResourceUsage()
        used: Mapping[str, Any] | None = None
        with contextlib.suppress(OSError):
            assert self._control is not None
            self._control.send(b'{"do": "end"}')
            deadline = time.monotonic() + END_S
            # "exited" may come first.
            while used is None and (left := deadline - time.monotonic()) > 0 and (said := self._hear(left)):
                used = said.get("done")
        connection.close()
        match used:
            case {"cpu_s": int() | float() as cpu_s, "rss_mb": int() | float() as rss_mb}:
                if 0 <= cpu_s < PLAUSIBLE and 0 <= rss_mb < PLAUSIBLE:
                    return ResourceUsage(cpu_s, rss_mb, connection.output, connection.received, connection.killed)
        self._kill()  # it died, or could not clean up: the next submission gets a new one
        return ResourceUsage(output=connection.output, received=connection.received, killed=connection.killed)

    def close(self) -> None:
        """End everything."""
        self.end()
        self._kill()

    def _hear(self, seconds: float) -> Mapping[str, Any]:
        """The next packet of process 1, {} when none that says something comes in time or it has ended."""
        assert self._control is not None
        self._control.settimeout(max(seconds, 0.001))
        try:
            return heard(self._control.recv(MAX_PACKET))
        except OSError:
            return {}

    def _kill(self) -> None:
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return
        # bwrap runs outside the sandbox and is ours to kill; --die-with-parent ends what is inside. Without it, what is
        # below process 1 would be on its own as soon as that has ended.
        if self.level is not Level.BWRAP and process.poll() is None:
            end_descendants(process.pid, END_S)
        process.kill()
        process.wait()
        self._release()

    def _release(self) -> None:
        """Close and remove what `start` has opened and made."""
        assert self._control is not None
        self._control.close()
        self._errors.close()
        with contextlib.suppress(OSError):
            disk.empty(str(self._folder))
            self._folder.rmdir()
