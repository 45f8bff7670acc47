"""The limits of a submission."""

from __future__ import annotations

import dataclasses

from grader.sandbox.limits import Limits


def test_limits_are_plain_numbers() -> None:
    """The limits cross to the worker as JSON."""
    assert all(type(value) in (int, float) for value in dataclasses.asdict(Limits()).values())
