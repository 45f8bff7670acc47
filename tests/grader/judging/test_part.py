"""Some entries of a large tensor, in its place."""

from __future__ import annotations

import torch

from grader.assignment.spec import FLOAT32
from grader.judging.part import part_of
from grader.judging.suspects import alike


def test_a_part_of_a_tensor_stands_for_all_of_it() -> None:
    """On either side, and on both; another shape, or another entry among those that are kept, is not alike."""
    whole = torch.linspace(-1, 1, 40).reshape(8, 5)
    kept = part_of(whole)
    assert alike(whole, kept, FLOAT32)
    assert alike(kept, whole, FLOAT32)
    assert alike(kept, part_of(whole.clone()), FLOAT32)
    assert not alike(whole.T, kept, FLOAT32)
    assert not alike(whole + 0.01, kept, FLOAT32)
    assert not alike(torch.tensor(1.0), kept, FLOAT32)
    assert not alike(None, kept, FLOAT32)
