"""One submission is judged, and every outcome is a result."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from ...tiny import NEGATE, WAITING, grades, notebook, running, write_assignment, write_class

pytestmark = pytest.mark.bwrap


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_assignment(tmp_path_factory.mktemp("table"))


def children(pid: str) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def runs_the_submission(judge: int, depth: int) -> int:
    """The process below a judge: 1 for the warm worker, 2 for its child; the judge's reader has no child."""
    (worker,) = [pid for pid in children(str(judge)) if children(pid)]
    return int(worker if depth == 1 else children(worker)[0])


@pytest.mark.parametrize("depth", [1, 2], ids=["the warm worker", "the process of the submission"])
def test_a_worker_that_is_killed_costs_no_points(assignment: Path, tmp_path: Path, depth: int) -> None:
    """A worker that is killed in the middle of a call is replaced, and the submission is judged again."""
    flag, started = tmp_path / "wait", tmp_path / "started"
    flag.touch()
    waiting = WAITING.format(flag=str(flag)).replace("    while", f"    open({str(started)!r}, 'w').close()\n    while")
    folder = write_class(tmp_path / "class", a=notebook(waiting, NEGATE))
    out = tmp_path / "out"
    with running(folder, "--assignment", assignment, "--out", out, "--lanes", "1", "--sandbox", "none") as process:
        process.until("1 submission")
        while not started.exists():
            assert process.process.poll() is None
        (pid,) = process.judges()
        os.kill(runs_the_submission(pid, depth), signal.SIGKILL)
        flag.unlink()
        said = process.end()
    assert said.status == 0
    assert grades(out)["a"]["total"] == "5"
