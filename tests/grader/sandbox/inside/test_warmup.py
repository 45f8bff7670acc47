"""The warm-up leaves nothing behind."""

from __future__ import annotations

import torch

from grader.sandbox.lane import Lane

from ..programs import called, started


def test_the_warm_up_leaves_nothing_to_find(lane: Lane) -> None:
    """A program starts with its own names only, without recorded moves, and with the same random numbers each time."""
    remote = started(lane, "import torch", "def names(): return sorted(globals())", "def draw(): return torch.rand(2)")
    assert called(remote, "names") == ["__builtins__", "__doc__", "__loader__", "__name__", "__package__", "__spec__",
                                    "draw", "names", "torch"]  # fmt: skip
    assert remote.moves() == ()
    assert called(remote, "draw").tolist() == torch.rand(2, generator=torch.Generator().manual_seed(0)).tolist()
