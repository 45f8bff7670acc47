"""The channel to the child of one submission: it sends requests, waits, and trusts nothing that it receives."""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import signal
import socket
import time
from collections.abc import Mapping
from typing import Any

from ..errors import CallTimedOut, OutOfMemory, WireError, WorkerDied, WorkerError
from ..messages import say
from .inside.wire import LENGTH, Malformed, decode, encode, frame_length, framed
from .limits import Limits, time_left
from .replies import raised

# Seconds to wait, after the child's socket closes, for process 1 to say how the child ended.
LAST_WORD_S = 2.0
# Seconds to wait for process 1 to say how much CPU time the child has used, on however busy a machine.
ANSWER_S = 30.0
# The child may say that it has used more CPU time than process 1 has seen, up to the steps in which the kernel counts.
CPU_STEP_S = 0.5
CHUNK = 1 << 18
MAX_PACKET = 1 << 16
MAX_STATUS = 0xFFFF  # of wait(2)


class Connection:
    """The channel to the child of one submission."""

    def __init__(self, control: socket.socket, channel: socket.socket, output: int, limits: Limits) -> None:
        self._control = control
        self._channel = channel
        self._output = output
        self._limits = limits
        self._printed = bytearray()
        self._dropped = 0
        self._reset()
        channel.setblocking(False)
        os.set_blocking(output, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ)
        self._selector.register(output, selectors.EVENT_READ)
        self._selector.register(control, selectors.EVENT_READ)

    def _reset(self) -> None:
        self._inbox = bytearray()
        self._unsent = b""
        self._began = time.monotonic()  # the request that is being answered, or the run
        self._cpu_before = 0.0  # of the child until then, as it says
        self._wall_s = self._waited_s = 0.0  # for answers; for a CPU, as process 1 says
        self.received = 0  # bytes of answers
        self._ended: WorkerError | None = None
        # From the last answer: forbidden names called.
        self.tripped: tuple[Mapping[str, Any], ...] = ()
        self.lost = False  # whether the child said that it can answer nothing more
        self.killed = False  # whether a SIGKILL that we did not send ended the child

    @property
    def output(self) -> str:
        """The output of the submission so far, up to its first `limits.output_kb`."""
        return self._shown(self._printed, self._dropped)

    def _shown(self, printed: bytearray, dropped: int) -> str:
        text = printed.decode("utf-8", "replace")
        return f"{text}\n[{dropped} more bytes]" if dropped else text

    def ask(self, request: Mapping[str, Any], seconds: float) -> Any:
        """The child's answer to a request; a WorkerError says why there is none.

        A request that cannot be sent raises Malformed; the child has not seen it.
        """
        self.tripped = ()
        if self._ended is not None:
            raise self._ended
        if self._inbox:
            raise WireError("the worker spoke without being asked")
        self._began = time.monotonic()
        request_bytes = framed(encode(request))  # outside the `try`: the worker is not to blame for a bad request
        try:
            return self._opened(self._exchange(request_bytes, seconds))
        except Malformed as error:
            raise WireError(f"the worker sent {error}") from None

    def tell(self, request: Mapping[str, Any] | bytes) -> None:
        """Send a request, perhaps encoded already, that is answered by several replies, which `hear` returns.

        Malformed as in `ask`.
        """
        self.tripped = ()
        if self._ended is not None:
            raise self._ended
        if self._inbox:
            raise WireError("the worker spoke without being asked")
        self._began = time.monotonic()
        self._unsent = framed(request if isinstance(request, bytes) else encode(request))

    def hear(self, seconds: float) -> dict[str, Any]:
        """The next reply to what was told; a WorkerError says why there is none.

        The limit of `seconds` is for all replies up to one with "end", and then for those up to the next one.
        """
        if self._ended is not None:
            raise self._ended
        request, self._unsent = self._unsent, b""
        try:
            reply = decode(self._exchange(request, seconds))
        except Malformed as error:
            raise WireError(f"the worker sent {error}") from None
        if not isinstance(reply, dict):
            raise WireError("the worker's answer is not an answer")
        if "end" in reply:
            self._note_cpu(reply)
            self._began = time.monotonic()
        return reply

    def _note_cpu(self, reply: Mapping[str, Any]) -> None:
        cpu = reply.get("cpu")
        if isinstance(cpu, float) and cpu >= 0:
            self._cpu_before = cpu

    @property
    def counted_s(self) -> float:
        """The time for which answers were awaited, without that in which the child could run but had no CPU."""
        return max(self._wall_s - self._waited_s, 0.0)

    def note_waited(self, seconds: object) -> None:
        """Process 1 says how long the child had no CPU although it could run, since it began."""
        if isinstance(seconds, (int, float)) and seconds > self._waited_s:
            self._waited_s = seconds

    def look_again(self) -> None:
        """Ask process 1 for what `counted_s` needs."""
        if self._ended is None and self._ask_for_cpu() and select.select([self._control], [], [], ANSWER_S)[0]:
            said = self._heard()
            if "cpu" in said:
                self.note_waited(said.get("waited"))
            else:
                self._ended = ended(said, self._limits)

    def _exchange(self, request: bytes, seconds: float) -> bytes | bytearray:
        entered = time.monotonic()
        try:
            return self._answered(request, seconds)
        finally:
            self._wall_s += time.monotonic() - entered

    def _answered(self, request: bytes, seconds: float) -> bytes | bytearray:
        if not request and (payload := self._payload()) is not None:
            return payload
        deadline = self._began + seconds
        closed = asked = False
        unsent = memoryview(request)
        unsent = unsent[self._send(unsent) :]
        if unsent:
            self._selector.modify(self._channel, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                if closed:
                    raise WorkerDied(say("the process closed its connection in the middle of the call"))
                # On a busy machine the code may not have had its time. Process 1 knows; its answer comes below.
                if asked or not self._ask_for_cpu():
                    raise CallTimedOut(round(seconds, 1))
                asked, left = True, ANSWER_S
                deadline = time.monotonic() + left
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
                    said = self._heard()
                    if isinstance(cpu := said.get("cpu"), (int, float)):
                        left = self._left(seconds, cpu, said.get("waited"))
                        if left <= 0:
                            raise CallTimedOut(round(seconds, 1))
                        asked, deadline = False, time.monotonic() + left
                        continue
                    self._ended = ended(said, self._limits)
                    self._drain()
                    # The child may have sent its answer before it ended.
                    size = -1
                    while not closed and size != len(self._inbox):
                        size = len(self._inbox)
                        self._receive()
                        if (payload := self._payload()) is not None:
                            return payload
                    raise self._ended
                else:
                    self._drain()

    def _left(self, seconds: float, cpu: float, waited: object) -> float:
        """Seconds after which to look at the call again, from what process 1 says; 0 or less: its time is used up."""
        wall = time.monotonic() - self._began
        self.note_waited(waited)
        if self._cpu_before > cpu + CPU_STEP_S:
            return 0.0  # the child has lied about the time before
        return time_left(seconds, cpu=max(cpu - self._cpu_before, 0.0), wall=wall, waited=self._waited_s)

    def _send(self, data: memoryview) -> int:
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            return self._channel.send(data)
        return 0

    def _receive(self) -> bool:
        """Read the bytes that have arrived; False when the other side has hung up."""
        try:
            data = self._channel.recv(CHUNK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._inbox += data
        self.received += len(data)
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
        """Read the printed output; keep its beginning and count the rest."""
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

    def _ask_for_cpu(self) -> bool:
        """Ask process 1 for the CPU time of the submission; False when it cannot be asked."""
        try:
            self._control.send(b'{"do": "cpu"}')
        except OSError:
            return False
        return True

    def _heard(self) -> Mapping[str, Any]:
        """The next packet of process 1: how the child ended, or the CPU time that it has used."""
        try:
            packet = self._control.recv(MAX_PACKET)
        except OSError:
            packet = b""
        said = heard(packet)
        if "cpu" not in said:
            self.killed = not packet or (not said.get("why") and said.get("exited") == signal.SIGKILL)
        return said

    def _opened(self, payload: bytes | bytearray) -> Any:
        """The value of an answer. Its shape is checked here; its contents are evidence only."""
        reply = decode(payload)
        if not isinstance(reply, dict):
            raise WireError("the worker's answer is not an answer")
        tripped = reply.get("tripped")
        if isinstance(tripped, list) and all(isinstance(t, dict) for t in tripped):
            self.tripped = tuple(tripped)
        self.lost = reply.get("lost") is True
        self._note_cpu(reply)
        if "raised" in reply:
            raise raised(reply["raised"])
        if "value" not in reply:
            raise WireError("the worker's answer holds neither a value nor an error")
        return reply["value"]

    def close(self) -> None:
        """Close the descriptors; `output` stays readable."""
        if self._channel.fileno() >= 0:
            self._drain()
            self._selector.close()
            self._channel.close()
            os.close(self._output)
        self._ended = self._ended or WorkerDied(say("the process of this submission has already ended"))


def heard(packet: bytes) -> Mapping[str, Any]:
    """The content of a packet of process 1; empty where the packet is not a JSON object.

    Process 1 is our own code, but student code runs next to it, so its packets are not trusted.
    """
    try:
        said = json.loads(packet)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def ended(said: Mapping[str, Any], limits: Limits) -> WorkerError:
    """The error for the child's end, from the message of process 1."""
    match said:
        case {"why": "memory"}:
            return OutOfMemory(f"more than {limits.memory_mb} MB of memory")
        case {"why": "processes"}:
            return WorkerDied(say("the code started more than {count} processes", count=limits.processes))
        case {"why": "files"}:
            return WorkerDied(say("the code wrote more than {limit} MB of files", limit=limits.file_mb))
        case {"exited": int(status)} if 0 <= status <= MAX_STATUS and (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
            return ended_with(os.waitstatus_to_exitcode(status))
    return WorkerDied(say("the sandbox ended in the middle of the call"))


def ended_with(code: int) -> WorkerDied:
    """The error for a process's exit code; a negative code is the signal that ended it."""
    if code >= 0:
        return WorkerDied(
            say("the code ended its own process in the middle of the call, with status {code}", code=code)
        )
    name = signal.Signals(-code).name if -code in list(signal.Signals) else f"signal {-code}"
    return WorkerDied(say("{signal} ended the process in the middle of the call", signal=name))
