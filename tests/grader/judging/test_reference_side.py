"""The reference's side runs once per case, and gets the data that the student showed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grader.assignment.cases import Draw
from grader.judging.checks import Shape, Values
from grader.judging.reference_side import ReferenceSide
from grader.judging.student_side import StudentSide
from grader.sandbox.verbs import Implementation

from .checks.in_process import PUBLIC, both, check, double, reference, sides


def test_the_reference_is_asked_once_for_all_students() -> None:
    """The student's program, too, runs once for all checks with the same probe and case."""
    asked: list[str] = []

    def counting(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        asked.append("student" if f.has("student") else "reference")
        return both(f, draw)

    shared = ReferenceSide(reference, "salt")
    first, second = (StudentSide(reference().changed({"student": double}), shared) for _ in range(2))
    for student in (first, second):
        for kind in (Shape, Values):
            check(counting, kind=kind).judge(student, PUBLIC)
    assert sorted(asked) == ["reference", "student", "student"]


def test_what_the_student_showed_is_given_to_the_reference() -> None:
    """If any order is right, the reference follows the student's order."""

    def ordered(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        x = draw.normal("x", 3)
        if "order" in draw.given:
            return {"y": f.call("double", x[draw.given["order"]])}
        order = [2, 0, 1] if f.has("student") else [0, 1, 2]
        if f.has("student"):
            draw.given["order"] = order
        return {"y": f.call("double", x[order])}

    assert all(f.passed for f in check(ordered).judge(sides(student=double), PUBLIC).findings)
    wrong = sides(student=double, double=lambda x: 3 * x)
    assert not any(f.passed for f in check(ordered).judge(wrong, PUBLIC).findings)
