"""Gradient compares every parameter separately and reports its relative error."""

from __future__ import annotations

import pytest
import torch

from grader.judging.checks import Gradient
from grader.results import Verdict

from .in_process import PUBLIC, Linear, check, gradients, sides, verdicts


def test_gradients_are_compared_parameter_by_parameter() -> None:
    """Every parameter has its relative error, and each case counts on its own."""
    line = check(gradients, kind=Gradient)
    assert line.per_case
    right = line.judge(sides(), PUBLIC).findings
    assert verdicts(right) == {"W.grad": Verdict.PASSED, "b.grad": Verdict.PASSED}
    assert all(f.relative_error is not None and f.relative_error < 1e-10 for f in right)

    class Mean(Linear):
        def backward(self, x: torch.Tensor) -> None:
            super().backward(x)
            assert self.b.grad is not None
            self.b.grad /= len(x)

    wrong = line.judge(sides(Linear=Mean), PUBLIC).findings
    assert verdicts(wrong) == {"W.grad": Verdict.PASSED, "b.grad": Verdict.FAILED}
    assert wrong[1].relative_error == pytest.approx((4 - 1) ** 2 / (4**2 + 1))
    assert wrong[1].cause is not None
    assert "1/B" in wrong[1].cause.render("en")


def test_a_gradient_that_was_not_set_is_missing() -> None:
    """None is not the same as a zero gradient."""

    class Forgets(Linear):
        def backward(self, x: torch.Tensor) -> None:
            super().backward(x)
            self.b.grad = None

    wrong = check(gradients, kind=Gradient).judge(sides(Linear=Forgets), PUBLIC).findings
    assert verdicts(wrong) == {"W.grad": Verdict.PASSED, "b.grad": Verdict.MISSING}
