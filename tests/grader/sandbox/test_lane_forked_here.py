"""A lane forked from its own test process, because in this process other tests have used torch."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path

from tests.grader.students import ROOT

SCRIPT = """
import json, os, sys
sys.path.insert(0, {root!r})
from grader.sandbox.lane_forked_here import ForkedLane
from grader.sandbox.levels import Level, available
from tests.grader.sandbox.programs import SHORT, called, started
lane = ForkedLane(Level.LANDLOCK if available(Level.LANDLOCK).works else Level.NONE, SHORT)
lane.start()
worker = lane._process.pid
remote = started(lane, {cells})
print("not for the student", flush=True)
said = called(remote, "about")
said["worker"] = worker
import torch
w = torch.ones(2, requires_grad=True)
(w * w).sum().backward()  # from here on no fork of this process could do the same
said["after"] = called(remote, "grad")
said["output"] = remote.end().output
said["here"] = [os.getcwd(), type(torch.utils.data.DataLoader.__init__).__name__, "grader" in sys.modules]
lane._process.kill()
lane._process.wait()
second = started(lane, {cells})
said["second"] = called(second, "grad")
with open(f"/proc/{{lane._process.pid}}/cmdline") as file:
    said["command"] = file.read()
said["other"] = lane._process.pid
print(json.dumps(said), flush=True)
lane.close()
"""
ABOUT = """
import os, sys, tempfile, torch, grader
print("for the student")
def about():
    return {"argv": sys.argv[1:], "environ": sorted(os.environ), "temporary": tempfile.gettempdir(), "cwd": os.getcwd(),
            "grader": repr(grader.check), "stdin": sys.stdin.read(), "main": sorted(vars(sys.modules["__main__"]))}
"""
GRAD = """
def grad():
    w = torch.ones(3, requires_grad=True)
    (3 * w).sum().backward()
    return w.grad.tolist()
"""


def script() -> list[str]:
    source = SCRIPT.format(root=str(ROOT), cells=f"{ABOUT!r}, {GRAD!r}")
    return [sys.executable, "-c", source, "1b", "--lang", "es"]


def test_the_student_finds_what_a_started_worker_has(tmp_path: Path) -> None:
    """Environment, folders, names and streams are a worker's; autograd works; the second worker is not forked."""
    env = {**os.environ, "TMPDIR": str(tmp_path), "SECRET": "x"}
    done = subprocess.run(script(), env=env, capture_output=True, text=True, check=True, timeout=240)
    first, last = done.stdout.splitlines()
    said = json.loads(last)
    assert first == "not for the student"
    assert said["argv"] == []
    assert "SECRET" not in said["environ"]
    assert said["temporary"] == said["cwd"]
    assert Path(said["cwd"]).parent == tmp_path
    assert said["grader"] == "<inert>"
    assert said["stdin"] == ""
    assert "lane" not in said["main"]
    assert said["output"] == "for the student\n"
    assert said["after"] == said["second"] == [3.0, 3.0, 3.0]
    assert "inside.worker" in said["command"]
    assert said["here"] == [os.getcwd(), "function", True]
    assert list(tmp_path.iterdir()) == []
    assert not any(Path(f"/proc/{said[pid]}").exists() for pid in ("worker", "other"))


def test_the_worker_ends_with_the_process_that_forked_it(tmp_path: Path) -> None:
    """Only the process that forked the worker holds the other end of its socket; the worker itself does not."""
    source = (
        f"import sys, time\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from grader.sandbox.lane_forked_here import ForkedLane\n"
        "from grader.sandbox.levels import Level\nlane = ForkedLane(Level.NONE)\nlane.wait_ready()\n"
        "print(lane._process.pid, flush=True)\ntime.sleep(600)\n"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", source], env=env, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        worker = os.pidfd_open(int(asking.stdout.readline()))
        asking.kill()
        asking.wait()
        assert select.select([worker], [], [], 60)[0], "the worker has not ended"
        os.close(worker)


FILES = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from grader.sandbox.lane_forked_here import ForkedLane
from grader.sandbox.levels import Level
from grader.sandbox.test_runs import TestRun, TestSources
from tests.grader.sandbox.programs import SHORT, started
source = "def test(d):\\n    yield 'file', open(d.file('numbers.csv')).read()\\n    yield 'k', known()"
data = Path("numbers.csv").resolve()
with ForkedLane(Level.NONE, SHORT, preload=("colorsys",), sources=(source,), files=(data,)) as lane:
    remote = started(lane, "import sys", "def known():\\n    return 'colorsys' in sys.modules")
    (came,) = remote.run_tests(TestSources(asked=("known",)), [TestRun(source, {{}}, 1, 30.0)])
    print(came.values, came.error)
"""


def test_modules_sources_and_data_files_are_there(tmp_path: Path) -> None:
    """As in a lane."""
    (tmp_path / "numbers.csv").write_text("7")
    done = subprocess.run(
        [sys.executable, "-c", FILES.format(root=str(ROOT))], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "{'file': '7', 'k': True} None\n", done.stderr
