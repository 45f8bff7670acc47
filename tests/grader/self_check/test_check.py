"""`pytest`, `grade check` and `check()` agree on every notebook: the same verdicts, one status, a reason each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from rich.console import Console

from grader.assignment.read import read_assignment
from grader.release.record import record
from grader.report.attempts import exit_status
from grader.self_check import check as check_module
from grader.self_check import in_notebook, in_terminal, notebook_server
from grader.self_check.check import SelfCheck
from grader.self_check.checks_json import write
from grader.self_check.in_terminal import Door, Outputs

from ..released import notebook

pytest_plugins = ["pytester"]

ASSIGNMENT = """
# %% assignment small: t | t
# scale: ten 0 to 10, 0 decimals
# languages: es, en
# limit: 0.5 s
# load limit: 0.5 s
# %% given
import torch
# %% question 1: uno | one
# points: 1
# forbidden: torch.add
# %% solution
def double(t):
    return 2 * t
# %% test t | t
@public("caso 1 | case 1", k=1)
@public("caso 2 | case 2", k=2)
@hidden("oculto | hidden", k=5)
def test(d):
    return {"double": double(d.normal(3))}
# %% test sin puntos | without points
# share: 0
@public("caso 1 | case 1", k=1)
def test(d):
    return {"whole": double(d.integers(3))}
# %% stand-in double
def double(t):
    return t + t
# %% wrong three: t | t [raw]
# - 2 * t
# + 3 * t
# %% question 2: dos | two
# points: 1
# needs: 1 (share 0.5)
# %% solution
def four(t):
    return 2 * double(t)
# %% test t | t
@public("caso 1 | case 1", k=1)
@public("caso 2 | case 2", k=2)
@hidden("oculto | hidden", k=5)
def test(d):
    return {"four": four(d.normal(3))}
# %% question 3: tres | three
# points: 1
# inputs: x
# outputs: half
# %% solution
half = x / 2
# %% test t | t
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    yield from d.snippet(x=d.normal(3))
# %% question 4: cuatro | four
# points: 0.5
# optional
# %% solution
def last(t):
    return t[-1]
# %% test t | t
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"last": last(d.normal(3))}
# %% question 7: siete | seven
# points: 1
# %% solution
def up(t):
    return t + 1
def down(t):
    return t - 1
# %% test arriba | up
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"up": up(d.normal(3))}
# %% test abajo | down
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"down": down(d.normal(3))}
# %% question 5: cinco | five
# points: 0.5 by hand
# figures: 1
# %% question 6: seis | six
# points: 1
# %% solution
def hidden(t):
    return t
# %% test t | t
@hidden("otro | other", n=3)
def test(d):
    return {"hidden": hidden(d.normal(3))}
"""
DOUBLE, FOUR, HALF, LAST = (
    "def double(t):\n    return 2 * t",
    "def four(t):\n    return 2 * double(t)",
    "half = x / 2",
    "def last(t):\n    return t[-1]",
)
HOLE = "def double(t):\n    pass"
NOTEBOOKS: dict[str, tuple[str, ...]] = {
    "right": (DOUBLE, FOUR, HALF, LAST),
    "wrong": (DOUBLE.replace("2", "3"), FOUR, "half = x / 3", LAST),
    "unanswered": (HOLE, "def four(t):\n    raise NotImplementedError"),
    "empty": ("1 + 1",),
    "syntax error": (DOUBLE.replace(":", ""), FOUR, HALF),
    "syntax error in a snippet": (DOUBLE, FOUR, "half = x / / 2"),
    "missing name": (DOUBLE.replace("double", "duoble"), FOUR),
    "name that the answer lacks": (DOUBLE.replace("2 * t", "factor * t"), FOUR),
    "forgotten return": (DOUBLE.replace("return", "result ="), FOUR),
    "forbidden": ("import torch\ndef double(t):\n    return torch.add(t, t)", FOUR),
    "hang": ("def double(t):\n    while True: pass", HALF),
    "ends its process": ("import os\ndef double(t):\n    os._exit(0)", HALF),
    "right apart from what earns nothing": (
        "def double(t):\n    assert t.is_floating_point()\n    return 2 * t", FOUR, HALF, LAST),
    "another kind of value": ("def double(t):\n    return 'twice'", "def last(t):\n    return None"),
    "half an answer": (DOUBLE, "def up(t):\n    return t + 1"),
    "half an answer, and a hole": ("def up(t):\n    return t + 1\n\ndef down(t):\n    pass",),
    "template that does not parse": ("def double(t)\n    # your code\n    pass", "def down(t):\n    return t - 1"),
    "two files": ("from own import *", FOUR),
}  # fmt: skip
FILES = {"two files": {"own.py": DOUBLE}}


class Seen(NamedTuple):
    """What `grade check` says: a sign per question, and whether the build is red."""

    signs: dict[str, str]
    red: bool


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    (folder / "a.py").write_text(ASSIGNMENT)
    (folder / "checks").mkdir()
    (folder / "checks" / "checks.json").write_bytes(write(record(read_assignment(folder / "a.py"), "en")))
    for name, cells in NOTEBOOKS.items():
        (folder / name).mkdir()
        (folder / name / "mine.ipynb").write_bytes(notebook(cells))
        for file, text in FILES.get(name, {}).items():
            (folder / name / file).write_text(text)
    (folder / "unreadable").mkdir()
    (folder / "unreadable" / "mine.ipynb").write_text("{ not a notebook")
    return folder


@pytest.fixture(autouse=True)
def _one_process(course: Path, monkeypatch: pytest.MonkeyPatch, shared: SelfCheck) -> None:
    """All three ways judge in the same process; to start one each time would take most of the time."""

    class Shared:
        def __init__(self, *_: object, **__: object) -> None:
            self.assignment, self.lines, self.run = shared.assignment, shared.lines, shared.run

        def __enter__(self) -> Shared:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def close(self) -> None:
            return None

    for module in (check_module, in_terminal, notebook_server):
        monkeypatch.setattr(module, "SelfCheck", Shared)


@pytest.fixture(scope="module")
def shared(course: Path) -> Iterator[SelfCheck]:
    with SelfCheck(course / "checks", warm=True) as check:
        yield check


def kinds(text: str) -> dict[str, str]:
    """The sign of each question in a self-check."""
    return {id: sign for sign, id in re.findall(r"^([✓◐✗○◷△]) (\d) ", text, re.MULTILINE)}


def by_terminal(course: Path, name: str) -> Seen:
    file = StringIO()
    console = Console(file=file, width=100)
    with Door(console, course / name / "mine.ipynb", course / "checks", (), "en", Outputs()) as door:
        result = door.once()
    return Seen(kinds(file.getvalue()), bool(exit_status(result)))


def by_notebook(course: Path, name: str) -> dict[str, str]:
    cells = json.loads((course / name / "mine.ipynb").read_bytes())["cells"]
    sources = [c["source"] if in_notebook._parses(c["source"]) else c["source"] + in_notebook.UNREAD for c in cells]
    request = {"folder": str(course / name), "cells": sources, "questions": [], "language": "en"}
    return kinds(notebook_server._answer(request, {})["plain"])


class Reports:
    """The outcomes of a run of pytest by notebook and question; each failure and each skip has a reason."""

    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, set[str]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        file, id, *_ = report.nodeid.split("::")
        self.outcomes.setdefault(Path(file).parent.name, {}).setdefault(id, set()).add(report.outcome)
        if not report.passed:
            reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
            assert reason.removeprefix(f"Skipped: {id}:").strip(), report.nodeid


def test_three_ways_agree(course: Path, pytester: pytest.Pytester) -> None:
    """Each question is right, wrong or open in all three, the status is the same, and no failure is without words."""
    reports = Reports()
    pytester.runpytest_inprocess(
        "-p", "no:cacheprovider", "--grader-lang", "en", "--rootdir", str(course), str(course), plugins=[reports]
    )
    assert reports.outcomes.keys() == NOTEBOOKS.keys() | {"unreadable"}
    for name, outcomes in reports.outcomes.items():
        terminal = by_terminal(course, name)
        assert terminal.red == any("failed" in found for found in outcomes.values()), name
        if name == "unreadable":
            continue
        assert by_notebook(course, name) == terminal.signs, name
        fitting = {"✓": {"passed"}, "○": {"skipped"}, "◷": {"skipped"}, "✗": {"failed"}, "◐": {"passed", "failed"}}
        for id, found in outcomes.items():
            assert found & fitting[terminal.signs[id]], (name, id)
            assert ("failed" in found) <= (terminal.signs[id] in "✗◐"), (name, id)
