"""The warm-up leaves nothing behind."""

from __future__ import annotations

import torch

from grader.sandbox.lane import Lane

from ..programs import called, evidence, started


def test_the_warm_up_leaves_nothing_to_find(lane: Lane) -> None:
    """A program starts with its own names only, without recorded moves, and with the same random numbers each time."""
    remote = started(lane, "import torch", "def names(): return sorted(globals())", "drawn = torch.rand(2)")
    assert called(remote, "names") == ["__builtins__", "__doc__", "__loader__", "__name__", "__package__", "__spec__",
                                       "drawn", "names", "torch"]  # fmt: skip
    came = evidence(
        remote,
        """
        def test(d):
            with d.moves() as moves:
                pass
            return {"moves": moves, "drawn": drawn}
        """,
    )
    assert came.values["moves"] == []
    assert came.values["drawn"].tolist() == torch.rand(2, generator=torch.Generator().manual_seed(0)).tolist()


def test_tests_that_are_known_before_the_forks_see_the_same(lane: Lane) -> None:
    """A test whose source the lane compiled early gives the same evidence as one that it meets later."""
    source = "def test(d):\n    return {'value': twice(d.normal(d.n)), 'seen': len(inspect.stack())}\nimport inspect"
    with Lane(lane.level, lane.limits, sources=[source]) as prepared:
        known = evidence(started(prepared, "def twice(t): return 2 * t"), source, n=3)
    met = evidence(started(lane, "def twice(t): return 2 * t"), source, n=3)
    assert known.error is met.error is None
    assert known.values["value"].tolist() == met.values["value"].tolist()
    assert known.values["seen"] == met.values["seen"]
