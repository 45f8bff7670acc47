"""Judge one submission: run each question's checks on the student's program, in order, and collect the findings."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ..assignment.cases import Case
from ..assignment.course import Mistake
from ..assignment.spec import Assignment, Question
from ..errors import CallTimedOut, Frame, OddAnswer, WorkerError
from ..forbidden.find import find_forbidden
from ..messages import LANGUAGES, Message, Text, say
from ..notebook.holes import AnsweredName, answered, untouched
from ..notebook.program import Program, build
from ..notebook.read import Notebook
from ..notebook.similar_names import near_names
from ..results import Excerpt, Finding, QuestionResult, Verdict
from ..sandbox.lane import ProgramHost
from ..sandbox.remote import OWN_CELL, RemoteProgram
from ..sandbox.replies import Tripped
from . import carried_forward, scoring
from .author_side import all_places
from .checks import checks_of
from .checks.check import Check, Judged
from .checks.failures import describe
from .checks.from_test import FromTest
from .diagnosis import diagnosed
from .references import References
from .student_side import StudentSide
from .unchanged import unchanged

# The cost of using a forbidden name: the question's points, only a message, or nothing at all.
ForbiddenPolicy = Literal["zero", "flag", "ignore"]


@dataclass
class Judge:
    """The judge of a run; its state stays the same for all submissions."""

    assignment: Assignment
    salt: str
    only: tuple[str, ...] = ()
    forbidden: ForbiddenPolicy = "zero"
    references: References = None  # type: ignore[assignment]  # None: from the solution, as they are asked for
    # A right notebook: what another one answers in the same words is right too. Only for notebooks of the author.
    solved: Notebook | None = None
    _solved: _Solved | None = None

    def __post_init__(self) -> None:
        if self.references is None:
            self.references = References(self.assignment, self.salt)

    def sources(self) -> tuple[str, ...]:
        """The sources of tests, which a lane compiles once."""
        return tuple(
            s.code for q in self.assignment.questions
            for s in (*self.assignment.helpers, *q.helpers, *(test.source for test in q.tests))
        )  # fmt: skip

    def prepare(self) -> None:
        """Compute the reference's side of every case, before any student code runs."""
        # Some questions are costly to prepare and few students attempt them: they wait for the first attempt.
        eager = [q.id for q in self.assignment.questions if q.tests and not q.attempted]
        places = all_places(self.assignment, eager) if eager else []
        self.references.prepare([place for place in places if place not in self.references.raw])

    def judge(self, notebook: Notebook, lane: ProgramHost, aliases: Mapping[str, str] | None = None) -> Judgement:
        """Judge all questions of a notebook; student code runs only in the lane."""
        return self._judge(notebook, self._program(notebook, aliases or {}), lane, {})

    def judge_changes(
        self, notebook: Notebook, lane: ProgramHost, aliases: Mapping[str, str] | None = None
    ) -> Judgement:
        """Judge a notebook of the author: questions that are answered as in `solved` have the same results."""
        program = self._program(notebook, aliases or {})
        if self._solved is None:
            assert self.solved is not None
            right = self._program(self.solved, {})
            judgement = self._judge(self.solved, right, lane, {})
            self._solved = _Solved(right, {q.id: q for q in judgement.questions if _is_full(q)})
        same = unchanged(self.assignment, self._solved.program, program)
        known = {id: result for id, result in self._solved.results.items() if id in same}
        return self._judge(notebook, program, lane, known)

    def _program(self, notebook: Notebook, aliases: Mapping[str, str]) -> Program:
        names = [name for question in self.assignment.questions for name in question.names]
        snippets = {k: s for question in self.assignment.questions for k, s in question.snippets.items()}
        trained = [name for question in self.assignment.questions if question.runs for name in question.names]
        return build(notebook, names, snippets, aliases, trained)

    def _judge(
        self, notebook: Notebook, program: Program, lane: ProgramHost, known: Mapping[str, QuestionResult]
    ) -> Judgement:
        """Judge all questions but those whose full result is known."""
        remote = RemoteProgram(lane, program, self.assignment.limits)
        # Once for all questions, since wrapping takes longer than many calls. Each question looks for its own names.
        remote.set_forbidden(sorted({name for q in self.assignment.questions for name in q.forbidden}))
        remote.start()
        remote.deadline = time.monotonic() + self.assignment.limits.submission_s
        shown = self.assignment.only(self.only)
        answers = []
        for question in self._with_needs(shown):
            if question.id in known:
                continue
            student = StudentSide(question, self.references, remote, notebook, _answer_lines(program, question))
            answers.append(_Answer(question, self, program, notebook, remote, student))
        right = set(known)  # questions with a right answer
        for answer in answers:
            with _naming(answer.question):
                answer.compare()
            if answer.is_right:
                right.add(answer.question.id)
        notes = [*notebook.notes, *program.notes, *_load_notes(remote)]
        self._try_repaired(answers, frozenset(right), program, remote)
        usage = remote.end()
        results = dict(known)
        spoilt: set[str] = set()  # questions that are wrong only because of an earlier mistake
        for answer in answers:
            question = answer.question
            with _naming(question):
                results[question.id] = answer.concluded([id for id in question.needs if id not in right | spoilt])
            if answer.is_spoilt:
                spoilt.add(question.id)
        return Judgement(tuple(results[q.id] for q in shown), tuple(notes), usage.output, usage.cpu_s, usage.killed)

    def _try_repaired(
        self, answers: Sequence[_Answer], right: frozenset[str], program: Program, remote: RemoteProgram
    ) -> None:
        """Run wrong answers once more with earlier wrong ones replaced; those with the same replacements together."""
        together: dict[tuple[tuple[str, str], ...], list[_Answer]] = {}
        for answer in answers:
            if answer.may_be_carried:
                sources = carried_forward.repairs(self.assignment, answer.question, right)
                if sources:
                    together.setdefault(tuple(sources.items()), []).append(answer)
        for pairs, some in together.items():
            repaired = carried_forward.repaired(program, dict(pairs))
            # If the repaired program does not load in the time that is left, nothing is carried forward.
            with contextlib.suppress(WorkerError), remote.instead(repaired) as second:
                for answer in some:
                    with _naming(answer.question):
                        answer.compare_again(second)

    def _with_needs(self, shown: Sequence[Question]) -> tuple[Question, ...]:
        wanted = {q.id for q in shown}
        for question in reversed(self.assignment.questions):
            if question.id in wanted:
                wanted |= set(question.needs)
        return tuple(q for q in self.assignment.questions if q.id in wanted)


@dataclass(frozen=True)
class Judgement:
    """The result of judging one notebook; `output` holds the text that the student's code printed."""

    questions: tuple[QuestionResult, ...]
    notes: tuple[Message, ...]
    output: str
    cpu_seconds: float
    killed: bool = False  # one of its processes ended by a SIGKILL that we did not send


@dataclass(frozen=True)
class _Solved:
    """The program of a right notebook, and the full results of its questions."""

    program: Program
    results: Mapping[str, QuestionResult]


def _is_full(result: QuestionResult) -> bool:
    return result.points >= result.possible and all(f.passed for f in result.findings if f.scored)


@contextlib.contextmanager
def _naming(question: Question) -> Iterator[None]:
    """An exception of the grader says which question was judged."""
    try:
        yield
    except Exception as error:
        error.add_note(f"while judging question {question.id}")
        raise


@dataclass
class _Answer:
    """One question of one student: compared first, then perhaps with earlier answers repaired, then concluded.

    All answers are compared before the first one is run with repairs, so that the student's program starts once.
    """

    question: Question
    run: Judge
    program: Program
    notebook: Notebook
    remote: RemoteProgram
    student: StudentSide
    is_right: bool = False  # everything that counts passed, and nothing forbidden is used
    is_spoilt: bool = False  # everything that counts passes once an earlier mistake is repaired
    may_be_carried: bool = False
    _judged: list[Judged] = field(default_factory=list)
    _again: list[Judged | None] = field(default_factory=list)  # on the repaired program
    _absent: Finding | None = None
    _passed: bool = False
    _notes: list[Message] = field(default_factory=list)
    _uses: Sequence[Any] = ()
    _tripped: list[Tripped] = field(default_factory=list)

    def compare(self) -> None:
        """Judge each test in each case, on the student's own program."""
        question = self.question
        self._uses = find_forbidden(self.program, self.notebook, replace(question, forbidden=self._forbidden()))
        self.remote.take_tripped()
        absent = self._unattempted()
        judged = [
            self._judge_case(check, case) if absent is None else self._refuse(check, case, absent)
            for check in checks_of(question, self.run.references)
            for case in check.cases
        ]
        judged = self._in_other_convention(judged) if absent is None else judged
        self._notes = self._observations() if absent is None else []
        scored = [f for entry in judged for f in entry.findings if f.scored]
        self._passed = all(f.passed for f in scored or [f for entry in judged for f in entry.findings])
        if not self._passed and absent is None:
            absent = self._blank(judged)
            if absent is not None:
                judged = [self._refuse(entry.check, entry.case, absent) for entry in judged]
        self._judged, self._absent = judged, absent
        self._take_tripped(self.remote)
        self.is_right = self._passed and not self._uses and not self._tripped
        self.may_be_carried = bool(not self._passed and question.carried and self._can_carry())

    def compare_again(self, repaired: RemoteProgram) -> None:
        """Judge what is wrong on the program with earlier answers repaired."""
        repaired.take_tripped()
        self._again = carried_forward.judged_again(self._judged, replace(self.student, program=repaired))
        self._take_tripped(repaired)

    def concluded(self, earlier: Sequence[str]) -> QuestionResult:
        """The question's result; `earlier` are the questions that it needs and that have mistakes of their own."""
        question, judged = self.question, self._judged
        if self._again:
            judged = carried_forward.carried_forward(judged, self._again, question, ", ".join(earlier))
        own = [m for m in self.run.assignment.mistakes if m.question == question.id]
        judged = _with_fitting_hints(self._named_by_exception(diagnosed(judged, own), own))
        findings = [finding for entry in judged for finding in entry.findings]
        carried_over = [f.message for f in findings if f.carried is not None]
        notes = [*self._notes, *carried_over[:1]]
        self.is_spoilt = bool(carried_over) and all(f.passed for f in findings if f.scored)
        # The question stays wrong with repaired earlier answers, and no known mistake explains it.
        unexplained = not self._passed and not carried_over and not any(f.misconceptions for f in findings)
        if earlier and unexplained and self._can_carry():
            notes.append(
                say("this question builds on {questions}, where something is wrong: fix that first",
                    questions=", ".join(earlier))
            )  # fmt: skip
            judged = [replace(e, findings=tuple(f.with_(hint=Text()) for f in e.findings)) for e in judged]
            findings = [finding for entry in judged for finding in entry.findings]
        share = scoring.fraction(judged)
        if self._uses or self._tripped:
            costs = self.run.forbidden == "zero"
            share = 0.0 if costs else share
            findings = [*_forbidden(self._uses, self._tripped, self.student, scored=costs), *findings]
        return QuestionResult(
            id=question.id,
            title=question.title,
            points=scoring.points(question, share),
            possible=question.points,
            reviewed=question.reviewed,
            bonus=question.bonus,
            verdict=scoring.verdict(question, share, findings),
            findings=tuple(findings),
            notes=tuple(notes),
            excerpts=self._excerpts(),
        )

    def _forbidden(self) -> tuple[str, ...]:
        return () if self.run.forbidden == "ignore" else self.question.forbidden

    def _take_tripped(self, program: RemoteProgram) -> None:
        tripped = [t for t in program.take_tripped() if t.cell != OWN_CELL]
        self._tripped += [t for t in tripped if _is_forbidden(t.name, self._forbidden())]

    def _can_carry(self) -> bool:
        return self._absent is None and carried_forward.can_carry(self._judged, answered=self._answered())

    def _named_by_exception(self, judged: Sequence[Judged], own: Sequence[Mistake]) -> list[Judged]:
        """The entries, where a known mistake that raises the same exception gives its name and hint."""
        named = []
        for entry in judged:
            odd = [f for f in entry.findings if not f.passed and not f.misconceptions and f.carried is None]
            mistake = None
            if odd and isinstance(entry.check, FromTest) and any(m.raises for m in own):
                mistake = entry.check.raising(self.student, entry.case, own)
            if mistake is not None:
                told = {"misconceptions": (mistake.name,), "hint": mistake.hint}
                entry = replace(entry, findings=tuple(f.with_(**told) if f in odd else f for f in entry.findings))
            named.append(entry)
        return named

    def _in_other_convention(self, judged: list[Judged]) -> list[Judged]:
        """The same entries, or those of another right convention that fits in all cases."""
        if all(f.passed for entry in judged for f in entry.findings if f.scored):
            return judged
        for convention in self.question.accepts:
            checks = checks_of(self.question, self.run.references, convention)
            other = [self._judge_case(check, case) for check in checks for case in check.cases]
            if all(f.passed for entry in other for f in entry.findings if f.scored):
                return other
        return judged

    def _judge_case(self, check: Check, case: Case) -> Judged:
        if self.remote.deadline is not None and time.monotonic() > self.remote.deadline:
            spent = say("the time for the whole notebook was used up before this check")
            return self._refuse(check, case, Finding(Verdict.TIMED_OUT, spent))
        try:
            judged = check.judge(self.student, case)
        except Exception as error:
            error.add_note(f"in check {check.title.render('en')!r}, case {case.title.render('en')!r}")
            raise
        return judged

    def _refuse(self, check: Check, case: Case, finding: Finding) -> Judged:
        return check.refuse(self.student, case, finding)

    def _unattempted(self) -> Finding | None:
        """A finding for the whole question if it was not answered at all."""
        question = self.question
        if question.attempted and not any(
            re.search(question.attempted, cell.python) for cell in self.notebook.cells if cell.kind == "code"
        ):
            return Finding(Verdict.MISSING, say("not answered"))
        return None

    def _blank(self, judged: Sequence[Judged]) -> Finding | None:
        """A finding for the whole question if nothing is written in the answer.

        What a test finds right in an empty answer, such as an argument that is unchanged, is right in every notebook.
        """
        excerpts = self._excerpts()
        luck = any(f.passed for entry in judged for f in entry.findings) and all(
            f.passed or f.verdict in (Verdict.MISSING, Verdict.SKIPPED) for entry in judged for f in entry.findings
        )
        blank = (luck or self._has_empty_outputs()) if not excerpts else untouched(self._asked(excerpts))
        return Finding(Verdict.MISSING, say("not answered")) if blank else None

    def _asked(self, excerpts: Sequence[Excerpt]) -> list[AnsweredName]:
        """The names that the answer defines; of a class whose methods are asked for, only these methods."""
        names = [name for e in excerpts for name in answered(e.source, e.cell, e.line)]
        methods = {name.rpartition(".")[2] for name in self.question.names if "." in name}
        return [name for name in names if name.name in methods] or names

    def _has_empty_outputs(self) -> bool:
        """Whether the notebook still has an output of a snippet question as it was handed out: `dL_dU = None`."""
        outputs = {
            output + variant
            for snippet in self.question.snippets.values()
            for output in snippet.outputs
            for variant in ("", *snippet.variants)
        }
        cells = [cell for cell in self.notebook.cells if cell.kind == "code"] if outputs else []
        return any(name.empty and name.name in outputs for c in cells for name in answered(c.python, c.number, 1))

    def _observations(self) -> list[Message]:
        notes = [
            say("the function changes its argument {argument} in place, so the caller finds other values in it",
                argument=argument)
            for argument in self.student.mutated()
        ]  # fmt: skip
        for name in self.question.names:
            if name not in self.program.definitions:
                notes += [
                    say("{name} is missing; {found} in cell {cell} has a similar name. Rename it, or ask for the "
                        "name to be accepted", name=name, found=d.name, cell=d.cell)
                    for d in near_names(self.program, name)[:1]
                ]  # fmt: skip
        return notes

    def _answered(self) -> bool:
        """Whether the notebook defines all that this question asks for; otherwise a missing name is its own."""
        own = all(name in self.program.definitions for name in self.question.names)
        return own and bool(self.question.names)

    def _excerpts(self) -> tuple[Excerpt, ...]:
        found: dict[tuple[int, int], Excerpt] = {}
        for name in self.question.names:
            definition = self.program.definitions.get(name)
            if definition is not None:
                found.setdefault(
                    (definition.cell, definition.line),
                    Excerpt(definition.cell, definition.line, definition.source),
                )
        for key in self.question.snippets:
            snippet = self.program.snippets.get(key)
            for statements in snippet.outputs.values() if snippet else ():
                for s in statements[-1:]:
                    found.setdefault((s.cell, s.line), Excerpt(s.cell, s.line, s.source))
        return tuple(found[place] for place in sorted(found))


def _answer_lines(program: Program, question: Question) -> tuple[str, ...]:
    """The statements that answer a snippet question, each once, in the notebook's order."""
    found: dict[tuple[int, int], str] = {}
    for key in question.snippets:
        snippet = program.snippets.get(key)
        for statements in snippet.outputs.values() if snippet else ():
            found |= {(s.cell, s.line): s.source for s in statements}
    return tuple(found[place] for place in sorted(found))


def _with_fitting_hints(judged: Sequence[Judged]) -> list[Judged]:
    """The entries without the hints of refining checks if another check failed: such a hint would lead astray."""
    failed = any(f.scored and not f.passed for e in judged if not e.check.refines for f in e.findings)
    return [
        replace(e, findings=tuple(f if f.misconceptions else f.with_(hint=Text()) for f in e.findings))
        if failed and e.check.refines
        else e
        for e in judged
    ]


def _is_forbidden(name: str, forbidden: Sequence[str]) -> bool:
    return any(name == f or (f.endswith(".*") and name.startswith(f[:-1])) for f in forbidden)


def _forbidden(uses: Sequence[Any], tripped: Sequence[Any], student: StudentSide, *, scored: bool) -> list[Finding]:
    seen: dict[tuple[str, int, int], Finding] = {}
    for use in (*uses, *tripped):
        frame = Frame(use.cell, use.line)
        message = say("{name} is used in cell {cell}, line {line}; this question asks you to write it yourself",
                      name=use.name, cell=use.cell, line=use.line)  # fmt: skip
        seen.setdefault(
            (use.name, use.cell, use.line),
            Finding(Verdict.FORBIDDEN, message, scored=scored, traceback=(student.trace_line(frame),)),
        )
    return list(seen.values())


def _load_notes(student: RemoteProgram) -> list[Message]:
    notes = []
    for statement, error in student.load_errors:
        if isinstance(error, CallTimedOut):
            notes.append(
                say("cell {cell}, line {line} did not finish within {seconds} s and was left out",
                    cell=statement.cell, line=statement.line, seconds=f"{error.seconds:g}")
            )  # fmt: skip
        else:
            _, what = describe(error)
            detail = what.values.get("error") or what.values.get("how") or str(error)
            if isinstance(error, OddAnswer):
                detail = Text(*(what.render(language) for language in LANGUAGES))
            notes.append(
                say("cell {cell}, line {line} could not be run ({error}); the rest went on",
                    cell=statement.cell, line=statement.line, error=detail)
            )  # fmt: skip
    return notes
