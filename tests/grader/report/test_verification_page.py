"""A claim holds if there was at least one trial and no complaint."""

from __future__ import annotations

from grader.report.verification_page import ClaimOutcome, Verification
from grader.verification.verify import lines


def test_a_claim_about_nothing_does_not_hold() -> None:
    """A claim without trials does not hold, even without complaints."""
    assert not ClaimOutcome("claim", 0).holds
    assert ClaimOutcome("claim", 1).holds
    assert list(lines(Verification((ClaimOutcome("claim", 0),), ()))) == [
        "FAILED claim (0)", "         nothing was tried"
    ]  # fmt: skip
