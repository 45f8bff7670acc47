"""Claims about graded submissions: the reference, the template, the misconceptions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..assignment.spec import Assignment, Misconception, Question
from ..results import QuestionResult, Status, SubmissionResult
from .outcome import ClaimOutcome


def lost(result: SubmissionResult, assignment: Assignment) -> set[str]:
    """Questions that lost points or failed a check that counts."""
    return {q.id for q in result.questions if not is_full(q, assignment)}


def is_full(result: QuestionResult, assignment: Assignment) -> bool:
    """Whether the question lost nothing that counts."""
    question = assignment.question(result.id)
    if not any(check.share > 0 for check in question.checks):
        return True  # a misconception or a style cannot lose anything here
    return result.points >= result.possible and all(f.passed for f in result.findings if f.scored)


def full(claim: str, results: Mapping[str, SubmissionResult], assignment: Assignment) -> ClaimOutcome:
    """The claim that every question in these results is full."""
    complaints = []
    for name, result in results.items():
        missed = lost(result, assignment)
        if missed or result.status is not Status.GRADED:
            complaints.append(f"{name}: {why(result, missed) or result.status}")
    return ClaimOutcome(claim, len(results), tuple(complaints))


def why(result: SubmissionResult, questions: Iterable[str]) -> str:
    """The first failure in each of these questions."""
    said = []
    for question in result.questions:
        wrong = next((f for f in question.findings if f.scored and not f.passed), None)
        if question.id in questions and wrong is not None:
            said.append(f"{question.id} {wrong.check.en}, {wrong.case.en}: {wrong.message.render('en')}")
    return "; ".join(said)


def template(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> tuple[ClaimOutcome, ...]:
    """The unchanged template earns no points; without a template nothing is claimed."""
    if "template" not in results:
        return ()
    earned = [f"{q.id}: {q.points:g} points" for q in results["template"].questions if q.points]
    return (ClaimOutcome("the unchanged template earns no points", 1, tuple(earned)),)


def _of(results: Mapping[str, SubmissionResult], misconception: Misconception) -> SubmissionResult:
    return results[f"misconception {misconception.name}"]


def caught(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> ClaimOutcome:
    """Each misconception loses points in its question."""
    missed = [
        f"{m.name} loses no points in {m.question}"
        for m in assignment.misconceptions
        if m.question not in lost(_of(results, m), assignment)
    ]
    return ClaimOutcome(
        "every misconception loses points in its question", len(assignment.misconceptions), tuple(missed)
    )


def only_there(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> ClaimOutcome:
    """No misconception loses points in other questions, except in those that its row allows."""
    complaints = []
    for m in assignment.misconceptions:
        others = lost(_of(results, m), assignment) - {m.question, *m.also}
        if others:
            complaints.append(f"{m.name} ({m.question}) also loses points: {why(_of(results, m), others)}")
    return ClaimOutcome(
        "no misconception loses points in another question", len(assignment.misconceptions), tuple(complaints)
    )


def named(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> ClaimOutcome:
    """Each caught misconception is diagnosed by its name; the others are already reported as not caught."""
    complaints = []
    caught = [m for m in assignment.misconceptions if m.question in lost(_of(results, m), assignment)]
    for m in caught:
        questions = [q for q in _of(results, m).questions if q.id == m.question]
        named = {name for q in questions for f in q.findings for name in f.misconceptions}
        if m.name not in named:
            complaints.append(f"{m.name} is diagnosed as {', '.join(sorted(named)) or 'no known mistake'}")
    return ClaimOutcome("every misconception that loses points is diagnosed by name", len(caught), tuple(complaints))


def rejects(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> ClaimOutcome:
    """Every check that is worth points rejects some misconception."""
    failing = {
        (q.id, f.check.en)
        for m in assignment.misconceptions
        for q in _of(results, m).questions
        for f in q.findings
        if q.id == m.question and not f.passed
    }
    scored = [(q, check) for q in assignment.questions for check in q.checks if check.share > 0]
    complaints = [
        f"{q.id}: the check {check.title.en!r} rejects no misconception. Write one for it: {line_for(q)}"
        for q, check in scored
        if (q.id, check.title.en) not in failing
    ]
    return ClaimOutcome("every check rejects at least one misconception", len(scored), tuple(complaints))


def line_for(question: Question) -> str:
    """A misconception of this question, ready for the table; only the changed function must be written."""
    asked = [*question.names, *question.snippets] or ["NAME"]
    changed = f"wrong_{asked[-1].rpartition('.')[2]}"
    return f'Misconception("a-name", "{question.id}", Text("pista", "hint"), {{"{asked[-1]}": {changed}}})'
