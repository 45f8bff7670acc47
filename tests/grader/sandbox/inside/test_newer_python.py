"""Names of newer standard libraries."""

from __future__ import annotations

from grader.sandbox.lane import Lane

from ..programs import called, started


def test_newer_standard_libraries(lane: Lane) -> None:
    """Small additions of Python 3.12 and 3.13 are there."""
    remote = started(
        lane,
        "from typing import override, TypeIs\nfrom itertools import batched\nfrom warnings import deprecated",
        "import math, copy, random, typing\nclass P(typing.NamedTuple):\n    a: int",
        "class A:\n    @override\n    def f(self): return 1",
        "def result(): return [A().f(), *batched('abcde', 2), math.sumprod([1, 2], [3, 4]), copy.replace(P(1), a=5).a]",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == [1, ("a", "b"), ("c", "d"), ("e",), 11, 5]
