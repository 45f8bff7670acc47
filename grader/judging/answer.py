"""One question of one student: judged, perhaps once more with earlier answers repaired, then concluded."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace

from ..assignment.cases import Case
from ..assignment.course import Mistake
from ..assignment.spec import Assignment, Question
from ..messages import Message, Text, say
from ..results import Finding, QuestionResult, Verdict
from ..sandbox.remote import RemoteProgram
from . import carried_forward, notes, scoring
from .absent import Absent, with_cause
from .charged_once import Charged
from .checks import checks_of
from .checks.check import Check, Judged
from .checks.from_test import FromTest
from .diagnosis import diagnosed
from .forbidden_calls import ForbiddenCalls
from .reading import WrittenAnswer
from .references import References
from .student_side import StudentSide
from .waiting import waiting_for_a_person


@dataclass
class Answer:
    """One question of one student: compared first, then perhaps with earlier answers repaired, then concluded.

    All answers are compared before the first one is run with repairs, so that the student's program starts once.
    """

    question: Question
    assignment: Assignment
    references: References
    written: WrittenAnswer
    remote: RemoteProgram
    student: StudentSide
    charged: Charged  # the known mistakes of earlier questions
    absent: Absent
    forbidden: ForbiddenCalls
    is_right: bool = False  # everything that counts passed, and nothing forbidden was called
    is_spoilt: bool = False  # everything that counts passes once an earlier mistake is repaired
    may_be_carried: bool = False
    not_repaired: set[str] | None = None  # earlier questions that the repaired program leaves wrong; None: not tried
    _judged: list[Judged] = field(default_factory=list)
    _again: list[Judged | None] = field(default_factory=list)  # on the repaired program
    _absent: Finding | None = None
    _passed: bool = False
    _notes: list[Message] = field(default_factory=list)
    _repaired: StudentSide | None = None

    def run_public(self) -> None:
        """Run the public cases of an answer, before any hidden case of the submission runs."""
        if self._unattempted() is None:
            self.remote.take_tripped()
            self.student.run_public()
            self.forbidden.take(self.remote, public=True)

    def compare(self) -> None:
        """Judge each test in each case, on the student's own program."""
        question = self.question
        self.remote.take_tripped()
        absent = self._unattempted()
        judged = [
            self._judge_case(check, case) if absent is None else self._refuse(check, case, absent)
            for check in checks_of(question, self.references)
            for case in check.cases
        ]
        judged = self._in_other_convention(judged) if absent is None else judged
        self._notes = notes.in_text_cells(self.written)
        if absent is None:
            self._notes += notes.of_answer(self.written, self.student.mutated(), self.student.notebook)
        scored = [f for entry in judged for f in entry.findings if f.scored]
        self._passed = all(f.passed for f in scored or [f for entry in judged for f in entry.findings])
        if not self._passed and absent is None:
            absent = self._blank(judged)
            if absent is not None:
                judged = [self._refuse(entry.check, entry.case, absent) for entry in judged]
            else:
                judged = [replace(e, findings=tuple(map(self._with_cause, e.findings))) for e in judged]
        self._judged, self._absent = judged, absent
        self.forbidden.take(self.remote)
        done = any(entry.forbidden for entry in judged)
        self.is_right = self._passed and not self.forbidden and not done
        self.may_be_carried = bool(question.carried and (done or (not self._passed and self._can_carry())))

    def run_public_again(self, repaired: RemoteProgram) -> None:
        """Run the public cases on the program with earlier answers repaired, before any hidden case runs on it."""
        self._repaired = replace(self.student, program=repaired)
        repaired.take_tripped()
        self._repaired.run_public()
        self.forbidden.take(repaired, public=True)

    def compare_again(self, repaired: RemoteProgram) -> None:
        """Judge what is wrong on that program."""
        assert self._repaired is not None
        repaired.take_tripped()
        self._again = carried_forward.judged_again(self._judged, self._repaired)
        self.forbidden.take(repaired)

    @property
    def is_helped(self) -> bool:
        """Whether a result passes on the repaired program that did not pass before."""
        return any(
            second.passed and not first.passed
            for entry, again in zip(self._judged, self._again, strict=False)
            for first in entry.findings
            for second in (again.findings if again else ())
            if first.result == second.result
        )

    def is_repaired_in(self, program: RemoteProgram) -> bool:
        """Whether this wrong answer, or what stand-ins leave of it, is right in a repaired program."""
        if carried_forward.is_covered(self.question):
            return True
        again = carried_forward.judged_again(self._judged, replace(self.student, program=program))
        return all(f.passed for entry in again if entry for f in entry.findings)

    def concluded(self, earlier: Sequence[str], unanswered: Container[str]) -> QuestionResult:
        """The question's result; `earlier` are the questions that it needs and that have mistakes of their own.

        Some of them may be `unanswered`. Where the code uses one of those, the finding names what is not defined.
        """
        question, judged = self.question, self._judged
        if self._again:
            judged = carried_forward.carried_forward(judged, self._again, question, ", ".join(earlier))
        own = [m for m in self.assignment.mistakes if m.question == question.id]
        judged = self._named_by_exception(diagnosed(judged, [*own, *self.charged.in_later(question)]), own)
        judged = self.charged.relieved(_with_fitting_hints(judged), question)
        findings = [finding for entry in judged for finding in entry.findings]
        carried_over = any(f.carried is not None for f in findings)
        share = scoring.fraction(judged)
        done = self._done(judged)
        costs = self.forbidden.cost or any(finding.scored for finding in done)
        before = scoring.points(question, share) if costs else None
        share = 0.0 if costs else share
        self.is_spoilt = carried_over and all(f.passed for f in findings if f.scored)
        told = list(self._notes)
        if carried_over and share:
            told.append(carried_forward.note(question, ", ".join(earlier), share if self.is_spoilt else None))
        told += self.charged.notes(findings, question, share) if share else ()
        # The question stays wrong with repaired earlier answers, and no known mistake explains it.
        unexplained = not self._passed and not carried_over and not any(f.misconceptions for f in findings)
        first = [
            id for id in earlier if id not in unanswered and (self.not_repaired is None or id in self.not_repaired)
        ]
        if all(f.verdict is Verdict.MISSING for f in findings if not f.passed):
            first = []  # nothing is wrong here: it was not answered
        if first and unexplained and self._can_carry():
            told.append(
                say("this question builds on {questions}, where something is wrong: fix that first",
                    questions=", ".join(first))
            )  # fmt: skip
            judged = [replace(e, findings=tuple(f.with_(hint=Text()) for f in e.findings)) for e in judged]
            findings = [finding for entry in judged for finding in entry.findings]
        findings = [*self.forbidden.findings(self.student), *done, *([] if costs else self._flags()), *findings]
        result = QuestionResult(
            id=question.id,
            title=question.title,
            points=scoring.points(question, share),
            unpenalised=before,
            possible=question.points,
            reviewed=question.reviewed,
            bonus=question.bonus,
            verdict=scoring.verdict(question, share, findings),
            findings=tuple(findings),
            notes=tuple(told),
            excerpts=self.written.excerpts,
        )
        if self.written.costs and result.verdict is not Verdict.FORBIDDEN:
            result = waiting_for_a_person(result, self.written.costs)
        return result

    def _done(self, judged: Sequence[Judged]) -> list[Finding]:
        """What the answer did itself and must not do; it costs what a call of a forbidden name costs."""
        found = dict.fromkeys(what for entry in judged for what in entry.forbidden)
        return [
            Finding(
                Verdict.FORBIDDEN, say("{what}: this question forbids it", what=what), scored=self.forbidden.charges
            )
            for what in found
        ]

    def _flags(self) -> list[Finding]:
        """What a person should look at, if no forbidden call decides already."""
        entries = [] if self.forbidden else [*self._judged, *(entry for entry in self._again if entry)]
        found = dict.fromkeys(flag for entry in entries for flag in entry.flags)
        return [
            Finding(
                Verdict.FORBIDDEN,
                say("{what}. A person looks at this answer; until then it costs nothing", what=flag),
                scored=False,
            )
            for flag in found
        ]

    def _with_cause(self, finding: Finding) -> Finding:
        return with_cause(finding, self.question, self.written, self.student, self.absent)

    def _can_carry(self) -> bool:
        return self._absent is None and carried_forward.can_carry(self._judged, answered=self.written.complete)

    def _named_by_exception(self, judged: Sequence[Judged], own: Sequence[Mistake]) -> list[Judged]:
        """The entries, where a known mistake that raises the same exception gives its name and hint."""
        named = []
        for entry in judged:
            odd = [f for f in entry.findings if not f.passed and not f.misconceptions and f.carried is None]
            mistake = None
            if odd and self._absent is None and isinstance(entry.check, FromTest):
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
            checks = checks_of(self.question, self.references, convention)
            other = [self._judge_case(check, case) for check in checks for case in check.cases]
            if all(f.passed for entry in other for f in entry.findings if f.scored):
                return other
        return judged

    def _judge_case(self, check: Check, case: Case) -> Judged:
        if self.remote.is_late:
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
        if not self.written.attempted:
            return Finding(Verdict.MISSING, say("not answered"))
        return None

    def _blank(self, judged: Sequence[Judged]) -> Finding | None:
        """A finding for the whole question if nothing is written in the answer.

        What a test finds right in an empty answer, such as an argument that is unchanged, is right in every notebook.
        """
        luck = any(f.passed for entry in judged for f in entry.findings) and all(
            f.passed or f.verdict in (Verdict.MISSING, Verdict.SKIPPED) for entry in judged for f in entry.findings
        )
        lost = self.written.unread or self.written.similar or self.written.in_text
        blank = self.written.empty or (luck and not self.written.excerpts and not lost)
        return Finding(Verdict.MISSING, say("not answered")) if blank else None


def _with_fitting_hints(judged: Sequence[Judged]) -> list[Judged]:
    """The entries without the hints of refining checks if another check failed: such a hint would lead astray."""
    failed = any(f.scored and not f.passed for e in judged if not e.check.refines for f in e.findings)
    return [
        replace(e, findings=tuple(f if f.misconceptions else f.with_(hint=Text()) for f in e.findings))
        if failed and e.check.refines
        else e
        for e in judged
    ]
