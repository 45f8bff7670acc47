"""The late policy: days after a deadline with a time zone, and what they cost."""

from __future__ import annotations

import pytest

from grader.assignment import late
from grader.assignment.late import LatePolicy


def policy(written: str = "") -> LatePolicy:
    deadline = late.deadline_of("2026-11-30", "23:59", "America/Santiago")  # UTC-3 in summer
    return late.policy_of(deadline, late.FORM.fullmatch(written) if written else None)


@pytest.mark.parametrize(
    ("submitted", "days"),
    [
        ("2026-11-30T23:59:00", 0),  # without a zone: that of the deadline
        ("2026-12-01T02:59:00Z", 0),
        ("2026-12-01T03:58:00Z", 0),  # within the grace
        ("2026-12-01T04:00:00Z", 1),  # after it, the day counts from the deadline
        ("2026-12-01T23:59:00", 1),
        ("2026-12-02T00:00:00", 2),
        ("2026-12-05T09:00:00+01:00", 5),
        ("2026-11-01T00:00:00", 0),
        ("", None),
        ("yesterday", None),
    ],
)
def test_days_after_the_deadline(submitted: str, days: int | None) -> None:
    """A day that has begun counts; the grace costs nothing."""
    assert policy("10 % per day, 1 h grace").days(submitted) == days


@pytest.mark.parametrize(
    ("written", "earned", "days", "waived", "cost"),
    [
        ("10 % per day", 8.0, 2, 0, 1.6),
        ("0.5 points per day", 8.0, 3, 0, 1.5),
        ("10 % per day, 2 free days", 8.0, 2, 0, 0.0),
        ("10 % per day, 2 free days", 8.0, 4, 1, 0.8),
        ("10 % per day, 30 min grace, 1 free day, at most 50 %", 8.0, 30, 0, 4.0),
        ("1 point per day, at most 2 points", 8.0, 30, 0, 2.0),
        ("1 point per day", 1.5, 30, 0, 1.5),  # never more than was earned
        ("1 point per day", 0.0, 30, 0, 0.0),
        ("", 8.0, 30, 0, 0.0),  # a deadline without a price
    ],
)
def test_the_cost_of_late_days(written: str, earned: float, days: int, waived: int, cost: float) -> None:
    """Percent of the points that were earned, or points; free days and waived days cost nothing; a cap."""
    given = policy(written)
    assert given.cost(earned, given.counted(days, waived)) == cost


def test_a_time_zone_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus is not a time zone"):
        late.deadline_of("2026-11-30", "23:59", "Mars/Olympus")
