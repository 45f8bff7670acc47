"""Every salt gives the same verdicts, with a margin."""

from __future__ import annotations

import re

import pytest

from grader.verification.verify import lines

from .faults import Verify, complaints

pytestmark = pytest.mark.bwrap


def test_a_verdict_that_the_salt_decides_is_named_with_its_gaps(verified: Verify) -> None:
    """The gaps are also shown for a hidden case, although a student would not see them."""
    fault = """
def size_of_z(x, y, z):
    return z.abs(), z, 2 * (x + y)

ASSIGNMENT = with_misconception("size", "grad", gradiente_f=size_of_z)
"""
    text = complaints(verified(fault), "all 10 salts give the same verdicts")
    place = "grad / derivatives / df/dx"
    said = re.fullmatch(rf"size: the verdict of {place} depends on the salt, with gaps of 0 to (\S+) tolerances", text)
    assert said is not None, text
    assert 100 < float(said[1]) < 1e6


def test_a_margin_that_is_too_small_is_named_with_its_case(verified: Verify) -> None:
    """2 thousandths of the value are 20 tolerances of 1e-4, in the public case and in the hidden one."""
    fault = """
def bce_nearly(q, p):
    return 1.002 * bce(q, p)

ASSIGNMENT = with_misconception("nearly", "bce", bce=bce_nearly)
"""
    claim = "every misconception is at least 100 tolerances from the right answer in some case of each salt"
    name, _, gap = complaints(verified(fault), claim).rpartition(" is only ")
    assert name == "nearly"
    assert float(gap.split()[0]) == pytest.approx(20, rel=0.02)


def test_a_reference_that_raises_is_named_with_its_case(verified: Verify) -> None:
    """Without expected values nothing else can be tried."""
    change = (
        "    return -(p * torch.log(q) + (1 - p)",
        "    assert len(q) < 7, 'too many examples'\n    return -(p * torch.log(q) + (1 - p)",
    )
    verification = verified("", change)
    text = complaints(verification, "the reference answers every case")
    assert text == "bce / value / 7 examples: the reference raises AssertionError: too many examples"
    assert len(verification.outcomes) == 1
    assert "ok" not in "".join(lines(verification))
