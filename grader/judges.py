"""Judges in processes of their own, each with its lane: hand them submissions, replace those that die."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import multiprocessing.connection
import signal
import time
from collections import Counter, deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess

import torch

from . import scoring
from .bug_report import traced
from .errors import SandboxUnavailable
from .judge import Judge
from .messages import Message, say
from .notebook import UnreadableNotebook, read_notebook
from .results import Status, SubmissionResult, from_json, to_json
from .sandbox.lane import Lane, Place
from .spec import Assignment
from .tasks import Options, Progress, Task

# A judge that dies (out of memory, killed by hand), or whose sandbox does not start, is replaced, and the submission
# that it had is tried again: twice, since what hits the one may hit its successor while the machine is short of memory.
ATTEMPTS = 3
NO_SANDBOX = b"no sandbox: "  # in place of a result, which is JSON
# A judge that is told to stop ends its lane first, which takes milliseconds.
STOP_S = 2.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOPPING = (signal.SIGINT, signal.SIGTERM)


@dataclass
class _Judge:
    """A process with a lane of its own, seen from the main process."""

    process: ForkProcess
    channel: Connection
    task: Task | None = None


def judge_all(
    judge: Judge, todo: Sequence[Task], options: Options, progress: Progress
) -> Generator[tuple[Task, SubmissionResult], None, None]:
    """Results as they come. Submissions that need no judging (unreadable ones) come first."""
    waiting: deque[Task] = deque()
    for task in todo:
        if task.submission.problem is not None:
            yield task, _unreadable(task, judge.assignment, options, task.submission.problem)
        else:
            waiting.append(task)
    if not waiting:
        return
    torch.set_num_threads(1)  # threads do not survive the forks below
    judge.prepare()
    attempts: Counter[str] = Counter()
    judges: list[_Judge] = []
    try:
        for _ in range(min(options.lanes, len(waiting))):
            judges.append(_start(judge, options, judges))
        while waiting or any(j.task for j in judges):
            for position, j in enumerate(judges):
                if j.task is None and waiting:
                    if not j.process.is_alive():  # killed while it had nothing to do
                        j.channel.close()
                        j = judges[position] = _start(judge, options, judges)
                    j.task = waiting.popleft()
                    attempts[j.task.key] += 1
                    progress.started(j.task.submission.student)
                    # Where it has died meanwhile, its end of the channel says so below.
                    with contextlib.suppress(OSError):
                        j.channel.send(j.task)
            for ready in multiprocessing.connection.wait([j.channel for j in judges if j.task]):
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
                judges[position] = _start(judge, options, judges)
                if attempts[task.key] < ATTEMPTS:
                    waiting.appendleft(task)
                elif data:
                    raise SandboxUnavailable(data.removeprefix(NO_SANDBOX).decode())
                else:
                    why = f"the judge ended without a result (exit code {j.process.exitcode})"
                    yield task, fault(task, judge.assignment, options, why)
    finally:
        _end(judges)


def _end(judges: Sequence[_Judge]) -> None:
    try:
        for j in judges:
            j.process.terminate()
        for j in judges:
            j.process.join(timeout=STOP_S)
    finally:  # also where a second ^C does not want to wait
        for j in judges:
            if j.process.is_alive():
                j.process.kill()
                j.process.join()
            j.channel.close()


def _start(judge: Judge, options: Options, others: Sequence[_Judge]) -> _Judge:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    # A judge must not keep the channels of the others open: their end says that we have ended.
    inherited = (ours, *(j.channel for j in others))
    process = context.Process(target=_serve, args=(judge, options, theirs, inherited), daemon=True)
    # A ^C at this moment waits until the child ignores it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return _Judge(process, ours)


def _serve(judge: Judge, options: Options, channel: Connection, inherited: Sequence[Connection]) -> None:
    """Judge what comes over the channel until it closes, or until we are told to stop."""
    # The main process decides what ^C means, and passes it on as SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    # Should the main process be killed, a judge need not finish what nobody will read.
    with contextlib.suppress(OSError, AttributeError):  # Linux only; elsewhere the channel says so, later
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    for other in inherited:
        other.close()
    try:
        with Lane(options.level, judge.assignment.limits, device=options.device) as lane:
            try:
                while True:
                    task: Task = channel.recv()
                    channel.send_bytes(to_json(judge_one(judge, task, lane, options)))
            finally:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the lane's end is not cut short
    except (EOFError, ConnectionError):
        pass  # the main process is gone, and nobody waits for the result
    except (SandboxUnavailable, OSError) as error:  # OSError: no room for the lane's folder, say
        with contextlib.suppress(ConnectionError):
            channel.send_bytes(NO_SANDBOX + str(error).encode())


def _stop(number: int, frame: object) -> None:
    """End this process by way of every `finally`, so that the lane takes its folder along."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
    raise SystemExit(0)


def judge_one(judge: Judge, task: Task, lane: Place, options: Options) -> SubmissionResult:
    """The result of one submission, as it can be kept; an exception of ours gives the status grader_fault."""
    started = time.process_time()
    submission = task.submission
    try:
        texts = tuple(name for name, _ in submission.extra)
        notebook = read_notebook(submission.data, submission.file)
        judgement = judge.judge(notebook, lane, task.aliases)
        if judgement.killed:
            # By a person, or for want of memory, or by the code itself: a second time it is its own doing.
            judgement = judge.judge(notebook, lane, task.aliases)
        beside = [say("texts beside the notebook, for the person who reads: {files}", files=", ".join(texts))]
        result = scoring.totalled(
            replace(
                _blank(task, judge.assignment, options, Status.GRADED),
                questions=judgement.questions,
                notes=(*submission.notes, *judgement.notes, *(beside if texts else ())),
                output=judgement.output,
                cpu_seconds=round(time.process_time() - started + judgement.cpu_seconds, 4),
            ),
            judge.assignment,
            complete=not options.only,
        )
        from_json(to_json(result))  # here and not when it is kept: one that cannot be read back is a fault of ours
        return result
    except UnreadableNotebook as error:
        return _unreadable(task, judge.assignment, options, error.message)
    except SandboxUnavailable:
        raise  # no submission's matter: the run cannot go on
    except Exception as error:
        return fault(task, judge.assignment, options, traced(error))
    finally:
        lane.end()


def _blank(task: Task, assignment: Assignment, options: Options, status: Status) -> SubmissionResult:
    return SubmissionResult(
        student=task.submission.student,
        slug=task.submission.slug,
        file=task.submission.file,
        status=status,
        assignment=assignment.name,
        language=options.language,
        notes=task.submission.notes,
        sandbox=str(options.level),
        device=options.device,
        key=task.key,
        graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _unreadable(task: Task, assignment: Assignment, options: Options, why: Message) -> SubmissionResult:
    blank = _blank(task, assignment, options, Status.UNREADABLE)
    return replace(blank, notes=(why, *blank.notes))


def fault(task: Task, assignment: Assignment, options: Options, trace: str) -> SubmissionResult:
    """What stands for a submission that our own mistake left without a grade."""
    return replace(_blank(task, assignment, options, Status.GRADER_FAULT), fault=trace)
