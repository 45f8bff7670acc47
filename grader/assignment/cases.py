"""The cases of a check: sizes and a seed, and the inputs that are drawn from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from ..messages import Text


@dataclass(frozen=True, eq=False)  # a case equals only itself and hashes by identity
class Case:
    """A recipe for inputs: a seed and sizes, never tensors.

    Public cases have fixed inputs, which students may see. The inputs of hidden cases also depend on the run's salt.
    `draws` are inputs recorded when the case was released, because another version of torch may draw others.
    """

    title: Text
    seed: int
    public: bool = False
    sizes: Mapping[str, Any] = field(default_factory=dict)
    draws: Mapping[str, torch.Tensor] = field(default_factory=dict)


class Draw:
    """The inputs of one case in one run. Each named draw has its own stream, so the order of draws does not matter.

    `given` carries observations of the student's side (say, the order of its batches) to the reference's side. A probe
    that puts nothing there has one expected result for all students. `right` holds the questions that this student
    has answered right so far, so that a probe can build on the student's own parts or on the reference's. `seen` is the
    student's `given` when a known mistake runs in the student's place, so that the mistake gets the same data.
    """

    def __init__(
        self,
        case: Case,
        salt: str = "",
        *,
        given: dict[str, Any] | None = None,
        right: frozenset[str] = frozenset(),
        seen: Mapping[str, Any] | None = None,
    ) -> None:
        self.case = case
        self.salt = "" if case.public else salt
        self.given = {} if given is None else given
        self.right = right
        self.seen = {} if seen is None else seen
        self.drawn: dict[str, torch.Tensor] = {}  # the tensor of each stream, by name and kind
        self._named: list[tuple[str, torch.Tensor]] = []

    def __getitem__(self, size: str) -> Any:
        return self.case.sizes[size]

    def name_of(self, tensor: torch.Tensor) -> str:
        """The name under which this very tensor was drawn; "" for any other tensor."""
        return next((name for name, named in self._named if named is tensor), "")

    def named(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        """Remember one of the probe's own tensors under a name for the report."""
        self._named.append((name, tensor))
        return tensor

    def _stream(self, name: str, kind: str, make: Callable[[torch.Generator], torch.Tensor]) -> torch.Tensor:
        key = f"{name}: {kind}"  # two probes may draw different things under one name
        recorded = self.case.draws.get(key)
        tensor = make(self.generator(name)) if recorded is None else recorded.clone()
        self.drawn[key] = tensor
        return self.named(name, tensor)

    def generator(self, name: str) -> torch.Generator:
        digest = hashlib.sha256(f"{self.salt}|{self.case.seed}|{name}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)

    def normal(self, name: str, *shape: int, scale: float = 1.0) -> torch.Tensor:
        """A float32 tensor of this shape, normal with standard deviation `scale`."""
        return self._stream(name, f"normal {shape} {scale}", lambda g: scale * torch.randn(shape, generator=g))

    def away_from_zero(self, name: str, *shape: int, gap: float = 0.1, scale: float = 1.5) -> torch.Tensor:
        """Normal entries pushed `gap` away from 0, where relu and celu have their kinks."""

        def make(g: torch.Generator) -> torch.Tensor:
            t = scale * torch.randn(shape, generator=g)
            return t + gap * torch.where(t < 0, -1.0, 1.0)

        return self._stream(name, f"away from zero {shape} {gap} {scale}", make)

    def probabilities(self, name: str, rows: int, classes: int) -> torch.Tensor:
        """A tensor (rows, classes); each row is positive with sum 1, and no entry is below about 1e-3."""

        def make(g: torch.Generator) -> torch.Tensor:
            weights = torch.rand(rows, classes, generator=g) + 0.05
            return weights / weights.sum(1, keepdim=True)

        return self._stream(name, f"probabilities {rows} {classes}", make)

    def classes(self, name: str, rows: int, classes: int) -> torch.Tensor:
        """A long tensor (rows,) of class indices."""
        return self._stream(name, f"classes {rows} {classes}", lambda g: torch.randint(classes, (rows,), generator=g))

    def one_hot(self, name: str, rows: int, classes: int) -> torch.Tensor:
        """A float32 tensor (rows, classes) with a single 1 in each row."""

        def make(g: torch.Generator) -> torch.Tensor:
            return torch.eye(classes)[torch.randint(classes, (rows,), generator=g)]

        return self._stream(name, f"one-hot {rows} {classes}", make)
