"""The process in which the author's code runs: it has limits, and is replaced when it hangs or dies."""

from __future__ import annotations

import select
import socket
import time
import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch

from ..assignment.spec import Assignment
from ..errors import AssignmentError
from ..sandbox.inside.processes import cpu_seconds, waited_seconds
from ..sandbox.inside.wire import LENGTH, Malformed, decode, encode, frame_length, framed
from ..sandbox.limits import time_left
from .author import Author, Place
from .author_side import AuthorStopped
from .forked import Forked

MEMORY_MB = 4096
CHUNK = 1 << 18
# The author's code has a student's limit on CPU time, several times over: float64 is slower.
PATIENCE = 4.0
SOON_S = 0.05
# What was said of so many pieces of evidence is kept, each of so many bytes together with what was said.
MOST_ASSESSED = 5_000
MOST_BYTES = 4_000


class AuthorProcess:
    """An AuthorSide in a process forked from this one, before autograd has run here."""

    def __init__(self, assignment: Assignment, salt: str, references: Mapping[Place, Mapping[str, Any]]) -> None:
        self._assignment = assignment
        self._salt = salt
        self._references = references
        self._process: Forked | None = None
        self._assessed: dict[bytes, Any] = {}  # what it said of evidence: many answers give the same

    def ask(self, verb: str, seconds: float, *args: Any) -> Any:
        if self._process is None or not self._process.is_ours:
            self._start()
        assert self._process is not None
        request = encode({"verb": verb, "args": [_packed(a) for a in args]})
        if request in self._assessed:
            return self._assessed[request]
        try:
            self._process.channel.sendall(framed(request))
            received = self._received(seconds)
            reply = decode(received)
        except OSError:
            self.close()
            raise AuthorStopped("the process of the author's code has ended") from None
        except (AuthorStopped, Malformed):
            self.close()
            raise
        if "slip" in reply:
            raise AssignmentError(reply["slip"])
        if "fault" in reply:
            raise AuthorStopped(reply["fault"])
        if verb == "assess" and len(request) + len(received) <= MOST_BYTES:
            if len(self._assessed) == MOST_ASSESSED:
                del self._assessed[next(iter(self._assessed))]
            self._assessed[request] = reply["value"]
        return reply["value"]

    def resalt(self, salt: str) -> None:
        """Go on with another salt."""
        self._salt = salt
        self._assessed.clear()
        if self._process is not None and self._process.is_ours:
            self.ask("resalt", 1.0, salt)

    def _received(self, seconds: float) -> bytes:
        assert self._process is not None
        channel, pid, limit = self._process.channel, self._process.pid, PATIENCE * seconds
        # Most answers come at once: only for the others it is read how much time the process has used.
        began, used, deadline = 0.0, None, time.monotonic() + min(SOON_S, limit)
        data = bytearray()
        while len(data) < LENGTH.size or len(data) < LENGTH.size + frame_length(data):
            ready, _, _ = select.select([channel], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                now, left = time.monotonic(), limit
                if used is None:
                    began, used = now, (cpu_seconds(pid), waited_seconds(pid))
                else:
                    cpu, waited = cpu_seconds(pid) - used[0], waited_seconds(pid) - used[1]
                    left = time_left(limit, cpu=cpu, wall=now - began, waited=waited)
                if left <= 0:
                    raise AuthorStopped(f"no answer in {seconds:g} s")
                deadline = now + left
                continue
            more = channel.recv(CHUNK)
            if not more:
                raise AuthorStopped("the process of the author's code has ended")
            data += more
        return bytes(data[LENGTH.size :])

    def _start(self) -> None:
        author = Author(self._assignment, self._salt, self._references)
        self._process = Forked(partial(_serve, author), MEMORY_MB)

    def close(self) -> None:
        """End the process; the next request starts another one."""
        if self._process is not None:
            self._process.close()
        self._process = None


def _serve(author: Author, channel: socket.socket) -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # they are for whoever wrote the code, and repeat with each mistake
    author.install()
    while (request := _frame(channel)) is not None:
        channel.sendall(framed(_answer(author, decode(request))))


def _answer(author: Author, request: Mapping[str, Any]) -> bytes:
    try:
        args = [_unpacked(a) for a in request["args"]]
        return encode({"value": getattr(author, request["verb"])(*args)}, kinds=True)
    except AssignmentError as error:
        return encode({"slip": str(error)})
    except BaseException as error:  # the author's code may raise anything, also on hostile evidence
        return encode({"fault": f"{type(error).__name__}: {error}"[:2000]})


def _frame(channel: socket.socket) -> bytes | None:
    data = bytearray()
    while len(data) < LENGTH.size or len(data) < LENGTH.size + frame_length(data):
        more = channel.recv(CHUNK)
        if not more:
            return None
        data += more
    return bytes(data[LENGTH.size :])


def _packed(value: Any) -> Any:
    return {"place": [value.question, value.test, value.case]} if isinstance(value, Place) else [value]


def _unpacked(value: Any) -> Any:
    return Place(*value["place"]) if isinstance(value, dict) else value[0]
