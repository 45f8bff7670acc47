"""`grade doctor` says what this machine offers, and how to get the missing parts."""

from __future__ import annotations

import re
import sys

import pytest

from grader.errors import SandboxUnavailable
from grader.sandbox import levels, self_attack
from grader.sandbox.levels import Availability, Level
from grader.sandbox.self_attack import Attempt

from ..tiny import grade

Capture = pytest.CaptureFixture[str]


def test_doctor_says_what_this_machine_offers(capsys: Capture) -> None:
    """Python, torch, CUDA and both sandbox levels have a line each."""
    said = grade(capsys, "doctor")
    assert re.findall(r"^(?:ok|none|missing) +([\w ]+): ", said.out, re.M) == [
        "python", "torch", "CUDA", "sandbox bwrap", "sandbox landlock",
    ]  # fmt: skip
    works = [level for level in (Level.BWRAP, Level.LANDLOCK) if levels.available(level).works]
    assert said.status == (0 if works else 1)
    # Each level that works was attacked, and every attack has its line.
    assert said.out.count("        stopped ") == 10 * len(works)
    assert "THROUGH" not in said.out


def test_doctor_says_what_got_through(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """A level that lets an attack through is not good; the line and the exit status say so."""
    seen = (Attempt("read a file", False, ""), Attempt("signal a process", True, "PermissionError"))
    monkeypatch.setattr(levels, "available", lambda level: Availability(True))
    monkeypatch.setattr(self_attack, "trial", lambda level: seen if level is Level.LANDLOCK else seen[1:])
    said = grade(capsys, "doctor")
    assert said.status == 1
    assert "ok      sandbox bwrap: works\n        stopped signal a process: PermissionError\n" in said.out
    assert "LEAKS   sandbox landlock: works, and lets 1 of 2 attacks through\n        THROUGH read a file\n" in said.out


def test_a_level_that_cannot_be_tried_is_no_good(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lane's message is the reason."""

    def fails(level: Level) -> tuple[Attempt, ...]:
        raise SandboxUnavailable(f"the {level} sandbox did not start: no torch")

    monkeypatch.setattr(levels, "available", lambda level: Availability(True))
    monkeypatch.setattr(self_attack, "trial", fails)
    said = grade(capsys, "doctor")
    assert said.status == 1
    assert "missing sandbox bwrap: the bwrap sandbox did not start: no torch" in said.out


def test_doctor_says_how_to_get_what_is_missing(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any sandbox the status is 1, and the output has the command that installs one."""
    missing = Availability(False, "bubblewrap is not installed", "apt-get install bubblewrap")
    monkeypatch.setattr(levels, "_bwrap", lambda: missing)
    monkeypatch.setattr(levels, "_landlock", lambda: Availability(False, "the kernel has no Landlock"))
    said = grade(capsys, "doctor")
    assert said.status == 1
    assert "missing sandbox bwrap: bubblewrap is not installed" in said.out
    assert "to fix it: apt-get install bubblewrap" in said.out


def test_doctor_works_without_torch(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command also runs in a broken installation, and says how to repair it."""
    monkeypatch.setitem(sys.modules, "torch", None)
    said = grade(capsys, "doctor")
    assert said.status == 1
    assert "missing torch: " in said.out
    assert "to fix it: pip install" in said.out
