"""From wrong values to the known mistake that explains them, or to two that do so together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

import torch

from .implementation import LocalImplementation
from .messages import Text
from .part import ENTRIES, Part, part_of
from .spec import Case, Draw, Misconception, Probe, Tolerance

if TYPE_CHECKING:
    from .checks import Sides
    from .results import Finding
    from .scoring import Judged

# Two mistakes of which one changes what the other one gives have to be run together, at the price of one more run for
# each pair: a millisecond, or ten where there is a loop to train. So many are tried in a case for each student, and so
# many where what they give is kept for all of them.
MAX_PAIRS = 100
MAX_KEPT_PAIRS = 250
# Numbers that a pair has to give as they came. Of a few hundred pairs one may hit a single number by chance, once in
# some thirty; a second number too, once in 10,000 times that.
MIN_EVIDENCE = 2
# Of the results that one mistake explains beside others that nothing explains.
MIN_NUMBERS = 4
# No more of a huge answer has to be counted.
MAX_NUMBERS = 100
# Each round drops what some case speaks against; three were the most that a submission has needed.
MAX_ROUNDS = 4


@dataclass(frozen=True)
class Symptoms:
    """What a student's side gave in one case, what was expected, and which results are wrong."""

    probe: Probe
    draw: Draw
    actual: Mapping[str, Any]
    expected: Mapping[str, Any]
    wrong: Sequence[str]
    tolerance: Tolerance


def _numbers(value: Any) -> list[float]:
    """The numbers of a result; facts and texts are none."""
    if isinstance(value, torch.Tensor):
        return [float(x) for x in value.detach().reshape(-1)[:MAX_NUMBERS].tolist()]
    if isinstance(value, (tuple, list)):
        return [number for part in value for number in _numbers(part)]
    return [float(value)] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def _finite(value: Any) -> int:
    """How many different numbers but 0 a result holds: zeros come of many a mistake, and so do NaN and inf."""
    return len({f"{x:.4g}" for x in _numbers(value) if math.isfinite(x) and x != 0})


@dataclass(frozen=True)
class Explanation:
    """The misconceptions behind one wrong result: one, or two that were made together."""

    misconceptions: tuple[Misconception, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(m.name for m in self.misconceptions)

    @property
    def hint(self) -> Text:
        """The hints, one after the other."""
        hints = [m.hint for m in self.misconceptions]
        return Text(" ".join(h.es for h in hints), " ".join(h.en for h in hints))


@dataclass(frozen=True)
class Run:
    """What a probe gave for a misconception in the student's place, and what it left in `draw.given`."""

    results: Mapping[str, Any]
    given: dict[str, Any]


# What misconceptions, by their sorted names, give in a case; None where they raise. A probe that puts nothing in
# `given` has the same results whoever the student is.
Known = dict[tuple[Probe, Case, tuple[str, ...]], Run | None]


@dataclass(frozen=True)
class _Suspect:
    """A misconception, the results that it spoils in this case, and whether the student's are the same there."""

    misconception: Misconception
    spoils: frozenset[str]
    fits: bool


def explain(
    misconceptions: Sequence[Misconception], symptoms: Symptoms, reference: LocalImplementation, known: Known
) -> dict[str, Explanation]:
    """An explanation for each wrong result; none where no misconception and no two together explain all of them.

    What explains gives the student's value in every wrong result, NaN for NaN, and the right one elsewhere. The first
    one counts. `known` keeps what does not depend on the student.
    """
    wrong = frozenset(symptoms.wrong)
    trial = _Trial(symptoms, reference, known)
    if not wrong or not misconceptions or not trial.can_tell():
        return {}
    for misconception in misconceptions:
        suspect = trial.of(misconception)
        if suspect is not None and suspect.fits and suspect.spoils == wrong:
            return dict.fromkeys(wrong, Explanation((misconception,)))
    if all(symptoms.actual[name] is None for name in wrong):
        return {}  # not answered: there is nothing in which two could meet
    return _together(misconceptions, wrong, trial) or _in_part(misconceptions, wrong, trial)


def _together(misconceptions: Sequence[Misconception], wrong: frozenset[str], trial: _Trial) -> dict[str, Explanation]:
    """Two that spoil different results, each as the student has them, or two whose combination gives what came.

    Pairs of the first ones come first: there are those that have explained another case.
    """
    suspects: dict[str, _Suspect | None] = {}
    left = MAX_KEPT_PAIRS if trial.keeps else MAX_PAIRS
    for pair in combinations(misconceptions, 2):
        for misconception in pair:
            if misconception.name not in suspects:
                suspects[misconception.name] = trial.of(misconception, partly=True)
        first, second = (suspects[m.name] for m in pair)
        if first is None or second is None or first.spoils | second.spoils != wrong:
            continue
        # One may show only next to the other. To try it costs a run, which is worth it where it is kept for everybody.
        if not (trial.keeps or (first.spoils and second.spoils)):
            continue
        if first.fits and second.fits and not first.spoils & second.spoils:
            parts = {name: part for part in (first, second) for name in part.spoils}
            return {name: Explanation((part.misconception,)) for name, part in parts.items()}
        if left and trial.can_run(*pair):
            left -= 1
            both = trial.of(*pair)
            if both is not None and both.fits and both.spoils == wrong:
                return dict.fromkeys(wrong, Explanation(tuple(sorted(pair, key=lambda m: m.name))))
    return {}


def _in_part(misconceptions: Sequence[Misconception], wrong: frozenset[str], trial: _Trial) -> dict[str, Explanation]:
    """One that gives some of the wrong results just as they came, next to others that nothing explains."""
    suspects = [trial.of(m, partly=True) for m in misconceptions]
    fitting = [s for s in suspects if s is not None and s.fits and s.spoils and s.spoils < wrong]
    fitting = [s for s in fitting if trial.evidence(s.spoils) >= MIN_NUMBERS]
    most = max(fitting, key=lambda s: len(s.spoils), default=None)
    return {} if most is None else dict.fromkeys(most.spoils, Explanation((most.misconception,)))


def diagnosed(judged: Sequence[Judged], sides: Sides) -> list[Judged]:
    """The entries of one question, named by as few misconceptions as explain them and that no case speaks against.

    A mistake may look like another one where sizes or constants happen to agree, and NaN looks like NaN. It is not the
    student's where it would show in another case and something else came there.
    """
    entries = named_alike(judged, sides)
    for _ in range(MAX_ROUNDS):
        against = _contradicted(entries, sides)
        if not against:
            break
        sides = replace(sides, misconceptions=tuple(m for m in sides.misconceptions if m.name not in against))
        entries = named_alike(
            [_again(entry, sides) if _named([entry]) & against else entry for entry in entries], sides
        )
    return confirmed(entries, sides)


def _again(entry: Judged, sides: Sides) -> Judged:
    """The entry judged anew with these misconceptions; the student's side is not run again."""
    return replace(entry, findings=entry.check.judge(sides, entry.check.cases[entry.case]))


def _contradicted(judged: Sequence[Judged], sides: Sides) -> set[str]:
    """Names of misconceptions that would show in a case where something else came."""
    places = _places(judged, sides)
    by_name = {m.name: m for m in sides.misconceptions}
    named = _named(judged)
    against = set()
    for name in named:
        own = {probe for (probe, _), names in places.items() if name in names}
        for (probe, case), names in places.items():
            symptoms = sides.symptoms[probe, case]
            elsewhere = probe not in own and not (symptoms.wrong and _is_one_function(sides))
            if name in names or elsewhere:
                continue
            trial = _Trial(symptoms, sides.reference(), sides.known)
            if trial.excludes(by_name[name], [by_name[n] for n in names], [by_name[n] for n in named - {name}]):
                against.add(name)
                break
    return against


def _is_one_function(sides: Sides) -> bool:
    """Whether all mistakes of the question are made in one function: then all checks look at the same code."""
    changed = {name for m in sides.misconceptions for name in m.changes}
    return len(changed) == 1 and all(sides.reference().has(name.partition(".")[0]) for name in changed)


def _places(judged: Sequence[Judged], sides: Sides) -> dict[tuple[Probe, Case], set[str]]:
    """Where the student's side gave values, and what is named there."""
    places: dict[tuple[Probe, Case], set[str]] = {}
    for entry in judged:
        if _place(entry) in sides.symptoms:
            places.setdefault(_place(entry), set()).update(_named([entry]))
    return places


def _place(entry: Judged) -> Any:
    """The probe and the case of an entry; None and the case where its check has no probe."""
    return getattr(entry.check, "probe", None), entry.check.cases[entry.case]


def named_alike(judged: Sequence[Judged], sides: Sides) -> list[Judged]:
    """The entries of one question, named by as few misconceptions as explain them.

    In a small case two mistakes may look alike, and the table's order decides: here each name that was given is tried
    before all others. The student's side is not run again.
    """
    attempts = [list(judged)]
    names = sorted(_named(judged))
    if any(_named([entry]) == set(names) for entry in judged):
        return attempts[0]  # all of them are needed in one case
    for name in names:
        ordered = tuple(sorted(sides.misconceptions, key=lambda m: m.name != name))
        again = replace(sides, misconceptions=ordered)
        attempts.append([_again(e, again) if _named([e]) else e for e in judged])
    return min(attempts, key=lambda attempt: len(_named(attempt)))


def confirmed(judged: Sequence[Judged], sides: Sides) -> list[Judged]:
    """The entries of one question, without names that so few numbers speak for that they may fit by chance.

    A pair always needs some; where other wrong results are explained by nothing, every name does. NaN counts only for a
    pair, beside a mistake that finite numbers prove.
    """
    places = _places(judged, sides)
    unexplained = {probe for (probe, case), names in places.items() if sides.symptoms[probe, case].wrong and not names}
    everywhere = bool(unexplained) and _is_one_function(sides)
    found: Counter[frozenset[str]] = Counter()  # numbers that came, NaN and inf too
    finite: Counter[frozenset[str]] = Counter()
    open_: set[frozenset[str]] = set()
    for entry, finding in ((e, f) for e in judged for f in e.findings if f.misconceptions):
        names, place = frozenset(finding.misconceptions), _place(entry)
        came = sides.symptoms[place].actual[finding.result]
        found[names] += len(_numbers(came))
        finite[names] += _finite(came)
        if everywhere or place[0] in unexplained:
            open_.add(names)

    def is_doubtful(names: frozenset[str]) -> bool:
        if len(names) > 1:
            # NaN is enough where one of the two is certain by itself: the other one made NaN of its values.
            certain = any(finite[frozenset({name})] >= MIN_EVIDENCE for name in names)
            if (found if certain else finite)[names] < MIN_EVIDENCE:
                return True
        return names in open_ and finite[names] < MIN_EVIDENCE

    def kept(finding: Finding, hint: Text) -> Finding:
        names = frozenset(finding.misconceptions)
        return finding.with_(misconceptions=(), hint=hint) if is_doubtful(names) else finding

    return [replace(e, findings=tuple(kept(f, getattr(e.check, "hint", Text())) for f in e.findings)) for e in judged]


def _named(judged: Sequence[Judged]) -> set[str]:
    return {name for entry in judged for finding in entry.findings for name in finding.misconceptions}


def changes_of(*misconceptions: Misconception) -> dict[str, Callable[..., Any]] | None:
    """What these change, made together; None where two change one function and it cannot be combined."""
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


@dataclass(frozen=True)
class _Trial:
    """One case, in which misconceptions are tried in the student's place."""

    symptoms: Symptoms
    reference: LocalImplementation
    known: Known

    def of(self, *misconceptions: Misconception, partly: bool = False) -> _Suspect | None:
        """These together; None where they raise, as mistakes may on the inputs of another one's check.

        None too where they cannot explain all that is wrong, unless a part is enough.
        """
        actual, wrong = self.symptoms.actual, self.symptoms.wrong
        run = self._run(*misconceptions)
        if run is None or (not partly and not self._alike(actual, run.results, wrong)):
            return None
        right = self._right(run)
        if right is None:
            return None
        spoils = [n for n in right if n in actual and not self._alike(run.results, right, [n])]
        return _Suspect(misconceptions[0], frozenset(spoils), self._alike(actual, run.results, spoils))

    def excludes(self, mistake: Misconception, here: Sequence[Misconception], named: Sequence[Misconception]) -> bool:
        """Whether this mistake would show in this case, alone and next to any other that is named, and did not.

        Beside one that is named here and that it cannot be made together with, it may be hidden.
        """
        alone = self.of(mistake, partly=True) if self.can_tell() else None
        if alone is None or not alone.spoils or not all(self.can_run(other, mistake) for other in here):
            return False
        both = [self.of(other, mistake) for other in named if self.can_run(other, mistake)]
        return not any(b is not None and b.fits and b.spoils == frozenset(self.symptoms.wrong) for b in both)

    def evidence(self, names: Iterable[str]) -> int:
        """How many different numbers, neither 0 nor NaN nor inf, the student's side gave in each of these results."""
        return sum(_finite(self.symptoms.actual[name]) for name in names)

    @property
    def keeps(self) -> bool:
        """Whether what misconceptions give here is the same for all students, so that it is run once."""
        return not self.symptoms.draw.given

    def can_tell(self) -> bool:
        """Whether a mistake that is tried here in the student's place can be told from what is right."""
        return self.keeps or (self._reference_is_right() and not self._data_are_wrong())

    def _reference_is_right(self) -> bool:
        """A probe may look at what happens in the sandbox only; tried here, all would look like the student's."""
        if self._key() not in self.known:
            self.known[self._key()] = self._right_alone(self._draw())
        return self.known[self._key()] is not None

    def _data_are_wrong(self) -> bool:
        """Whether even the reference gives the student's wrong results, on the data that the student's side used."""
        run = self._tried({}, self._draw(seen=self.symptoms.draw.given))
        if run is None or self._is_right(run):
            return False
        return self._alike(self.symptoms.actual, run.results, self.symptoms.wrong)

    def _right_alone(self, draw: Draw) -> Run | None:
        """The reference in the student's place; None where its results are not the right ones there."""
        run = self._tried({}, draw)
        return run if run is not None and self._is_right(run) else None

    def _is_right(self, run: Run) -> bool:
        right = self._right(run)
        return bool(right) and self._alike(run.results, right or {}, right or {})

    def can_run(self, *misconceptions: Misconception) -> bool:
        """Whether these can be made together, or what they give is known already."""
        return (self.keeps and self._key(*misconceptions) in self.known) or changes_of(*misconceptions) is not None

    def _key(self, *misconceptions: Misconception) -> tuple[Probe, Case, tuple[str, ...]]:
        return (self.symptoms.probe, self.symptoms.draw.case, tuple(sorted(m.name for m in misconceptions)))

    def _run(self, *misconceptions: Misconception) -> Run | None:
        key = self._key(*misconceptions)
        if self.keeps and key in self.known:
            return self.known[key]
        changes = changes_of(*misconceptions)
        if changes is None:
            return None
        if not self.keeps:
            return self._tried(changes, self._draw(seen=self.symptoms.draw.given))
        self.known[key] = self._tried(changes, self._draw())
        return self.known[key]

    def _tried(self, changes: Mapping[str, Any], draw: Draw) -> Run | None:
        try:
            return Run(self.symptoms.probe(self.reference.changed(changes), draw), draw.given)
        except Exception:  # whatever a mistake leads to
            return None

    def _right(self, run: Run) -> Mapping[str, Any] | None:
        if not run.given:
            return self.symptoms.expected
        right = self._tried({}, self._draw(given=run.given))
        return None if right is None else right.results

    def _draw(self, **more: Any) -> Draw:
        draw = self.symptoms.draw
        return Draw(draw.case, draw.salt, right=draw.right, **more)

    def _alike(self, a: Mapping[str, Any], b: Mapping[str, Any], names: Iterable[str]) -> bool:
        return all(name in a and name in b and alike(a[name], b[name], self.symptoms.tolerance) for name in names)


def alike(a: Any, b: Any, tolerance: Tolerance) -> bool:
    """Whether two values are the same within the tolerance, NaN and NaN included.

    A number is as good as a tensor of one entry, and a part of a tensor stands for all of it; anything else has to be
    equal.
    """
    if isinstance(a, Part) or isinstance(b, Part):
        a, b = (part_of(v) if isinstance(v, torch.Tensor) and v.numel() > ENTRIES else v for v in (a, b))
        both = isinstance(a, Part) and isinstance(b, Part)
        return both and a.shape == b.shape and alike(a.entries, b.entries, tolerance)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(alike(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor) and a.numel() != b.numel():
        return False  # before anything is computed: `a` may be as large as an answer may be
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
