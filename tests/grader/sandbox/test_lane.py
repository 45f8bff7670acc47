"""Lanes survive the death of their workers and leave nothing behind."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.errors import SandboxUnavailable, StudentRaised, WorkerDied
from grader.sandbox.inside.processes import has_ended
from grader.sandbox.lane import Lane, ResourceUsage
from grader.sandbox.levels import Level, available
from grader.sandbox.strays import inherit

from .programs import SHORT, called, started


def test_a_worker_that_dies_is_replaced(any_lane: Lane) -> None:
    """A test in which it dies is tried once more; the next test and the next submission find a new worker too."""
    remote = started(any_lane, "import time", "def one(): return 1", "def slow(): time.sleep(1); return 1")
    assert called(remote, "one") == 1
    first = any_lane._process
    assert first is not None
    first.kill()
    assert called(remote, "slow") == 1
    assert any_lane._process is not first
    assert any_lane._process is not None
    any_lane._process.kill()
    any_lane._process.wait()
    assert called(started(any_lane, "def two(): return 2"), "two") == 2


def test_an_ended_submission_answers_no_more(lane: Lane) -> None:
    """A connection whose submission was ended says so, even when another submission has begun."""
    first = lane.begin()
    assert first.ask({"do": "run_all", "statements": []}, SHORT.call_s) == []
    lane.begin()
    with pytest.raises(WorkerDied):
        first.ask({"do": "run_all", "statements": []}, SHORT.call_s)


def test_a_lane_leaves_nothing_behind() -> None:
    """After `close` the worker and its folder are gone; a second `close` is not an error."""
    lane = Lane(Level.NONE, SHORT)
    remote = started(lane, "import os, tempfile", "def where(): return os.getpid(), tempfile.gettempdir()")
    pid, folder = called(remote, "where")
    assert Path(folder).is_dir()
    lane.close()
    lane.close()
    assert not Path(folder).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_lane_that_was_not_started_closes() -> None:
    """A lane without anything to end closes without an error."""
    lane = Lane(Level.NONE)
    assert lane.end() == ResourceUsage()
    lane.close()


def test_a_missing_program_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that cannot be started is SandboxUnavailable."""
    monkeypatch.setattr("grader.sandbox.lane.command", lambda *a, **k: ["/no/such/program"])
    with pytest.raises(SandboxUnavailable, match="did not start"):
        Lane(Level.NONE).start()


def test_a_warning_of_a_library_is_output_and_nothing_else(lane: Lane) -> None:
    """Output on stderr is kept with stdout and does not affect the answer."""
    remote = started(lane, "import warnings", "def f():\n    warnings.warn('careful')\n    return 1")
    assert called(remote, "f") == 1
    assert "careful" in remote.end().output


def test_unknown_requests_are_refused_in_the_worker(lane: Lane) -> None:
    """A request that does not exist is an error in the worker, and the worker lives on."""
    connection = lane.begin()
    with pytest.raises(StudentRaised, match="AttributeError"):
        connection.ask({"do": "no_such_verb"}, SHORT.call_s)
    assert connection.ask({"do": "run_all", "statements": []}, SHORT.call_s) == []


@pytest.mark.parametrize("level", [Level.BWRAP, Level.LANDLOCK])
def test_a_grader_that_dies_takes_the_worker_along(level: Level) -> None:
    """When our end of the control socket closes for any reason, worker and child end."""
    found = available(level)
    if not found.works:
        pytest.skip(found.reason)
    with Lane(level, SHORT) as lane:
        started(lane, "import os\nif os.fork() == 0:\n    while True: pass")
        assert lane._control is not None
        assert lane._process is not None
        lane._control.shutdown(socket.SHUT_RDWR)
        assert lane._process.wait(timeout=60) == 0


STRAY = """
    import contextlib, os, time
    reading, writing = os.pipe()
    if os.fork() == 0:
        with contextlib.suppress(OSError): os.setsid()
        if os.fork() == 0:
            os.write(writing, str(os.getpid()).encode())
            while True: time.sleep(1)
        os._exit(0)
    stray = int(os.read(reading, 20))
    def pid(): return stray
"""


@pytest.fixture
def heir() -> Iterator[None]:
    """As in a judge: orphans become children of this process."""
    inherit()
    yield
    inherit(False)


@pytest.mark.usefixtures("heir")
@pytest.mark.parametrize("level", [Level.LANDLOCK, Level.NONE])
@pytest.mark.parametrize("first", ["the lane", "the worker"])
def test_a_lane_that_ends_takes_strays_along(level: Level, first: str) -> None:
    """Processes without a parent are ended where no namespace ends them, also after their worker has died."""
    found = available(level)
    if not found.works:
        pytest.skip(found.reason)
    with Lane(level, SHORT) as lane:
        stray = called(started(lane, STRAY), "pid")
        assert not has_ended(stray)
        assert lane._process is not None
        if first == "the worker":
            lane._process.kill()
            lane._process.wait()
        lane._kill()
        assert has_ended(stray)


def test_a_stray_without_its_worker_would_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe above can fail: without the two searches the process survives."""
    for search in ("end_descendants", "end_strays"):
        monkeypatch.setattr(f"grader.sandbox.lane.{search}", lambda root, seconds: None)
    with Lane(Level.NONE, SHORT) as lane:
        stray = called(started(lane, STRAY), "pid")
        lane._kill()
        assert not has_ended(stray)
        os.kill(stray, signal.SIGKILL)


def test_the_kernel_would_take_a_submission_before_its_worker(landlock_lane: Lane) -> None:
    """When memory runs out, student code is ended first."""
    remote = started(landlock_lane, "def score(): return int(open('/proc/self/oom_score_adj').read())")
    assert called(remote, "score") == 1000
