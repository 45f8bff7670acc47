"""An assignment with a planted fault, and the complaints about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from grader.verification.outcome import Verification

XOR = Path(__file__).parents[2] / "assignments" / "xor"
# Added to the end of the table before a fault. It leaves out the question that trains, the slowest of all.
ADDED = """
from dataclasses import replace

def without(question="", misconception=""):
    return replace(
        ASSIGNMENT,
        questions=[q for q in ASSIGNMENT.questions if q.id != question],
        misconceptions=[m for m in ASSIGNMENT.misconceptions if question != m.question and misconception != m.name],
    )

def with_misconception(name, question, also=(), **changes):
    more = Misconception(name, question, Text(), changes, also)
    return replace(ASSIGNMENT, misconceptions=[*ASSIGNMENT.misconceptions, more])

ASSIGNMENT = without(question="xor")
"""


def faulty(folder: Path, added: str = "", changed: tuple[str, str] = ("", ""), **examples: str) -> Path:
    """A copy of the assignment with text added to its table, a part of the table replaced, or more examples."""
    table = shutil.copytree(XOR, folder / "xor", ignore=shutil.ignore_patterns("__pycache__")) / "assignment.py"
    source = table.read_text(encoding="utf-8")
    assert changed[0] in source
    table.write_text(source.replace(*changed, 1) + ADDED + added, encoding="utf-8")
    for kind, text in examples.items():
        (folder / "xor" / "examples" / kind / "culprit.py").write_text(text, encoding="utf-8")
    return folder / "xor"


Verify = Callable[..., Verification]


def failed(verification: Verification) -> dict[str, tuple[str, ...]]:
    return {o.claim: o.complaints for o in verification.outcomes if not o.holds}


def complaints(verification: Verification, claim: str) -> str:
    """The complaints of this claim; fails unless it is the only claim that does not hold."""
    found = failed(verification)
    assert list(found) == [claim], found
    return "\n".join(found[claim])
