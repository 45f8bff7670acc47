"""Some entries of a tensor in place of all of them, where a whole one would be too much to keep."""

from __future__ import annotations

from dataclasses import dataclass

import torch

# Where two mistakes differ in none of these, the first one that fits is named: seldom, and never a wrong verdict.
ENTRIES = 4


@dataclass(frozen=True, eq=False)
class Part:
    """The shape of a tensor and ENTRIES of its entries, evenly spread, the first and the last among them."""

    shape: tuple[int, ...]
    entries: torch.Tensor


def part_of(tensor: torch.Tensor) -> Part:
    """The part of a tensor of any shape, with more entries than ENTRIES."""
    places = torch.linspace(0, tensor.numel() - 1, ENTRIES).round().long()
    return Part(tuple(tensor.shape), tensor.detach().reshape(-1)[places])
