"""The trial of the reference and its known mistakes with ten salts, in a student's precision: flips and margins."""

from __future__ import annotations

import math
import multiprocessing
import signal
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, TypeVar

import torch

from ..assignment.course import Mistake
from ..assignment.slips import Place
from ..assignment.spec import Assignment, Question
from ..assignment.tolerance import Tolerance
from ..errors import AssignmentError
from ..judging.checks import checks_of
from ..judging.checks.from_test import FromTest
from ..judging.references import References
from ..judging.shared_runs import SharedRuns
from ..judging.trials import alike
from ..report.verification_page import ClaimOutcome, Margin

SALTS = 10
AT_ONCE = 50  # mistakes in one request
# Cases are conditioned so that every known mistake differs by at least this many tolerances.
LEAST_MARGIN = 100.0
# A known mistake with the right answer may have rounding gaps this many times as large as the reference in float32.
ROUNDING = 10

CheckedCase = tuple[str, str, str]  # question, check, case


@dataclass(frozen=True)
class Seen:
    """The verdict of one named result in one case of one run, and its gap in tolerances."""

    question: str
    check: str
    case: str
    result: str
    passed: bool
    gap: float
    unit: str = ""  # the case if each counts on its own; otherwise a result must pass in all cases
    raised: str = ""  # the reference's error, if it raises instead of returning a result


@dataclass(frozen=True)
class SaltRun:
    """The results of one known mistake with one salt; `mistake` "" is the reference."""

    mistake: str
    salt: int
    seen: tuple[Seen, ...] = field(default=())


@dataclass
class Trials:
    """The runs of the reference and the known mistakes of one question, or of all questions."""

    runs: list[SaltRun] = field(default_factory=list)
    late: list[str] = field(default_factory=list)  # mistakes that gave no answer in a student's time
    twins: list[tuple[str, str]] = field(default_factory=list)  # mistakes that give the same values in all cases

    def add(self, other: Trials) -> None:
        self.runs += other.runs
        self.late += other.late
        self.twins += other.twins


Step = Callable[[int, int], None]  # called with the number of parts that are done, and of all


def trials_of(
    assignment: Assignment, questions: Sequence[Question], processes: int, step: Step, shared: SharedRuns | None = None
) -> Trials:
    """The reference in these questions, and every known mistake in its own question, with ten salts.

    The runs with the first salt are added to `shared`.
    The runs use no sandbox, since the code is ours. They compute in float32, as students' code does, and are compared
    with the reference in float64.
    """
    asked = [question for question in questions if not question.attempted]
    asked.sort(key=lambda q: -sum(len(t.cases) for t in q.tests) * sum(m.question == q.id for m in assignment.mistakes))
    found, ids = Trials(), [question.id for question in asked]
    # The first salt tells which mistakes give no answer in time: they need not be tried with the others.
    for salts in ([0], range(1, SALTS)):
        jobs = [(id, salt, frozenset(found.late)) for salt in salts for id in ids]
        for trials in each(assignment, processes, _trials, jobs, step, shared):
            found.add(trials)
    return replace(found, runs=[run for run in found.runs if run.mistake not in found.late])


Made = TypeVar("Made")
Item = TypeVar("Item")


def each(
    assignment: Assignment,
    processes: int,
    job: Callable[[Item], Made],
    items: Sequence[Item],
    step: Step,
    shared: SharedRuns | None = None,
) -> list[Made]:
    """The job's results for these items, in their order, made in several processes that know the assignment."""
    made: list[Made] = []
    torch.set_num_threads(1)
    context = multiprocessing.get_context("fork")
    with context.Pool(processes, initializer=_remember, initargs=(assignment, shared)) as pool:
        for one in pool.imap(job, items):
            made.append(one)
            step(len(made), len(items))
    return made


_REFERENCES: list[References] = []  # in a pool's process; one process of the author serves all salts


def _remember(assignment: Assignment, shared: SharedRuns | None) -> None:
    # A pool ends its processes with SIGTERM, and the main process may handle it in its own way. The same holds for ^C.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _REFERENCES[:] = [References(assignment, salt_name(0), shared=shared)]


def salt_name(number: int) -> str:
    """The salt of this number."""
    return f"salt {number}"


def at_work(id: str, salt: int = 0) -> tuple[list[Mistake], list[FromTest]]:
    """The known mistakes and the tests of a question, in a pool's process, with this salt."""
    references = _REFERENCES[0]
    if references.salt != salt_name(salt):
        references.resalt(salt_name(salt))
    question = references.assignment.question(id)
    mistakes = [m for m in references.assignment.mistakes if m.question == id]
    return mistakes, [c for c in checks_of(question, references) if isinstance(c, FromTest)]


def _trials(job: tuple[str, int, frozenset[str]]) -> Trials:
    """The trials of a question with one salt, without some mistakes."""
    id, salt, left_out = job
    found = Trials()
    mistakes, checks = at_work(id, salt)
    names = ["", *(m.name for m in mistakes if m.name not in left_out)]
    seen: dict[str, list[Seen]] = {name: [] for name in names}
    values: dict[str, list[tuple[Mapping[str, Any], Tolerance]]] = {name: [] for name in names[1:]}
    for check in checks:
        for case in check.cases:
            if case.public and salt:
                continue  # the inputs of public cases are the same with every salt
            place = (id, check.title.en, case.title.en)
            tried = [name for name in names if name not in found.late]
            try:
                sets = [(name,) if name else () for name in tried]
                ran = [one for some in batched(sets) for one in check.with_mistakes(case, some)]
            except AssignmentError as error:
                seen[""].append(Seen(*place, "", False, math.inf, raised=str(error)))
                continue
            unit = case.title.en if check.per_case else ""
            for name, one in zip(tried, ran, strict=False):
                if one.late and name:
                    found.late.append(name)
                if name and not salt:
                    values[name].append((one.values, check.test.tolerance))
                if check.share > 0:
                    seen[name] += [Seen(*place, key, passed, gap, unit) for key, passed, gap in one.results]
    found.runs += [SaltRun(name, salt, tuple(seen[name])) for name in names]
    found.twins += [
        (a, b) for a, b in combinations(values, 2) if not {a, b} & set(found.late) and _same(values[a], values[b])
    ]
    return found


def batched(sets: Sequence[tuple[str, ...]]) -> Iterator[Sequence[tuple[str, ...]]]:
    """The sets of mistakes in parts, each of them for one request."""
    yield from (sets[start : start + AT_ONCE] for start in range(0, len(sets), AT_ONCE))


def _same(ours: Sequence[tuple[Mapping[str, Any], Tolerance]], theirs: Sequence[tuple[Mapping[str, Any], Any]]) -> bool:
    """Whether two mistakes give the same values in all cases; two that only raise give none."""
    return any(values for values, _ in ours) and all(
        a.keys() == b.keys() and all(alike(a[name], b[name], tolerance) for name in a)
        for (a, tolerance), (b, _) in zip(ours, theirs, strict=True)
    )


def in_time(assignment: Assignment, trials: Trials) -> ClaimOutcome:
    """Every known mistake gives an answer in the time of a student."""
    late = []
    for mistake in (m for m in assignment.mistakes if m.name in trials.late):
        question = assignment.question(mistake.question)
        limits = [test.limit_s or question.limit_s or assignment.limits.call_s for test in question.tests]
        late.append(f"{question.id}, wrong {mistake.name}: no answer in {min(limits):g} s")
    return ClaimOutcome("every known mistake gives an answer in time", len(assignment.mistakes), tuple(late))


def different(assignment: Assignment, trials: Trials) -> ClaimOutcome:
    """No two known mistakes of a question give the same values in all cases: nobody could tell them apart."""
    known = {m.name: m for m in assignment.mistakes}
    said = [
        f"{Place(b.source.file, b.source.line, b.question)}: wrong {b.name} gives the same values as wrong {a.name} "
        f"({a.source.file}, line {a.source.line}) in all cases: remove one, or add a case that tells them apart"
        for a, b in ((known[a], known[b]) for a, b in trials.twins)
    ]
    return ClaimOutcome("no two known mistakes give the same values", len(known), tuple(said))


def answered(runs: Sequence[SaltRun]) -> ClaimOutcome:
    """The reference has a value for every case, whatever the salt."""
    mine = [s for run in runs if not run.mistake for s in run.seen]
    places = {(s.question, s.check, s.case) for s in mine}
    raised = dict.fromkeys(s.raised for s in mine if s.raised)  # each names its case
    return ClaimOutcome("the reference answers every case", len(places), tuple(raised))


def _whole(runs: Sequence[SaltRun]) -> Iterator[SaltRun]:
    """Each run with the public cases too, which do not depend on the salt and were tried with the first one only."""
    first = {run.mistake: run.seen for run in runs if run.salt == 0}
    for run in runs:
        tried = {(s.question, s.check, s.case) for s in run.seen}
        others = tuple(s for s in first[run.mistake] if (s.question, s.check, s.case) not in tried)
        yield replace(run, seen=run.seen + others)


def passed(runs: Sequence[SaltRun]) -> ClaimOutcome:
    """The reference in a student's precision passes, whatever the salt."""
    mine = [(run.salt, s) for run in runs if not run.mistake for s in run.seen if s.result]
    failing = [
        f"{s.question} / {s.check} / {s.case} / {s.result}: {s.gap:.3g} tolerances away with {salt_name(salt)}"
        for salt, s in mine
        if not s.passed
    ]
    return ClaimOutcome("the reference passes every case in float32, with every salt", len(mine), tuple(failing))


def steady(runs: Sequence[SaltRun]) -> ClaimOutcome:
    """No verdict that counts depends on the salt."""
    verdicts: defaultdict[tuple[str, ...], set[bool]] = defaultdict(set)
    gaps: defaultdict[tuple[str, ...], list[float]] = defaultdict(list)
    for run in _whole(runs):
        units: dict[tuple[str, ...], tuple[bool, float]] = {}
        for s in run.seen:
            place: tuple[str, ...] = (run.mistake or "the reference", s.question, s.check, s.unit, s.result)
            passed, gap = units.get(place, (True, 0.0))
            units[place] = (passed and s.passed, max(gap, s.gap))
        for place, (passed, gap) in units.items():
            verdicts[place].add(passed)
            gaps[place].append(gap)
    flips = [
        f"{who}: the verdict of {' / '.join(filter(None, place))} depends on the salt, with gaps of "
        f"{min(gaps[who, *place]):.2g} to {max(gaps[who, *place]):.2g} tolerances: "
        + ("draw inputs in which it always shows" if who != "the reference" else "draw inputs far from a decision")
        + " (`d.until`, `given`)"
        for (who, *place), found in verdicts.items()
        if len(found) > 1
    ]
    return ClaimOutcome(f"all {SALTS} salts give the same verdicts", len(verdicts), tuple(flips))


def margins(runs: Sequence[SaltRun]) -> Iterator[Margin]:
    """For each case the nearest known mistake that it catches, with the salt that brings it nearest.

    A known mistake that fails with any salt counts with all salts: if it passes with another salt, its margin is below
    1. Inputs for which it gives the right answer, up to rounding, do not count: there is nothing to catch.
    """
    right: dict[CheckedCase, float] = defaultdict(float)
    gaps: dict[tuple[CheckedCase, str], list[float]] = defaultdict(list)
    for run in runs:
        farthest: dict[CheckedCase, float] = defaultdict(float)
        for s in run.seen:
            place = (s.question, s.check, s.case)
            farthest[place] = max(farthest[place], s.gap)
        for place, gap in farthest.items():
            if run.mistake:
                gaps[place, run.mistake].append(gap)
            else:
                right[place] = max(right[place], gap)
    nearest: dict[CheckedCase, tuple[float, str]] = {}
    for (place, name), all_gaps in gaps.items():
        found = [gap for gap in all_gaps if gap > ROUNDING * right[place]]
        if found and max(found) > 1:
            nearest[place] = min(nearest.get(place, (math.inf, name)), (min(found), name))
    for place, (gap, name) in nearest.items():
        yield Margin(*place, mistake=name, tolerances=gap, right=right[place])


def far_enough(runs: Sequence[SaltRun]) -> ClaimOutcome:
    """With every salt some case puts each known mistake far from the right answer."""
    farthest: dict[tuple[str, int], float] = defaultdict(float)
    for run in _whole(runs):
        for s in run.seen:
            if run.mistake and not s.passed:
                who = (run.mistake, run.salt)
                farthest[who] = max(farthest[who], s.gap)
    nearest: dict[str, float] = {}
    for (name, _), gap in farthest.items():
        nearest[name] = min(nearest.get(name, math.inf), gap)
    near = [f"{name} is only {gap:.3g} tolerances away" for name, gap in nearest.items() if gap < LEAST_MARGIN]
    claim = (
        f"every known mistake is at least {LEAST_MARGIN:g} tolerances from the right answer in some case of each salt"
    )
    return ClaimOutcome(claim, len(nearest), tuple(near))
