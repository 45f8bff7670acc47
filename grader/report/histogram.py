"""The distribution of grades as bars."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..assignment.spec import Scale

# Twelve bars are 0.5 each on a scale of 1 to 7; at 26 units each they fit a phone.
BARS = 12


@dataclass(frozen=True)
class HistogramBar:
    """One bar of the histogram: grades in [low, high), the last one in [low, high]."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Histogram:
    """The grades of the class as bars, in units of the drawing."""

    bars: tuple[HistogramBar, ...]
    ticks: tuple[tuple[float, str], ...]
    width: int
    height: int
    base: int


def histogram(grades: Sequence[float], scale: Scale) -> Histogram | None:
    """The grades as bars; None without grades."""
    if not grades or scale.high <= scale.low:
        return None
    step = (scale.high - scale.low) / BARS
    # 1e-9: on bars of 0.1, (1.3 - 1) / 0.1 = 2.9999999999999996, and a grade of 1.3 belongs to the bar of 1.3.
    counts = Counter(min(max(math.floor((g - scale.low) / step + 1e-9), 0), BARS - 1) for g in grades)
    left, base, tall, bar = 10, 150, 120, 26
    unit = tall / max(counts.values())
    edges = [f"{scale.low + step * i:.{scale.decimals}f}" for i in range(BARS + 1)]
    bars = tuple(
        HistogramBar(
            label=f"{edges[i]} – {edges[i + 1]}",
            count=counts[i],
            x=left + bar * i + 2,
            y=round(base - unit * counts[i], 1),
            width=bar - 4,
            height=round(unit * counts[i], 1),
        )
        for i in range(BARS)
    )
    ticks = tuple((left + bar * i, edges[i]) for i in range(0, BARS + 1, 2))
    return Histogram(bars, ticks, width=2 * left + bar * BARS, height=base + 28, base=base)
