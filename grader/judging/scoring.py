"""From findings to points to the grade, in pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..assignment.cases import Case
from ..assignment.late import LatePolicy
from ..assignment.spec import Assignment, Question, Scale
from ..errors import EmptyCheck
from ..messages import Message, say
from ..results import Finding, QuestionResult, SubmissionResult, Verdict
from .checks.check import Judged


def fraction(judged: Sequence[Judged]) -> float:
    """The share of a question's points that the findings earn, between 0 and 1.

    Checks count by their share. Within a check each named result counts by its weight. A result is earned if it passed
    in every case (an error carried forward earns its share). If the check says `per_case`, each case's result counts
    on its own. A check that was not tried here does not count.
    """
    earned = total = 0.0
    for check in dict.fromkeys(j.check for j in judged if j.check.share > 0):
        units: dict[tuple[Case | None, str], float] = {}
        entries = [j for j in judged if j.check is check]
        verdicts = {f.verdict for entry in entries for f in entry.findings}
        if verdicts == {Verdict.SKIPPED}:
            continue  # it could not be tried here
        for entry in entries:
            for finding in entry.findings:
                unit = (entry.case if check.per_case else None, finding.result)
                units[unit] = min(units.get(unit, 1.0), finding.worth)
        if not units:
            raise EmptyCheck(f"the check {check.title.en!r} gave no findings")
        weight = sum(check.weight(result) for _, result in units)
        right = sum(check.weight(result) * worth for (_, result), worth in units.items())
        total += check.share
        earned += check.share * right / weight
    return earned / total if total else 0.0


def verdict(question: Question, share: float, findings: Sequence[Finding]) -> Verdict:
    """The verdict on the whole question: right, or the main reason why it is not."""
    judged = [f for f in findings if f.scored] or list(findings)
    wrong = [f.verdict for f in judged if not f.passed]
    if Verdict.FORBIDDEN in wrong:
        return Verdict.FORBIDDEN
    if not wrong:
        return Verdict.PASSED if question.points or not question.reviewed else Verdict.PENDING
    if share == 0 and all(v is wrong[0] for v in wrong):
        return wrong[0]
    return next((v for v in wrong if v is not Verdict.MISSING), Verdict.MISSING) if share == 0 else Verdict.FAILED


def points(question: Question, share: float) -> float:
    """Points to two decimals: a page can explain no more."""
    return round(question.points * share + 1e-9, 2)


def grade_of(points: float, possible: float, scale: Scale) -> float:
    """The grade for these points, rounded half up as schools do: 5.25 at one decimal is 5.3."""
    share = min(max(points / possible, 0.0), 1.0)
    factor = 10**scale.decimals
    # 1e-9 repairs products such as 5.25 * 10 = 52.49999999999999 before the floor.
    return float(math.floor((scale.low + (scale.high - scale.low) * share) * factor + 0.5 + 1e-9) / factor)


@dataclass(frozen=True)
class Total:
    """The sums over a submission's questions; `grade` only if all questions were judged."""

    points: float
    possible: float
    pending: float
    grade: float | None


def total(results: Sequence[QuestionResult], scale: Scale, required: float, *, complete: bool) -> Total:
    """Add up the points of checks and of people; a bonus counts, and the scale's top bounds the grade."""
    earned = sum(r.points + (r.awarded or 0.0) for r in results)
    possible = sum(r.possible + r.reviewed for r in results if not r.bonus)
    pending = sum(r.reviewed for r in results if r.waits)
    grade = grade_of(earned, required, scale) if complete else None
    return Total(round(earned, 2), round(possible, 2), round(pending, 2), grade)


def totalled(result: SubmissionResult, assignment: Assignment, *, complete: bool) -> SubmissionResult:
    """The result with the sums over its questions; `complete`: all questions were judged, so there is a grade."""
    sums = total(result.questions, assignment.scale, assignment.required, complete=complete)
    points, grade = sums.points, sums.grade
    days, deducted, notes = None, 0.0, tuple[Message, ...]()
    if assignment.late is not None and result.attempt:
        days, deducted, notes = _late(result, sums.points, assignment.late)
        points = round(points - deducted, 2)
        grade = grade_of(points, assignment.required, assignment.scale) if complete else None
    facts: dict[str, object] = {
        "total": points, "possible": sums.possible, "pending": sums.pending, "grade": grade,
        "late_days": days, "deducted": deducted, "late_notes": notes,
    }  # fmt: skip
    same = all(getattr(result, name) == value for name, value in facts.items())
    return result if same else replace(result, **facts)  # type: ignore[arg-type]


def _late(result: SubmissionResult, earned: float, policy: LatePolicy) -> tuple[int | None, float, tuple[Message, ...]]:
    """The days after the deadline, the points that they take off, and the arithmetic in words."""
    deadline = f"{policy.deadline:%Y-%m-%d %H:%M} {policy.deadline.tzinfo}"
    days = policy.days(result.submitted)
    if days is None:
        if not result.late:
            return None, 0.0, ()
        unknown = say("handed in late; when is not known, so nothing is taken off: the deadline was {deadline}",
                      deadline=deadline)  # fmt: skip
        return None, 0.0, (unknown,)
    if not days:
        return 0, 0.0, ()
    counted = policy.counted(days, result.late_days_waived)
    deducted = policy.cost(earned, counted)
    notes = [
        say("handed in {time}, after the deadline {deadline}: {days} late days (a day that has begun counts)",
            time=result.submitted, deadline=deadline, days=days),
        say("{days} late days - {free} free - {waived} waived = {counted} that count",
            days=days, free=policy.free_days, waived=result.late_days_waived, counted=counted),
    ]  # fmt: skip
    if counted:
        notes.append(
            say("{counted} x {rate} of {earned} points = {deducted}, so {points} points remain",
                counted=counted, rate=str(policy.per_day), earned=_plain(earned), deducted=_plain(deducted),
                points=_plain(earned - deducted))
            if policy.per_day.percent else
            say("{counted} x {rate} points = {deducted}, so {points} of {earned} points remain",
                counted=counted, rate=str(policy.per_day), earned=_plain(earned), deducted=_plain(deducted),
                points=_plain(earned - deducted))
        )  # fmt: skip
        most = policy.most
        if most is not None and deducted < round(counted * policy.per_day.of(earned), 2):
            notes.append(
                say("late days take off at most {most} of the points", most=str(most))
                if most.percent
                else say("late days take off at most {most} points", most=str(most))
            )
    return days, deducted, tuple(notes)


def _plain(points: float) -> str:
    return f"{round(points, 2):g}"
