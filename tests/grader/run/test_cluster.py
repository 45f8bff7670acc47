"""Judges on a Dask cluster: the grades of an ordinary run, whatever happens to workers and the scheduler."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from grader.assignment.load import load_assignment
from grader.errors import UsageError
from grader.intake.submissions import collect, collect_class
from grader.judging.judge import Judge
from grader.judging.submission import Conditions, Task, absent_result
from grader.results import Status, SubmissionResult
from grader.run import cluster as cluster_module
from grader.run.cluster import OnCluster
from grader.run.gradebook import grader_fingerprint
from grader.run.packed import Answer, Job
from grader.run.progress import SilentProgress
from grader.run.shards import sealed, unsealed
from grader.sandbox.levels import Level

from ...tiny import DOUBLE, HALF, NEGATE, grade, graded, grades, notebook, running, write_assignment, write_class

Capture = pytest.CaptureFixture[str]
Worker = Callable[[Job], bytes]
SALT = "salt"


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_assignment(tmp_path_factory.mktemp("table"))


# Addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--cluster", "tcp://192.0.2.7:8786"), "start the cluster with TLS and give tls://HOST:PORT"),
        (("--cluster", "local:0"), "give local:N with N workers"),
        (("--cluster", "here"), "give tcp://HOST:PORT, tls://HOST:PORT or local:N"),
        (("--cluster", "local:1", "--no-sandbox"), "needs a sandbox on every worker"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused(
    capsys: Capture, assignment: Path, tmp_path: Path, arguments: Sequence[str], sentence: str
) -> None:
    folder = write_class(tmp_path / "class", ana=notebook(DOUBLE))
    said = grade(capsys, folder, "--assignment", assignment, "--out", tmp_path / "out", *arguments)
    assert said.status == 2
    assert sentence in said.error


# Workers that answer as they like -------------------------------------------------------------------------------


class Future:
    """A finished task of a cluster without processes."""

    def __init__(self, data: bytes | None, status: str = "finished") -> None:
        self._data, self.status = data, status

    def done(self) -> bool:
        return True

    def result(self) -> bytes | None:
        return self._data

    def exception(self) -> Exception:
        return ValueError("anything")


class Cluster:
    """A cluster of one thread. Each task meets the next of these workers, the last one again and again."""

    def __init__(self, *workers: Worker) -> None:
        self.workers = list(workers)
        self.asked: list[list[str]] = []  # the students of each task

    def nthreads(self) -> dict[str, int]:
        return {"tcp://127.0.0.1:1": 1}

    def submit(self, work: object, payload: bytes, *arguments: object, **options: object) -> Future:
        job = msgspec.msgpack.decode(payload, type=Job)
        self.asked.append([task.submission.student for task in job.tasks])
        worker = self.workers.pop(0) if len(self.workers) > 1 else self.workers[0]
        try:
            return Future(worker(job))
        except LookupError:
            return Future(None, "lost")

    def cancel(self, futures: object, **options: object) -> None:
        return None


def right(job: Job) -> bytes:
    """The answer of a worker that works, without judging: everybody is absent."""
    return answered(job, job.tasks)


def answered(job: Job, tasks: Sequence[Task], salt: str = SALT) -> bytes:
    table = load_assignment(Path(job.assignment))
    found = (absent_result(task, table, job.conditions) for task in tasks)
    return msgspec.msgpack.encode(Answer(tuple(sealed(result, salt) for result in found)))


def lost(job: Job) -> bytes:
    raise LookupError


@pytest.fixture
def results(
    monkeypatch: pytest.MonkeyPatch, assignment: Path, tmp_path: Path
) -> Callable[[Cluster], list[tuple[Task, SubmissionResult]]]:
    """The function that grades a class of three on a cluster."""
    folder = write_class(tmp_path / "class", ana=notebook(DOUBLE), bea=notebook(HALF), eva=notebook(NEGATE))
    tasks = [Task(s, f"key{number}") for number, s in enumerate(collect_class(folder).submissions)]

    def run(cluster: Cluster) -> list[tuple[Task, SubmissionResult]]:
        monkeypatch.setattr(cluster_module, "connected", lambda address: contextlib.nullcontext(cluster))
        dask = SimpleNamespace(wait=lambda *a, **k: None, KilledWorker=KeyError)
        monkeypatch.setattr(cluster_module, "_dask", lambda: dask)
        judge = Judge(load_assignment(assignment), SALT)
        engine = OnCluster("tcp://127.0.0.1:1", assignment, ())
        progress: Any = SilentProgress(None, False)  # type: ignore[arg-type]
        return list(engine(judge, tasks, Conditions("en", Level.BWRAP), 1, progress))

    return run


def test_everything_that_was_asked_comes_once(results: Any) -> None:
    cluster = Cluster(right)
    assert [(task.submission.student, result.student) for task, result in results(cluster)] == [
        ("ana", "ana"), ("bea", "bea"), ("eva", "eva")]  # fmt: skip
    assert cluster.asked == [["ana", "bea", "eva"]]


def test_what_a_worker_leaves_out_or_changes_is_asked_again(results: Any) -> None:
    """One result is missing, one has a wrong seal, one comes twice: each submission has one result in the end."""

    def careless(job: Job) -> bytes:
        good = msgspec.msgpack.decode(answered(job, [job.tasks[0], job.tasks[0]]), type=Answer)
        forged = msgspec.msgpack.decode(answered(job, [job.tasks[1]], salt="guessed"), type=Answer)
        return msgspec.msgpack.encode(Answer(good.results + forged.results))

    cluster = Cluster(careless, right)
    came = results(cluster)
    assert sorted(result.student for _, result in came) == ["ana", "bea", "eva"]
    assert {result.status for _, result in came} == {Status.ABSENT}
    assert cluster.asked == [["ana", "bea", "eva"], ["bea"], ["eva"]]


@pytest.mark.parametrize("said", [b"", b"failed: status 1", b"\x93\x01", msgspec.msgpack.encode({"results": 7})])
def test_three_answers_that_are_none_end_as_a_fault(results: Any, said: bytes) -> None:
    """The submissions have no grade, and the run goes on."""
    came = results(Cluster(lambda job: said))
    assert sorted(result.student for _, result in came) == ["ana", "bea", "eva"]
    assert {result.status for _, result in came} == {Status.GRADER_FAULT}
    assert "no worker of the cluster judged it" in came[0][1].fault


def test_a_worker_with_another_product_ends_the_run(results: Any) -> None:
    refused = msgspec.msgpack.encode(Answer(refused="it has 0.0: install the same grade"))
    with pytest.raises(UsageError, match=r"a worker of tcp://127\.0\.0\.1:1 grades nothing: it has 0\.0"):
        results(Cluster(lambda job: refused))


def test_a_worker_that_hangs_is_given_up(results: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time a task is cancelled and sent again in halves; what the worker says later counts for nothing."""
    cancelled = []

    class Hung(Future):
        def done(self) -> bool:
            return False

        def cancel(self, *, force: bool) -> None:
            cancelled.append(force)

    class Slow(Cluster):
        def submit(self, *arguments: Any, **options: object) -> Future:
            future = super().submit(*arguments, **options)
            return Hung(None) if len(self.asked) == 1 else future

    monkeypatch.setattr(OnCluster, "_seconds", lambda self, shard: -1.0)  # its time is over at once
    cluster = Slow(right)
    assert sorted(result.student for _, result in results(cluster)) == ["ana", "bea", "eva"]
    assert (cancelled, cluster.asked) == ([True], [["ana", "bea", "eva"], ["ana", "bea"], ["eva"]])


def test_after_the_scheduler_was_lost_the_shards_are_sent_again(results: Any) -> None:
    cluster = Cluster(lost, lost, right)
    assert len(results(cluster)) == 3
    assert cluster.asked == [["ana", "bea", "eva"]] * 3
    with pytest.raises(UsageError, match="the scheduler was lost 3 times"):
        results(Cluster(lost))


# A real cluster -------------------------------------------------------------------------------------------------


def a_class(folder: Path, size: int) -> Path:
    """Students of four kinds."""
    kinds = (notebook(DOUBLE, NEGATE), notebook(DOUBLE, HALF), notebook(NEGATE), notebook("x = 1"))
    return write_class(folder, **{f"s{number:03}": kinds[number % 4] for number in range(size)})


@pytest.mark.bwrap
def test_a_cluster_gives_the_grades_of_an_ordinary_run(assignment: Path, tmp_path: Path) -> None:
    """grades.csv is the same, byte for byte, also with a group, and a second run has nothing to do."""
    folder = a_class(tmp_path / "class", 6)
    (folder / "roster.csv").write_text("name,group\ns000,g\nzoe,g\n")
    here, there = tmp_path / "here", tmp_path / "there"
    asked = (folder, "--assignment", assignment, "--groups", "--out")
    graded(*asked, here)
    with running(*asked, there, "--cluster", "local:1") as run:
        said = run.end()
    assert said.status == 0, said.out
    assert grades(there)["zoe"]["total"] == "5"
    assert (there / "grades.csv").read_bytes() == (here / "grades.csv").read_bytes()
    assert "0 judged now" in graded(*asked, there).out


@pytest.mark.bwrap
def test_a_worker_whose_disk_is_full_grades(assignment: Path, tmp_path: Path) -> None:
    """A task writes nothing outside its sandbox: submissions come with it, and results leave with the answer."""
    table = load_assignment(assignment)
    (submission,) = collect(write_class(tmp_path / "class", ana=notebook(DOUBLE, NEGATE)))
    conditions = Conditions("en", Level.BWRAP)
    task = Task(submission, "key")
    job = Job(grader_fingerprint(), str(assignment), table.fingerprint, SALT, (), "zero", conditions, (), (task,))
    (tmp_path / "job").write_bytes(msgspec.msgpack.encode(job))
    code = "import sys; from grader.run.on_worker import work; s = sys.stdin.buffer.read(), 300; "
    code += "sys.stdout.buffer.write(work(*s))"
    full = "head -c 16384 /dev/zero > /mnt/full; echo x > /mnt/more && exit 9; exec \"$@\""
    disk = ("bwrap", "--dev-bind", "/", "/", "--size", "16384", "--tmpfs", "/mnt", "--setenv", "TMPDIR", "/mnt")
    with (tmp_path / "job").open("rb") as stream:
        said = subprocess.run(
            [*disk, "sh", "-c", full, "sh", sys.executable, "-c", code],
            stdin=stream, capture_output=True, timeout=300, check=True,
        ).stdout  # fmt: skip
    (result,) = msgspec.msgpack.decode(said, type=Answer).results
    assert unsealed(result, SALT, {task.named}, table).total == 5


class Machines:
    """A scheduler and workers in processes of their own."""

    def __init__(self, folder: Path, protocol: str = "tcp", more: Sequence[str] = ()) -> None:
        self.folder, self.more = folder, more
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"{protocol}://127.0.0.1:{free.getsockname()[1]}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--port", self.address.rpartition(":")[2], "--no-dashboard")

    def worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", self.address, "--nthreads", "1", "--memory-limit", "0", "--no-dashboard",
                           "--local-directory", str(self.folder), "--death-timeout", "60")  # fmt: skip

    def restart_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait()
        self.scheduler = self._start("scheduler", "--port", self.address.rpartition(":")[2], "--no-dashboard")

    def _start(self, what: str, *arguments: str) -> subprocess.Popen[bytes]:
        host = ("--host", "127.0.0.1")
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + what, *arguments, *host, *self.more],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def children_of(self, process: subprocess.Popen[bytes]) -> list[int]:
        found = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        return [int(pid) for pid in found.read_text().split()] if found.exists() else []


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    with contextlib.closing(Machines(tmp_path / "dask")) as made:
        yield made


@pytest.mark.nightly  # starts a scheduler, a worker and two clients
def test_tls_is_asked_for_and_passed_through(tmp_path: Path) -> None:
    """With the certificates of Dask's configuration the cluster answers; without them, or over tcp, it does not."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    new = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
           "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem")  # fmt: skip
    subprocess.run(new, cwd=folder, check=True, capture_output=True)
    key, cert = str(folder / "key.pem"), str(folder / "cert.pem")
    tls = ("--tls-ca-file", cert, "--tls-cert", cert, "--tls-key", key)
    client = "DASK_DISTRIBUTED__COMM__TLS__"
    known = {f"{client}CA_FILE": cert, f"{client}CLIENT__CERT": cert, f"{client}CLIENT__KEY": key}
    code = (
        "import sys; from grader.run import cluster; cluster.CONNECT_S = 20\n"
        "with cluster.connected(sys.argv[1]) as client:\n"
        "    client.wait_for_workers(1, timeout=60); print(client.scheduler.address)"
    )

    def asked(address: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", code, address]
        return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)

    with contextlib.closing(Machines(tmp_path / "dask", "tls", tls)) as machines:
        machines.worker()
        assert asked(machines.address, known).stdout.strip() == machines.address
        without = asked(machines.address, {})
        assert without.returncode, without.stdout
        assert "no scheduler answers" in without.stderr or "TLS" in without.stderr


@pytest.mark.nightly
@pytest.mark.bwrap
def test_killed_workers_and_a_killed_scheduler_lose_nothing(
    machines: Machines, assignment: Path, tmp_path: Path
) -> None:
    """Workers are killed at random moments, the scheduler once, and one worker joins late: each result comes once."""
    folder = a_class(tmp_path / "class", 96)
    here, there = tmp_path / "here", tmp_path / "there"
    graded(folder, "--assignment", assignment, "--out", here)
    chance = random.Random(1)
    workers = [machines.worker()]
    with running(folder, "--assignment", assignment, "--out", there, "--cluster", machines.address) as run:
        run.until("[1/96]")
        workers.append(machines.worker())
        for number in range(20):
            time.sleep(chance.uniform(0.2, 1.5))
            if run.process.poll() is not None:
                break
            for pid in machines.children_of(chance.choice(workers)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if number == 10:
                machines.restart_scheduler()
                workers = [machines.worker(), machines.worker()]
        said = run.end()
    assert said.status in (0, 3), said.out
    names = re.findall(r"\[\d+/96\] (s\d+)", said.out)
    assert sorted(names) == [f"s{number:03}" for number in range(96)]
    assert graded(folder, "--assignment", assignment, "--out", there, "--retry-faults").status == 0
    assert (there / "grades.csv").read_bytes() == (here / "grades.csv").read_bytes()
