"""The tolerance of a comparison."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """|actual - expected| <= atol + rtol * |expected|, entry by entry (the rule of torch.testing)."""

    rtol: float
    atol: float


# float32 carries 24 bits: one rounding is 6e-8 relative. The chains judged here have tens of operations over sums of
# tens of terms, so right answers differ by up to some 1e-5; 1e-4 leaves a factor of ten. atol 1e-6 is that bound
# for entries of order 1e-2, below which the relative error of a sum with cancellation means nothing.
FLOAT32 = Tolerance(rtol=1e-4, atol=1e-6)
