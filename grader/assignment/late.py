"""The late policy of an assignment: what a submission after the deadline costs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

NUMBER = r"\d+(?:\.\d+)?"
# `10 % per day, 1 h grace, 2 free days, at most 50 %`
FORM = re.compile(
    rf"({NUMBER})\s*(%|points?) per day(?:,\s*({NUMBER})\s*(min|h) grace)?(?:,\s*(\d+) free days?)?"
    rf"(?:,\s*at most ({NUMBER})\s*(%|points?))?"
)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Amount:
    """Points, or a share of the points that a submission earns."""

    number: float
    percent: bool

    def of(self, earned: float) -> float:
        return earned * self.number / 100 if self.percent else self.number

    def __str__(self) -> str:
        return f"{self.number:g} %" if self.percent else f"{self.number:g}"


@dataclass(frozen=True)
class LatePolicy:
    """A deadline, and what each day after it costs. A day that has begun counts as one."""

    deadline: datetime  # with its time zone
    per_day: Amount = Amount(0.0, percent=False)
    grace: timedelta = timedelta()  # after the deadline, which costs nothing; then days count from the deadline
    free_days: int = 0
    most: Amount | None = None

    def days(self, submitted: str) -> int | None:
        """The days after the deadline, 0 for in time; None where the time is not known.

        A time without a zone is taken to be of the deadline's zone: platforms write the time of the course.
        """
        try:
            time = datetime.fromisoformat(submitted)
        except ValueError:
            return None
        if time.tzinfo is None:
            time = time.replace(tzinfo=self.deadline.tzinfo)
        late = time - self.deadline
        return 0 if late <= self.grace else max(1, math.ceil(late / DAY))

    def counted(self, days: int, waived: int) -> int:
        """The days that cost something."""
        return max(0, days - self.free_days - waived)

    def cost(self, earned: float, counted: int) -> float:
        """The points that these days take off, of points that were earned; never more than all of them."""
        cost = counted * self.per_day.of(earned)
        if self.most is not None:
            cost = min(cost, self.most.of(earned))
        return round(min(max(cost, 0.0), max(earned, 0.0)), 2)


def deadline_of(date: str, clock: str, zone: str) -> datetime:
    """The deadline from "2026-11-30", "23:59" and the name of a time zone. Raises ValueError, also for the zone."""
    try:
        place = ZoneInfo(zone)
    except (KeyError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"{zone} is not a time zone, such as America/Santiago") from error
    return datetime.fromisoformat(f"{date}T{clock}").replace(tzinfo=place)


def policy_of(deadline: datetime, found: re.Match[str] | None) -> LatePolicy:
    """The policy of a deadline and of the header `late`, which FORM has matched."""
    if found is None:
        return LatePolicy(deadline)
    per_day, unit, grace, grace_unit, free, most, most_unit = found.groups()
    return LatePolicy(
        deadline,
        Amount(float(per_day), unit == "%"),
        timedelta(minutes=float(grace or 0) * (60 if grace_unit == "h" else 1)),
        int(free or 0),
        Amount(float(most), most_unit == "%") if most else None,
    )
