"""The trial of the reference and its misconceptions with ten salts, in a student's precision: flips and margins."""

from __future__ import annotations

import math
import multiprocessing
import signal
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import torch

from ..assignment.cases import Case
from ..assignment.spec import Assignment, Question
from ..errors import AssignmentError
from ..judging.checks import checks_of
from ..judging.checks.from_test import FromTest
from ..judging.references import References
from .outcome import ClaimOutcome, Margin

SALTS = 10
# Cases are conditioned so that every misconception differs by at least this many tolerances.
LEAST_MARGIN = 100.0
# A misconception with the right answer may have rounding gaps this many times as large as the reference in float32.
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
    """The results of one misconception with one salt; `misconception` "" is the reference."""

    misconception: str
    salt: int
    seen: tuple[Seen, ...] = field(default=())


def runs_of(assignment: Assignment, processes: int) -> list[SaltRun]:
    """The reference, and every misconception in its own question, with ten salts.

    The runs use no sandbox, since the code is ours. They compute in float32, as students' code does, and are compared
    with the reference in float64.
    """
    torch.set_num_threads(1)
    jobs: list[tuple[str, int]] = [
        (name, salt) for name in ("", *(m.name for m in assignment.mistakes)) for salt in range(SALTS)
    ]
    context = multiprocessing.get_context("fork")
    with context.Pool(processes, initializer=_remember, initargs=(assignment,)) as pool:
        return pool.starmap(_run, jobs, chunksize=SALTS)


_ASSIGNMENT: list[Assignment] = []  # in a pool's process


def _remember(assignment: Assignment) -> None:
    # A pool ends its processes with SIGTERM, and the main process may handle it in its own way. The same holds for ^C.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _ASSIGNMENT[:] = [assignment]


def salt_name(number: int) -> str:
    """The salt of this number."""
    return f"salt {number}"


@cache
def _references(salt: int) -> References:
    """The solution's results with a salt, computed once in each of the pool's processes."""
    return References(_ASSIGNMENT[0], salt_name(salt))


def _run(name: str, salt: int) -> SaltRun:
    assignment, references = _ASSIGNMENT[0], _references(salt)
    mistake = next((m for m in assignment.mistakes if m.name == name), None)
    seen: list[Seen] = []
    for question in assignment.questions:
        if question.attempted or (mistake is not None and question.id != mistake.question):
            continue
        for check in (c for c in checks_of(question, references) if isinstance(c, FromTest)):
            for case in check.cases:
                if not (case.public and salt):  # the inputs of public cases are the same with every salt
                    seen += _tried(question, check, case, name)
    return SaltRun(name, salt, tuple(seen))


def _tried(question: Question, check: FromTest, case: Case, name: str) -> list[Seen]:
    place = (question.id, check.title.en, case.title.en)
    try:
        results = check.with_mistakes(case, (name,) if name else ())
    except AssignmentError as error:
        return [Seen(*place, "", False, math.inf, raised=str(error))]
    if not check.share > 0:
        return []
    unit = case.title.en if check.per_case else ""
    return [Seen(*place, key, passed, gap, unit) for key, passed, gap in results]


def answered(runs: Sequence[SaltRun]) -> ClaimOutcome:
    """The reference has a value for every case, whatever the salt."""
    mine = [s for run in runs if not run.misconception for s in run.seen]
    places = {(s.question, s.check, s.case) for s in mine}
    raised = {(s.question, s.check, s.case): s.raised for s in mine if s.raised}
    complaints = [f"{' / '.join(place)}: the reference raises {what}" for place, what in raised.items()]
    return ClaimOutcome("the reference answers every case", len(places), tuple(complaints))


def _whole(runs: Sequence[SaltRun]) -> Iterator[SaltRun]:
    """Each run with the public cases too, which do not depend on the salt and were tried with the first one only."""
    first = {run.misconception: run.seen for run in runs if run.salt == 0}
    for run in runs:
        tried = {(s.question, s.check, s.case) for s in run.seen}
        others = tuple(s for s in first[run.misconception] if (s.question, s.check, s.case) not in tried)
        yield replace(run, seen=run.seen + others)


def passed(runs: Sequence[SaltRun]) -> ClaimOutcome:
    """The reference in a student's precision passes, whatever the salt."""
    mine = [(run.salt, s) for run in runs if not run.misconception for s in run.seen if s.result]
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
            place: tuple[str, ...] = (run.misconception or "the reference", s.question, s.check, s.unit, s.result)
            passed, gap = units.get(place, (True, 0.0))
            units[place] = (passed and s.passed, max(gap, s.gap))
        for place, (passed, gap) in units.items():
            verdicts[place].add(passed)
            gaps[place].append(gap)
    flips = [
        f"{who}: the verdict of {' / '.join(filter(None, place))} depends on the salt, with gaps of "
        f"{min(gaps[who, *place]):.2g} to {max(gaps[who, *place]):.2g} tolerances"
        for (who, *place), found in verdicts.items()
        if len(found) > 1
    ]
    return ClaimOutcome(f"all {SALTS} salts give the same verdicts", len(verdicts), tuple(flips))


def margins(runs: Sequence[SaltRun]) -> Iterator[Margin]:
    """For each case the nearest misconception that it catches, with the salt that brings it nearest.

    A misconception that fails with any salt counts with all salts: if it passes with another salt, its margin is below
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
            if run.misconception:
                gaps[place, run.misconception].append(gap)
            else:
                right[place] = max(right[place], gap)
    nearest: dict[CheckedCase, tuple[float, str]] = {}
    for (place, name), all_gaps in gaps.items():
        found = [gap for gap in all_gaps if gap > ROUNDING * right[place]]
        if found and max(found) > 1:
            nearest[place] = min(nearest.get(place, (math.inf, "")), (min(found), name))
    for place, (gap, name) in nearest.items():
        yield Margin(*place, misconception=name, tolerances=gap, right=right[place])


def far_enough(runs: Sequence[SaltRun]) -> ClaimOutcome:
    """With every salt some case puts each misconception far from the right answer."""
    farthest: dict[tuple[str, int], float] = defaultdict(float)
    for run in _whole(runs):
        for s in run.seen:
            if run.misconception and not s.passed:
                who = (run.misconception, run.salt)
                farthest[who] = max(farthest[who], s.gap)
    nearest: dict[str, float] = {}
    for (name, _), gap in farthest.items():
        nearest[name] = min(nearest.get(name, math.inf), gap)
    near = [f"{name} is only {gap:.3g} tolerances away" for name, gap in nearest.items() if gap < LEAST_MARGIN]
    claim = (
        f"every misconception is at least {LEAST_MARGIN:g} tolerances from the right answer in some case of each salt"
    )
    return ClaimOutcome(claim, len(nearest), tuple(near))
