"""Shape: what it compares, and what it leaves to other checks."""

from __future__ import annotations

from typing import Any

import pytest

from grader.judging.checks import Shape

from .in_process import PUBLIC, check, sides


def test_a_shape_check_looks_at_shapes_only() -> None:
    """Values are another check's business, and it is worth nothing of its own."""
    line = check(kind=Shape)
    assert all(f.passed and not f.scored for f in line.judge(sides(double=lambda x: 0 * x), PUBLIC).findings)
    wrong = {f.result: f for f in line.judge(sides(total=lambda x: x.sum(0, keepdim=True)), PUBLIC).findings}
    assert wrong["double"].passed
    assert wrong["total"].message.render("en") == "total.shape is (1, 3), expected (3,)"


@pytest.mark.parametrize("value", [None, "text", (1, 2)])
def test_what_is_no_tensor_has_no_shape(value: Any) -> None:
    """It does not pass a check of shapes."""
    wrong = check(kind=Shape).judge(sides(total=lambda x: value), PUBLIC).findings
    assert not wrong[1].passed
