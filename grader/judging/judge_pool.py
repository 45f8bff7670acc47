"""Judges in processes of their own, each with its lane: hand them submissions, replace those that die."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import multiprocessing.connection
import signal
from collections import Counter, deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from typing import Protocol

import msgspec
import torch

from ..errors import ChangedSubmission, SandboxUnavailable
from ..results import SubmissionResult, from_json
from ..sandbox.lane import Lane
from ..sandbox.levels import Level
from ..sandbox.strays import inherit
from .forked import PR_SET_PDEATHSIG
from .judge import Judge
from .reading_process import ReadingProcess
from .shared_runs import SharedRuns
from .submission import Conditions, Task, fault, judge_one, without_judging

# A judge that dies (out of memory, killed by hand), or whose sandbox does not start, is replaced, and its submission is
# tried again: twice, since the successor may die for the same reason while the machine is short of memory.
ATTEMPTS = 3
NO_SANDBOX = b"no sandbox: "  # in place of a result, which is JSON
# A judge that is told to stop ends its lane first, which takes milliseconds.
STOP_S = 2.0
STOPPING = (signal.SIGINT, signal.SIGTERM)


@dataclass
class _Judge:
    """A judge's process with a lane of its own, seen from the main process."""

    process: ForkProcess
    channel: Connection
    task: Task | None = None


class Progress(Protocol):
    """An observer of a run."""

    def begin(self, total: int, reused: int) -> None: ...

    def advise(self, sentence: str) -> None: ...

    def started(self, student: str) -> None: ...

    def finished(self, result: SubmissionResult, done: int, total: int) -> None: ...


def judge_all(
    judge: Judge, todo: Sequence[Task], conditions: Conditions, lanes: int, progress: Progress
) -> Generator[tuple[Task, SubmissionResult], None, None]:
    """Results in the order in which they are ready. Submissions that cannot be read are not judged and come first.

    A submission whose files have changed since the class was collected is left out; the next run judges it.
    """
    waiting: deque[Task] = deque()
    for task in todo:
        result = without_judging(task, judge.assignment, conditions)
        if result is not None:
            yield task, result
        else:
            waiting.append(task)
    if not waiting:
        return
    torch.set_num_threads(1)  # threads do not survive the forks below
    if judge.references.shared is None:
        judge.references.shared = SharedRuns()
    attempts: Counter[str] = Counter()
    judges: list[_Judge] = []
    try:
        # The first lane loads torch while the references are computed: so the first result comes half a second sooner.
        judges.append(_start(judge, conditions, judges, waits=True))
        judge.prepare()
        judge.references.author.close()  # each judge has its own
        with contextlib.suppress(OSError):  # if the judge has died, its channel says so below
            judges[0].channel.send_bytes(judge.references.dumped())
        for _ in range(1, min(lanes, len(waiting))):
            judges.append(_start(judge, conditions, judges))
        while waiting or any(j.task for j in judges):
            for position, j in enumerate(judges):
                if j.task is None and waiting:
                    if not j.process.is_alive():  # killed while it had nothing to do
                        j.channel.close()
                        j = judges[position] = _start(judge, conditions, judges)
                    found = next_loaded(waiting, progress)
                    if found is None:
                        break
                    j.task, loaded = found
                    attempts[j.task.key] += 1
                    progress.started(j.task.submission.student)
                    # If the judge has died meanwhile, its end of the channel says so below.
                    with contextlib.suppress(OSError):
                        j.channel.send(loaded)
            busy = [j.channel for j in judges if j.task]
            for ready in multiprocessing.connection.wait(busy) if busy else ():
                position = next(i for i, j in enumerate(judges) if j.channel is ready)
                j = judges[position]
                assert j.task is not None
                task, j.task = j.task, None
                try:
                    data = j.channel.recv_bytes()
                except (EOFError, OSError):
                    data = b""
                if data and not data.startswith(NO_SANDBOX):
                    yield task, from_json(data)
                    continue
                j.process.join()
                j.channel.close()
                if data and attempts[task.key] >= ATTEMPTS:
                    raise SandboxUnavailable(data.removeprefix(NO_SANDBOX).decode())
                judges[position] = _start(judge, conditions, judges)
                if attempts[task.key] < ATTEMPTS:
                    waiting.appendleft(task)
                else:
                    why = f"the judge ended without a result (exit code {j.process.exitcode})"
                    yield task, fault(task, judge.assignment, conditions, why)
    finally:
        _end(judges)


def next_loaded(waiting: deque[Task], progress: Progress) -> tuple[Task, Task] | None:
    """The next task, without and with the contents of its files; None if none is left. Changed ones are left out."""
    while waiting:
        task = waiting.popleft()
        try:
            return task, task.loaded()
        except ChangedSubmission as changed:
            progress.advise(f"Not graded: {changed}")
    return None


def _end(judges: Sequence[_Judge]) -> None:
    try:
        for j in judges:
            j.process.terminate()
        for j in judges:
            j.process.join(timeout=STOP_S)
    finally:  # also when a second ^C does not want to wait
        for j in judges:
            if j.process.is_alive():
                j.process.kill()
                j.process.join()
            j.channel.close()


def _start(judge: Judge, conditions: Conditions, others: Sequence[_Judge], *, waits: bool = False) -> _Judge:
    """A new judge; one that `waits` gets the references over its channel, the others find them at their fork."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    # A judge must not keep the others' channels open: a closed channel tells them that the main process has ended.
    inherited = (ours, *(j.channel for j in others))
    process = context.Process(target=_serve, args=(judge, conditions, theirs, inherited, waits), daemon=True)
    # A ^C at this moment waits until the child ignores it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return _Judge(process, ours)


def _serve(
    judge: Judge, conditions: Conditions, channel: Connection, inherited: Sequence[Connection], waits: bool
) -> None:
    """Judge the submissions that come over the channel until it closes, or until SIGTERM arrives."""
    # The main process decides what ^C means, and passes it on as SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    # If the main process is killed, a judge need not finish a result that nobody will read.
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the closed channel says so, later
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    inherit()
    for other in inherited:
        other.close()
    try:
        with Lane(
            conditions.level or Level.NONE, judge.assignment.limits, device=conditions.device,
            preload=judge.assignment.preload, sources=judge.sources(), files=judge.assignment.data_files,
        ) as lane, ReadingProcess(judge.assignment) as read:  # fmt: skip
            try:
                if waits:
                    judge.references.load(channel.recv_bytes())
                while True:
                    task: Task = channel.recv()
                    lane.limits = task.limits or judge.assignment.limits
                    channel.send_bytes(msgspec.json.encode(judge_one(task, judge, lane, conditions, read)))
            finally:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second signal does not interrupt the lane's end
    except (EOFError, ConnectionError):
        pass  # the main process is gone, and nobody waits for the result
    except (SandboxUnavailable, OSError) as error:  # OSError: no room for the lane's folder, say
        with contextlib.suppress(ConnectionError):
            channel.send_bytes(NO_SANDBOX + str(error).encode())


def _stop(number: int, frame: object) -> None:
    """End this process through every `finally`, so that the lane removes its folder."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
    raise SystemExit(0)
