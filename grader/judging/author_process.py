"""The process in which the author's code runs: it has limits, and is replaced when it hangs or dies."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import resource
import select
import signal
import socket
import sys
import time
import warnings
import weakref
from collections.abc import Mapping
from typing import Any

import torch

from ..assignment.spec import Assignment
from ..errors import AssignmentError
from ..sandbox.inside.kernel_limits import MEBIBYTE, own_data
from ..sandbox.inside.wire import LENGTH, Malformed, decode, encode, frame_length, framed
from .author import Author, Place
from .author_side import AuthorStopped

PR_SET_PDEATHSIG = 1
MEMORY_MB = 4096
CHUNK = 1 << 18
# The author's code has a student's limit, several times over: the machine may be busy, and float64 is slower.
PATIENCE = 4.0


class AuthorProcess:
    """An AuthorSide in a process forked from this one, before autograd has run here."""

    def __init__(self, assignment: Assignment, salt: str, references: Mapping[Place, Mapping[str, Any]]) -> None:
        self._assignment = assignment
        self._salt = salt
        self._references = references
        self._owner = 0
        self._end: weakref.finalize[..., AuthorProcess] | None = None
        self._channel: socket.socket | None = None

    def ask(self, verb: str, seconds: float, *args: Any) -> Any:
        if self._channel is None or self._owner != os.getpid():
            self._start()
        assert self._channel is not None
        request = encode({"verb": verb, "args": [_packed(a) for a in args]})
        try:
            self._channel.sendall(framed(request))
            reply = decode(self._received(time.monotonic() + PATIENCE * seconds, seconds))
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
        if self._channel is not None and self._owner == os.getpid():
            self.ask("resalt", 1.0, salt)

    def _received(self, deadline: float, seconds: float) -> bytes:
        assert self._channel is not None
        data = bytearray()
        while len(data) < LENGTH.size or len(data) < LENGTH.size + frame_length(data):
            ready, _, _ = select.select([self._channel], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise AuthorStopped(f"no answer in {seconds:g} s")
            more = self._channel.recv(CHUNK)
            if not more:
                raise AuthorStopped("the process of the author's code has ended")
            data += more
        return bytes(data[LENGTH.size :])

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                _become_author(theirs, parent, Author(self._assignment, self._salt, self._references))
            finally:
                os._exit(0)
        theirs.close()
        self._owner, self._channel = parent, ours
        self._end = weakref.finalize(self, _end, ours, pid, parent)  # also when nobody closes it

    def close(self) -> None:
        """End the process; the next request starts another one."""
        self._channel = None
        if self._end is not None:
            self._end()


def _end(channel: socket.socket, pid: int, owner: int) -> None:
    if owner != os.getpid():
        channel.detach()  # a forked process has closed its copy, and the number may be another file's
        return
    channel.close()
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _become_author(channel: socket.socket, parent: int, author: Author) -> None:
    for each in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(each, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a ^C is for the main process
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the closed channel ends it
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            return
    number = os.dup2(channel.fileno(), 3, inheritable=False) if channel.fileno() != 3 else 3
    os.closerange(4, 1 << 16)  # lanes and channels of the process that we were forked from
    with contextlib.suppress(OSError, ValueError):
        limit = own_data() + MEMORY_MB * MEBIBYTE
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    gc.freeze()  # objects of the process that we were forked from must not be finalised here: their files are closed
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # they are for whoever wrote the code, and repeat with each mistake
    author.install()
    own = socket.socket(fileno=number)
    if own.fileno() != channel.fileno():
        channel.detach()
    while (request := _frame(own)) is not None:
        own.sendall(framed(_answer(author, decode(request))))


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
