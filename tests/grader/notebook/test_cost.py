"""Reading costs a time and a memory that grow in proportion to the file, whatever is in it."""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest

from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment
from grader.intake.submissions import HandedIn
from grader.judging import reading
from grader.judging.reading import read_file, read_submission
from grader.notebook import definitions, holes, program, statements
from grader.notebook.raw_cells import UnreadableNotebook

from ...tiny import notebook

# The work for the second doubling may be so many times that for the first; a quadratic algorithm does 4 times as much.
LINEAR = 2.6
# Below so many operations per doubling, what is constant hides what grows.
FEW = 300


def lines(form: str, count: int) -> str:
    """This line so many times, each with its own number, and that of the one before, in place of # and @."""
    return "".join(form.replace("#", str(k)).replace("@", str(k - 1)) for k in range(1, count + 1))


SHAPES: dict[str, Callable[[int], bytes]] = {
    # The four that were measured first.
    "magics of a cell": lambda n: notebook("%%time\n" * n + "x = 1"),
    "short functions": lambda n: notebook(lines("def f#(t): return t\n", n)),
    "shell lines": lambda n: notebook("!ls\n" * n + "x = 1"),
    "cells that are numbers": lambda n: json.dumps({"cells": [0] * n}).encode(),
    # Others of the kind.
    "cells with a magic": lambda n: notebook(*["%time f()\n"] * n),
    "statements in a line": lambda n: notebook("a=1;" * n),
    "names in a block": lambda n: notebook("if 1:\n" + lines(" a#=1\n", n)),
    "names in a try": lambda n: notebook("try:\n" + lines(" a#=1\n", n) + "finally: pass\n"),
    "names like an asked one": lambda n: notebook(lines("def softma#(t): return t\n", n)),
    "methods of a name, and calls of it": lambda n: notebook(
        lines("class C#:\n def f(self, a#): pass\n", n) + "def relu(x):\n" + lines(" x.f(b#=1)\n", n)
    ),
    "functions that call each other": lambda n: notebook(
        lines("class C#:\n def f(self): pass\n", n)
        + lines("def r#(x): return x.f() + r@(x)\n", n)
        + f"def relu(x): return r{n}(x)\n"
    ),
    "star imports": lambda n: notebook("from torch import *\n" * n + "def relu(x): return " + lines("u# + ", n) + "1"),
    "uses of a forbidden name": lambda n: notebook("import torch\ndef relu(x):\n" + " torch.relu(x)\n" * n),
    "functions in functions": lambda n: notebook(
        "".join(" " * k + f"def f{k}():\n" for k in range(50)) + (" " * 50 + "x.y=1\n") * n
    ),
    "methods that are inherited": lambda n: notebook(
        "class C0:\n" + lines(" def m#(s): pass\n", n) + lines("class C#(C@): pass\n", n)
    ),
    "classes with many names": lambda n: notebook(
        "class C:\n" + lines(" def m#(s): pass\n", n) + lines("D# = ", n) + "C\n"
    ),
    "names that a function changes": lambda n: notebook(
        "def f():\n" + lines(" global g#\n g# = 1\n", n) + "f()\n" * n
    ),
    "values that continue": lambda n: notebook("dL_dU=0\n" + "dL_dU = dL_dU + U\nU[0]=1\n" * n),
    "names in a main guard": lambda n: notebook("if __name__ == '__main__':\n    " + lines("a# = ", n) + "1\n"),
    "modules that cells write": lambda n: notebook(
        *(f"%%writefile m{k}.py\ndef g{k}(): pass\n" for k in range(n)), lines("import m@\n", n)
    ),
    "imports of a module's names": lambda n: notebook(
        "%%writefile m.py\n" + lines("def g#(): pass\n", n), "from m import *\n" * n
    ),
    "methods that are added": lambda n: notebook(
        "class FFNN: pass\n" + lines("@add_to_class(FFNN)\ndef m#(s): pass\n", n)
    ),
    "names that stand for another": lambda n: notebook("".join(f"a{k}=a{k - 1}\n" for k in range(n, 0, -1))),
    "outputs that are empty": lambda n: notebook("dL_dU = None\n" * n),
    "magics of Databricks": lambda n: ("# Databricks notebook source\n" + "# MAGIC \n" * n).encode(),
    "texts that are run": lambda n: notebook("t = \"exec(t); exec(t)\"\n" + "exec(t)\n" * n),
    "lines of a script": lambda n: ("# %%\nx = 1\n" * n).encode(),
}

# Shapes whose memory was measured as far too large.
LARGE = ("magics of a cell", "cells that are numbers")


@pytest.fixture(scope="module")
def tarea2() -> Assignment:
    return load_assignment(Path(__file__).parents[3] / "reference" / "tarea2")


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    """Leave the tracing of a coverage run or a debugger as it was."""
    before, profile = sys.gettrace(), sys.getprofile()
    yield
    sys.settrace(before)
    sys.setprofile(profile)


def operations(work: Callable[[], object]) -> int:
    """Lines of Python that run, and calls of functions in C."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "c_call"

    sys.setprofile(profile)
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(None)
        sys.setprofile(None)
    return count


def memory(work: Callable[[], object]) -> int:
    """The most bytes that are in use at a time."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def grows_linearly(costs: list[int], few: int) -> bool:
    """Whether each doubling of the size adds at most LINEAR times what the one before added."""
    added = [b - a for a, b in itertools.pairwise(costs)]
    return all(more <= LINEAR * max(less, few) for less, more in itertools.pairwise(added))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_reading_is_linear(shape: str, tarea2: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Operations for sizes that double, and memory where memory was the cost: a peak is not the same in every run."""

    def read(data: bytes, name: str) -> None:
        with contextlib.suppress(UnreadableNotebook):
            read_file(data, name, tarea2)

    # Shapes that are cut off, here already at a size at which counting is quick.
    for module in (statements, definitions):
        monkeypatch.setattr(module, "MAX_NAMES", 1500)
    for module in (reading, program):  # what is kept of a few cells would make the first sizes cheaper
        monkeypatch.setattr(module, "answered", holes.answered.__wrapped__)
    name = "a.py" if shape == "lines of a script" else "a.ipynb"
    files = [SHAPES[shape](n) for n in (40, 80, 160)]
    read(files[0], name)  # what is imported or kept for later is not counted
    counts = [operations(lambda data=data: read(data, name)) for data in files]  # type: ignore[misc]
    assert grows_linearly(counts, FEW), counts
    if shape in LARGE:
        bytes_used = [memory(lambda data=data: read(data, name)) for data in files]  # type: ignore[misc]
        assert grows_linearly(bytes_used, 100_000), bytes_used


def test_reading_many_files_is_linear(tarea2: Assignment) -> None:
    """Each notebook is looked at with the files that it uses, not with all others."""

    def read(count: int) -> None:
        files = [HandedIn(f"n{k}.ipynb", notebook(*["1"] * 12, f"def relu(x): return {k}"), k) for k in range(count)]
        read_submission(files, "n0.ipynb", tarea2)

    read(4)
    counts = [operations(lambda count=count: read(count)) for count in (15, 30, 60)]  # type: ignore[misc]
    assert grows_linearly(counts, FEW), counts


def test_the_tests_above_can_fail() -> None:
    """It tells a quadratic algorithm, whether it loops or copies."""

    def loops(n: int) -> None:
        for _ in range(n):
            for _ in range(n):
                pass

    assert not grows_linearly([operations(lambda n=n: loops(n)) for n in (60, 120, 240)], FEW)  # type: ignore[misc]
    copies = [memory(lambda n=n: [list(range(n)) for _ in range(n)]) for n in (60, 120, 240)]  # type: ignore[misc]
    assert not grows_linearly(copies, 1000)
