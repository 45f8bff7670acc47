"""`check("1b")` in a real kernel shows its answer and changes nothing in the kernel."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from .. import students
from ..released import BLANK, RIGHT, WRONG, handed_out
from ..students import RIGHT_LOSS, SUMMED_LOSS

LIMIT_S = 240
# It gives its process a name (PR_SET_NAME), which is seen also from outside a sandbox.
ENDLESS = """
def CELoss(Q, P, estable=True, epsilon=1e-8):
    import ctypes
    ctypes.CDLL(None).prctl(15, b'NAME', 0, 0, 0)
    while True: pass
"""
PROCESS = "import grader.self_check.in_notebook; print(grader.self_check.in_notebook._checker._process.pid)"


@dataclass
class Shown:
    """The outputs that a cell put below itself."""

    printed: str = ""
    data: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""

    @property
    def plain(self) -> str:
        return "\n".join(d["text/plain"] for d in self.data)


class Kernel:
    """A student's session in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._client = NotebookClient(
            nbformat.v4.new_notebook(), timeout=LIMIT_S, kernel_name="python3", allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )  # fmt: skip
        self._client.create_kernel_manager()
        self._client.start_new_kernel(env=dict(students.environment()))
        self._client.start_new_kernel_client()

    def run(self, source: str) -> Shown:
        cell = nbformat.v4.new_code_cell(source)
        self._client.nb.cells.append(cell)
        self._client.execute_cell(cell, len(self._client.nb.cells) - 1)
        shown = Shown()
        for output in cell.outputs:
            shown.printed += output.get("text", "")
            shown.error += output.get("ename", "")
            if "data" in output:
                shown.data.append(output.data)
        return shown

    @property
    def pid(self) -> int:
        return int(self.run("import os; print(os.getpid())").printed)

    def end(self) -> None:
        self._client._cleanup_kernel()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Path], Kernel]]:
    kernels: list[Kernel] = []

    def started(folder: Path) -> Kernel:
        kernels.append(Kernel(folder))
        return kernels[-1]

    yield started
    for kernel in kernels:
        kernel.end()


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One session for all tests that only add to it."""
    folder = tmp_path_factory.mktemp("course")
    students.copy(folder)
    (folder / "sub").mkdir()
    # The student's own files have names of modules of the standard library.
    for name in ("random", "queue"):
        (folder / "sub" / f"{name}.py").write_text("raise SystemExit('a file of the student')\n")
    session = Kernel(folder / "sub")
    session.run("import torch\nfrom grader import check")
    yield session
    session.end()


def test_it_answers_below_the_cell_in_html_and_in_text(kernel: Kernel) -> None:
    """One output has both forms in the course's language; nothing is printed, returned or raised."""
    kernel.run(SUMMED_LOSS)
    shown = kernel.run('check("1b")')
    assert (shown.printed, shown.error, len(shown.data)) == ("", "", 1)
    assert shown.data[0].keys() == {"text/html", "text/plain"}
    for form in shown.data[0].values():
        assert "Causa probable" in form
        assert "check(" in form


def test_it_answers_in_the_language_that_is_asked_for(kernel: Kernel) -> None:
    """The answer is in English although the course is Spanish; ids may be in any case."""
    kernel.run(SUMMED_LOSS)
    assert "Likely cause" in kernel.run('check("1B", lang="en")').plain


def test_a_redefined_function_counts_at_once(kernel: Kernel) -> None:
    """Nothing needs to be saved; the last definition that ran is checked."""
    kernel.run(SUMMED_LOSS)
    assert kernel.run('check("1b")').plain.startswith("✗ 1b")
    kernel.run(RIGHT_LOSS)
    assert kernel.run('check("1b")').plain.startswith("✓ 1b")
    kernel.run(SUMMED_LOSS)
    assert kernel.run('check("1b")').plain.startswith("✗ 1b")


def test_the_magic_does_the_same(kernel: Kernel) -> None:
    """`%check` takes ids with spaces or commas, and all questions without any."""
    kernel.run(RIGHT_LOSS)
    assert kernel.run("%load_ext grader").error == ""
    two = kernel.run("%check 1b, 2a").plain
    assert "✓ 1b" in two
    assert "○ 2a" in two
    assert "4c" not in two
    everything = kernel.run("%check").plain
    assert all(f" {id}  " in everything for id in ("0", "1b", "2c", "4e"))


def test_the_other_process_is_kept(kernel: Kernel) -> None:
    """The second check asks the process of the first."""
    kernel.run('check("1b")')
    first = kernel.run(PROCESS).printed
    assert first.strip().isdigit()
    kernel.run('check("2a")')
    assert kernel.run(PROCESS).printed == first


def test_snippets_are_taken_from_the_cells_that_ran(kernel: Kernel) -> None:
    """Question 2a is an expression in a cell, and the checks set its inputs."""
    kernel.run("B = 4\ny_pred, y = torch.rand(4, 3), torch.eye(4)[:, :3]")
    kernel.run("dL_duLm1 = y_pred - y")
    assert kernel.run('check("2a")').plain.startswith("✗ 2a")
    kernel.run("dL_duLm1 = (y_pred - y) / B")
    assert kernel.run('check("2a")').plain.startswith("✓ 2a")


def test_a_cell_that_failed_and_cells_out_of_order_count_as_far_as_they_ran(kernel: Kernel) -> None:
    """Lines above one that raises count, a helper may come after its caller, and a class may be patched."""
    kernel.run("def CELoss(Q, P, estable=True, epsilon=1e-8):\n    return suma(Q.clamp(epsilon), P).mean()\n1 / 0")
    kernel.run("def suma(Q, P):\n    return -(P * Q.log()).sum(1)")
    assert kernel.run('check("1b")').plain.startswith("✓ 1b")
    kernel.run("class SGD:\n    def __init__(self, parameters, lr):\n        self.p, self.lr = list(parameters), lr")
    kernel.run("def step(self):\n    for p in self.p:\n        p.data -= self.lr * p.grad\nSGD.step = step")
    assert kernel.run('check("4a")').plain.startswith("✓ 4a")


def test_a_cell_that_does_not_parse_has_not_run(kernel: Kernel) -> None:
    """As in Python, none of its lines count; earlier definitions do. Its number stays taken."""
    kernel.run(SUMMED_LOSS)
    assert kernel.run(RIGHT_LOSS + "\n\ndef f(:").error == "SyntaxError"
    assert kernel.run('check("1b")').plain.startswith("✗ 1b")
    kernel.run(RIGHT_LOSS.replace("    if", "    1 / 0\n    if", 1))
    number = kernel.run("print(len(In) - 1)").printed.strip()
    assert f" {int(number) - 1}, " in kernel.run('check("1b")').plain


def test_a_cell_that_was_not_run_is_told_from_one_that_python_cannot_read(kernel: Kernel) -> None:
    """The place of the error is told until it is repaired; before, the advice is to run the cell."""
    assert "run its cell first" in " ".join(kernel.run('check("4b", lang="en")').plain.split())
    head = "class RandomDataset(torch.utils.data.Dataset)"
    kernel.run(head + "\n    def __len__(self):\n        return 1")
    number = kernel.run("print(len(In) - 1)").printed.strip()
    shown = kernel.run('check("4b", lang="en")').plain
    assert f"RandomDataset cannot be read: cell {int(number) - 1}, line 1: expected ':'" in shown
    kernel.run(head + ":\n    def __len__(self):\n        return 1")
    assert "expected ':'" not in kernel.run('check("4b", lang="en")').plain


def test_what_a_student_prints_stays_out_of_the_answer(kernel: Kernel) -> None:
    """Prints of a checked function neither show up here nor get between the processes' messages."""
    kernel.run(RIGHT_LOSS.replace("    if estable", "    print('{\"plain\": \"forged\"}' * 1000)\n    if estable", 1))
    shown = kernel.run('check("1b")')
    assert shown.printed == ""
    assert shown.plain.startswith("✓ 1b")


def test_an_unknown_question_is_a_sentence(kernel: Kernel) -> None:
    """The sentence lists the questions that there are, and nothing is raised."""
    shown = kernel.run('check("9z")')
    assert shown.error == ""
    assert "9z" in shown.plain
    assert "1a, 1b" in shown.plain


def test_names_of_ours_may_be_the_students(kernel: Kernel) -> None:
    """A variable `grader`, or a `check` of the student's, changes nothing for `from grader import check`."""
    kernel.run("grader = 1\ncheck = 2")
    kernel.run(RIGHT_LOSS)
    kernel.run("from grader import check")
    assert kernel.run('check("1b")').plain.startswith("✓ 1b")


STATE = """
import random, os, sys, warnings, threading
import numpy
def state():
    return {
        "python": random.getstate(), "numpy": str(numpy.random.get_state()), "torch": torch.get_rng_state().tolist(),
        "dtype": torch.get_default_dtype(), "grad": torch.is_grad_enabled(), "threads": torch.get_num_threads(),
        "cwd": os.getcwd(), "path": list(sys.path), "warnings": list(warnings.filters), "environ": dict(os.environ),
        "signals": [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)], "alive": threading.active_count(),
        "sandbox": [m for m in sys.modules if m.startswith("grader.") and m != "grader.self_check.in_notebook"],
    }
"""


def test_nothing_of_the_kernel_changes(start: Callable[[Path], Kernel], tmp_path: Path) -> None:
    """Names, generators, precision, gradient mode, threads, folder, path, filters and modules stay as they were."""
    students.copy(tmp_path)
    kernel = start(tmp_path)
    kernel.run("import signal, torch\nfrom grader import check")
    kernel.run(STATE)
    settings = "torch.manual_seed(7); torch.set_default_dtype(torch.float64)"
    kernel.run(RIGHT_LOSS.replace("    if", f"    {settings}\n    if", 1))
    kernel.run("torch.set_default_dtype(torch.float16); torch.set_grad_enabled(False); torch.set_num_threads(3)")
    kernel.run("mine = {k: id(v) for k, v in globals().items() if not k.startswith('_')}; before = state()")
    assert kernel.run('check("1b", "4a")').plain
    kernel.run("after = state(); now = {k: id(v) for k, v in globals().items() if not k.startswith('_')}")
    assert kernel.run("print([k for k in before if before[k] != after[k]], len(before))").printed == "[] 13\n"
    assert kernel.run("print([k for k in now if mine.get(k) != now[k]])").printed == "['mine', 'before', 'after']\n"


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def runs(name: str) -> bool:
    """Whether any process has this name."""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            if comm.read_text().strip() == name:
                return True
    return False


def children(pid: int) -> list[int]:
    """All processes below one."""
    found = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [below for child in found for below in children(child)]


def until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + LIMIT_S / 2
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_an_interrupt_ends_the_check_and_nothing_else(start: Callable[[Path], Kernel], tmp_path: Path) -> None:
    """The kernel lives and reports the interrupt, the endless loop has ended, and the next check answers."""
    students.copy(tmp_path)
    kernel = start(tmp_path)
    kernel.run("import torch\nfrom grader import check")
    pid = kernel.pid
    name = f"hangs{pid}"
    kernel.run(ENDLESS.replace("NAME", name))
    if os.fork() == 0:  # the child interrupts the kernel while the parent waits for its answer
        try:
            if until(lambda: runs(name)):
                os.kill(pid, signal.SIGINT)
        finally:
            os._exit(0)
    shown = kernel.run('check("1b")')
    os.wait()
    assert shown.error == ""
    assert shown.printed.startswith("Revisión interrumpida.")
    assert until(lambda: not children(pid))
    kernel.run(RIGHT_LOSS)
    assert kernel.run('check("1b")').plain.startswith("✓ 1b")


def test_no_process_outlives_the_kernel(start: Callable[[Path], Kernel], tmp_path: Path) -> None:
    """Neither the answering process nor the student's survives, even if the kernel is killed in the middle."""
    students.copy(tmp_path)
    kernel = start(tmp_path)
    kernel.run("import torch\nfrom grader import check")
    kernel.run('check("1b")')
    started = children(kernel.pid)
    assert started
    os.kill(kernel.pid, signal.SIGKILL)
    assert until(lambda: not any(alive(pid) for pid in started))


def test_without_checks_it_says_where_it_looked(start: Callable[[Path], Kernel], tmp_path: Path) -> None:
    """The sentence is in the requested language, and nothing is raised."""
    kernel = start(tmp_path)
    kernel.run("from grader import check")
    shown = kernel.run("check()")
    assert shown.error == ""
    assert str(tmp_path) in shown.plain


def test_outside_a_notebook_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """A script has no cells, and a sentence says what to do."""
    from grader import check

    check("1b")
    assert "grade check tarea2.ipynb" in capsys.readouterr().out
    check("1b", lang="en")
    assert "works in a notebook" in capsys.readouterr().out


# An assignment file ----------------------------------------------------------------------------------------------


def test_the_checks_of_an_assignment_file(tmp_path: Path, start: Callable[[Path], Kernel]) -> None:
    """Holes are not answered, wrong answers are explained, right ones pass; what is checked elsewhere never does."""
    kernel = start(handed_out(tmp_path / "course"))
    kernel.run("from grader import check")
    for cell in BLANK:
        kernel.run(cell)
    shown = kernel.run('check(lang="en")').plain
    for id in "12367":
        assert f"○ {id} " in shown
    assert shown.count("not answered") >= 5
    assert shown.count("not checked here") == 2
    assert "✓" not in shown
    for cell in WRONG:
        kernel.run(cell)
    assert "The deviation is the root of the variance." in kernel.run('check("1", lang="en")').plain
    for cell in RIGHT:
        kernel.run(cell)
    shown = kernel.run('check(lang="en")').plain
    assert all(f"✓ {id} " in shown for id in "12367")
    assert shown.count("not checked here") == 2
    assert "not checked here" in kernel.run('check("5", lang="en")').plain
