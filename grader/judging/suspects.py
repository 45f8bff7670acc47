"""The trial of known mistakes in the student's place, in one case."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..assignment.cases import Case, Draw
from ..assignment.spec import Misconception, Probe, Tolerance
from .evidence import Evidence
from .local_implementation import LocalImplementation

# No more numbers of a huge answer need to be counted.
MAX_NUMBERS = 100


@dataclass(frozen=True)
class MistakeRun:
    """The results of a probe for a misconception in the student's place, and the data that it left in `draw.given`."""

    results: Mapping[str, Any]
    given: dict[str, Any]


# The runs of misconceptions in a case, by their sorted names; None if they raise. A probe that puts nothing in `given`
# has the same results for every student.
KnownRuns = dict[tuple[Probe, Case, tuple[str, ...]], MistakeRun | None]


@dataclass(frozen=True)
class Suspect:
    """A misconception, the results that it spoils in this case, and whether the student has the same values there."""

    misconception: Misconception
    spoils: frozenset[str]
    fits: bool


def changes_of(*misconceptions: Misconception) -> dict[str, Callable[..., Any]] | None:
    """The changes of these misconceptions together; None if two change one function and cannot be combined.

    Also None for several misconceptions if one of them is known only alone.
    """
    if len(misconceptions) > 1 and any(m.alone for m in misconceptions):
        return None
    changes: dict[str, Callable[..., Any]] = {}
    for misconception in misconceptions:
        for name, change in misconception.changes.items():
            if name in changes:
                combine = getattr(changes[name], "combined", None)
                both = None if combine is None else combine(change)
                if both is None:
                    return None
                change = both
            changes[name] = change
    return changes


def can_run(*misconceptions: Misconception) -> bool:
    """Whether these misconceptions can be made together."""
    return changes_of(*misconceptions) is not None


@dataclass(frozen=True)
class Trial:
    """One case, in which misconceptions are tried in the student's place."""

    evidence: Evidence
    reference: LocalImplementation
    known: KnownRuns

    def of(self, *misconceptions: Misconception, partly: bool = False) -> Suspect | None:
        """These misconceptions together; None if they raise, as they may on the inputs of another mistake's check.

        Also None if they cannot explain all wrong results, unless `partly`.
        """
        actual, wrong = self.evidence.actual, self.evidence.wrong
        run = self._run(*misconceptions)
        if run is None or (not partly and not self._alike(actual, run.results, wrong)):
            return None
        right = self._right(run)
        if right is None:
            return None
        spoils = [n for n in right if n in actual and not self._alike(run.results, right, [n])]
        return Suspect(misconceptions[0], frozenset(spoils), self._alike(actual, run.results, spoils))

    def excludes(self, mistake: Misconception, here: Sequence[Misconception], named: Sequence[Misconception]) -> bool:
        """Whether this mistake would show in this case, alone and next to any other named mistake, and did not.

        The mistake may be hidden by one that is named here and that cannot be combined with it. A mistake that is known
        only alone never counts as hidden.
        """
        alone = self.of(mistake, partly=True) if self.can_tell() else None
        if alone is None or not alone.spoils:
            return False
        if not mistake.alone and not all(can_run(other, mistake) for other in here):
            return False
        both = [self.of(other, mistake) for other in named if can_run(other, mistake)]
        return not any(b is not None and b.fits and b.spoils == frozenset(self.evidence.wrong) for b in both)

    def can_run(self, *misconceptions: Misconception) -> bool:
        """Whether these misconceptions can be made together."""
        return can_run(*misconceptions)

    def spoils(self, mistake: Misconception, names: Iterable[str]) -> bool:
        """Whether this mistake would make one of these results wrong."""
        suspect = self.of(mistake, partly=True)
        return suspect is not None and not suspect.spoils.isdisjoint(names)

    def finite_numbers(self, names: Iterable[str]) -> int:
        """The number of different finite numbers except 0 in the student's values, summed over these results."""
        return sum(finite_numbers(self.evidence.actual[name]) for name in names)

    @property
    def keeps(self) -> bool:
        """Whether the results of misconceptions here are the same for all students, so that each runs once."""
        return not self.evidence.draw.given

    def can_tell(self) -> bool:
        """Whether a mistake that is tried here in the student's place can be told from a right answer."""
        return self.keeps or (self._reference_is_right() and not self._data_are_wrong())

    def _reference_is_right(self) -> bool:
        """Whether the reference passes here: it does not if a probe looks only at effects inside the sandbox."""
        if self._key() not in self.known:
            self.known[self._key()] = self._right_alone(self._draw())
        return self.known[self._key()] is not None

    def _data_are_wrong(self) -> bool:
        """Whether even the reference gives the student's wrong results, on the data that the student's side used."""
        run = self._tried({}, self._draw(seen=self.evidence.draw.given))
        if run is None or self._is_right(run):
            return False
        return self._alike(self.evidence.actual, run.results, self.evidence.wrong)

    def _right_alone(self, draw: Draw) -> MistakeRun | None:
        """The run of the reference in the student's place; None if its results are not the right ones."""
        run = self._tried({}, draw)
        return run if run is not None and self._is_right(run) else None

    def _is_right(self, run: MistakeRun) -> bool:
        right = self._right(run)
        return bool(right) and self._alike(run.results, right or {}, right or {})

    def _key(self, *misconceptions: Misconception) -> tuple[Probe, Case, tuple[str, ...]]:
        return (self.evidence.probe, self.evidence.draw.case, tuple(sorted(m.name for m in misconceptions)))

    def _run(self, *misconceptions: Misconception) -> MistakeRun | None:
        key = self._key(*misconceptions)
        if self.keeps and key in self.known:
            return self.known[key]
        changes = changes_of(*misconceptions)
        if changes is None:
            return None
        if not self.keeps:
            return self._tried(changes, self._draw(seen=self.evidence.draw.given))
        self.known[key] = self._tried(changes, self._draw())
        return self.known[key]

    def _tried(self, changes: Mapping[str, Any], draw: Draw) -> MistakeRun | None:
        try:
            return MistakeRun(self.evidence.probe(self.reference.changed(changes), draw), draw.given)
        except Exception:  # a mistake may raise anything
            return None

    def _right(self, run: MistakeRun) -> Mapping[str, Any] | None:
        if not run.given:
            return self.evidence.expected
        right = self._tried({}, self._draw(given=run.given))
        return None if right is None else right.results

    def _draw(self, **more: Any) -> Draw:
        draw = self.evidence.draw
        return Draw(draw.case, draw.salt, right=draw.right, **more)

    def _alike(self, a: Mapping[str, Any], b: Mapping[str, Any], names: Iterable[str]) -> bool:
        return all(name in a and name in b and alike(a[name], b[name], self.evidence.tolerance) for name in names)


def alike(a: Any, b: Any, tolerance: Tolerance) -> bool:
    """Whether two values are the same within the tolerance, NaN and NaN included.

    A number counts as a tensor of one entry; anything else must be equal.
    """
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(alike(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor) and a.numel() != b.numel():
        return False  # before anything is computed, since `a` may be as large as the largest answer
    x, y = _tensor(a), _tensor(b)
    if x is None or y is None:
        return type(a) is type(b) and bool(a == b)
    if x.numel() == y.numel() == 1:
        x, y = x.reshape(()), y.reshape(())
    return x.shape == y.shape and torch.allclose(x, y, tolerance.rtol, tolerance.atol, equal_nan=True)


def _tensor(value: Any) -> torch.Tensor | None:
    """A tensor or number in float64; None for anything else."""
    if isinstance(value, torch.Tensor):
        return value.detach().double()
    return torch.tensor(float(value), dtype=torch.float64) if isinstance(value, (int, float)) else None


def numbers_of(value: Any) -> list[float]:
    """The numbers of a result; facts and texts do not count."""
    if isinstance(value, torch.Tensor):
        return [float(x) for x in value.detach().reshape(-1)[:MAX_NUMBERS].tolist()]
    if isinstance(value, (tuple, list)):
        return [number for part in value for number in numbers_of(part)]
    return [float(value)] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def finite_numbers(value: Any) -> int:
    """The count of different finite numbers except 0 in a result: many mistakes lead to zeros, NaN and inf."""
    return len({f"{x:.4g}" for x in numbers_of(value) if math.isfinite(x) and x != 0})
