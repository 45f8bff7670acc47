"""The student's side: which errors of a probe are the student's, and which are the grader's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch

from grader.assignment.cases import Draw
from grader.judging.local_implementation import LocalImplementation
from grader.judging.reference_side import ReferenceSide
from grader.judging.student_side import StudentSide
from grader.results import Verdict
from grader.sandbox.inside import wire
from grader.sandbox.verbs import Implementation

from .checks.in_process import NAMES, PUBLIC, check, reference, sides, total


def test_an_answer_whose_form_nobody_foresaw_is_the_students() -> None:
    """The probe stumbles over the answer but not over the reference's: no points, and a sentence."""
    odd = sides(double=lambda x: (x, x), total=total)

    def adds(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        return {"y": f.call("double", draw.normal("x", draw["B"], 3)) + torch.ones(3)}

    (finding,) = check(adds).judge(odd, PUBLIC).findings
    assert finding.verdict is Verdict.FAILED
    assert "returned something that cannot be judged (TypeError)" in finding.message.render("en")


def test_a_probe_that_stumbles_over_the_reference_too_is_our_fault() -> None:
    """A mistake in a branch that only some students reach does not cost these students points."""

    def mistaken(f: Implementation, draw: Draw) -> Mapping[str, Any]:
        y = f.call("double", draw.normal("x", draw["B"], 3))
        return {"y": y if "1a" in draw.right else y.no_such_method()}

    student = StudentSide(reference(), ReferenceSide(reference, questions=frozenset({"1a"})))
    with pytest.raises(AttributeError, match="no_such_method"):
        check(mistaken).judge(student, PUBLIC)
    right = replace(student, right=frozenset({"1a"}))
    assert check(mistaken).judge(right, PUBLIC).findings[0].passed


def test_what_our_side_of_the_wire_stumbles_over_is_our_fault() -> None:
    """A request that is too large is the student's fault only if a student's answer made it too large."""

    class Broken(LocalImplementation):
        """Its calls fail inside grader.sandbox."""

        def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
            return wire.frame_length(None)  # type: ignore[arg-type]

    class Large(LocalImplementation):
        """Its calls ask for more than can be sent."""

        def call(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
            return wire.encode(object())

    def with_student(student: LocalImplementation) -> StudentSide:
        return StudentSide(student, ReferenceSide(reference, "salt"))

    with pytest.raises(TypeError):
        check().judge(with_student(Broken(NAMES, {})), PUBLIC)
    assert {f.verdict for f in check().judge(with_student(Large(NAMES, {})), PUBLIC).findings} == {Verdict.FAILED}
