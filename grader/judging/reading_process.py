"""The process in which submissions are read: it has limits, and is replaced when it reaches them.

A submission is text that anyone may have written. Reading runs none of it, but its size and nesting may take any
amount of memory and time. The answer is data: msgpack, decoded against the types of reading.py. So even a process that
a text has taken over, through an error in Python's parser, could send nothing else.
"""

from __future__ import annotations

import ast
import math
import resource
import signal
import socket
import struct
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from ..assignment.spec import Aliases, Assignment
from ..errors import GraderError
from ..intake.submissions import HandedIn
from ..messages import Message, say
from ..notebook.program import NO_ALIASES
from ..notebook.raw_cells import UnreadableNotebook
from .forked import Forked
from .reading import Reading, read_submission, too_deep
from .traced import traced

# A notebook of 60 MB takes 0.5 GB; the half million characters of code that are read at most take 0.3 GB as trees.
MEMORY_MB = 1536
# CPU time. A notebook of the course takes 0.03 s, half a million characters of code up to 10 s.
SECONDS = 30
CHUNK = 1 << 20
LENGTH = struct.Struct(">Q")


class ReadingFailed(GraderError):
    """The reader raised; the text is its traceback."""


class Request(msgspec.Struct):
    """Files to read."""

    files: list[HandedIn]
    name: str
    aliases: dict[str, str | list[str]]
    asked_for: str


class Answer(msgspec.Struct):
    """What came of it: one of the four."""

    reading: Reading | None = None
    made: bytes | None = None
    unreadable: Message | None = None
    fault: str = ""


Make = Callable[[Sequence[HandedIn], str], bytes]


class ReadingProcess:
    """A reader of submissions in a process forked from this one; it reads one after the other.

    With `make` it answers with what this function makes of the files of a submission and its name, see `made`.
    """

    def __init__(
        self,
        assignment: Assignment,
        memory_mb: int = MEMORY_MB,
        seconds: int = SECONDS,
        make: Make | None = None,
    ) -> None:
        self._assignment = assignment
        self._make = make
        self._memory_mb = memory_mb
        self._seconds = seconds
        self._process: Forked | None = None
        self._encode = msgspec.msgpack.Encoder()
        self._decode = msgspec.msgpack.Decoder(Answer, dec_hook=_without_tree)

    def __enter__(self) -> ReadingProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; the next submission starts another one."""
        if self._process is not None:
            self._process.close()
        self._process = None

    def __call__(
        self,
        files: Sequence[HandedIn],
        name: str,
        assignment: Assignment,
        aliases: Aliases = NO_ALIASES,
        asked_for: str = "",
    ) -> Reading:
        """The reading of a submission for the assignment of this process, which is `assignment`.

        Raises UnreadableNotebook, also where a limit was reached, and ReadingFailed for a mistake of the reader.
        """
        found = self._answered(Request(list(files), name, dict(aliases), asked_for))
        if found.reading is None:
            raise ReadingFailed(found.fault)
        return found.reading

    def made(self, files: Sequence[HandedIn], name: str) -> bytes:
        """What `make` returned; raises as above."""
        found = self._answered(Request(list(files), name, {}, ""))
        if found.made is None:
            raise ReadingFailed(found.fault)
        return found.made

    def start(self) -> Forked:
        """Fork the process, if it does not run."""
        if self._process is None:
            serve = partial(_serve, self._assignment, self._seconds, self._make)
            self._process = Forked(serve, self._memory_mb)
        return self._process

    def _answered(self, asked: Request) -> Answer:
        name, request = asked.name, self._encode.encode(asked)
        fresh = self._process is None
        answer = self._asked(request)
        if isinstance(answer, int) and (not fresh or answer == signal.SIGKILL):
            # What it read before may have left it little memory, or somebody has killed it.
            answer = self._asked(request)
        if isinstance(answer, int):
            raise UnreadableNotebook(why_unread(name, answer, self._memory_mb, self._seconds))
        found = self._decode.decode(answer)
        if found.unreadable is not None:
            raise UnreadableNotebook(found.unreadable)
        return found

    def _asked(self, request: bytes) -> bytes | int:
        """The answer; where the process has ended, the signal that ended it, 0 when it had too little memory."""
        process = self.start()
        try:
            process.channel.sendall(LENGTH.pack(len(request)))
            process.channel.sendall(request)
            return _frame(process.channel)
        except (EOFError, ConnectionError):
            self._process = None
            return process.ended_by()


def why_unread(name: str, ended_by: int, memory_mb: int = MEMORY_MB, seconds: int = SECONDS) -> Message:
    """The sentence about a file whose reader was ended by this signal; 0: it had too little memory."""
    if ended_by == signal.SIGXCPU:
        return say(
            "{name} cannot be read within {seconds} s: remove what does not belong to your answers, "
            "and hand it in again.",
            name=name,
            seconds=seconds,
        )
    if ended_by in (0, signal.SIGKILL):
        return say(
            "{name} cannot be read with {size} MB of memory: remove outputs and data, and hand it in again.",
            name=name, size=memory_mb,
        )  # fmt: skip
    return too_deep(name)


def _serve(assignment: Assignment, seconds: int, make: Make | None, channel: socket.socket) -> None:
    """Read what comes over the channel until it closes; end when there is too little memory."""
    encoder = msgspec.msgpack.Encoder(enc_hook=_nothing)
    decoder = msgspec.msgpack.Decoder(Request)
    try:
        while True:
            request = decoder.decode(_frame(channel))
            _allow(seconds)
            try:
                if make is not None:
                    answer = Answer(made=make(request.files, request.name))
                else:
                    reading = read_submission(
                        request.files, request.name, assignment, request.aliases, request.asked_for
                    )
                    answer = Answer(reading=reading)
                    del reading
            except UnreadableNotebook as error:
                answer = Answer(unreadable=error.message)
            except MemoryError:
                raise
            except Exception as error:
                answer = Answer(fault=traced(error))
            data = encoder.encode(answer)
            del answer, request
            channel.sendall(LENGTH.pack(len(data)))
            channel.sendall(data)
    except (EOFError, MemoryError, OSError):
        return


def _allow(seconds: int) -> None:
    """Let this process go on for so many seconds of CPU time; then the kernel ends it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _frame(channel: socket.socket) -> bytes:
    (length,) = LENGTH.unpack(_received(channel, LENGTH.size))
    return _received(channel, length)


def _received(channel: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        more = channel.recv(min(CHUNK, length - len(data)))
        if not more:
            raise EOFError
        data += more
    return bytes(data)


def _nothing(value: Any) -> None:
    """A syntax tree is not sent: whoever judges does not need it."""
    if not isinstance(value, ast.AST):
        raise NotImplementedError(f"a {type(value).__name__} cannot be sent")


def _without_tree(kind: type, value: Any) -> Any:
    return ast.Pass() if issubclass(kind, ast.stmt) else None
