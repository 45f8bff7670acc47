"""The process of the author's code is replaced when it hangs or dies, and hostile evidence costs one test at most."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.judging import author_process
from grader.judging.author import Place
from grader.judging.author_process import AuthorProcess
from grader.judging.author_side import AuthorStopped
from grader.judging.references import References
from grader.results import Verdict

from ..runs import wait_until_gone
from .in_process import RIGHT, Sides, asked

FIRST = Place("1", 0, 0)
CELL = """# %% test values
@public("public", n=4)
@hidden("hidden", n=6)
def test(d):
    return {"y": double(d.normal(d.n))}

"""
JUDGE = CELL + "def judge(d, seen, right):\n    yield holds(float(seen['y'].sum()) > -1e9, 'finite')\n"
ENDLESS = "# %% wrong endless: It ends. [raw]\n# - return 2 * x\n# + while x is not None: x = +x\n"
TRIPLE = "# %% wrong triple: Twice. [raw]\n# - 2 * x\n# + 3 * x\n"


@pytest.fixture
def processes() -> Iterator[list[AuthorProcess]]:
    """Close every process that the test made."""
    made: list[AuthorProcess] = []
    yield made
    for process in made:
        process.close()


def process_of(table: Assignment, made: list[AuthorProcess]) -> AuthorProcess:
    made.append(AuthorProcess(table, "salt", {}))
    return made[-1]


def ready(table: Assignment, made: list[AuthorProcess]) -> AuthorProcess:
    """A process that knows the solution's results."""
    process = process_of(table, made)
    process.ask("references", 30, [("1", 0, 0), ("1", 0, 1)])
    return process


def children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()}


def sockets() -> int:
    links = [Path(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
    return sum(os.readlink(link).startswith("socket:") for link in links if link.is_symlink())


def test_it_answers_as_the_author_in_this_process(processes: list[AuthorProcess]) -> None:
    """Tensors, places and statements come back as they were."""
    process = process_of(asked(JUDGE, TRIPLE), processes)
    (found,) = process.ask("references", 30, [("1", 0, 0)])
    assert found["values"]["y"].dtype == torch.float64
    assert [s["label"] for s in found["statements"]] == ["finite"]
    (trial,) = process.ask("trials", 30, FIRST, [["triple"]], None)
    assert torch.allclose(trial["values"]["y"].double(), 1.5 * found["values"]["y"])
    assert process.ask("assess", 30, FIRST, {"y": torch.full((4,), -1e10)})["statements"][0]["ok"] is False


def test_a_slip_is_an_error_of_the_assignment(processes: list[AuthorProcess]) -> None:
    """The process lives on."""
    process = process_of(asked(CELL.replace('{"y": double(d.normal(d.n))}', '{"y": 1 / 0}')), processes)
    for _ in range(2):
        with pytest.raises(AssignmentError, match=r"small\.py, line .*ZeroDivisionError"):
            process.ask("references", 30, [("1", 0, 0)])


def test_a_process_that_died_is_replaced(processes: list[AuthorProcess]) -> None:
    """One request has no answer, and the next one has; what the solution gave is known to the new one."""
    references = References(asked(CELL, TRIPLE), "salt")
    process = references.author
    assert isinstance(process, AuthorProcess)
    processes.append(process)
    before = children()
    references.of(FIRST)
    (pid,) = children() - before
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(AuthorStopped, match="has ended"):
        process.ask("trials", 30, FIRST, [["triple"]], None)
    (found,) = process.ask("trials", 30, FIRST, [["triple"]], None)
    assert torch.allclose(found["values"]["y"].double(), 1.5 * references.of(FIRST).values["y"])


def test_a_process_that_hangs_is_ended_and_replaced(
    processes: list[AuthorProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer in the time: its process is killed."""
    monkeypatch.setattr(author_process, "PATIENCE", 1.0)
    waits = "import time\n    time.sleep(seen['y'][0].item() > 1e9 and 600)\n    yield holds"
    sleeps = JUDGE.replace("yield holds", waits)
    process = ready(asked(sleeps), processes)
    old = children()
    with pytest.raises(AuthorStopped, match=r"no answer in 0\.2 s"):
        process.ask("assess", 0.2, FIRST, {"y": torch.full((4,), 1e10)})
    wait_until_gone([pid for pid in old if pid not in children()])
    assert len(children() & old) == len(old) - 1
    process.ask("references", 30, [("1", 0, 0)])
    assert process.ask("assess", 30, FIRST, {"y": torch.ones(4)})["fault"] == ""


def test_a_mistake_that_never_ends_has_no_result(processes: list[AuthorProcess]) -> None:
    """The other mistakes of the request are tried by themselves."""
    short = CELL.replace("values\n", "values\n# limit: 0.3 s\n")
    made = Sides(*_with_process(asked(short, ENDLESS, TRIPLE), processes))
    entry = made.judged(RIGHT.replace("2 * x", "3 * x"))[0]
    assert entry.evidence is not None
    endless, triple, none = entry.evidence.tried([("endless",), ("triple",), ()])
    assert endless is None
    assert triple is not None
    assert triple.wrong == {"y"}
    assert none is not None
    assert none.wrong == set()


def _with_process(table: Assignment, made: list[AuthorProcess]) -> tuple[Assignment, References]:
    references = References(table, "salt")
    assert isinstance(references.author, AuthorProcess)
    made.append(references.author)
    return table, references


HOSTILE = [
    ("gigabytes", "x.new_ones(1).expand(1 << 20, 1 << 12)"),
    ("a text", "'9' * 1000"),
    ("None", "[None] * 4"),
    ("a deep list", "deep()"),
    ("a dict", "{'y': {'y': {}}}"),
    ("a complex number", "x * 1j"),
    ("a sparse tensor", "x.to_sparse()"),
    ("a class", "str"),
    ("an object that raises", "Raises()"),
    ("a quantised tensor", "torch.quantize_per_tensor(x, 0.1, 0, torch.qint8)"),
    ("a subclass", "Liar(x)"),
    ("nothing", "x[:0]"),
]
HEADER = """
class Raises:
    def __getattribute__(self, name):
        raise SystemExit(name)

class Liar(torch.Tensor):
    def sum(self):
        return 1.0

def deep():
    found = []
    for _ in range(5000):
        found = [found]
    return found
"""


@pytest.fixture(scope="module")
def hostile() -> Iterator[Sides]:
    judge = (
        "def judge(d, seen, right):\n    y = torch.exp(seen['y'].double())\n"
        "    yield holds((y - torch.exp(right['y'])).abs().max() < 1e-3, 'equal')\n"
    )
    processes: list[AuthorProcess] = []
    yield Sides(*_with_process(asked(CELL + judge), processes))
    processes[0].close()


@pytest.mark.parametrize("value", [h[1] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_hostile_evidence_costs_only_its_test(hostile: Sides, value: str) -> None:
    """The result is wrong, whatever it is, and the next student is judged as ever."""
    bad = hostile.findings(RIGHT.replace("2 * x", value) + HEADER)
    assert not any(f.passed for f in bad.values())
    assert {f.verdict for f in bad.values()} <= {Verdict.FAILED, Verdict.MISSING, Verdict.RAISED}
    assert all(f.passed for f in hostile.findings(RIGHT).values())


def test_a_judge_that_asks_for_too_much_memory_costs_only_its_test(processes: list[AuthorProcess]) -> None:
    """The process of the author's code has a memory limit of its own."""
    judge = "def judge(d, seen, right):\n    yield holds(torch.ones(int(seen['y'][0])).sum() > 0, 'some')\n"
    table = asked((CELL + judge).replace("double(d.normal(d.n))", "double(d.integers(d.n, low=1, high=3))"))
    made = Sides(*_with_process(table, processes))
    found = made.findings(RIGHT.replace("2 * x", "x + (1 << 33)"))
    assert not any(f.passed for f in found.values())
    assert all(f.passed for f in made.findings(RIGHT).values())


def test_no_socket_and_no_process_is_left(processes: list[AuthorProcess]) -> None:
    """Neither when it is closed nor when nobody closes it."""
    before, open_before = children(), sockets()
    closed, dropped = ready(asked(CELL), processes), ready(asked(CELL), [])
    assert len(children() - before) == 2
    closed.close()
    del dropped
    gc.collect()
    wait_until_gone(sorted(children() - before))
    assert children() <= before
    assert sockets() <= open_before


def test_a_child_that_was_forked_has_an_author_of_its_own(processes: list[AuthorProcess]) -> None:
    """Judges are forks of one process: they must not share a channel."""
    before = children()
    process = ready(asked(CELL), processes)
    (pid,) = children() - before
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            (found,) = process.ask("references", 30, [("1", 0, 0)])
            os.write(write, f"{pid in children()} {len(found['values'])}".encode())
            process.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100) == b"False 1"
    os.close(read)
    os.close(write)
    assert pid in children()
    assert process.ask("references", 30, [("1", 0, 0)])


def test_the_author_sees_no_channel_of_ours(processes: list[AuthorProcess]) -> None:
    """Lanes of students are open in the judge; the author's process has only its own channel."""
    test = CELL.replace('{"y": double(d.normal(d.n))}', '{"y": double(d.normal(d.n)), "fds": d.given["fds"]}')
    given = "def given(d):\n    import os\n    return {'fds': len(os.listdir('/proc/self/fd'))}\n"
    files = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
    try:
        (found,) = process_of(asked(test + given), processes).ask("references", 30, [("1", 0, 0)])
    finally:
        for file in files:
            os.close(file)
    assert found["given"]["fds"] <= 5  # three standard ones, the channel, and the folder that is listed


class Finalised:
    """A cycle that says when it is finalised."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.me = self

    def __del__(self) -> None:
        self.file.write_text(str(os.getpid()))


def test_the_author_finalises_nothing_of_ours(processes: list[AuthorProcess], tmp_path: Path) -> None:
    """A lane of the judge that is waste there would be ended by the copy of its process."""
    given = "def given(d):\n    import gc\n    return {'collected': gc.collect()}\n"
    test = CELL.replace("double(d.normal(d.n))", "double(d.normal(d.n)) + 0 * d.given['collected']")
    gc.disable()
    try:
        Finalised(tmp_path / "who")
        process_of(asked(test + given), processes).ask("references", 30, [("1", 0, 0)])
        assert not (tmp_path / "who").exists()
    finally:
        gc.enable()
    gc.collect()
    assert (tmp_path / "who").read_text() == str(os.getpid())
