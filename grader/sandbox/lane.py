"""One sandbox with its warm worker, seen from outside: start it, hand it submissions, ask, time, end."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from ..errors import (
    CallTimedOut,
    Frame,
    OutOfMemory,
    SandboxUnavailable,
    StudentRaised,
    WireError,
    WorkerDied,
    WorkerError,
)
from ..messages import say
from ..spec import Limits
from .levels import Level, command, environment, restrictions
from .wire import LENGTH, Malformed, decode, encode, frame, frame_length

READY_S = 120.0  # importing torch takes 1.5 s, and far longer from a cold disk shared by many lanes
END_S = 10.0  # killing and removing take milliseconds unless a submission left very many files
# After the child's socket closes, how long to wait for process 1 to say how the child ended.
LAST_WORD_S = 1.0
CHUNK = 1 << 18


@dataclass(frozen=True)
class Usage:
    """What a submission used: CPU time, the largest resident memory of one process, and what it printed.

    `killed`: one of its processes was ended by a SIGKILL that we did not send.
    """

    cpu_s: float = 0.0
    rss_mb: float = 0.0
    output: str = ""
    killed: bool = False

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.cpu_s + other.cpu_s,
            max(self.rss_mb, other.rss_mb),
            self.output + other.output,
            self.killed or other.killed,
        )


class Connection:
    """The channel to the child of one submission."""

    def __init__(self, control: socket.socket, channel: socket.socket, output: int, limits: Limits) -> None:
        self._control = control
        self._channel = channel
        self._output = output
        self._limits = limits
        self._inbox = bytearray()
        self._printed = bytearray()
        self._dropped = 0
        self._ended: WorkerError | None = None
        self.killed = False
        # Of the last answer: arguments changed in place, and forbidden names called.
        self.mutated: tuple[str, ...] = ()
        self.tripped: tuple[Mapping[str, Any], ...] = ()
        channel.setblocking(False)
        os.set_blocking(output, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)
        self._selector.register(output, selectors.EVENT_READ)
        self._selector.register(control, selectors.EVENT_READ)

    @property
    def output(self) -> str:
        """What the submission has printed so far, the first `limits.output_kb` of it."""
        text = self._printed.decode("utf-8", "replace")
        return f"{text}\n[{self._dropped} more bytes]" if self._dropped else text

    def ask(self, request: Mapping[str, Any], seconds: float) -> Any:
        """The child's answer to a request; every way in which there is none raises a WorkerError."""
        self.mutated, self.tripped = (), ()
        if self._ended is not None:
            raise self._ended
        if self._inbox:
            raise WireError("the worker spoke without being asked")
        try:
            return self._opened(self._exchange(frame(encode(request)), seconds))
        except Malformed as error:
            raise WireError(f"the worker sent {error}") from None

    def _exchange(self, request: bytes, seconds: float) -> bytearray:
        deadline = time.monotonic() + seconds
        closed = False
        unsent = memoryview(request)
        unsent = unsent[self._send(unsent) :]
        if unsent:
            self._selector.modify(self._channel, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                if closed:
                    raise WorkerDied(say("the process closed its connection in the middle of the call"))
                raise CallTimedOut(round(seconds, 1))
            for key, events in self._selector.select(left):
                if key.fileobj is self._channel:
                    if events & selectors.EVENT_WRITE:
                        unsent = unsent[self._send(unsent) :]
                        if not unsent:
                            self._selector.modify(self._channel, selectors.EVENT_READ)
                    if events & selectors.EVENT_READ:
                        closed = not self._receive()
                        if (payload := self._payload()) is not None:
                            return payload
                        if closed:
                            self._selector.unregister(self._channel)
                            deadline = min(deadline, time.monotonic() + LAST_WORD_S)
                elif key.fileobj is self._control:
                    self._ended = self._how_it_ended()
                    self._drain()
                    # An answer may have been sent before the end.
                    size = -1
                    while not closed and size != len(self._inbox):
                        size = len(self._inbox)
                        self._receive()
                        if (payload := self._payload()) is not None:
                            return payload
                    raise self._ended
                else:
                    self._drain()

    def _send(self, data: memoryview) -> int:
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            return self._channel.send(data)
        return 0

    def _receive(self) -> bool:
        """Take in what has arrived; False when the other side has hung up."""
        try:
            data = self._channel.recv(CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._inbox += data
        return bool(data)

    def _payload(self) -> bytearray | None:
        """The payload in the inbox when it is complete; an announced length over the limit raises at once."""
        if len(self._inbox) < LENGTH.size:
            return None
        length = frame_length(self._inbox)
        if len(self._inbox) < LENGTH.size + length:
            return None
        payload = self._inbox[LENGTH.size : LENGTH.size + length]
        self._inbox = self._inbox[LENGTH.size + length :]
        return payload

    def _drain(self) -> None:
        """Read what was printed; keep the beginning, count the rest."""
        try:
            data = os.read(self._output, CHUNK)
        except BlockingIOError:
            return
        if not data:
            with contextlib.suppress(KeyError):
                self._selector.unregister(self._output)
            return
        room = max(self._limits.output_kb * 1024 - len(self._printed), 0)
        self._printed += data[:room]
        self._dropped += len(data[room:])

    def _how_it_ended(self) -> WorkerError:
        """What process 1 says about the child's end."""
        try:
            packet = self._control.recv(1 << 16)
        except OSError:
            packet = b""
        if not packet:
            self.killed = True
            return WorkerDied(say("the sandbox ended in the middle of the call"))
        said = json.loads(packet)
        if said["why"] == "memory":
            return OutOfMemory(f"more than {self._limits.memory_mb} MB of memory")
        if said["why"] == "processes":
            return WorkerDied(say("the code started more than {count} processes", count=self._limits.processes))
        code = os.waitstatus_to_exitcode(said["exited"])
        if code >= 0:
            return WorkerDied(say("the process ended itself in the middle of the call, with status {code}", code=code))
        self.killed = -code == signal.SIGKILL
        name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
        return WorkerDied(say("the process was ended in the middle of the call by {signal}", signal=name))

    def _opened(self, payload: bytearray) -> Any:
        """The value of an answer; its shape is checked here, its contents are evidence."""
        reply = decode(payload)
        if not isinstance(reply, dict):
            raise WireError("the worker's answer is not an answer")
        mutated, tripped = reply.get("mutated"), reply.get("tripped")
        if isinstance(mutated, list) and all(isinstance(name, str) for name in mutated):
            self.mutated = tuple(mutated)
        if isinstance(tripped, list) and all(isinstance(t, dict) for t in tripped):
            self.tripped = tuple(tripped)
        if "raised" in reply:
            raise raised(reply["raised"])
        if "value" not in reply:
            raise WireError("the worker's answer holds neither a value nor an error")
        return reply["value"]

    def close(self) -> None:
        """Let go of the descriptors; the output stays readable here."""
        if self._channel.fileno() >= 0:
            self._drain()
            self._selector.close()
            self._channel.close()
            os.close(self._output)
        self._ended = self._ended or WorkerDied(say("the submission has been ended"))


def raised(content: Any) -> WorkerError:
    """The error that the worker describes."""
    match content:
        case {"kind": str(kind), "text": str(text), "frames": list(frames)}:
            if kind == "MemoryError":
                return OutOfMemory(text)
            return StudentRaised(kind, text, tuple(_frame(f) for f in frames))
    raise WireError("the worker's error is not an error")


def _frame(content: Any) -> Frame:
    match content:
        case {"cell": int(cell), "line": int(line), "function": str(function)}:
            return Frame(cell, line, function)
    raise WireError("the worker's traceback is not a traceback")


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
        self._process: subprocess.Popen[bytes] | None = None
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
        argv = command(
            self.level,
            theirs.fileno(),
            self.limits,
            folder=self._folder,
            device=self.device,
            hide=self._hide,
        )
        with theirs:
            try:
                self._process = subprocess.Popen(
                    argv,
                    env=environment(self.level, self._folder),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=self._errors,
                    stderr=self._errors,
                    start_new_session=True,  # a ^C in the terminal is for the grader alone
                )
            except OSError as error:
                self._release()
                raise SandboxUnavailable(f"the {self.level} sandbox did not start: {error}") from error

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

    def end(self) -> Usage:
        """End the submission that runs, if one does; what it used."""
        connection, self._connection = self._connection, None
        if connection is None:
            return Usage()
        used: Mapping[str, float] | None = None
        with contextlib.suppress(OSError):
            assert self._control is not None
            self._control.send(b'{"do": "end"}')
            deadline = time.monotonic() + END_S
            while used is None and (said := self._hear(deadline - time.monotonic())):
                used = said.get("done")  # "exited" may come first
        connection.close()
        if used is None:
            self._kill()  # it died, or could not clean up: the next submission gets a new one
            return Usage(output=connection.output, killed=connection.killed)
        return Usage(used["cpu_s"], used["rss_mb"], connection.output, connection.killed)

    def close(self) -> None:
        """End everything."""
        self.end()
        self._kill()

    def _hear(self, seconds: float) -> dict[str, Any]:
        """The next packet of process 1, {} when none comes in time or it has ended."""
        assert self._control is not None
        self._control.settimeout(max(seconds, 0.001))
        try:
            packet = self._control.recv(1 << 16)
        except OSError:
            return {}
        message: dict[str, Any] = json.loads(packet) if packet else {}
        return message

    def _kill(self) -> None:
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return
        # bwrap runs outside the sandbox and is ours to kill; --die-with-parent ends what is inside.
        process.kill()
        process.wait()
        self._release()

    def _release(self) -> None:
        """Close and remove what `start` has opened and made."""
        assert self._control is not None
        self._control.close()
        self._errors.close()
        shutil.rmtree(self._folder, ignore_errors=True)
