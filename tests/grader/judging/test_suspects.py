"""Known mistakes in the student's place: the comparison of two results."""

from __future__ import annotations

import torch

from grader.assignment.spec import FLOAT32
from grader.judging.compare import compare
from grader.judging.suspects import alike

X = torch.tensor([1.0, 2.0, 3.0])


def test_an_answer_of_another_size_is_not_computed_with() -> None:
    """An answer may be huge, and every known mistake would repeat the work: it could keep the grader busy."""
    huge = torch.ones(1).expand(1 << 45)  # 280 terabytes as soon as anything is computed
    assert not alike(huge, X, FLOAT32)
    assert not alike(X, huge, FLOAT32)
    said = compare("double", huge, X.double(), FLOAT32).message.render("en")
    assert said == "double has shape (35184372088832,), expected (3,)"
