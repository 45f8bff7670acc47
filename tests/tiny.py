"""A tiny assignment and ways to run `grade` on it, for tests about the run and not about the questions."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import io
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import sysconfig
import termios
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader import cli
from grader.assignment.cases import Case
from grader.judging.checks.from_test import FromTest

ROOT = Path(__file__).parents[1]
GRADE = Path(sysconfig.get_path("scripts")) / "grade"

# Question 2a has a point for a person.
TABLE = """
# %% assignment tiny: Tarea mínima | Tiny assignment
# scale: chile 1 to 7, 1 decimals
# limit: {seconds:g} s
# load limit: 60 s
# submission limit: 240 s

# %% question 1: El doble | Twice
# points: 2
# %% text es [markdown]
# `double(t)` devuelve el doble de `t`.
# %% text en [markdown]
# `double(t)` returns twice `t`.
# %% solution
def double(t):
    return 2 * t
# %% test valores | values
@public("un vector | a vector", n=3)
@hidden("otro vector | another vector", n=3)
def test(d):
    return {{"double": double(d.normal(d.n))}}
# %% wrong not-doubled: Falta el 2. | The 2 is missing. [raw]
# - 2 * t
# + t

# %% question 2a: El opuesto | The opposite
# points: 3 + 1 by hand
# %% text es [markdown]
# `negate(t)` devuelve el opuesto de `t`.
# %% text en [markdown]
# `negate(t)` returns the opposite of `t`.
# %% solution
def negate(t):
    return -t
# %% test valores | values
@public("un vector | a vector", n=4)
@hidden("otro vector | another vector", n=4)
def test(d):
    return {{"negate": negate(d.normal(d.n))}}
# %% wrong not-negated: Falta el signo. | The sign is missing. [raw]
# - -t
# + t
"""

DOUBLE = "def double(t):\n    return 2 * t\n"
NEGATE = "def negate(t):\n    return -t\n"
HALF = "def negate(t):\n    return t\n"  # a sign slip: question 1 alone is right
FAULTY = "def negate(t):\n    return 'fault'\n"  # the judge fails on it, after break_the_judge
ENDLESS = "def double(t):\n    while True:\n        pass\n"
# Code that waits as long as a file exists; it needs `--sandbox none`, which does not keep files from it.
WAITING = "import os\n\ndef double(t):\n    while os.path.exists({flag!r}):\n        pass\n    return 2 * t\n"


def write_assignment(folder: Path, call_s: float = 120) -> Path:
    """The tiny assignment in its own folder. No test reaches its limit for a call."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "assignment.py").write_text(TABLE.format(seconds=call_s))
    return folder


def break_the_judge(patch: pytest.MonkeyPatch) -> None:
    """Plant a bug in the grader that FAULTY meets."""
    compared = FromTest._compared

    def broken(self: FromTest, case: Case, values: Mapping[str, object], *others: object) -> object:
        if any(isinstance(value, str) and value == "fault" for value in values.values()):
            raise ZeroDivisionError("a bug of the grader")
        return compared(self, case, values, *others)  # type: ignore[arg-type]

    patch.setattr(FromTest, "_compared", broken)


def cell(source: object, kind: str = "code", **fields: object) -> dict[str, object]:
    """One cell as format 4 has it."""
    code = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, "source": source, **code, **fields}


def notebook(*cells: str | Mapping[str, object], minor: int = 5, **fields: object) -> bytes:
    """A notebook of format 4 with these cells; texts are code."""
    content = [cell(c) if isinstance(c, str) else c for c in cells]
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": minor, "metadata": kernel, "cells": content, **fields}
    ).encode()


def write_class(folder: Path, **students: bytes) -> Path:
    """A folder of notebooks, one per student."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in students.items():
        (folder / f"{name}.ipynb").write_bytes(data)
    return folder


def grades(out: Path) -> dict[str, dict[str, str]]:
    """The rows of grades.csv by student."""
    with (out / "grades.csv").open(encoding="utf-8", newline="") as stream:
        return {row["student"]: row for row in csv.DictReader(stream)}


def records(out: Path) -> dict[str, dict[str, object]]:
    """The contents of results/ by student."""
    found = [json.loads(file.read_text()) for file in sorted((out / "results").glob("*.json"))]
    return {record["student"]: record for record in found}


@dataclass(frozen=True)
class Said:
    """The exit status and the output of a command."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one sentence on stderr. A test that reads it fails if there is more, or a traceback."""
        assert "Traceback" not in self.err
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("grade: ")
        return lines[0]


def grade(capsys: pytest.CaptureFixture[str], *argv: str | Path) -> Said:
    """Run the command line in this process, which has torch already."""
    capsys.readouterr()
    status = _main(*argv)
    said = capsys.readouterr()
    return Said(status, said.out, said.err)


def graded(*argv: str | Path) -> Said:
    """The same for a fixture that lives longer than a test's own capture."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = _main(*argv)
    return Said(status, out.getvalue(), err.getvalue())


def _main(*argv: str | Path) -> int:
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["grade", *map(str, argv)])
        # One lane where a test asks for no more: the start of a lane takes longer than the judging.
        patch.setattr(os, "cpu_count", lambda: 1)
        with pytest.raises(SystemExit) as ended:
            cli.main()
    signal.signal(signal.SIGTERM, handler)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@dataclass
class Running:
    """A real `grade` process in its own process group, and its output so far."""

    process: subprocess.Popen[bytes]
    stream: int
    said: str = ""

    def until(self, text: str) -> str:
        """Read until this text appears, and return all output."""
        while text not in self.said:
            more = self._read()
            assert more, f"it ended without {text!r}: {self.said}"
            self.said += more
        return self.said

    def end(self) -> Said:
        """Read to the end. stdout and stderr are one stream here."""
        while more := self._read():
            self.said += more
        return Said(self.process.wait(), self.said, "")

    def _read(self) -> str:
        try:
            return os.read(self.stream, 1 << 16).decode("utf-8", "replace")
        except OSError:  # a terminal whose other side has closed
            return ""

    def children(self) -> list[int]:
        """The process of the author's code, which begins first, and its judges, by process id."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def judges(self) -> list[int]:
        """Its judges, by process id."""
        return self.children()


def temporary(submissions: str | Path) -> Path:
    """The temporary files of a process that grades these, apart from those of other processes."""
    folder = Path(submissions).parent / "temporary"
    folder.mkdir(exist_ok=True)
    return folder


@contextlib.contextmanager
def running(*argv: str | Path, terminal: int = 0) -> Iterator[Running]:
    """A real `grade` process; with `terminal` (columns) it has its own terminal."""
    if terminal:
        stream, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, terminal, 0, 0))
    else:
        stream, theirs = os.pipe()
    process = subprocess.Popen(
        [GRADE, *map(str, argv)],
        stdin=theirs if terminal else subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env=os.environ | {"TERM": "xterm-256color", "OMP_NUM_THREADS": "1", "TMPDIR": str(temporary(argv[0]))},
        # The session's own terminal, so that a ^C typed into it becomes a signal.
        preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if terminal else None,
    )
    os.close(theirs)
    try:
        yield Running(process, stream)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(stream)
