"""From wrong values to the known mistake that explains them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .compare import compare
from .implementation import LocalImplementation
from .spec import Draw, Misconception, Probe, Tolerance


def explain(
    misconceptions: Sequence[Misconception],
    probe: Probe,
    draw: Draw,
    reference: LocalImplementation,
    actual: Mapping[str, Any],
    expected: Mapping[str, Any],
    wrong: Sequence[str],
    tolerance: Tolerance,
) -> Misconception | None:
    """The first misconception that gives the student's value in every wrong result, and the right one elsewhere.

    A misconception that only reproduces right values explains nothing, so `wrong` must not be empty.
    """
    if not wrong:
        return None
    for misconception in misconceptions:
        same = Draw(draw.case, draw.salt, given=dict(draw.given), right=draw.right)
        try:
            mistaken = probe(reference.changed(misconception.changes), same)
        except Exception:  # a mistake may well raise on the inputs of another one's check
            continue
        names = [name for name in expected if name in actual]
        if all(
            name in mistaken
            and compare(name, actual[name], mistaken[name], tolerance, draw.case.sizes).passed
            for name in names
        ):
            return misconception
    return None
