"""Every forbidden shortcut is found, in each guise."""

from __future__ import annotations

import pytest

from .faults import Verify, complaints, failed

pytestmark = pytest.mark.bwrap


def test_a_forbidden_name_that_is_not_found_is_named(verified: Verify) -> None:
    """The complaint has each guise; the name is a switch that computes nothing, which no question can forbid."""
    text = complaints(
        verified(("forbidden: losses", "forbidden: torch.no_grad, losses")), "every forbidden shortcut is found"
    )
    assert text.splitlines() == [
        "bce: torch.no_grad is not found when it is called",
        "bce: torch.no_grad is not found when it is used under another name",
        "bce: torch.no_grad is not found when it is imported from its module",
        "bce: torch.no_grad is not found when it is reached with getattr",
        "bce: torch.no_grad is not found when it is imported as the answer",
    ]


def test_a_forbidden_name_of_another_library_is_found(verified: Verify) -> None:
    """The shortcut imports the library of the name."""
    assert failed(verified(("forbidden: losses", "forbidden: numpy.linalg.norm, losses"))) == {}
