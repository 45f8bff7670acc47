"""Grade many submissions: lanes in processes of their own, progress, resume, and everything that is written."""

from __future__ import annotations

import contextlib
import ctypes
import fnmatch
import hashlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import time
import tomllib
import traceback
from collections import Counter, deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Protocol

import torch

from . import __version__, scoring
from .errors import SandboxUnavailable, UnreadableSubmission, UsageError
from .exchange.grades_csv import write_grades
from .files import write_atomically
from .gradebook import Gradebook, Mark, grader_fingerprint, key
from .intake import Submission, collect
from .judge import Forbidden, Judge
from .messages import Message, say
from .notebook import read_notebook
from .report.class_page import RunFacts
from .report.render import render_class, render_student
from .results import QuestionResult, Status, SubmissionResult, from_json, to_json
from .sandbox.lane import Lane
from .sandbox.levels import Level
from .spec import Assignment

# A judge that dies (out of memory, killed by hand) is started again once for the submission that it had.
ATTEMPTS = 2
NO_SANDBOX = b"no sandbox: "  # in place of a result, which is JSON
NAMES_FILE = "names.toml"
SHOWN = 5  # names that a sentence lists before it breaks off
# A judge that is told to stop ends its lane first, which takes milliseconds.
STOP_S = 2.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h
STOPPING = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Options:
    """What the command line says, already checked."""

    submissions: Path
    out: Path
    level: Level
    device: str
    lanes: int
    language: str
    only: tuple[str, ...] = ()
    student: str = ""  # a glob over names and slugs
    fresh: bool = False
    forbidden: Forbidden = "zero"
    command: str = "grade"


@dataclass(frozen=True)
class Outcome:
    """What a run did: the current result of each submission asked for, and how many had to be judged."""

    results: tuple[SubmissionResult, ...]
    asked: int
    judged: int
    seconds: float
    first_result_s: float | None
    interrupted: bool = False

    @property
    def exit_status(self) -> int:
        """0 all graded, 1 some submission could not be graded, 3 a fault of ours."""
        statuses = {r.status for r in self.results}
        if Status.GRADER_FAULT in statuses:
            return 3
        return 1 if Status.UNREADABLE in statuses else 0


class Progress(Protocol):
    """Who wants to know how the run goes."""

    def begin(self, total: int, reused: int) -> None: ...

    def started(self, student: str) -> None: ...

    def finished(self, result: SubmissionResult, done: int, total: int) -> None: ...


@dataclass(frozen=True)
class Task:
    """One submission to judge, with the names that the instructor mapped for it."""

    submission: Submission
    key: str
    aliases: Mapping[str, str] = field(default_factory=dict)


def grade(assignment: Assignment, options: Options, progress: Progress) -> Outcome:
    """Grade a class and write everything below `options.out`; finished submissions are never lost.

    Raises UsageError before any work when the command cannot be carried out.
    """
    started = time.monotonic()
    assignment.only(options.only)  # an unknown id is said before anything is done
    submissions = collect(options.submissions)
    chosen = _chosen(submissions, options.student)
    names = _mapped_names(options.submissions, assignment)
    with Gradebook(options.out / "gradebook.sqlite") as book, book.exclusive():
        if options.fresh:
            book.forget_results(chosen)
        salt = book.salt()
        tasks = [_task(s, assignment, options, salt, names) for s in submissions]
        run = book.start_run(options.command, options.level, salt)
        mine = [task for task in tasks if task.submission.slug in chosen]
        # The others as they were last graded: grades.csv and the class page go on showing them.
        results = book.current(s.slug for s in submissions if s.slug not in chosen)
        for task in mine:
            if (result := book.load(task.key)) is not None:
                results[task.submission.slug] = result
        # A fault of ours is tried again each time: the machine may have been the cause.
        settled = {slug for slug, result in results.items() if result.status is not Status.GRADER_FAULT}
        todo = [task for task in mine if task.submission.slug not in settled]
        done = len(mine) - len(todo)
        progress.begin(len(mine), done)
        for slug in chosen & settled:
            publish(slug, results[slug], book, assignment, options, changed=False)
        first: float | None = None
        interrupted = False
        judge = Judge(assignment, salt, options.only, options.forbidden)
        try:
            # Closed also after a ^C between two results, so that the judges end now and not some time.
            with contextlib.closing(judge_all(judge, todo, options, progress)) as finished:
                for task, result in finished:
                    slug = task.submission.slug
                    book.save(slug, result)
                    results[slug] = result
                    publish(slug, result, book, assignment, options, changed=True)
                    first = first or time.monotonic() - started
                    done += 1
                    progress.finished(result, done, len(mine))
        except KeyboardInterrupt:
            interrupted = True
        ordered = [
            _with_marks(results[t.submission.slug], book.marks(t.submission.student), assignment, options)
            for t in tasks
            if t.submission.slug in results
        ]
        seconds = time.monotonic() - started
        _write_class(ordered, assignment, options, salt, seconds)
        book.finish_run(run, Counter(str(r.status) for r in ordered))
    asked = tuple(result for result in ordered if result.slug in chosen)
    return Outcome(asked, len(mine), len(todo), seconds, first, interrupted)


def _chosen(submissions: Sequence[Submission], pattern: str) -> set[str]:
    """The slugs of those whose name or slug fits the pattern; of all for none."""
    chosen = {
        s.slug
        for s in submissions
        if not pattern or fnmatch.fnmatch(s.student, pattern) or fnmatch.fnmatch(s.slug, pattern)
    }
    if not chosen:
        some = ", ".join(s.student for s in submissions[:SHOWN]) + (", ..." if len(submissions) > SHOWN else "")
        raise UsageError(f"no student fits --student {pattern!r}; there are {len(submissions)}: {some}")
    return chosen


def _mapped_names(folder: Path, assignment: Assignment) -> Mapping[str, Mapping[str, str]]:
    """The instructor's names.toml: `[all]` for everybody, `["Student"]` for one; asked name = "name used"."""
    file = (folder if folder.is_dir() else folder.parent) / NAMES_FILE
    if not file.is_file():
        return {}
    try:
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
    asked = {name for question in assignment.questions for name in question.names}
    for student, table in tables.items():
        if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
            raise UsageError(f'{file}: [{student}] should hold lines such as CELoss = "ce_loss"')
        if unknown := set(table) - asked:
            raise UsageError(f"{file}: the assignment asks for no {', '.join(sorted(unknown))}")
    return tables


def _task(
    submission: Submission,
    assignment: Assignment,
    options: Options,
    salt: str,
    names: Mapping[str, Mapping[str, str]],
) -> Task:
    aliases = {**names.get("all", {}), **names.get(submission.slug, {}), **names.get(submission.student, {})}
    settings = {
        "salt": salt,
        "only": list(options.only),
        "device": options.device,
        "level": str(options.level),
        "forbidden": options.forbidden,
        "names": aliases,
        "student": submission.student,
    }
    return Task(submission, key(submission.digest, assignment.fingerprint, grader_fingerprint(), settings), aliases)


# Judging, in processes ------------------------------------------------------------------------------------------


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
                    if data.startswith(NO_SANDBOX):
                        raise SandboxUnavailable(data.removeprefix(NO_SANDBOX).decode())
                    yield task, from_json(data)
                except (EOFError, OSError):
                    j.process.join()
                    j.channel.close()
                    judges[position] = _start(judge, options, judges)
                    if attempts[task.key] < ATTEMPTS:
                        waiting.appendleft(task)
                    else:
                        why = f"the judge ended without a result (exit code {j.process.exitcode})"
                        yield task, _fault(task, judge.assignment, options, why)
    finally:
        for j in judges:
            j.process.terminate()
        for j in judges:
            j.process.join(timeout=STOP_S)
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
    with Lane(options.level, judge.assignment.limits, device=options.device) as lane:
        try:
            while True:
                task: Task = channel.recv()
                channel.send_bytes(to_json(judge_one(judge, task, lane, options)))
        except SandboxUnavailable as error:
            channel.send_bytes(NO_SANDBOX + str(error).encode())
        except (EOFError, ConnectionError):
            pass  # the main process is gone, and nobody waits for the result
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the lane's end is not cut short


def _stop(number: int, frame: object) -> None:
    """End this process by way of every `finally`, so that the lane takes its folder along."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough
    raise SystemExit(0)


def judge_one(judge: Judge, task: Task, lane: Lane, options: Options) -> SubmissionResult:
    """The result of one submission; an exception of ours becomes a result with status grader_fault."""
    started = time.process_time()
    submission = task.submission
    try:
        texts = tuple(name for name, _ in submission.extra)
        notebook = read_notebook(submission.data, submission.file)
        judgement = judge.judge(notebook, lane, task.aliases)
    except UnreadableSubmission as error:
        reason = error.args[0] if isinstance(error.args[0], Message) else say("{reason}", reason=str(error))
        return _unreadable(task, judge.assignment, options, reason)
    except SandboxUnavailable:
        raise  # no submission's matter: the run cannot go on
    except Exception:
        return _fault(task, judge.assignment, options, traceback.format_exc())
    finally:
        lane.end()
    beside = (
        [say("texts beside the notebook, for the person who reads: {files}", files=", ".join(texts))] if texts else []
    )
    result = _blank(task, judge.assignment, options, Status.GRADED)
    return _totalled(
        replace(
            result,
            questions=judgement.questions,
            notes=(*submission.notes, *judgement.notes, *beside),
            output=judgement.output,
            cpu_seconds=round(time.process_time() - started + judgement.cpu_seconds, 4),
        ),
        judge.assignment,
        options,
    )


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


def _fault(task: Task, assignment: Assignment, options: Options, trace: str) -> SubmissionResult:
    return replace(_blank(task, assignment, options, Status.GRADER_FAULT), fault=trace)


# Points, pages and files ----------------------------------------------------------------------------------------


def _totalled(result: SubmissionResult, assignment: Assignment, options: Options) -> SubmissionResult:
    sums = scoring.total(result.questions, assignment.scale, assignment.required, complete=not options.only)
    return replace(result, total=sums.points, possible=sums.possible, pending=sums.pending, note=sums.note)


def _with_marks(
    result: SubmissionResult, marks: Mapping[str, Mark], assignment: Assignment, options: Options
) -> SubmissionResult:
    """The result with what people gave, and sums that count it."""
    if not marks or result.status is not Status.GRADED:
        return result

    def marked(question: QuestionResult) -> QuestionResult:
        mark = marks.get(question.id)
        return question if mark is None else replace(question, awarded=mark.points, comment=mark.comment)

    return _totalled(replace(result, questions=tuple(map(marked, result.questions))), assignment, options)


def publish(
    slug: str,
    result: SubmissionResult,
    book: Gradebook,
    assignment: Assignment,
    options: Options,
    *,
    changed: bool,
) -> None:
    """Write a student's page and JSON. What has not changed and is there is left alone."""
    result = _with_marks(result, book.marks(result.student), assignment, options)
    data = to_json(result)
    stamp = hashlib.sha256(data + options.language.encode() + __version__.encode()).hexdigest()[:32]
    page = options.out / "students" / f"{slug}.html"
    record = options.out / "results" / f"{slug}.json"
    mark = f"<!-- {stamp} -->\n"
    if not changed and record.is_file() and _ends_with(page, mark):
        return
    write_atomically(record, data)
    html = render_student(result, options.language, assignment_title=assignment.title, scale=assignment.scale)
    write_atomically(page, html.rstrip("\n") + "\n" + mark)
    if result.fault:
        write_atomically(options.out / "faults" / f"{slug}.txt", result.fault)


def _ends_with(file: Path, text: str) -> bool:
    try:
        with file.open("rb") as stream:
            stream.seek(-len(text.encode()), os.SEEK_END)
            return stream.read() == text.encode()
    except OSError:
        return False


def _write_class(
    results: Sequence[SubmissionResult],
    assignment: Assignment,
    options: Options,
    salt: str,
    seconds: float,
) -> None:
    questions = assignment.only(options.only)
    write_grades(options.out / "grades.csv", results, [q.id for q in questions])
    facts = RunFacts(
        sandbox=str(options.level),
        device=options.device,
        salt=salt,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=seconds,
        lanes=options.lanes,
        version=__version__,
        scale=assignment.scale,
        questions=questions,
        command=options.command,
    )
    html = render_class(results, options.language, assignment_title=assignment.title, run=facts)
    write_atomically(options.out / "index.html", html)
