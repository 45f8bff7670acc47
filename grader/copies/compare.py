"""Compare all works of a class: rare fingerprints in common count much, and the class itself gives the threshold."""

from __future__ import annotations

import itertools
import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .prints import Work

# The threshold lies this many times the distance from the median to the third quartile of the scores above the third
# quartile. `make bench-copies` chooses it on one half of its pairs and tries it on the other half.
STRETCH = 20.0
# But at least where this many prints are shared that nobody else has, ten lines or so.
LEAST_PRINTS = 6
# Pairs that share more than this part of the smaller work are left out of these quantiles: whole groups that copied
# would make it look usual.
BEYOND_CHANCE = 0.5
# Fewer pairs say nothing about what is usual. Then a pair is likely if it shares more than BEYOND_CHANCE.
ENOUGH_PAIRS = 45
SAMPLED_PAIRS = 20_000
# Steps of the search for candidates: the rarest prints come first, so a large class stays near-linear.
STEPS = 2_000_000
STEPS_EACH = 300


@dataclass(frozen=True)
class Pair:
    """Two works, by index, and how much speaks for a common origin."""

    a: int
    b: int
    score: float
    share: float  # of the rare prints of the smaller work, 0 to 1


@dataclass(frozen=True)
class Shared:
    """What two works share in one question: the part of the rare code, 0 to 1, and what it adds to the score."""

    question: str
    share: float
    score: float


@dataclass(frozen=True)
class _Side:
    """A pair seen from one of its works."""

    parts: tuple[Shared, ...]
    score: float
    share: float


class Comparison:
    """Works of this class first (`current` of them), then those of earlier years; `apart` are pairs never compared."""

    def __init__(self, works: Sequence[Work], current: int, apart: Iterable[tuple[int, int]] = ()) -> None:
        self.works = works
        self.current = current
        self.apart = frozenset(apart)
        self.question = [{p.hash: w.lines[p.first].question for p in w.prints} for w in works]
        self.holders: defaultdict[int, list[int]] = defaultdict(list)
        for k, work in enumerate(works):
            for p in work.prints:
                self.holders[p.hash].append(k)
        alone = max(1, len(works) - 1)
        # How surprising a print is among the works other than the two that are compared.
        self.weights = [math.log(2 * alone)] + [
            math.log(alone / max(0.5, n - 1.5)) if n > 1 else math.log(2 * alone) for n in range(1, len(works) + 1)
        ]
        self.totals = [self._by_question(k, self.question[k]) for k in range(len(works))]

    def weight(self, hash: int) -> float:
        return self.weights[len(self.holders[hash])]

    def _by_question(self, k: int, hashes: Iterable[int]) -> dict[str, float]:
        sums: dict[str, float] = defaultdict(float)
        for hash in hashes:
            sums[self.question[k][hash]] += self.weight(hash)
        return sums

    def common(self, a: int, b: int) -> set[int]:
        return self.question[a].keys() & self.question[b].keys()

    def pair(self, a: int, b: int) -> Pair:
        """The score adds, over the questions, what is shared times its part of the answer.

        Of both directions the greater one counts: one copied answer among own ones counts, and so does a whole copy
        with much around it. What is spread thinly over all answers, as among honest students, counts little.
        """
        sides = [self._side(k, self.common(a, b)) for k in (a, b)]
        return Pair(a, b, max(s.score for s in sides), max(s.share for s in sides))

    def shared(self, pair: Pair) -> list[Shared]:
        """What both share in each question, in the direction whose score counts."""
        common = self.common(pair.a, pair.b)
        return list(max((self._side(k, common) for k in (pair.a, pair.b)), key=lambda side: side.score).parts)

    def _side(self, k: int, common: set[int]) -> _Side:
        totals, shared = self.totals[k], self._by_question(k, common)
        parts = tuple(Shared(q, s / totals[q], s * s / totals[q]) for q, s in shared.items() if s)
        whole = sum(totals.values())
        return _Side(parts, sum(p.score for p in parts), sum(shared.values()) / whole if whole else 0.0)

    def usual(self) -> tuple[float, float]:
        """The median and the third quartile of the scores of pairs that did not copy nearly everything."""
        found = sorted(p.score for p in self._sample() if p.share <= BEYOND_CHANCE)
        return (found[len(found) // 2], found[len(found) * 3 // 4]) if found else (0.0, 0.0)

    def threshold(self) -> float | None:
        """The score from which a pair is likely; None where the class is too small to say what is usual."""
        if self._pairs() < ENOUGH_PAIRS:
            return None
        median, quartile = self.usual()
        return max(quartile + STRETCH * (quartile - median), LEAST_PRINTS * self.weights[0])

    def _pairs(self) -> int:
        return self.current * (self.current - 1) // 2 + self.current * (len(self.works) - self.current)

    def _sample(self) -> list[Pair]:
        everybody = len(self.works)
        if self._pairs() <= SAMPLED_PAIRS:
            chosen = [(a, b) for a in range(self.current) for b in range(a + 1, everybody)]
        else:
            draw = random.Random(0)
            drawn = ((draw.randrange(self.current), draw.randrange(everybody)) for _ in range(SAMPLED_PAIRS))
            chosen = [(min(a, b), max(a, b)) for a, b in drawn if a != b]
        return [self.pair(a, b) for a, b in chosen if (a, b) not in self.apart]

    def candidates(self) -> dict[tuple[int, int], float]:
        """The pairs that share rare prints, and the sum of the weights of these."""
        sums: dict[tuple[int, int], float] = defaultdict(float)
        left = STEPS + STEPS_EACH * len(self.works)
        for holders in sorted((h for h in self.holders.values() if len(h) > 1), key=len):
            left -= len(holders) * len(holders) // 2
            if left < 0:
                break
            weight = self.weights[len(holders)]
            for a, b in itertools.combinations(holders, 2):
                if a < self.current:
                    sums[a, b] += weight
        return sums

    def ranked(self, threshold: float | None) -> list[Pair]:
        """The pairs that may be likely, and those not far below, the highest score first."""
        least = (threshold or 0.0) / 2  # a score is at most the sum of the weights
        near = [place for place, weight in self.candidates().items() if weight >= least and place not in self.apart]
        return sorted((self.pair(a, b) for a, b in near), key=lambda p: (-p.score, p.a, p.b))

    def is_likely(self, pair: Pair, threshold: float | None) -> bool:
        return pair.score >= threshold if threshold is not None else pair.share > BEYOND_CHANCE


def clusters(pairs: Iterable[Pair]) -> list[list[int]]:
    """The works that likely pairs connect, the largest group first."""
    group: dict[int, list[int]] = {}
    for pair in pairs:
        joined = {id(g): g for g in (group.get(pair.a, [pair.a]), group.get(pair.b, [pair.b]))}
        members = sorted(itertools.chain(*joined.values()))
        for k in members:
            group[k] = members
    distinct = {id(g): g for g in group.values()}.values()
    return sorted(distinct, key=lambda g: (-len(g), g))
