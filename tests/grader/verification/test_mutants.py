"""Mechanical changes of the solution: each is one edit, and those that no test catches are listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment import load
from grader.assignment.patches import patched
from grader.verification.mutants import mutants

from .faults import Verify, faulty

BUSY = """def softmax(z):
    e = torch.exp(z)
    n = 0 if len(z) > 99 else 1
    for _ in range(n):
        e = torch.clamp(e, 0, 1e30)
    return e / e.sum(dim=1, keepdim=True)
"""
PLAIN = "def softmax(z):\n    e = torch.exp(z)\n    return e / e.sum(1, keepdim=True)\n"


def test_each_kind_of_change_is_made_once(tmp_path: Path) -> None:
    """Operators, comparisons, constants, axes, arguments, dropped statements; each changes one line."""
    assignment = load.load_assignment(faulty(tmp_path, (PLAIN, BUSY), ("sum(1\n", "dim=1\n"), ("sum(0\n", "dim=0\n")))
    question = assignment.question("softmax")
    before = question.solution[0].code.splitlines()
    after = [patched(question, [mutant])[0].code.splitlines() for mutant in mutants(assignment, question)]
    changed = [[b.strip() for a, b in zip(before, lines, strict=True) if a != b] for lines in after]
    assert sorted(line for (line,) in changed) == sorted([
        "pass", "pass", "pass",
        "n = 1 if len(z) > 99 else 1", "n = 0 if len(z) > 100 else 1", "n = 0 if len(z) > 99 else 2",
        "n = 0 if len(z) >= 99 else 1",
        "e = torch.clamp(e, 1, 1e30)", "e = torch.clamp(0, e, 1e30)", "e = torch.clamp(e, 0, 1e+30)",
        "return e * e.sum(dim=1, keepdim=True)", "return e / e.sum(dim=2, keepdim=True)",
        "return e / e.sum(dim=0, keepdim=True)", "return e / e.sum(dim=1, keepdim=False)",
    ])  # fmt: skip


def test_what_another_question_asks_for_is_not_changed(tmp_path: Path) -> None:
    """Several questions may name one module."""
    both = "def gradient(x, y, z):\n    return z, z, x + y\ndef bce(q, p):\n    return p + q\n"
    change = ("def gradient(x, y, z):\n    return z, z, x + y\n", both)
    assignment = load.load_assignment(faulty(tmp_path, change))
    found = [mutant.hunks[0] for mutant in mutants(assignment, assignment.question("grad"))]
    assert [(hunk.old, hunk.new) for hunk in found] == [(("+",), ("-",))]


@pytest.mark.bwrap
def test_changes_that_no_test_catches_are_advice(verified: Verify) -> None:
    """Only those, with their line; they change no claim. A change that never ends is caught."""
    faults = (PLAIN, BUSY), ("sum(1\n", "dim=1\n"), ("sum(0\n", "dim=0\n")
    found = verified(*faults, only=("softmax",), mutants=True)
    assert found.holds
    said = [sentence.partition(": ")[2] for sentence in found.advice]
    assert "no test of softmax catches `99` as `100` in `n = 0 if len(z) > 99 else 1`" in said
    assert "no test of softmax catches without `e = torch.clamp(e, 0, 1e30)`" in said
    assert not any("keepdim" in sentence for sentence in said)
