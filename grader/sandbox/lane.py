"""One sandbox with its warm worker, seen from outside: start it, pass it submissions, send requests, time, end."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from ..errors import SandboxUnavailable
from .connection import MAX_PACKET, Connection, heard
from .inside import disk, own_files
from .inside.processes import end_descendants
from .levels import Level, command, environment, own_folder, places_of, restrictions
from .limits import Limits
from .strays import end_strays

READY_S = 120.0  # importing torch takes 1.5 s, and far longer from a cold disk shared by many lanes
PLAUSIBLE = 1e9  # seconds or megabytes; a NaN is never below
# Killing and removing take milliseconds unless the machine is very busy or a submission left very many files behind.
END_S = 30.0


@dataclass(frozen=True)
class ResourceUsage:
    """A submission's use of the machine: CPU time, the largest resident memory of one process, output and answers.

    `counted_s`: the time for which answers were awaited, without that in which the code could run but had no CPU.
    `killed`: a SIGKILL that we did not send ended its child.
    """

    cpu_s: float = 0.0
    rss_mb: float = 0.0
    output: str = ""
    received: int = 0  # bytes of answers
    killed: bool = False
    counted_s: float = 0.0

    def __add__(self, other: ResourceUsage) -> ResourceUsage:
        return ResourceUsage(
            self.cpu_s + other.cpu_s,
            max(self.rss_mb, other.rss_mb),
            self.output + other.output,
            self.received + other.received,
            self.killed or other.killed,
            self.counted_s + other.counted_s,
        )


class Process(Protocol):
    """A worker's process, with the methods of subprocess.Popen that a lane calls."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def kill(self) -> None: ...
    def wait(self) -> int: ...


class ProgramHost(Protocol):
    """The place where programs run: a lane, or a student's own machine (lane_without_fork.OwnLane)."""

    @property
    def limits(self) -> Limits:
        """The limits of one submission."""

    def begin(self, files: Sequence[tuple[str, bytes]] = ()) -> Connection:
        """A fresh process for a program, which may read these files; whatever ran before is ended."""

    def end(self) -> ResourceUsage:
        """End the running program, if any; the resources that it used."""


class Lane:
    """One sandbox: `start` it early, `begin` each submission, `close` it at the end.

    `hide` names folders that student code must not see even where they lie among Python's packages. `forbidden` holds
    the dotted names whose calls the judge may ask about, so that the worker prepares for them once. `preload` names
    modules to import and `sources` tests to compile before the first submission; `files` are the data
    files that tests may open.
    """

    def __init__(
        self,
        level: Level,
        limits: Limits | None = None,
        *,
        device: str = "cpu",
        hide: Sequence[Path] = (),
        forbidden: Sequence[str] = (),
        preload: Sequence[str] = (),
        sources: Sequence[str] = (),
        files: Sequence[Path] = (),
    ) -> None:
        self.level = level
        self.limits = limits or Limits()
        self.device = device
        self._hide = tuple(hide)
        self._forbidden = tuple(forbidden)
        self._preload = tuple(preload)
        self._sources = tuple(source for source in sources if len(source) < MAX_PACKET // 4)
        self._files = tuple(files)
        self._process: Process | None = None
        self._control: socket.socket | None = None
        self._ready = False
        self._connection: Connection | None = None

    def __enter__(self) -> Lane:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the worker and return at once; the worker loads torch meanwhile."""
        if self._process is not None:
            return
        self._folder = Path(tempfile.mkdtemp(prefix="grade-"))
        # Only we write here. The sandbox shows this folder without the right to write.
        self._own = Path(tempfile.mkdtemp(prefix="grade-files-"))
        self._delivered: Sequence[tuple[str, bytes]] = ()
        self._restrictions = restrictions(
            self.level, self._folder, device=self.device, hide=self._hide, files=(*self._files, self._own)
        )
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (lives as long as the worker)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        settings = {"forbidden": self._forbidden, "preload": self._preload, "sources": len(self._sources)}
        packets = [json.dumps(settings).encode(), *(json.dumps(source).encode() for source in self._sources)]
        with theirs:
            try:
                self._process = self._launch(theirs)
            except OSError as error:
                self._release()
                raise SandboxUnavailable(f"the {self.level} sandbox did not start: {error}") from error
        with contextlib.suppress(OSError):  # a worker that did not start says so in wait_ready
            for packet in packets:
                self._control.send(packet)

    def _launch(self, control: socket.socket) -> Process:
        """Start the process of a worker that obeys `control`."""
        return subprocess.Popen(
            command(
                self.level,
                control.fileno(),
                self.limits,
                folder=self._folder,
                device=self.device,
                hide=self._hide,
                files=self._files,
                own=self._own,
            ),
            env=environment(self.level, self._folder),
            pass_fds=[control.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,  # a ^C in the terminal reaches the grader only
        )

    def wait_ready(self, timeout: float = READY_S) -> None:
        """Return when the worker can take submissions; otherwise SandboxUnavailable, with the worker's message."""
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

    def begin(self, files: Sequence[tuple[str, bytes]] = ()) -> Connection:
        """A fresh child for a submission with its files; the submission before it is ended."""
        self.end()
        for attempt in (1, 2):
            self.wait_ready()
            assert self._control is not None
            self._deliver(files)
            ours, theirs = socket.socketpair()
            output, their_output = os.pipe()
            order = {
                "do": "begin",
                "limits": asdict(self.limits),
                "device": self.device,
                "restrictions": self._restrictions,
                "files": places_of(self.level, self._files),
                "own": own_folder(self.level, self._own) if files else "",
            }
            try:
                socket.send_fds(self._control, [json.dumps(order).encode()], [theirs.fileno(), their_output])
            except OSError as error:
                # The worker has died meanwhile. A second worker that dies at once is a fault of the machine.
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

    def _deliver(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Put a submission's files in place of those of the submission before."""
        if files is self._delivered or not (files or self._delivered):
            return
        self._delivered = files
        disk.empty(str(self._own))
        own_files.write(str(self._own), files)

    def end(self) -> ResourceUsage:
        """End the running submission, if any; the resources that it used."""
        connection, self._connection = self._connection, None
        if connection is None:
            return ResourceUsage()
        used: Mapping[str, Any] | None = None
        with contextlib.suppress(OSError):
            assert self._control is not None
            self._control.send(b'{"do": "end"}')
            deadline = time.monotonic() + END_S
            # The packet "exited" may come first.
            while used is None and (left := deadline - time.monotonic()) > 0 and (said := self._hear(left)):
                used = said.get("done")
        connection.close()
        usage = ResourceUsage(
            output=connection.output, received=connection.received, killed=connection.killed,
            counted_s=connection.counted_s,
        )  # fmt: skip
        match used:
            case {
                "cpu_s": int() | float() as cpu_s, "rss_mb": int() | float() as rss_mb,
                "waited_s": int() | float() as waited_s,
            }:  # fmt: skip
                if all(0 <= value < PLAUSIBLE for value in (cpu_s, rss_mb, waited_s)):
                    connection.note_waited(waited_s)
                    return replace(usage, cpu_s=cpu_s, rss_mb=rss_mb, counted_s=connection.counted_s)
        self._kill()  # the worker died or could not clean up: the next submission gets a new worker
        return usage

    def close(self) -> None:
        """End everything."""
        self.end()
        self._kill()

    def _hear(self, seconds: float) -> Mapping[str, Any]:
        """The content of the next packet of process 1; {} when none comes in time, or process 1 has ended."""
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
        # bwrap runs outside the sandbox, so we can kill it; its --die-with-parent then ends the processes inside.
        # Without bwrap, the processes below process 1 live on after process 1 has ended; strays.inherit finds them.
        if self.level is not Level.BWRAP and process.poll() is None:
            end_descendants(process.pid, END_S)
        process.kill()
        process.wait()
        if self.level is not Level.BWRAP:
            end_strays(self._folder, END_S)
        self._release()

    def _release(self) -> None:
        """Close and remove everything that `start` opened and made."""
        assert self._control is not None
        self._control.close()
        self._errors.close()
        for folder in (self._folder, self._own):
            with contextlib.suppress(OSError):
                disk.empty(str(folder))
                folder.rmdir()
