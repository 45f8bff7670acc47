"""From wrong values to the known mistake that explains them, or to two mistakes that explain them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from ..assignment.cases import Case
from ..assignment.course import Mistake
from ..messages import Text
from ..results import Finding
from .checks.check import Judged
from .trials import TestEvidence, TestTrial, finite_numbers, numbers_of

# If one mistake changes the results of another, both must be run together. Each pair costs one more run: a millisecond,
# or ten milliseconds with a training loop. MAX_PAIRS pairs are tried in a case for each student, MAX_KEPT_PAIRS if
# their results are kept for all students.
MAX_PAIRS = 100
MAX_KEPT_PAIRS = 250
PAIRS_AT_ONCE = 50  # in one request
FIRST_TRIALS = 2  # mistakes that are tried before the others where the runs are not kept for all students
# The least count of numbers that must support a name. One of MAX_KEPT_PAIRS pairs may well come within 1e-4 of one
# number by chance; that the same pair hits a second number as well is thousands of times less likely.
MIN_EVIDENCE = 2
# The same for a mistake that explains some results, next to others that nothing explains.
MIN_NUMBERS = 4
# Each round drops the mistakes that some case contradicts, and names again with the mistakes that are left.
MAX_ROUNDS = 4


@dataclass(frozen=True)
class Explanation:
    """The mistakes behind one wrong result: one, or two together."""

    mistakes: tuple[Mistake, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(m.name for m in self.mistakes)

    @property
    def hint(self) -> Text:
        """The hints, one after the other."""
        hints = [m.hint for m in self.mistakes]
        return Text(" ".join(h.es for h in hints), " ".join(h.en for h in hints))


Pair = frozenset[str]  # the names of two mistakes


def explain(mistakes: Sequence[Mistake], evidence: TestEvidence, excluded: set[Pair]) -> dict[str, Explanation]:
    """Explanations of wrong results: of all by one or two mistakes, else of the part that one explains alone.

    A mistake explains results if it produces the student's values there, NaN for NaN, and the right values elsewhere.
    The first such mistake counts. `excluded` are pairs that other cases contradict; those of this case are added.
    """
    wrong = frozenset(evidence.wrong)
    trial = TestTrial(evidence)
    if not wrong or not mistakes or not trial.can_tell():
        return {}
    # Runs that are kept for all students go in one request. Of the others the first are those that explained a case.
    first = 0 if trial.keeps else FIRST_TRIALS
    for some in (mistakes[:first], mistakes[first:]):
        trial.prepare([mistake] for mistake in some)
        for mistake in some:
            suspect = trial.of(mistake)
            if suspect is not None and suspect.fits and suspect.spoils == wrong:
                return dict.fromkeys(wrong, Explanation((mistake,)))
    if all(evidence.actual[name] is None for name in wrong):
        return {}  # not answered: two mistakes cannot meet in an absent value
    return _together(mistakes, wrong, trial, excluded) or _in_part(mistakes, wrong, trial)


def _together(
    mistakes: Sequence[Mistake], wrong: frozenset[str], trial: TestTrial, excluded: set[Pair]
) -> dict[str, Explanation]:
    """Two mistakes that spoil different results, or whose combination produces the student's values.

    Pairs from the start of the sequence come first, since it starts with those that explained another case.
    """
    suspects = {mistake.name: trial.of(mistake, partly=True) for mistake in mistakes}
    most = MAX_KEPT_PAIRS if trial.keeps else MAX_PAIRS
    tried: list[tuple[Mistake, Mistake]] = []
    for pair in combinations(mistakes, 2):
        first, second = (suspects[m.name] for m in pair)
        if first is None or second is None or first.spoils | second.spoils != wrong:
            continue
        # One mistake may show only next to the other. A trial costs a run, which pays only if it is kept for everybody.
        if not (trial.keeps or (first.spoils and second.spoils)):
            continue
        if first.fits and second.fits and not first.spoils & second.spoils:
            parts = {name: part for part in (first, second) for name in part.spoils}
            return {name: Explanation((part.mistake,)) for name, part in parts.items()}
        if len(tried) < most and _names(pair) not in excluded and trial.can_run(*pair):
            tried.append(pair)
    for start in range(0, len(tried), PAIRS_AT_ONCE):
        some = tried[start : start + PAIRS_AT_ONCE]
        trial.prepare(some)
        for pair in some:
            both = trial.of(*pair, partly=True)
            if both is not None and both.fits and both.spoils == wrong:
                return dict.fromkeys(wrong, Explanation(tuple(sorted(pair, key=lambda m: m.name))))
            if both is not None and both.spoils:
                excluded.add(_names(pair))
    return {}


def _names(pair: Iterable[Mistake]) -> Pair:
    return frozenset(m.name for m in pair)


def _in_part(mistakes: Sequence[Mistake], wrong: frozenset[str], trial: TestTrial) -> dict[str, Explanation]:
    """One mistake that produces some of the student's wrong results, next to others that nothing explains."""
    suspects = [trial.of(m, partly=True) for m in mistakes]
    fitting = [s for s in suspects if s is not None and s.fits and s.spoils and s.spoils < wrong]
    fitting = [s for s in fitting if trial.finite_numbers(s.spoils) >= MIN_NUMBERS]
    most = max(fitting, key=lambda s: len(s.spoils), default=None)
    return {} if most is None else dict.fromkeys(most.spoils, Explanation((most.mistake,)))


CaseOfTest = tuple[Any, Case]


def diagnosed(judged: Sequence[Judged], mistakes: Sequence[Mistake]) -> list[Judged]:
    """The entries of one question, with the names and hints of the mistakes that explain them.

    The names are the fewest mistakes that explain the wrong results and that no case contradicts. A mistake may
    look like another one if sizes or constants happen to agree, and one NaN looks like another. The student did not
    make a mistake that would show in another case if that case has other values.
    """
    question = _Question(judged, mistakes)
    named = question.named()
    for _ in range(MAX_ROUNDS):
        against = question.contradicted(named)
        if not against:
            break
        order = tuple(m for m in named.order if m.name not in against)
        affected = [k for k, names in enumerate(named.by_entry) if names & against]
        named = question.with_fewest_names(question.explained(affected, replace(named, order=order)))
    return question.confirmed(named)


@dataclass(frozen=True)
class _Naming:
    """The explanations of each entry's wrong results, and the order in which mistakes are tried next."""

    explanations: tuple[Mapping[str, Explanation], ...]
    order: tuple[Mistake, ...]

    @property
    def by_entry(self) -> list[set[str]]:
        return [{name for e in found.values() for name in e.names} for found in self.explanations]

    @property
    def names(self) -> set[str]:
        return set().union(*self.by_entry)


class _Question:
    """The evidence of one question, and the known mistakes that may explain it."""

    def __init__(self, judged: Sequence[Judged], mistakes: Sequence[Mistake]) -> None:
        self._judged = judged
        self._mistakes = tuple(mistakes)
        self._evidence: dict[CaseOfTest, TestEvidence] = {}
        self._excluded: set[Pair] = set()
        for evidence in (entry.evidence for entry in judged):
            if evidence is not None:
                # Several checks may look at the same results; the one with most wrong results counts.
                before = self._evidence.get(evidence.place)
                if before is None or len(before.wrong) <= len(evidence.wrong):
                    self._evidence[evidence.place] = evidence

    def named(self) -> _Naming:
        """Every entry, named by as few mistakes as explain them."""
        nothing = _Naming(tuple({} for _ in self._judged), self._mistakes)
        return self.with_fewest_names(self.explained(range(len(self._judged)), nothing))

    def explained(self, entries: Iterable[int], named: _Naming) -> _Naming:
        """These entries explained again, in the naming's order. Mistakes that explain a case go first in the next."""
        found, order = list(named.explanations), named.order
        for k in entries:
            evidence = self._judged[k].evidence
            if evidence is None:
                continue
            found[k] = explain(order, evidence, self._excluded)
            names = {name for explanation in found[k].values() for name in explanation.names}
            order = tuple(sorted(order, key=lambda m: m.name not in names))
        return _Naming(tuple(found), order)

    def with_fewest_names(self, named: _Naming) -> _Naming:
        """The same entries, named by as few mistakes as explain them.

        In a small case two mistakes may look alike, and the table's order decides. So each name that was found is tried
        here before all others.
        """
        attempts = [named]
        names = sorted(named.names)
        if any(own == set(names) for own in named.by_entry):
            return named  # all of them are needed in one case
        affected = [k for k, own in enumerate(named.by_entry) if own]
        for name in names:
            first = tuple(sorted(named.order, key=lambda m: m.name != name))
            attempts.append(self.explained(affected, replace(named, order=first)))
        best = min(attempts, key=lambda attempt: len(attempt.names))
        return replace(best, order=named.order)

    def contradicted(self, named: _Naming) -> set[str]:
        """Names of mistakes that would show in a case where the student's values are different."""
        places = self._places(named)
        by_name = {m.name: m for m in named.order}
        against = set()
        for name in named.names:
            own = {test for (test, _), names in places.items() if name in names}
            others = [by_name[n] for n in named.names - {name}]
            for (test, case), names in places.items():
                evidence = self._evidence[test, case]
                elsewhere = test not in own and not (evidence.wrong and self._is_one_function(named))
                if name in names or elsewhere:
                    continue
                trial = TestTrial(evidence)
                if trial.excludes(by_name[name], [by_name[n] for n in names], others):
                    against.add(name)
                    break
        return against

    def confirmed(self, named: _Naming) -> list[Judged]:
        """The entries with their names, without names that may fit by chance because too few numbers support them.

        A pair always needs MIN_EVIDENCE numbers. If other wrong results are not explained, every name needs them. NaN
        counts only for a pair, next to a mistake that finite numbers prove.
        """
        unexplained = {
            test for (test, case), names in self._places(named).items()
            if self._evidence[test, case].wrong and not names
        }  # fmt: skip
        everywhere = bool(unexplained) and self._is_one_function(named)
        found: Counter[frozenset[str]] = Counter()  # the student's numbers, with NaN and inf
        finite: Counter[frozenset[str]] = Counter()
        open_: set[frozenset[str]] = set()
        for entry, explanations in zip(self._judged, named.explanations, strict=True):
            if entry.evidence is None:
                continue
            place = entry.evidence.place
            for result, explanation in explanations.items():
                names, came = frozenset(explanation.names), self._evidence[place].actual[result]
                found[names] += len(numbers_of(came))
                finite[names] += finite_numbers(came)
                if everywhere or place[0] in unexplained:
                    open_.add(names)

        half = self._may_be_half(named)

        def is_doubtful(names: frozenset[str]) -> bool:
            if names & half:
                return True
            if len(names) > 1:
                # NaN is enough if one of the two is certain by itself: the other one turned its values into NaN.
                certain = any(finite[frozenset({name})] >= MIN_EVIDENCE for name in names)
                if (found if certain else finite)[names] < MIN_EVIDENCE:
                    return True
            return names in open_ and finite[names] < MIN_EVIDENCE

        def with_names(finding: Finding, explanation: Explanation | None) -> Finding:
            if explanation is None or is_doubtful(frozenset(explanation.names)):
                return finding
            return finding.with_(misconceptions=explanation.names, hint=explanation.hint)

        return [
            replace(entry, findings=tuple(with_names(f, explanations.get(f.result)) for f in entry.findings))
            for entry, explanations in zip(self._judged, named.explanations, strict=True)
        ]

    def _may_be_half(self, named: _Naming) -> set[str]:
        """Names of mistakes that are known only alone, if the student may have made another one in the same function.

        This is possible if a mistake in that function spoils a wrong result that nothing explains. The results of two
        such mistakes together are not known here, and one half of such a pair may look like a third mistake.
        """
        suspects = [m for m in named.order if m.alone and m.name in named.names]
        explained = {
            (entry.evidence.place, result)
            for entry, explanations in zip(self._judged, named.explanations, strict=True)
            if entry.evidence is not None
            for result in explanations
        }
        half: set[str] = set()
        for place, evidence in self._evidence.items() if suspects else ():
            unexplained = {name for name in evidence.wrong if (place, name) not in explained}
            trial = TestTrial(evidence)
            if unexplained and trial.can_tell():
                half |= {
                    m.name
                    for m in suspects
                    if any(trial.spoils(other, unexplained) for other in _in_same_function(m, named.order))
                }
        return half

    def _is_one_function(self, named: _Naming) -> bool:
        """Whether all mistakes that are left change one function: then all checks look at the same code."""
        changed = {name for m in named.order for name in m.changes}
        return len(changed) == 1 and not changed & {m.question for m in named.order}

    def _places(self, named: _Naming) -> dict[CaseOfTest, set[str]]:
        """The cases where the student's side returned values, with the names that were found there."""
        places: dict[CaseOfTest, set[str]] = {place: set() for place in self._evidence}
        for entry, names in zip(self._judged, named.by_entry, strict=True):
            if entry.evidence is not None:
                places[entry.evidence.place] |= names
        return places


def _in_same_function(mistake: Mistake, mistakes: Sequence[Mistake]) -> list[Mistake]:
    """The mistakes that change a function that this mistake changes."""
    return [m for m in mistakes if set(m.changes) & set(mistake.changes)]
