"""Judge one submission: run each question's checks on the student's program, in order, and collect the findings."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal

from ..assignment.cases import Case
from ..assignment.course import Mistake
from ..assignment.spec import Assignment, Question
from ..errors import CallTimedOut, Frame, OddAnswer, WorkerError
from ..forbidden.find import Use
from ..messages import LANGUAGES, Message, Text, say
from ..notebook.program import Program
from ..notebook.read import Notebook
from ..notebook.statements import CANNOT_BE_READ
from ..results import Finding, QuestionResult, Verdict
from ..sandbox.lane import ProgramHost
from ..sandbox.remote import OWN_CELL, RemoteProgram
from ..sandbox.replies import Tripped
from . import carried_forward, scoring
from .author_side import all_places
from .charged_once import Charged, repeated_in
from .checks import checks_of
from .checks.check import Check, Judged
from .checks.failures import describe
from .checks.from_test import FromTest
from .compare import NOTHING
from .diagnosis import diagnosed
from .reading import Reading, SimilarName, WrittenAnswer
from .references import References
from .solution import returns_a_value
from .student_side import StudentSide
from .unchanged import unchanged
from .waiting import waiting_for_a_person

# The cost of using a forbidden name: the question's points, only a message, or nothing at all.
ForbiddenPolicy = Literal["zero", "flag", "ignore"]
# Forbidden calls of one question that are listed after a request.
UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")
MOST_CALLS = 50


@dataclass
class Judge:
    """The judge of a run; its state stays the same for all submissions."""

    assignment: Assignment
    salt: str
    only: tuple[str, ...] = ()
    forbidden: ForbiddenPolicy = "zero"
    references: References = None  # type: ignore[assignment]  # None: from the solution, as they are asked for
    # A right notebook: what another one answers in the same words is right too. Only for notebooks of the author.
    solved: Reading | None = None
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

    def judge(self, reading: Reading, lane: ProgramHost, only: Sequence[str] = ()) -> Judgement:
        """Judge all questions of a submission, or only some; student code runs only in the lane."""
        return self._judge(reading, lane, {}, only)

    def judge_changes(self, reading: Reading, lane: ProgramHost, only: Sequence[str] = ()) -> Judgement:
        """Judge a notebook of the author: questions that are answered as in `solved` have the same results."""
        if self._solved is None:
            assert self.solved is not None
            judgement = self._judge(self.solved, lane, {}, ())
            self._solved = _Solved(self.solved.program, {q.id: q for q in judgement.questions if _is_full(q)})
        same = unchanged(self.assignment, self._solved.program, reading.program)
        known = {id: result for id, result in self._solved.results.items() if id in same}
        return self._judge(reading, lane, known, only)

    def _judge(
        self, reading: Reading, lane: ProgramHost, known: Mapping[str, QuestionResult], only: Sequence[str]
    ) -> Judgement:
        """Judge all questions but those whose full result is known."""
        remote = RemoteProgram(lane, reading.program, self.assignment.limits)
        # Once for all questions, since wrapping takes longer than many calls. Each question looks for its own names.
        remote.set_forbidden(sorted({name for q in self.assignment.questions for name in q.forbidden}))
        remote.start()
        remote.allow(self.assignment.limits.submission_s)
        shown = self.assignment.only(only or self.only)
        charged = Charged(self.assignment)
        absent = _absent_names(remote, reading)
        answers = []
        for question in self._with_needs(shown):
            if question.id in known:
                continue
            written = reading.answers[question.id]
            student = StudentSide(question, self.references, remote, reading.notebook, written.lines)
            answers.append(_Answer(question, self, written, reading.answers, remote, student, charged, absent))
        # All public cases first: then the page of a public case cannot tell what the code remembers of hidden ones.
        for answer in answers:
            answer.run_public()
        right = set(known)  # questions with a right answer
        for answer in answers:
            with _naming(answer.question):
                answer.compare()
            if answer.is_right:
                right.add(answer.question.id)
        notes = [*reading.notebook.notes, *reading.program.notes, *_load_notes(remote, reading.notebook)]
        self._try_repaired(answers, frozenset(right), reading.program, remote)
        usage = remote.end()
        results = dict(known)
        spoilt: set[str] = set()  # questions that are wrong only because of an earlier mistake
        unanswered: set[str] = set()
        for answer in answers:
            question = answer.question
            with _naming(question):
                result = answer.concluded([id for id in question.needs if id not in right | spoilt], unanswered)
            charged.add(result.findings, question)
            results[question.id] = result
            if result.verdict is Verdict.MISSING:
                unanswered.add(question.id)
            if answer.is_spoilt:
                spoilt.add(question.id)
        return Judgement(tuple(results[q.id] for q in shown), tuple(notes), usage.output, usage.cpu_s, usage.killed)

    def _try_repaired(
        self, answers: Sequence[_Answer], right: frozenset[str], program: Program, remote: RemoteProgram
    ) -> None:
        """Run wrong answers once more with earlier wrong ones replaced; those with the same replacements together."""
        # One function with the name of one missing answer is meant for it; its parts, or several answers, are not.
        alike = [one for answer in answers for one in answer.written.similar if len(one.asked) == len(one.found) == 1]
        similar = {one.asked[0]: one.found for one in alike}
        together: dict[carried_forward.Repairs, list[_Answer]] = {}
        for answer in answers:
            if answer.may_be_carried:
                sources = carried_forward.repairs(self.assignment, answer.question, right, program)
                if sources:
                    together.setdefault(sources, []).append(answer)
        for sources, some in together.items():
            repaired = carried_forward.repaired(program, sources, similar)
            # If the repaired program does not load in the time that is left, nothing is carried forward.
            with contextlib.suppress(WorkerError), remote.instead(repaired) as second:
                for answer in some:
                    with _naming(answer.question):
                        answer.compare_again(second)
                by_id = {answer.question.id: answer for answer in answers}
                for answer in some:
                    if not answer.is_helped:
                        wrong = [by_id[id] for id in answer.question.needs if id not in right]
                        answer.not_repaired = {one.question.id for one in wrong if not one.is_repaired_in(second)}

    def _with_needs(self, shown: Sequence[Question]) -> tuple[Question, ...]:
        wanted = {q.id for q in shown}
        for question in reversed(self.assignment.questions):
            if question.id in wanted:
                wanted |= {*question.needs, *repeated_in(self.assignment, question)}
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
    written: WrittenAnswer
    answers: Mapping[str, WrittenAnswer]  # of all questions, by id
    remote: RemoteProgram
    student: StudentSide
    charged: Charged  # the known mistakes of earlier questions
    absent: Mapping[str, Message]  # names that the notebook writes and the program lacks, and why
    is_right: bool = False  # everything that counts passed, and nothing forbidden was called
    is_spoilt: bool = False  # everything that counts passes once an earlier mistake is repaired
    may_be_carried: bool = False
    not_repaired: set[str] | None = None  # earlier questions that the repaired program leaves wrong; None: not tried
    _judged: list[Judged] = field(default_factory=list)
    _again: list[Judged | None] = field(default_factory=list)  # on the repaired program
    _absent: Finding | None = None
    _passed: bool = False
    _notes: list[Message] = field(default_factory=list)
    _tripped: list[Tripped] = field(default_factory=list)

    def run_public(self) -> None:
        """Run the public cases of an answer, before any hidden case of the submission runs."""
        if self._unattempted() is None:
            self.remote.take_tripped()
            with _naming(self.question):
                self.student.run_public()
            self._take_tripped(self.remote)

    def compare(self) -> None:
        """Judge each test in each case, on the student's own program."""
        question = self.question
        self._tripped += [Tripped(use.name, use.cell, use.line) for use in self._uses() if use.certain]
        self.remote.take_tripped()
        absent = self._unattempted()
        judged = [
            self._judge_case(check, case) if absent is None else self._refuse(check, case, absent)
            for check in checks_of(question, self.run.references)
            for case in check.cases
        ]
        judged = self._in_other_convention(judged) if absent is None else judged
        self._notes = [*self._in_text_cells(), *(self._observations() if absent is None else ())]
        scored = [f for entry in judged for f in entry.findings if f.scored]
        self._passed = all(f.passed for f in scored or [f for entry in judged for f in entry.findings])
        if not self._passed and absent is None:
            absent = self._blank(judged)
            if absent is not None:
                judged = [self._refuse(entry.check, entry.case, absent) for entry in judged]
            else:
                judged = [replace(e, findings=tuple(self._with_cause(f) for f in e.findings)) for e in judged]
        self._judged, self._absent = judged, absent
        self._take_tripped(self.remote)
        self.is_right = self._passed and not self._tripped
        self.may_be_carried = bool(not self._passed and question.carried and self._can_carry())

    def compare_again(self, repaired: RemoteProgram) -> None:
        """Judge what is wrong on the program with earlier answers repaired."""
        repaired.take_tripped()
        self._again = carried_forward.judged_again(self._judged, replace(self.student, program=repaired))
        self._take_tripped(repaired)

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

    def concluded(self, earlier: Sequence[str], unanswered: Set[str]) -> QuestionResult:
        """The question's result; `earlier` are the questions that it needs and that have mistakes of their own.

        Some of them may be `unanswered`. Where the code uses one of those, the finding names what is not defined.
        """
        question, judged = self.question, self._judged
        if self._again:
            judged = carried_forward.carried_forward(judged, self._again, question, ", ".join(earlier))
        own = [m for m in self.run.assignment.mistakes if m.question == question.id]
        judged = self._named_by_exception(diagnosed(judged, [*own, *self.charged.in_later(question)]), own)
        judged = self.charged.relieved(_with_fitting_hints(judged), question)
        findings = [finding for entry in judged for finding in entry.findings]
        carried_over = any(f.carried is not None for f in findings)
        share = scoring.fraction(judged)
        costs = self.run.forbidden == "zero"
        before = scoring.points(question, share) if costs and self._tripped else None
        share = 0.0 if costs and self._tripped else share
        self.is_spoilt = carried_over and all(f.passed for f in findings if f.scored)
        notes = list(self._notes)
        if carried_over and share:
            notes.append(carried_forward.note(question, ", ".join(earlier), share if self.is_spoilt else None))
        notes += self.charged.notes(findings, question, share) if share else ()
        # The question stays wrong with repaired earlier answers, and no known mistake explains it.
        unexplained = not self._passed and not carried_over and not any(f.misconceptions for f in findings)
        first = [
            id for id in earlier if id not in unanswered and (self.not_repaired is None or id in self.not_repaired)
        ]
        if all(f.verdict is Verdict.MISSING for f in findings if not f.passed):
            first = []  # nothing is wrong here: it was not answered
        if first and unexplained and self._can_carry():
            notes.append(
                say("this question builds on {questions}, where something is wrong: fix that first",
                    questions=", ".join(first))
            )  # fmt: skip
            judged = [replace(e, findings=tuple(f.with_(hint=Text()) for f in e.findings)) for e in judged]
            findings = [finding for entry in judged for finding in entry.findings]
        findings = [*_forbidden(self._uses(), self._tripped, self.student, scored=costs), *self._flags(), *findings]
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
            notes=tuple(notes),
            excerpts=self.written.excerpts,
        )
        if self.written.costs and result.verdict is not Verdict.FORBIDDEN:
            result = waiting_for_a_person(result, self.written.costs)
        return result

    def _flags(self) -> list[Finding]:
        """What a person should look at, if no forbidden call decides already."""
        entries = [] if self._tripped else [*self._judged, *(entry for entry in self._again if entry)]
        found = dict.fromkeys(flag for entry in entries for flag in entry.flags)
        return [
            Finding(
                Verdict.FORBIDDEN,
                say("{what}. A person looks at this answer; until then it costs nothing", what=flag),
                scored=False,
            )
            for flag in found
        ]

    def _uses(self) -> Sequence[Use]:
        return () if self.run.forbidden == "ignore" else self.written.uses

    def _take_tripped(self, program: RemoteProgram) -> None:
        forbidden = () if self.run.forbidden == "ignore" else self.question.forbidden
        own = [
            t for t in program.take_tripped()
            if t.cell != OWN_CELL and _is_forbidden(t.name, forbidden) and self._is_own_call(t)
        ]  # fmt: skip
        self._tripped += own[:MOST_CALLS]

    def _is_own_call(self, call: Tripped) -> bool:
        """Whether a forbidden call costs this question, and not another one whose answer makes it."""
        if self.written.reaches(call.cell, call.line):
            return True
        return not any(
            _is_forbidden(call.name, other.forbidden) and self.answers[other.id].reaches(call.cell, call.line)
            for other in self.run.assignment.questions
            if other is not self.question
        )

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
            checks = checks_of(self.question, self.run.references, convention)
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

    def _with_cause(self, finding: Finding) -> Finding:
        """The finding with the reason for which a value or a name is missing, where the code shows it."""
        if undefined := UNDEFINED.match(str(finding.message.values.get("error", ""))):
            return finding.with_(cause=self.absent.get(undefined[1], finding.cause))
        if finding.verdict is not Verdict.MISSING:
            return finding
        if finding.message.template == NOTHING.template:
            return self._with_forgotten_return(finding)
        name = str(finding.message.values.get("name", "")).partition(".")[0]
        fits = self.written.unread if not name or self.question.snippets else ()
        one = next(iter(fits or [u for u in self.written.unread if u.name == name]), None)
        if one is not None:
            at = self.student.notebook.at(one.cell, one.line)
            where = Text(f"celda {at.cell}, línea {at.line}", f"cell {at.cell}, line {at.line}")
            if at.file:
                where = Text(f"{at.file}, línea {at.line}", f"{at.file}, line {at.line}")
            why = say("{name} cannot be read: {where}: {reason}", name=one.name, where=where, reason=one.reason)
            line = self.student.trace_line(Frame(one.cell, one.line))
            return finding.with_(verdict=Verdict.RAISED, message=why, traceback=(line,))
        return finding

    def _with_forgotten_return(self, finding: Finding) -> Finding:
        """A function that is written and gives None is wrong, not missing. Its results often bear its name."""
        functions = self.written.functions
        name = _name_of(finding)
        names = functions
        if name in (asked.rpartition(".")[2] for asked in (*self.question.names, *functions)):
            names = tuple(f for f in functions if f.rpartition(".")[2] == name)
        if not names:
            return finding
        names = tuple(f for f in names if returns_a_value(f, self.question.solution))
        if not names:  # the result is not what a function returns, but what it leaves somewhere
            return finding.with_(verdict=Verdict.FAILED)
        why = say("{name} returns nothing: is a return missing?", name=", ".join(names))
        if len(names) > 1:
            why = say("{result} is None: is a return missing in one of {names}?",
                      result=finding.label or name, names=", ".join(names))  # fmt: skip
        return finding.with_(verdict=Verdict.FAILED, message=why)

    def _observations(self) -> list[Message]:
        notes = [
            say("the function changes its argument {argument} in place, so the caller finds other values in it",
                argument=argument)
            for argument in self.student.mutated()
        ]  # fmt: skip
        notes += [
            say("{function} reads {variables} from outside: if this changes, so does its result. Make it an argument, "
                "or take it from the inputs", function=function, variables=", ".join(variables))
            for function, variables in self.written.outside
        ]  # fmt: skip
        notes += map(self._similar, self.written.similar)
        return notes

    def _similar(self, similar: SimilarName) -> Message:
        names, found = ", ".join(similar.asked), ", ".join(similar.found)
        file = self.student.notebook.file_of(similar.cell)
        place = {"file": file} if file else {"cell": similar.cell}
        if len(similar.asked) > 1:
            return say("{names} are missing; only {found} has a similar name. Write each of them",
                       names=names, found=found, **place)  # fmt: skip
        if len(similar.found) > 1:
            return say("{name} is missing; these have similar names: {found}. Rename the right one, or ask for the "
                       "names to be accepted", name=names, found=found, **place)  # fmt: skip
        if file:
            return say("{name} is missing; {found} in {file} has a similar name. Rename it, or ask for the name to be "
                       "accepted", name=names, found=found, file=file)  # fmt: skip
        return say("{name} is missing; {found} in cell {cell} has a similar name. Rename it, or ask for the "
                   "name to be accepted", name=names, found=found, cell=similar.cell)  # fmt: skip

    def _in_text_cells(self) -> list[Message]:
        """A note for each name that no code cell defines and a text cell does."""
        return [
            say("cell {cell} is a text cell and contains {found}: change it to code", cell=a.cell, found=a.words)
            for a in self.written.in_text
        ]


def _name_of(finding: Finding) -> str:
    """The name with which a result begins: that of a function, if the test calls it so ("d_swish/dT")."""
    return re.split(r"[^\w.]", finding.result, maxsplit=1)[0]


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


def _forbidden(uses: Sequence[Use], tripped: Sequence[Tripped], student: StudentSide, *, scored: bool) -> list[Finding]:
    """A finding for each line that called a forbidden name, and one without cost for each that only names one."""
    found: dict[tuple[int, int], Finding] = {}
    for call in tripped:
        if file := student.notebook.file_of(call.cell):
            message = say("{name} is used in {file}, line {line}; this question asks you to write it yourself",
                          name=call.name, file=file, line=call.line)  # fmt: skip
        else:
            message = say("{name} is used in cell {cell}, line {line}; this question asks you to write it yourself",
                          name=call.name, cell=call.cell, line=call.line)  # fmt: skip
        found.setdefault((call.cell, call.line), _forbidden_finding(message, call, student, scored=scored))
    called = {call.name.rpartition(".")[2] for call in tripped}
    for use in uses:
        if use.name.rpartition(".")[2] in called:
            continue  # the line of the call says it already
        if file := student.notebook.file_of(use.cell):
            message = say("{name} is named in {file}, line {line}, and was not called when this answer was tried. "
                          "A person looks at this line; until then it costs nothing",
                          name=use.name, file=file, line=use.line)  # fmt: skip
        else:
            message = say("{name} is named in cell {cell}, line {line}, and was not called when this answer was tried. "
                          "A person looks at this line; until then it costs nothing",
                          name=use.name, cell=use.cell, line=use.line)  # fmt: skip
        found.setdefault((use.cell, use.line), _forbidden_finding(message, use, student, scored=False))
    return [found[place] for place in sorted(found)]


def _forbidden_finding(message: Message, place: Use | Tripped, student: StudentSide, *, scored: bool) -> Finding:
    line = student.trace_line(Frame(place.cell, place.line))
    return Finding(Verdict.FORBIDDEN, message, scored=scored, traceback=(line,))


def _load_notes(student: RemoteProgram, notebook: Notebook) -> list[Message]:
    """The notes about lines that could not be run: one for each line, however many names it imports."""
    late: dict[tuple[int, int], Message] = {}
    reasons: dict[tuple[int, int], dict[Text, None]] = {}
    for statement, error in student.load_errors:
        at, file = (statement.cell, statement.line), notebook.file_of(statement.cell)
        if isinstance(error, CallTimedOut) and file:
            late[at] = say("{file}, line {line} did not finish within {seconds} s and was left out",
                           file=file, line=statement.line, seconds=f"{error.seconds:g}")  # fmt: skip
        elif isinstance(error, CallTimedOut):
            late[at] = say("cell {cell}, line {line} did not finish within {seconds} s and was left out",
                           cell=statement.cell, line=statement.line, seconds=f"{error.seconds:g}")  # fmt: skip
        else:
            reasons.setdefault(at, {})[_reason(error)] = None
    notes = list(late.values())
    for (cell, line), found in reasons.items():
        why = Text(*("; ".join(reason.render(language) for reason in list(found)[:3]) for language in LANGUAGES))
        if file := notebook.file_of(cell):
            notes.append(
                say("{file}, line {line} could not be run ({error}); the rest went on", file=file, line=line, error=why)
            )
        else:
            notes.append(
                say("cell {cell}, line {line} could not be run ({error}); the rest went on",
                    cell=cell, line=line, error=why)
            )  # fmt: skip
    return notes


def _absent_names(student: RemoteProgram, reading: Reading) -> Mapping[str, Message]:
    """Names that the notebook writes and the program lacks, and the note that says why."""
    found: dict[str, Message] = {}
    for note in (*reading.notebook.notes, *reading.program.notes):
        if note.template in CANNOT_BE_READ:
            found |= dict.fromkeys(str(note.values.get("names", "")).split(", "), note)
    failed = {
        (note.values.get("file") or note.values.get("cell"), note.values["line"]): note
        for note in _load_notes(student, reading.notebook)
    }
    for statement in reading.program.statements if failed else ():
        at = (reading.notebook.file_of(statement.cell) or statement.cell, statement.line)
        if at in failed:
            found |= dict.fromkeys(statement.names, failed[at])
    return found


def _reason(error: WorkerError) -> Text:
    """The reason for which a line could not be run."""
    _, what = describe(error)
    if isinstance(error, OddAnswer):
        return Text(*(what.render(language) for language in LANGUAGES))
    detail = what.values.get("error") or what.values.get("how") or str(error)
    return detail if isinstance(detail, Text) else Text(str(detail), str(detail))
