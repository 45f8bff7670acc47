"""Every forbidden shortcut is found, in each guise."""

from __future__ import annotations

import pytest

from .faults import Verify, complaints, failed

pytestmark = pytest.mark.bwrap


def test_a_forbidden_name_that_is_not_found_is_named(verified: Verify) -> None:
    """In each guise; a switch that computes nothing is one that no question can forbid."""
    change = ('forbidden=("torch.nn.functional.binary', 'forbidden=("torch.no_grad", "torch.nn.functional.binary')
    text = complaints(verified("", change), "every forbidden shortcut is found")
    assert text.splitlines() == [
        "bce: torch.no_grad called is not found",
        "bce: torch.no_grad under another name is not found",
        "bce: torch.no_grad imported from its module is not found",
        "bce: torch.no_grad by getattr is not found",
    ]


def test_a_forbidden_name_of_another_library_is_found(verified: Verify) -> None:
    """The shortcut imports the library that it is of."""
    assert failed(verified("", ('forbidden=("torch.nn.f', 'forbidden=("numpy.linalg.norm", "torch.nn.f'))) == {}
