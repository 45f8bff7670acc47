"""Shape compares shapes and leaves values to other checks."""

from __future__ import annotations

from typing import Any

import pytest

from grader.judging.checks import Shape

from .in_process import PUBLIC, check, sides


def test_a_shape_check_looks_at_shapes_only() -> None:
    """Wrong values pass, and the check is worth no points."""
    line = check(kind=Shape)
    assert all(f.passed and not f.scored for f in line.judge(sides(double=lambda x: 0 * x), PUBLIC).findings)
    wrong = {f.result: f for f in line.judge(sides(total=lambda x: x.sum(0, keepdim=True)), PUBLIC).findings}
    assert wrong["double"].passed
    assert wrong["total"].message.render("en") == "total.shape is (1, 3), expected (3,)"


@pytest.mark.parametrize("value", [None, "text", (1, 2)])
def test_what_is_no_tensor_has_no_shape(value: Any) -> None:
    """A value that is not a tensor does not pass a check of shapes."""
    wrong = check(kind=Shape).judge(sides(total=lambda x: value), PUBLIC).findings
    assert not wrong[1].passed
