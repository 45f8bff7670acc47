"""A worker for students' own code on their own machine: one process, one life of a program, no sandbox.

It runs on any system that runs torch. Frames come in on descriptor 0 and go out on 1: first {"forbidden": names,
"preload": modules, "sources": tests} comes in, {"ready": true} goes out, {"files": paths by name, "own": folder of the
student's files} comes in. The code's output goes to descriptor 2. The process ends when the other side hangs up.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import signal
import sys

import torch

from .child import Child
from .warmup import prepare
from .wire import LENGTH, decode, encode, frame_length, framed

PR_SET_PDEATHSIG = 1


class Pipes:
    """Two descriptors that replace the socket of a lane's child."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = io.FileIO(incoming, "r")
        self._outgoing = io.FileIO(outgoing, "w")

    def recv_into(self, buffer: memoryview) -> int:
        return self._incoming.readinto(buffer) or 0

    def sendall(self, data: bytes) -> None:
        unsent = memoryview(data)
        while unsent:
            unsent = unsent[self._outgoing.write(unsent) or 0 :]

    def frame(self) -> bytes | None:
        """The payload of one frame; None at the end of the stream."""
        prefix = self._exactly(LENGTH.size)
        return None if prefix is None else self._exactly(frame_length(prefix))

    def _exactly(self, size: int) -> bytes | None:
        data = bytearray()
        while len(data) < size:
            more = self._incoming.read(size - len(data))
            if not more:
                return None
            data += more
        return bytes(data)


def main() -> None:
    """Prepare this process, then answer the requests of one program."""
    with contextlib.suppress(OSError, AttributeError):  # Linux; elsewhere the closed pipe ends the process, later
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    pipes = Pipes(os.dup(0), os.dup(1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a ^C is for the other side, which then ends this process
    sys.path[0] = os.getcwd()
    torch.set_num_threads(1)  # as in a lane, so that sums are added up in the same order
    settings = pipes.frame()
    if settings is None:
        return
    asked = decode(settings)
    moves, tripwires = prepare(asked["forbidden"], asked["preload"], asked["sources"])
    pipes.sendall(framed(encode({"ready": True})))
    opening = pipes.frame()
    if opening is not None:
        content = decode(opening)
        Child(moves, tripwires, "cpu", content["files"]).serve(pipes, content["own"])


if __name__ == "__main__":
    main()
