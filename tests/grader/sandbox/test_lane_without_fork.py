"""A lane without a sandbox on any system answers, ends and cleans up like the others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from grader.errors import CallTimedOut, OddAnswer, SandboxUnavailable, StudentRaised, WireError, WorkerDied
from grader.sandbox.inside.wire import MAX_ITEMS
from grader.sandbox.lane import ResourceUsage
from grader.sandbox.lane_without_fork import OwnLane
from grader.sandbox.test_runs import TestRun, TestSources
from tests.grader.students import ROOT

from ..runs import alive, wait_until_gone
from .programs import SHORT, called, evidence, started

WHERE = ("import os, tempfile", "def where(): return os.getpid(), os.getcwd()")


@pytest.fixture(scope="module")
def own() -> Iterator[OwnLane]:
    """Each program gets its own process; the next process waits."""
    with OwnLane(SHORT, spare=True) as lane:
        yield lane


def test_it_answers_and_keeps_what_was_printed(own: OwnLane) -> None:
    """Values, the student's errors and changed arguments arrive; stdout and stderr are output, whatever they hold."""
    remote = started(
        own,
        "import torch, os, sys",
        "def double(t):\n    print('{\"value\": 1}')\n    os.write(1, b'\\x00\\x00\\x00\\x05hello')\n"
        "    sys.stderr.write('warned')\n    return 2 * t",
        "def fail(): raise ValueError('no')",
        "def spoil(t): t += 1",
        "def read(): return sys.stdin.read()",
        "def ask(): return input('?')",
        "def same(t): return t",
        f"def much(): return [0] * {MAX_ITEMS + 1}",
    )
    assert torch.equal(called(remote, "double", torch.ones(3)), 2 * torch.ones(3))
    with pytest.raises(StudentRaised, match="ValueError: no"):
        called(remote, "fail")
    assert evidence(remote, "def test(d):\n    yield 'x', spoil(torch.ones(2))").mutated == ("t",)
    # Input is at its end: code that reads it does not read our requests.
    assert (called(remote, "read"), called(remote, "ask")) == ("", "")
    # More than a pipe holds, in both directions at once; then more than the wire accepts.
    large = torch.rand(2_000_000)
    assert torch.equal(called(remote, "same", large), large)
    with pytest.raises(OddAnswer, match="ResultTooLarge"):
        called(remote, "much")
    output = remote.end().output
    for printed in ('{"value": 1}', "hello", "warned"):
        assert printed in output


def test_a_run_without_an_end_is_ended_and_the_program_starts_afresh(own: OwnLane) -> None:
    """The process and its folder are gone; the next test gets a new process."""
    remote = started(own, *WHERE, "def wait():\n    while True: pass")
    pid, folder = called(remote, "where")
    remote.patience = 0.5
    with pytest.raises(CallTimedOut):
        called(remote, "wait")
    remote.patience = SHORT.call_s
    assert called(remote, "where")[0] != pid
    assert not alive(pid)
    assert not Path(folder).exists()


@pytest.mark.parametrize(
    ("end", "said"),
    [("os._exit(7)", "status 7"), ("os.kill(os.getpid(), 11)", "SIGSEGV")],
)
def test_how_a_process_ended_is_said(end: str, said: str, own: OwnLane) -> None:
    """The message gives the status or the signal's name; the next test is answered."""
    remote = started(own, "import os", f"def end(): {end}", "def one(): return 1")
    with pytest.raises(WorkerDied, match=said):
        called(remote, "end")
    assert called(remote, "one") == 1


def test_a_program_that_ends_while_it_is_loaded_keeps_its_other_statements(own: OwnLane) -> None:
    """The statement is left out, as in a sandbox."""
    remote = started(own, "import os\ndef one(): return 1", "os._exit(3)", "def two(): return 2")
    assert (called(remote, "one"), called(remote, "two")) == (1, 2)
    assert [statement.cell for statement, _ in remote.load_errors] == [2]


def test_output_is_bounded_and_blocks_nothing(own: OwnLane) -> None:
    """The first kilobytes are kept and the rest is counted, even when it is more than any pipe holds."""
    remote = started(own, "def shout():\n    print('x' * 5_000_000)\n    return 1")
    assert called(remote, "shout") == 1
    deadline = time.monotonic() + 60
    while "more bytes" not in own._connection.output and time.monotonic() < deadline:
        time.sleep(0.01)  # a thread reads it
    output = remote.end().output
    assert output.startswith("x" * SHORT.output_kb * 1024)
    assert len(output) < SHORT.output_kb * 1024 + 50


def test_an_answer_that_is_announced_too_large_is_never_read(own: OwnLane) -> None:
    """Code that finds the descriptor and writes to it loses its call."""
    tries = "        try: os.write(fd, b'\\xff' * 8)\n        except OSError: pass"
    liar = started(own, "import os", f"def lie():\n    for fd in range(3, 20):\n{tries}")
    with pytest.raises(WireError):
        called(liar, "lie")


def test_an_ended_program_answers_no_more(own: OwnLane) -> None:
    """An ended program does not answer, even when another one has begun."""
    first = own.begin()
    own.begin()
    with pytest.raises(WorkerDied):
        first.ask({"do": "run_all", "statements": []}, SHORT.call_s)


def test_the_spare_process_is_the_next_programs() -> None:
    """With `spare` a process waits while a program runs, otherwise none; `close` ends both and removes the folders."""
    for spare in (True, False):
        lane = OwnLane(SHORT, spare=spare)
        remote = started(lane, *WHERE)
        waiting = lane._waiting
        assert (waiting is not None) is spare
        pids = [called(remote, "where")[0]]
        folders = [called(remote, "where")[1]]
        if waiting is not None:
            pids.append(waiting.process.pid)
            folders.append(str(waiting.folder))
            assert called(started(lane, *WHERE), "where")[0] == waiting.process.pid
        lane.close()
        lane.close()
        assert not any(alive(pid) for pid in pids)
        assert not any(Path(folder).exists() for folder in folders)


def test_a_process_that_does_not_start_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence quotes the last line of the process's output; nothing is left behind."""
    lane = OwnLane(SHORT)
    with monkeypatch.context() as patched:
        patched.setattr("sys.executable", "/bin/false")
        lane.start()
    assert lane._waiting is not None
    folder = lane._waiting.folder
    with pytest.raises(SandboxUnavailable, match="did not start: it said nothing"):
        lane.begin()
    lane.close()
    assert not folder.exists()


def test_a_lane_that_was_not_started_closes() -> None:
    """A lane without anything to end closes without an error."""
    lane = OwnLane(SHORT)
    assert lane.end() == ResourceUsage()
    lane.close()


def test_an_interrupt_leaves_nothing_behind() -> None:
    """The process ends however the block ends."""

    def interrupted() -> None:
        with OwnLane(SHORT) as lane:
            pids.append(called(started(lane, *WHERE), "where")[0])
            raise KeyboardInterrupt

    pids: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not alive(pids[0])


def test_a_grader_that_is_killed_takes_the_process_along(tmp_path: Path) -> None:
    """The kernel tells the process that the grader has ended, or the closed pipe does."""
    script = (
        "import os, sys, time\nfrom grader.sandbox.lane_without_fork import OwnLane\nlane = OwnLane()\nlane.start()\n"
        "print(lane._waiting.process.pid, lane._waiting.folder, flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, "TMPDIR": str(tmp_path)}) as grader:  # fmt: skip
        assert grader.stdout is not None
        pid = int(grader.stdout.readline().split()[0])
        grader.kill()
    wait_until_gone([pid])


# Tests of an assignment file --------------------------------------------------------------------------------------


def run(body: str, seconds: float = 30.0) -> TestRun:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return TestRun(f"def test(d):\n{lines}", {}, 1, seconds)


def test_evidence_comes_piece_by_piece_until_a_run_ends(own: OwnLane) -> None:
    """Evidence that came before an end counts; later runs have a fresh process, and a slow run is repeated alone."""
    remote = started(
        own, "import os", "def f(n): return n", "def loop():\n    while True: pass", "def die(): os._exit(3)"
    )
    runs = [
        run("yield 'a', f(1)\nyield 'b', f(2)"),
        run("yield 'c', f(3)\nyield 'd', die()"),
        run("yield 'e', f(4)\nyield 'g', loop()", 0.5),
        run("yield 'h', f(5)"),
    ]
    first, second, third, fourth = remote.run_tests(TestSources(asked=("f", "loop", "die")), runs)
    assert (first.values, first.error) == ({"a": 1, "b": 2}, None)
    assert second.values == {"c": 3}
    assert isinstance(second.error, WorkerDied)
    assert third.values == {"e": 4}
    assert isinstance(third.error, CallTimedOut)
    assert (fourth.values, fourth.error) == ({"h": 5}, None)


def test_modules_sources_and_data_files_are_there(tmp_path: Path) -> None:
    """As in a lane: modules are imported and tests compiled before the program, and a test opens its data file.

    The sources are longer than a pipe holds; a module that is not there is left out.
    """
    data = tmp_path / "numbers.csv"
    data.write_text("7")
    sources = ("def test(d):\n    yield 'n', 1", f"x = {'1' * 300_000!r}")
    with OwnLane(SHORT, preload=("colorsys", "no_such_module"), sources=sources, files=(data,)) as lane:
        remote = started(lane, "import sys", "def known():\n    return 'colorsys' in sys.modules")
        (came,) = remote.run_tests(
            TestSources(asked=("known",)), [run("yield 'file', open(d.file('numbers.csv')).read()\nyield 'k', known()")]
        )
    assert (came.values, came.error) == ({"file": "7", "k": True}, None)
