"""Judge on the workers of a Dask cluster. Only this process writes results, so each is recorded once.

The workers belong to the institution and are trusted: Dask opens what they send as pickles. Bytes of students travel
within bytes and are never opened as one. See docs/cluster.md.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import importlib
import logging
import tempfile
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ..errors import UsageError
from ..judging.judge import Judge
from ..judging.judge_pool import Progress, next_loaded
from ..judging.submission import Conditions, Task, fault
from ..results import SubmissionResult
from . import on_worker
from .gradebook import grader_fingerprint
from .packed import Answer, Job
from .shards import unsealed

# A worker starts its own grade for each shard, which takes seconds; the scheduler needs 1 to 2 ms per task.
LEAST, MOST = 16, 64  # submissions in one task
TASKS_PER_WORKER = 4  # at least, so that all end at about the same time
AHEAD = 2  # tasks that are sent per thread of the cluster: the one that runs and the next
ATTEMPTS = 3  # of one shard: workers die, and disks fill
LOOK_S = 2.0  # between two looks at the cluster's workers and at the deadlines
CONNECT_S = 60.0  # for a scheduler that starts, or starts again
LOCAL = "local:"
# What Dask raises when the connection to the scheduler ends.
LOST = (OSError, RuntimeError, concurrent.futures.CancelledError)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class _Shard:
    """Tasks that travel together, and how often they were sent in vain."""

    tasks: tuple[Task, ...]
    reasons: list[str] = field(default_factory=list)
    deadline: float = 0.0


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """A Dask client for `tcp://HOST:PORT`, `tls://HOST:PORT` or `local:N`, a cluster of N workers on this machine.

    The certificates of tls:// are those of Dask's own configuration. Raises UsageError when there is no cluster.
    """
    dask = _dask()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # lost connections are told below
    if address.startswith(LOCAL):
        number = address.removeprefix(LOCAL)
        if not number.isdecimal() or not int(number):
            raise UsageError(f"--cluster {address}: give local:N with N workers, such as local:2")
        with (
            tempfile.TemporaryDirectory(prefix="grade-cluster-") as folder,
            dask.LocalCluster(
                n_workers=int(number), threads_per_worker=1, memory_limit=0, dashboard_address=None,
                host="127.0.0.1", local_directory=folder, silence_logs=50,
            ) as cluster,
            dask.Client(cluster, timeout=CONNECT_S) as client,
        ):  # fmt: skip
            yield client
        return
    where = urlsplit(address)
    if where.scheme not in ("tcp", "tls") or not where.hostname:
        raise UsageError(f"--cluster {address}: give tcp://HOST:PORT, tls://HOST:PORT or local:N")
    if where.scheme == "tcp" and where.hostname not in LOOPBACK:
        raise UsageError(f"--cluster {address} would send submissions and hidden cases unencrypted: "
                         "start the cluster with TLS and give tls://HOST:PORT")  # fmt: skip
    security = dask.Security(require_encryption=True) if where.scheme == "tls" else None
    try:
        client = dask.Client(address, timeout=CONNECT_S, security=security)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"--cluster {address}: no scheduler answers ({error})") from error
    with client:
        yield client


class OnCluster:
    """An engine (see class_run.Engine) whose judges work on a cluster."""

    def __init__(self, address: str, folder: Path, packages: Sequence[str]) -> None:
        """`folder` of the assignment: the same path on every worker; `packages` that students use."""
        self.address = address
        self._folder = folder.resolve()
        self._packages = tuple(packages)

    def __call__(
        self, judge: Judge, todo: Sequence[Task], conditions: Conditions, lanes: int, progress: Progress, /
    ) -> Generator[tuple[Task, SubmissionResult], None, None]:
        """Results in the order in which they arrive. Raises UsageError when a worker may not grade."""
        self._judge, self._conditions, self._progress = judge, conditions, progress
        waiting: deque[_Shard] = deque()
        failures = 0
        split = False
        while waiting or not split:
            try:
                with connected(self.address) as client:
                    if not split:
                        threads = _threads(client)
                        size = min(MOST, max(LEAST, -(-len(todo) // (TASKS_PER_WORKER * threads))))
                        waiting.extend(_Shard(tuple(todo[k : k + size])) for k in range(0, len(todo), size))
                        split = True
                    yield from self._run(client, waiting)
            except _SchedulerLost as lost:
                failures += 1
                if failures >= ATTEMPTS:
                    raise UsageError(f"--cluster {self.address}: the scheduler was lost {failures} times") from lost

    def _run(self, client: Any, waiting: deque[_Shard]) -> Generator[tuple[Task, SubmissionResult], None, None]:
        """Send shards, a few ahead of the workers, and take what comes back. Unfinished shards return to `waiting`."""
        sent: dict[Any, _Shard] = {}
        try:
            while waiting or sent:
                while waiting and len(sent) < AHEAD * _threads(client):
                    shard = waiting.popleft()
                    loaded = self._loaded(shard)
                    if not loaded:
                        continue
                    seconds = self._seconds(shard)
                    shard.deadline = time.monotonic() + AHEAD * seconds
                    future = client.submit(on_worker.work, self._job(loaded), seconds, pure=False, retries=0)
                    sent[future] = shard
                with contextlib.suppress(TimeoutError):
                    _dask().wait(list(sent), timeout=LOOK_S, return_when="FIRST_COMPLETED")
                for future in [f for f in sent if f.done()]:
                    data = _data(future)
                    yield from self._taken(sent.pop(future), data, waiting)
                late = [f for f, shard in sent.items() if time.monotonic() > shard.deadline]
                for future in late:
                    future.cancel(force=True)
                    yield from self._again(sent.pop(future), "a worker hung", waiting)
        except (*LOST, asyncio.CancelledError) as error:
            waiting.extendleft(sent.values())
            sent.clear()
            raise _SchedulerLost(str(error)) from error
        finally:
            with contextlib.suppress(Exception):  # after a ^C, and when nobody wants more results
                client.cancel(list(sent), force=True)

    def _loaded(self, shard: _Shard) -> tuple[Task, ...]:
        """The tasks with the contents of their files; those whose files have changed are left out of the shard."""
        tasks, found = deque(shard.tasks), []
        while whole := next_loaded(tasks, self._progress):
            found.append(whole)
        shard.tasks = tuple(task for task, _ in found)
        return tuple(loaded for _, loaded in found)

    def _job(self, tasks: Sequence[Task]) -> bytes:
        judge = self._judge
        job = Job(
            grader_fingerprint(), str(self._folder), judge.assignment.fingerprint, judge.salt, judge.only,
            judge.forbidden, self._conditions, self._packages, tuple(tasks),
        )  # fmt: skip
        return msgspec.msgpack.encode(job)

    def _seconds(self, shard: _Shard) -> float:
        """A time in which a worker that works has finished: each submission may use its limit three times."""
        return 120.0 + 3.0 * self._judge.assignment.limits.submission_s * len(shard.tasks)

    def _taken(
        self, shard: _Shard, data: bytes, waiting: deque[_Shard]
    ) -> Generator[tuple[Task, SubmissionResult], None, None]:
        """The results in a worker's answer; what is missing is sent again."""
        asked = {task.named: task for task in shard.tasks}
        try:
            answer = msgspec.msgpack.decode(data, type=Answer)
        except msgspec.DecodeError:
            yield from self._again(shard, data[:500].decode("utf-8", "replace"), waiting)
            return
        if answer.refused:
            raise UsageError(f"a worker of {self.address} grades nothing: {answer.refused}")
        reason = "a worker left a submission out"
        for sealed in answer.results:
            try:
                result = unsealed(sealed, self._judge.salt, asked, self._judge.assignment)
            except UsageError as error:
                reason = f"a worker's result was refused: {error}"
                continue
            yield asked.pop((result.slug, result.key)), result
        if asked:
            yield from self._again(_Shard(tuple(asked.values()), shard.reasons), reason, waiting)

    def _again(
        self, shard: _Shard, reason: str, waiting: deque[_Shard]
    ) -> Generator[tuple[Task, SubmissionResult], None, None]:
        """Send a shard again, in halves; after several attempts its submissions have no grade."""
        reasons = [*shard.reasons, reason]
        if len(reasons) < ATTEMPTS:
            half = -(-len(shard.tasks) // 2)
            waiting.extend(_Shard(part, reasons) for part in (shard.tasks[:half], shard.tasks[half:]) if part)
            return
        why = "; ".join(f"{reason} ({times} times)" for reason, times in Counter(reasons).items())
        for task in shard.tasks:
            yield (
                task,
                fault(task, self._judge.assignment, self._conditions, f"no worker of the cluster judged it: {why}"),
            )


class _SchedulerLost(Exception):
    """The connection to the scheduler is lost; the shards that had no answer are in `waiting` again."""


def _data(future: Any) -> bytes:
    """The bytes that a task returned; for a task without a result, its failure in words."""
    if future.status == "finished":
        data = future.result()
        return data if isinstance(data, bytes) else b"failed: no bytes"
    if future.status in ("lost", "cancelled"):
        raise OSError("the scheduler no longer knows a task")
    error = future.exception()
    if isinstance(error, _dask().KilledWorker):
        return b"failed: the workers that had it died"
    if isinstance(error, ImportError):
        raise UsageError(f"a worker of the cluster has no grade: install the same there ({error})")
    return f"failed: {type(error).__name__}".encode()


def _dask() -> Any:
    """The package `distributed`, which has no types. Raises UsageError where it is not installed."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise UsageError("--cluster needs Dask: pip install 'tensorgrade[cluster]'") from error


def _threads(client: Any) -> int:
    """The threads of all workers, one at least: each judges one shard at a time."""
    threads: dict[str, int] = client.nthreads()
    return max(1, sum(threads.values()))


def examine(address: str) -> dict[str, str]:
    """What `grade doctor` says on each worker of a cluster, by the worker's address."""
    with connected(address) as client:
        return {worker: said.decode("utf-8", "replace") for worker, said in client.run(on_worker.doctor).items()}
