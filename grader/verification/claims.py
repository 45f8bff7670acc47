"""Claims about graded submissions: the reference, the template, the known mistakes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from ..assignment.course import Mistake
from ..assignment.spec import Assignment, Question
from ..report.verification_page import ClaimOutcome
from ..results import QuestionResult, Status, SubmissionResult


def lost(result: SubmissionResult, assignment: Assignment) -> set[str]:
    """Questions that lost points or failed a check that counts."""
    return {q.id for q in result.questions if not is_full(q, assignment)}


def is_full(result: QuestionResult, assignment: Assignment) -> bool:
    """Whether the question lost nothing that counts."""
    question = assignment.question(result.id)
    if not any(check.share > 0 for check in question.tests):
        return True  # a mistake or a style cannot lose anything here
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


def _of(results: Mapping[str, SubmissionResult], mistake: Mistake) -> SubmissionResult:
    return results[f"mistake {mistake.name}"]


def caught(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> ClaimOutcome:
    """Each known mistake loses points in its question."""
    missed = [
        f"{m.name} loses no points in {m.question}"
        for m in assignment.mistakes
        if m.question not in lost(_of(results, m), assignment)
    ]
    return ClaimOutcome("every known mistake loses points in its question", len(assignment.mistakes), tuple(missed))


def only_there(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> ClaimOutcome:
    """No known mistake loses points in other questions, except in those that its row allows."""
    complaints = []
    for m in assignment.mistakes:
        result = _of(results, m)
        # `needs: 1a (share 0.5)` takes points on purpose from what is right after a repair.
        shares = {q.id for q in result.questions if all(f.passed for f in q.findings if f.scored)}
        others = lost(result, assignment) - {m.question, *m.also} - shares
        if others:
            complaints.append(f"{m.name} ({m.question}) also loses points: {why(result, others)}")
    return ClaimOutcome(
        "no known mistake loses points in another question", len(assignment.mistakes), tuple(complaints)
    )


def named(assignment: Assignment, results: Mapping[str, SubmissionResult], twins: Collection[str] = ()) -> ClaimOutcome:
    """Each caught mistake is diagnosed by its name; others are already reported as not caught, or as twins."""
    complaints = []
    known = [m for m in assignment.mistakes if m.name not in twins]
    caught = [m for m in known if m.question in lost(_of(results, m), assignment)]
    for m in caught:
        questions = [q for q in _of(results, m).questions if q.id == m.question]
        named = {name for q in questions for f in q.findings for name in f.misconceptions}
        if m.name not in named:
            complaints.append(f"{m.name} is diagnosed as {', '.join(sorted(named)) or 'no known mistake'}")
    return ClaimOutcome("every known mistake that loses points is diagnosed by name", len(caught), tuple(complaints))


def as_stated(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> tuple[ClaimOutcome, ...]:
    """The claims of known mistakes' own cells: the test that fails, the points, the sentence, the exception."""
    stated = [m for m in assignment.mistakes if m.fails or m.points or m.says or m.raises]
    complaints = []
    for m in stated:
        question = next(q for q in _of(results, m).questions if q.id == m.question)
        failing = {title for f in question.findings if not f.passed for title in (f.check.en, f.check.es)}
        complaints += [f"{m.name} does not fail the test {test!r}" for test in m.fails if test not in failing]
        if m.points is not None and not m.points[0] - 1e-9 <= question.points <= m.points[1] + 1e-9:
            complaints.append(f"{m.name} has {question.points:g} points, not {m.points[0]:g} to {m.points[1]:g}")
        said = " ".join(
            text.render(language)
            for f in question.findings
            for text in (f.message, f.cause, f.hint)
            if text
            for language in ("es", "en")
        )
        complaints += [f"{m.name}: the page does not say {text!r}" for text in (m.says, m.raises) if text not in said]
    if not stated:
        return ()
    return (ClaimOutcome("known mistakes do what their cells say", len(stated), tuple(complaints)),)


def rejects(
    assignment: Assignment, questions: Sequence[Question], results: Mapping[str, SubmissionResult]
) -> ClaimOutcome:
    """Every test of these questions that is worth points rejects some known mistake."""
    failing = {
        (q.id, f.check.en)
        for m in assignment.mistakes
        for q in _of(results, m).questions
        for f in q.findings
        if q.id == m.question and not f.passed
    }
    scored = [(q, check) for q in questions for check in q.tests if check.share > 0]
    complaints = [
        f"{q.id}: the test {check.title.en!r} rejects no known mistake. Write one: {line_for(q)}"
        for q, check in scored
        if (q.id, check.title.en) not in failing
    ]
    return ClaimOutcome("every test rejects at least one known mistake", len(scored), tuple(complaints))


def line_for(question: Question) -> str:
    """The first lines of a known mistake of this question; only the changed text must be written."""
    line = "# %% wrong a-name: PISTA | HINT [raw]"
    return f"{line}  below question {question.id}, with a line `# - old` and a line `# + new`"
