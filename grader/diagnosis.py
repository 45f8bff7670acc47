"""From wrong values to the known mistake that explains them, or to two that do so together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from .implementation import LocalImplementation
from .messages import Text
from .spec import Case, Misconception, Probe
from .trials import Known, Suspect, Symptoms, Trial, finite_numbers, numbers_of

if TYPE_CHECKING:
    from .checks import Sides
    from .results import Finding
    from .scoring import Judged

# Two mistakes of which one changes what the other one gives have to be run together, at the price of one more run for
# each pair: a millisecond, or ten where there is a loop to train. So many are tried in a case for each student, and so
# many where what they give is kept for all of them.
MAX_PAIRS = 100
MAX_KEPT_PAIRS = 250
# Numbers that a name needs at least. One of MAX_KEPT_PAIRS pairs may well come within 1e-4 of one number by chance;
# that the same pair hits a second one as well is thousands of times less likely.
MIN_EVIDENCE = 2
# Of the results that one mistake explains beside others that nothing explains.
MIN_NUMBERS = 4
# Each round drops what some case speaks against, and judges once more by what is left.
MAX_ROUNDS = 4


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


def explain(
    misconceptions: Sequence[Misconception], symptoms: Symptoms, reference: LocalImplementation, known: Known
) -> dict[str, Explanation]:
    """Explanations of wrong results: of all by one misconception or by two, else of those that one explains for itself.

    What explains gives the student's value there, NaN for NaN, and the right one elsewhere. The first one counts.
    `known` keeps what does not depend on the student.
    """
    wrong = frozenset(symptoms.wrong)
    trial = Trial(symptoms, reference, known)
    if not wrong or not misconceptions or not trial.can_tell():
        return {}
    for misconception in misconceptions:
        suspect = trial.of(misconception)
        if suspect is not None and suspect.fits and suspect.spoils == wrong:
            return dict.fromkeys(wrong, Explanation((misconception,)))
    if all(symptoms.actual[name] is None for name in wrong):
        return {}  # not answered: there is nothing in which two could meet
    return _together(misconceptions, wrong, trial) or _in_part(misconceptions, wrong, trial)


def _together(misconceptions: Sequence[Misconception], wrong: frozenset[str], trial: Trial) -> dict[str, Explanation]:
    """Two that spoil different results, each as the student has them, or two whose combination gives what came.

    Pairs of the first ones come first: there are those that have explained another case.
    """
    suspects: dict[str, Suspect | None] = {}
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


def _in_part(misconceptions: Sequence[Misconception], wrong: frozenset[str], trial: Trial) -> dict[str, Explanation]:
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
    entries = _named_alike(judged, sides)
    for _ in range(MAX_ROUNDS):
        against = _contradicted(entries, sides)
        if not against:
            break
        sides = replace(sides, misconceptions=tuple(m for m in sides.misconceptions if m.name not in against))
        entries = _named_alike(
            [_again(entry, sides) if _named([entry]) & against else entry for entry in entries], sides
        )
    return _confirmed(entries, sides)


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
            trial = Trial(symptoms, sides.reference(), sides.known)
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


def _named_alike(judged: Sequence[Judged], sides: Sides) -> list[Judged]:
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


def _confirmed(judged: Sequence[Judged], sides: Sides) -> list[Judged]:
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
        found[names] += len(numbers_of(came))
        finite[names] += finite_numbers(came)
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
