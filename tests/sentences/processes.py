"""The sentences for a student's process that returns no value."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from grader.errors import (
    CallTimedOut,
    NotAnswered,
    OddAnswer,
    OutOfMemory,
    StudentRaised,
    WireError,
    WorkerDied,
    WorkerError,
)
from grader.judging.checks.elsewhere import NOT_HERE
from grader.judging.checks.failures import describe
from grader.messages import Message
from grader.sandbox.inside.wire import Malformed
from grader.sandbox.lane import Connection, ResourceUsage
from grader.sandbox.limits import Limits
from grader.sandbox.remote import RemoteProgram
from grader.self_check.notebook_server import NOT_RUN

from .sentence import Sentence


def of(error: WorkerError, *, public: bool = True) -> Message:
    return describe(error, public=public)[1]


def how(does: Callable[[Connection, socket.socket, socket.socket], Any]) -> Message:
    """The sentence for a process that seems to end as `does` acts on the other ends of control and channel."""
    (control, worker), (channel, child) = (socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(2))
    output, printed = os.pipe()
    connection = Connection(control, channel, output, Limits())
    try:
        does(connection, worker, child)
        with pytest.raises(WorkerDied) as caught:
            connection.ask({"do": "call"}, 0.05)
        return caught.value.how
    finally:
        connection.close()
        os.close(printed)
        for end in (control, worker, child):
            end.close()


def packet(why: str, status: int) -> Message:
    return how(lambda connection, worker, child: worker.send(json.dumps({"why": why, "exited": status}).encode()))


class OwnLane:
    """A lane that a test completes with its answers."""

    limits = Limits()
    received = 0
    lost = killed = False
    counted_s = 0.0

    def begin(self, first: int = 0) -> OwnLane:
        self.mutated, self.tripped = (), ()
        return self

    def end(self) -> ResourceUsage:
        return ResourceUsage()

    def ask(self, request: dict[str, Any], seconds: float) -> Any:
        raise NotImplementedError

    def look_again(self) -> None:
        pass


def too_long() -> Message:
    """The reason beside a statement that no request can hold."""
    statement = SimpleNamespace(source="x = 1", cell=1, line=1, stands_for="", module="")
    program = SimpleNamespace(statements=(statement,), snippets={}, files=(), modules=(), cells=())

    class Full(OwnLane):
        def ask(self, request: dict[str, Any], seconds: float) -> Any:
            raise CallTimedOut(seconds) if request["do"] == "run_all" else Malformed("too long")

    remote = RemoteProgram(Full(), program)  # type: ignore[arg-type]
    remote.start()
    ((_, error),) = remote.load_errors
    assert isinstance(error, OddAnswer)
    return error.message


SITUATIONS: dict[str, Callable[[Path], Message]] = {
    "not defined": lambda folder: of(NotAnswered("CELoss")),
    "not run": lambda folder: replace(NOT_RUN, values={"name": "CELoss"}),
    "raised": lambda folder: of(StudentRaised("ValueError", "not a number")),
    "timed out": lambda folder: of(CallTimedOut(5.0)),
    "out of memory": lambda folder: of(OutOfMemory("more than 2048 MB of memory")),
    "noise": lambda folder: of(WireError("the worker sent noise")),
    "nothing known": lambda folder: of(WorkerError("?")),
    "left": lambda folder: packet("", 3 << 8),
    "killed": lambda folder: packet("", 9),
    "too many processes": lambda folder: packet("processes", 9),
    "too many files": lambda folder: packet("files", 9),
    "the sandbox is gone": lambda folder: how(lambda connection, worker, child: worker.close()),
    "hung up": lambda folder: how(lambda connection, worker, child: child.close()),
    "over": lambda folder: how(lambda connection, worker, child: connection.close()),
    "checked elsewhere": lambda folder: NOT_HERE,
    "a statement that is too long": lambda folder: too_long(),
}
SENTENCES: dict[str, Sentence] = {
    "not defined": Sentence(
        "CELoss no está definido en el notebook",
        "CELoss is not defined in the notebook",
    ),
    "not run": Sentence(
        "CELoss no está definido en las celdas que ejecutaste: ejecuta primero su celda",
        "CELoss is not defined in the cells that you have run: run its cell first",
    ),
    "raised": Sentence(
        "el código lanzó ValueError: not a number",
        "the code raised ValueError: not a number",
    ),
    "timed out": Sentence(
        "sin respuesta en 5 s: ¿hay un ciclo que nunca termina?",
        "no answer within 5 s: is there a loop that never ends?",
    ),
    "out of memory": Sentence(
        "el código pidió más memoria de la permitida",
        "the code asked for more memory than the limit allows",
    ),
    "noise": Sentence(
        "el proceso envió algo que no es una respuesta",
        "the process sent something that is not an answer",
    ),
    "nothing known": Sentence(
        "el proceso no dio respuesta",
        "the process gave no answer",
    ),
    "left": Sentence(
        "el código cerró su propio proceso en medio de la llamada, con estado 3",
        "the code ended its own process in the middle of the call, with status 3",
    ),
    "killed": Sentence(
        "la señal SIGKILL terminó el proceso en medio de la llamada",
        "SIGKILL ended the process in the middle of the call",
    ),
    "too many processes": Sentence(
        "el código inició más de 64 procesos",
        "the code started more than 64 processes",
    ),
    "too many files": Sentence(
        "el código escribió más de 64 MB de archivos",
        "the code wrote more than 64 MB of files",
    ),
    "the sandbox is gone": Sentence(
        "el entorno aislado terminó en medio de la llamada",
        "the sandbox ended in the middle of the call",
    ),
    "hung up": Sentence(
        "el proceso cerró su conexión en medio de la llamada",
        "the process closed its connection in the middle of the call",
    ),
    "over": Sentence(
        "el proceso de esta entrega ya terminó",
        "the process of this submission has already ended",
    ),
    "checked elsewhere": Sentence(
        "no se revisa aquí",
        "not checked here",
    ),
    "a statement that is too long": Sentence(
        "es demasiado larga",
        "it is too long",
    ),
}
