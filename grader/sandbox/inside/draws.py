"""The inputs of a case, drawn from its seed: the same numbers on both sides, in the precision of each side."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import eye, rand, randint, randn, randperm, where  # as they are before a student's code can replace them

from .counted import unwatched

# A draw that is repeated until a condition holds gives up after so many times: the condition is then an author's slip.
MOST_ATTEMPTS = 1000
F32 = torch.float32  # whatever the side's default is


class Draws:
    """Random tensors, each from a stream of its own: a stream is named by kind, shape and count.

    So one draw more or less in a test does not shift the others. Everything is drawn in float32 on the CPU; then it
    gets the dtype and the device of the side. `recorded` replaces streams: another version of torch may draw others.
    """

    def __init__(
        self,
        seed: int,
        dtype: torch.dtype = torch.float32,
        device: str = "cpu",
        recorded: Mapping[str, torch.Tensor] | None = None,
    ) -> None:
        self.seed_number = seed
        self.dtype = dtype
        self.device = device
        self.drawn: dict[str, torch.Tensor] = {}
        self._recorded = recorded or {}
        self._counts: Counter[str] = Counter()

    def real(self, value: Any) -> torch.Tensor:
        """A tensor of this value in the precision and on the device of the side."""
        tensor = torch.as_tensor(value)
        return tensor.to(device=self.device, dtype=self.dtype if not _is_index(tensor) else None)

    def stream(self, kind: str, make: Callable[[torch.Generator], torch.Tensor]) -> torch.Tensor:
        """The next draw of this kind, as it was drawn."""
        self._counts[kind] += 1
        key = f"{kind} #{self._counts[kind]}"
        with unwatched():
            if key in self._recorded:
                tensor = self._recorded[key].clone()
            else:
                digest = hashlib.sha256(f"{self.seed_number}|{key}".encode()).digest()
                tensor = make(torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1))
            self.drawn[key] = tensor.clone()  # the answers may change what they get
        return tensor

    def normal(self, *shape: int, scale: float = 1.0) -> torch.Tensor:
        """Normal entries with standard deviation `scale`."""
        return self.real(self._normal(shape, scale))

    def _normal(self, shape: tuple[int, ...], scale: float) -> torch.Tensor:
        return self.stream(f"normal {shape} {scale}", lambda g: scale * randn(shape, generator=g, dtype=F32))

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        """Entries between `low` and `high`."""
        make = lambda g: low + (high - low) * rand(shape, generator=g, dtype=F32)  # noqa: E731
        return self.real(self.stream(f"uniform {shape} {low} {high}", make))

    def away_from_zero(self, *shape: int, gap: float = 0.1, scale: float = 1.5) -> torch.Tensor:
        """Normal entries pushed `gap` away from 0, where relu and celu have their kinks."""

        def make(g: torch.Generator) -> torch.Tensor:
            t = scale * randn(shape, generator=g, dtype=F32)
            return t + gap * where(t < 0, -1.0, 1.0).to(F32)

        return self.real(self.stream(f"away from zero {shape} {gap} {scale}", make))

    def probabilities(self, rows: int, classes: int) -> torch.Tensor:
        """A tensor (rows, classes); each row is positive with sum 1, and no entry is below about 1e-3."""

        def make(g: torch.Generator) -> torch.Tensor:
            weights = rand(rows, classes, generator=g, dtype=F32) + 0.05
            return weights / weights.sum(1, keepdim=True)

        return self.real(self.stream(f"probabilities {rows} {classes}", make))

    def classes(self, rows: int, classes: int) -> torch.Tensor:
        """A long tensor (rows,) of class indices."""
        make = lambda g: randint(classes, (rows,), generator=g)  # noqa: E731
        return self.real(self.stream(f"classes {rows} {classes}", make))

    def integers(self, *shape: int, low: int = 0, high: int = 10) -> torch.Tensor:
        """A long tensor with entries from `low` to `high` - 1."""
        make = lambda g: randint(low, high, shape, generator=g)  # noqa: E731
        return self.real(self.stream(f"integers {shape} {low} {high}", make))

    def permutation(self, n: int) -> torch.Tensor:
        """A long tensor (n,): the numbers from 0 to n - 1 in random order."""
        return self.real(self.stream(f"permutation {n}", lambda g: randperm(n, generator=g)))

    def one_hot(self, rows: int, classes: int) -> torch.Tensor:
        """A tensor (rows, classes) with a single 1 in each row."""

        def make(g: torch.Generator) -> torch.Tensor:
            return eye(classes, dtype=torch.float32)[randint(classes, (rows,), generator=g)]

        return self.real(self.stream(f"one-hot {rows} {classes}", make))

    def until(self, make: Callable[..., Any], ok: Callable[..., bool], *shapes: tuple[int, ...]) -> Any:
        """Normal tensors of these shapes, drawn again until `ok(*make(...))`; the result of `make`.

        Both functions see float64 on both sides, so both sides accept the same draw.
        """
        with unwatched():
            for _ in range(MOST_ATTEMPTS):
                made = make(*(self._normal(tuple(shape), 1.0).double() for shape in shapes))
                if ok(*made):
                    return tuple(self.real(m) for m in made)
        raise ValueError(f"d.until: the condition does not hold in {MOST_ATTEMPTS} draws")

    @property
    def numpy(self) -> NumpyDraws:
        """The same draws as NumPy arrays."""
        return NumpyDraws(self)


class NumpyDraws:
    """The draws of a case as NumPy arrays."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws

    def __getattr__(self, name: str) -> Any:
        draw = getattr(self._draws, name)

        def as_array(*args: Any, **kwargs: Any) -> Any:
            found = draw(*args, **kwargs)
            return tuple(t.cpu().numpy() for t in found) if isinstance(found, tuple) else found.cpu().numpy()

        return as_array


def _is_index(tensor: torch.Tensor) -> bool:
    return not (tensor.is_floating_point() or tensor.is_complex())
