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


class AuthorProcess:
    """An AuthorSide in a process forked from this one, before autograd has run here."""

    def __init__(self, assignment: Assignment, salt: str, references: Mapping[Place, Mapping[str, Any]]) -> None:
        self._assignment = assignment
        self._salt = salt
        self._references = references
        self._process: Forked | None = None

    def ask(self, verb: str, seconds: float, *args: Any) -> Any:
        if self._process is None or not self._process.is_ours:
            self._start()
        assert self._process is not None
        request = encode({"verb": verb, "args": [_packed(a) for a in args]})
        try:
            self._process.channel.sendall(framed(request))
            reply = decode(self._received(seconds))
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
        return reply["value"]

    def resalt(self, salt: str) -> None:
        """Go on with another salt."""
        self._salt = salt
        if self._process is not None and self._process.is_ours:
            self.ask("resalt", 1.0, salt)

    def _received(self, seconds: float) -> bytes:
        assert self._process is not None
        channel, pid, limit = self._process.channel, self._process.pid, PATIENCE * seconds
        began, cpu, waited = time.monotonic(), cpu_seconds(pid), waited_seconds(pid)
        deadline = began + limit
        data = bytearray()
        while len(data) < LENGTH.size or len(data) < LENGTH.size + frame_length(data):
            ready, _, _ = select.select([channel], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                now = time.monotonic()
                left = time_left(
                    limit, cpu=cpu_seconds(pid) - cpu, wall=now - began, waited=waited_seconds(pid) - waited
                )
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
