"""Times as platforms write them."""

from __future__ import annotations

import pytest

from grader.intake.times import iso_time, seconds


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-01 10:00:00.000000000 Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01 10:00:00 -0300", "2026-03-01T10:00:00-03:00"),
        ("2026-03-01-10-05-09", "2026-03-01T10:05:09"),
        ("20260301100509", "2026-03-01T10:05:09"),
        ("Mar 1, 2026 1005 AM", "2026-03-01T10:05:00"),
        ("Mar 1, 2026 1205 AM", "2026-03-01T00:05:00"),
        ("Sunday, March 1, 2026 10:00:07 PM CLST", "2026-03-01T22:00:07"),
        ("domingo, 1 de marzo de 2026, 22:05", "2026-03-01T22:05:00"),
        ("2026-02-31-10-00-00", ""),
        ("yesterday", ""),
        ("", ""),
    ],
)
def test_iso_time(text: str, iso: str) -> None:
    """A known form becomes ISO 8601; anything else is not a time."""
    assert iso_time(text) == iso


def test_seconds_know_the_zone() -> None:
    """Times order attempts, also with zones."""
    assert seconds("2026-03-01T10:00:00-03:00") == seconds("2026-03-01T13:00:00Z")
    assert seconds("") == seconds("x") == 0
