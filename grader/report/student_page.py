"""The content of a student's page, computed from a result; the template only prints it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..messages import Text, say
from ..results import Excerpt, Finding, QuestionResult, Status, SubmissionResult, Verdict
from .attempts import is_hole
from .problems import Also, Problem, groups, name_of, problems, tally
from .words import Badge, badge, ngettext, number, prose, sentence

if TYPE_CHECKING:  # at run time a page needs no torch, which `spec` imports
    from ..assignment.spec import Scale

# Longer excerpts start folded: about so many lines fit on a screen next to the explanation.
LONG_EXCERPT = 40


SELF_CHECK_FAILED = say(
    "The self-check itself failed; it is not your fault. Try again, and if it fails again send these lines to "
    "the teaching team."
)


@dataclass(frozen=True)
class ErrorCell:
    """The relative error of one parameter in one case."""

    value: str
    badge: Badge


@dataclass(frozen=True)
class ErrorTable:
    """Relative errors of gradients: one row per parameter, one column per case."""

    title: str
    cases: tuple[str, ...]
    rows: tuple[tuple[str, tuple[ErrorCell | None, ...]], ...]
    all_right: bool


@dataclass(frozen=True)
class CodeLine:
    """One line of the student's code, with its number within the cell."""

    number: int
    text: str
    marked: bool  # an error passed through this line


@dataclass(frozen=True)
class Code:
    """The student's lines from one cell, or from one file without cells."""

    caption: str
    lines: tuple[CodeLine, ...]


@dataclass(frozen=True)
class QuestionView:
    """One question: its standing, its failures with their reasons, the passed results, and the code."""

    id: str
    anchor: str
    title: str
    bonus: bool
    points: str
    maximum: str  # "" if the question has no points
    badge: Badge
    lost: str
    review: str
    changed: str  # says that a person changed the points of the checks
    rubric: tuple[tuple[str, str, bool], ...]  # points, words, and whether they were given
    comment: str
    reason: str
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    errors: tuple[ErrorTable, ...]
    passed: tuple[Also, ...]
    passed_count: int
    code: tuple[Code, ...]
    code_lines: int
    code_open: bool


@dataclass(frozen=True)
class StudentPage:
    """Everything on the page, as text that is ready to print."""

    language: str
    assignment: str
    student: str
    file: str
    together: str  # names the other members of the group; "" for one student
    problem: str  # the reason why nothing was graded, or ""
    grade: str
    scale: str
    points: str
    maximum: str
    pending: str
    lost: str
    late: tuple[str, ...]
    notes: tuple[str, ...]
    questions: tuple[QuestionView, ...]
    sandbox: str
    device: str
    python: str
    graded_at: str
    public: bool  # a student's own check: only the public part, which is not a grade


def student_page(
    result: SubmissionResult,
    language: str,
    *,
    assignment_title: Text,
    scale: Scale | None,
    public: bool = False,
) -> StudentPage:
    """The content of a student's page, from the result."""
    show = _public if public else _question
    questions = tuple(show(q, language) for q in result.questions)
    required = [q for q in result.questions if not q.bonus]
    lost = sum(_lost(q) for q in result.questions if not q.bonus)
    return StudentPage(
        language=language,
        assignment=assignment_title.render(language),
        student=result.student,
        file=result.file,
        together=say("Handed in together with {names}", names=", ".join(result.together)).render(language)
        if result.together
        else "",
        problem=why_not_graded(result, language, public=public),
        grade="" if result.grade is None else f"{result.grade:.{scale.decimals if scale else 1}f}",
        scale=scale_text(scale, language) if scale else "",
        points=number(sum(q.points for q in required) if public else result.total),
        maximum=number(sum(q.possible for q in required) if public else result.possible),
        pending=_pending(result.pending, language),
        lost=_lost_sentence(lost, language) if result.status is Status.GRADED and not public else "",
        late=tuple(sentence(m, language) for m in result.late_notes) if not public else (),
        notes=tuple(sentence(m, language) for m in result.notes) if result.status is Status.GRADED else (),
        questions=questions,
        sandbox=result.sandbox,
        device=result.device,
        python=result.python,
        graded_at=result.graded_at,
        public=public,
    )


def scale_text(scale: Scale, language: str) -> str:
    """The ends of the scale in words."""
    low, high = (f"{x:.{scale.decimals}f}" for x in (scale.low, scale.high))
    return say("from {low} to {high}", low=low, high=high).render(language)


def standing(question: QuestionResult, language: str) -> Badge:
    """The standing of a question as a whole: complete, in part, or the verdict that explains why not."""
    if question.verdict is Verdict.GRADER_FAULT:
        return badge(question.verdict, language)
    if question.verdict is Verdict.PENDING and question.waits:
        return badge(question.verdict, language)
    if question.possible > 0 and question.points >= question.possible - 1e-9:
        return Badge("good", say("right").render(language))
    if question.points > 0:
        return Badge("part", say("partly right").render(language))
    if question.verdict is Verdict.PASSED:
        return Badge("good", say("right").render(language))
    if question.verdict is Verdict.PENDING and question.untouched:
        return Badge("absent", say("not answered").render(language))
    if question.verdict is Verdict.MISSING and not question.notes:  # a note says where a missing answer may be
        return Badge("absent", say("not answered").render(language))
    return badge(question.verdict, language)


def why_not_graded(result: SubmissionResult, language: str, *, public: bool = False) -> str:
    """The reason, for the student, why a submission has no grade (if `public`, no check); "" if it has one."""
    if result.status is Status.GRADED:
        return ""
    if result.status is Status.GRADER_FAULT and public:
        return SELF_CHECK_FAILED.render(language)
    if result.status is Status.GRADER_FAULT:
        fault = say(
            "The grader itself failed on this submission. It is not your fault and costs you nothing: "
            "the teaching team has been told and will grade it again."
        )
        return fault.render(language)
    why = prose(result.notes, language)
    return why or say("The file could not be read.").render(language)


def _pending(points: float, language: str) -> str:
    if points <= 0:
        return ""
    return ngettext("{n} point is given by a person", "{n} points are given by a person", points, language)


def _lost(question: QuestionResult) -> float:
    if question.verdict is Verdict.GRADER_FAULT:  # nothing is lost: it waits to be graded again
        return 0.0
    automatic = max(question.possible - question.points, 0.0)
    given = question.reviewed if question.waits else question.awarded or 0.0
    return automatic + max(question.reviewed - given, 0.0)


def _lost_sentence(points: float, language: str) -> str:
    if round(points, 2) <= 0:
        return ""
    return ngettext("You lost {n} point", "You lost {n} points", points, language)


def _public(question: QuestionResult, language: str) -> QuestionView:
    """The question as a student's own check shows it: without points that only a person gives, and with holes named."""
    hole = is_hole(question)
    view = _question(replace(question, findings=()) if hole else question, language)
    if hole:
        view = replace(view, badge=Badge("absent", say("not answered").render(language)))
    return replace(view, maximum=number(question.possible)) if question.possible else view


def _question(question: QuestionResult, language: str) -> QuestionView:
    failing = [f for f in question.findings if not f.passed]
    passing = [f for f in question.findings if f.passed]
    maximum = question.possible + question.reviewed
    frames = {(line.frame.file, line.frame.cell, line.frame.line) for f in failing for line in f.traceback}
    code = _code(question.excerpts, frames, language)
    code_lines = sum(len(c.lines) for c in code)
    first = next((group[0] for group in groups(failing) if any(f.scored for f in group)), None)
    return QuestionView(
        id=question.id,
        anchor=f"q-{question.id}",
        title=question.title.render(language),
        bonus=question.bonus,
        points=number(question.points + (question.awarded or 0.0)),
        maximum=number(maximum) if maximum else "",
        badge=standing(question, language),
        lost="" if question.bonus else _lost_sentence(_lost(question), language),  # a bonus cannot be lost
        review=_review(question, language),
        changed=_changed(question, language),
        rubric=tuple((number(i.points), i.text.render(language), i.given) for i in question.rubric),
        comment=question.comment,
        reason=sentence(first.cause or first.message, language) if first else "",
        notes=tuple(sentence(m, language) for m in question.notes),
        problems=problems(question.findings, language),
        errors=_error_tables(question.findings, language),
        passed=tally((name_of(f, language), "") for f in passing),
        passed_count=len(passing),
        code=code,
        code_lines=code_lines,
        code_open=bool(failing) and code_lines <= LONG_EXCERPT,
    )


def _review(question: QuestionResult, language: str) -> str:
    if question.waits:
        return _pending(question.reviewed, language)
    if question.awarded is None and question.untouched and question.is_read:
        return say("The part that a person reads is as in the template: write your answer there").render(language)
    if question.awarded is None:
        return ""
    given = say(
        "A person gave {points} of {maximum}",
        points=number(question.awarded),
        maximum=number(question.reviewed),
    )
    return given.render(language)


def _changed(question: QuestionResult, language: str) -> str:
    if question.by_checks is None:
        return ""
    told = say(
        "A person changed the points of the checks from {before} to {points}",
        before=number(question.by_checks),
        points=number(question.points),
    )
    return told.render(language)


def _error_tables(findings: Iterable[Finding], language: str) -> tuple[ErrorTable, ...]:
    """One table per check with informative errors: for gradients always, for other checks if a result is wrong.

    Hidden cases are left out, and so is a table of a single number, which the problem also contains.
    """
    checks: dict[Text, list[Finding]] = {}
    for finding in findings:
        if finding.relative_error is not None and finding.public:
            checks.setdefault(finding.check, []).append(finding)
    return tuple(
        _error_table(check.render(language), measured, language)
        for check, measured in checks.items()
        if len(measured) > 1 and any(f.result.endswith(".grad") or not f.passed for f in measured)
    )


def _error_table(title: str, measured: Sequence[Finding], language: str) -> ErrorTable:
    cells = {(f.result, f.case): ErrorCell(f"{f.relative_error:.1e}", badge(f.verdict, language)) for f in measured}
    results = {f.result: f.named(language) for f in measured}
    cases = dict.fromkeys(f.case for f in measured)
    return ErrorTable(
        title,
        cases=tuple(case.render(language) for case in cases),
        rows=tuple((label, tuple(cells.get((key, case)) for case in cases)) for key, label in results.items()),
        all_right=all(f.passed for f in measured),
    )


def _code(excerpts: Iterable[Excerpt], frames: set[tuple[str, int, int]], language: str) -> tuple[Code, ...]:
    """One piece per cell or file, its lines in order."""
    cells: dict[tuple[str, int], dict[int, CodeLine]] = {}
    for excerpt in excerpts:
        cell = cells.setdefault((excerpt.file, excerpt.cell), {})
        for n, text in enumerate(excerpt.source.rstrip("\n").split("\n"), start=excerpt.line):
            cell[n] = CodeLine(n, text.removesuffix("\r"), marked=(excerpt.file, excerpt.cell, n) in frames)
    return tuple(
        Code(_caption(file, number, language), tuple(lines[n] for n in sorted(lines)))
        for (file, number), lines in cells.items()
    )


def _caption(file: str, cell: int, language: str) -> str:
    if not file:
        return say("cell {cell}", cell=cell).render(language)
    return say("{file}, cell {cell}", file=file, cell=cell).render(language) if cell else file
