"""`python -m grader.run.packed`: a job of a cluster. It comes in on standard input with the submissions in it, and its
sealed results leave on standard output."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from ..assignment.load import load_assignment
from ..errors import GraderError
from ..judging.forbidden_calls import ForbiddenPolicy
from ..judging.forked import PR_SET_PDEATHSIG
from ..judging.judge import Judge
from ..judging.judge_pool import judge_all
from ..judging.submission import Conditions, Task
from ..sandbox.levels import choose
from .gradebook import grader_fingerprint
from .packages import provide
from .progress import SilentProgress
from .shards import sealed


class Job(msgspec.Struct, frozen=True):
    """Submissions with everything that their grades depend on."""

    grader: str
    assignment: str  # an absolute path, the same on every machine
    assignment_fingerprint: str
    salt: str
    only: tuple[str, ...]
    forbidden: ForbiddenPolicy
    conditions: Conditions
    packages: tuple[str, ...]
    tasks: tuple[Task, ...]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sealed results, or the sentence that says why this machine grades nothing."""

    results: tuple[bytes, ...] = ()
    refused: str = ""


def answer(job: Job) -> Answer:
    """Grade the submissions of a job, one after the other, in an ordinary lane."""
    if job.grader != grader_fingerprint():
        return Answer(refused=f"it has {grader_fingerprint()}, and the main process has {job.grader}: "
                              "install the same grade, Python and torch there")  # fmt: skip
    try:
        provide(job.packages)
        assignment = load_assignment(Path(job.assignment))
        if assignment.fingerprint != job.assignment_fingerprint:
            return Answer(refused=f"{job.assignment} has other contents there")
        choose(job.conditions.level)
        judge = Judge(assignment, job.salt, job.only, job.forbidden)
        judged = judge_all(judge, job.tasks, job.conditions, 1, SilentProgress(Console(), False))
        return Answer(tuple(sealed(result, job.salt) for _, result in judged))
    except GraderError as error:
        return Answer(refused=str(error))


def end_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the worker of the cluster dies, so that the lane leaves nothing behind."""
    signal.signal(signal.SIGTERM, _stop)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str]) -> None:
    """Answer one job; the argument is the process id of the parent."""
    end_with_parent()
    if os.getppid() != int(arguments[0]):
        return  # it died before
    replies = os.dup(1)
    os.dup2(2, 1)  # whatever prints must not reach the answer
    said = answer(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job))
    with os.fdopen(replies, "wb") as stream:
        stream.write(msgspec.msgpack.encode(said))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
