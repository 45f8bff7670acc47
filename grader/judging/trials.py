"""The trial of known mistakes in the student's place, in one case of a test."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..assignment.cases import Case
from ..assignment.course import Mistake
from ..assignment.patches import overlap
from ..assignment.tolerance import Tolerance
from .author import Place

# No more numbers of a huge answer need to be counted.
MAX_NUMBERS = 100


@dataclass(frozen=True)
class Suspect:
    """A mistake, the results that it spoils in this case, and whether the student has the same values there."""

    mistake: Mistake
    spoils: frozenset[str]
    fits: bool


@dataclass(frozen=True)
class Results:
    """The named results of one run of a test: their values, and the names of those that are wrong."""

    values: Mapping[str, Any]
    wrong: frozenset[str]


# The runs of mistakes in a case that are the same for every student, by sorted names; None if they raise.
KnownResults = dict[tuple[Place, tuple[str, ...]], Results | None]


@dataclass(frozen=True)
class TestEvidence:
    """The student's results in one case of a test. `tried` runs sets of known mistakes in the student's place."""

    at: Place
    case: Case
    actual: Mapping[str, Any]
    wrong: Sequence[str]
    tolerance: Tolerance
    tried: Callable[[Sequence[tuple[str, ...]]], list[Results | None]]
    keeps: bool  # whether the results of mistakes are the same for all students
    runs: Callable[[], KnownResults]  # those that are known: of all students, or of those with the same rows

    @property
    def place(self) -> tuple[Any, Case]:
        return (self.at.question, self.at.test), self.case


@dataclass(frozen=True)
class TestTrial:
    """One case, in which known mistakes are tried in the student's place."""

    evidence: TestEvidence

    def of(self, *mistakes: Mistake, partly: bool = False) -> Suspect | None:
        """These mistakes together; None if they raise, as they may on the inputs of another mistake's test.

        Also None if they cannot explain all wrong results, unless `partly`.
        """
        actual, wrong = self.evidence.actual, self.evidence.wrong
        run = self._run(*mistakes)
        if run is None or (not partly and not self._alike(run, wrong)):
            return None
        spoils = frozenset(name for name in run.wrong if name in actual)
        return Suspect(mistakes[0], spoils, self._alike(run, spoils))

    def excludes(self, mistake: Mistake, here: Sequence[Mistake], named: Sequence[Mistake]) -> bool:
        """Whether this mistake would show in this case, alone and next to any other named mistake, and did not.

        The mistake may be hidden by one that is named here and that cannot be made together with it. A mistake that is
        known only alone never counts as hidden.
        """
        alone = self.of(mistake, partly=True) if self.can_tell() else None
        if alone is None or not alone.spoils:
            return False
        if not mistake.alone and not all(self.can_run(other, mistake) for other in here):
            return False
        both = [self.of(other, mistake) for other in named if self.can_run(other, mistake)]
        return not any(b is not None and b.fits and b.spoils == frozenset(self.evidence.wrong) for b in both)

    def can_run(self, first: Mistake, second: Mistake) -> bool:
        """Whether these mistakes can be made together: their diffs do not overlap."""
        return not (first.alone or second.alone or overlap(first, second))

    def spoils(self, mistake: Mistake, names: Iterable[str]) -> bool:
        """Whether this mistake would make one of these results wrong."""
        suspect = self.of(mistake, partly=True)
        return suspect is not None and not suspect.spoils.isdisjoint(names)

    def finite_numbers(self, names: Iterable[str]) -> int:
        """The number of different finite numbers except 0 in the student's values, summed over these results."""
        return sum(finite_numbers(self.evidence.actual[name]) for name in names)

    @property
    def keeps(self) -> bool:
        """Whether the results of mistakes here are the same for all students, so that each runs once."""
        return self.evidence.keeps

    def can_tell(self) -> bool:
        """Whether a mistake that is tried here can be told from a right answer: the solution itself must be right.

        On the student's own rows, it must not give the student's wrong results: then the rows are wrong.
        """
        run = self._run()
        if run is None:
            return False
        return not run.wrong

    def _run(self, *mistakes: Mistake) -> Results | None:
        self.prepare([mistakes])
        return self._runs[self._key(mistakes)]

    def prepare(self, sets: Iterable[Sequence[Mistake]]) -> None:
        """Run these sets of mistakes, all in one request; what is known already is not run again."""
        keys = list(dict.fromkeys(self._key(mistakes) for mistakes in sets))
        runs = self._runs
        keys = [key for key in keys if key not in runs]
        if keys:
            runs.update(zip(keys, self.evidence.tried([names for _, names in keys]), strict=True))

    @property
    def _runs(self) -> KnownResults:
        return self.evidence.runs()

    def _key(self, mistakes: Sequence[Mistake]) -> tuple[Place, tuple[str, ...]]:
        return self.evidence.at, tuple(sorted(m.name for m in mistakes))

    def _alike(self, run: Results, names: Iterable[str]) -> bool:
        ours, theirs = self.evidence.actual, run.values
        return all(n in ours and n in theirs and alike(ours[n], theirs[n], self.evidence.tolerance) for n in names)


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
