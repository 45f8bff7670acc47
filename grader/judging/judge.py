"""Judge one submission: run each question's checks on the student's program, in order, and collect the findings."""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..assignment.spec import Assignment, Question
from ..errors import WorkerError
from ..messages import Message
from ..notebook.program import Program
from ..results import QuestionResult, Verdict
from ..sandbox.lane import ProgramHost
from ..sandbox.remote import RemoteProgram
from . import carried_forward, notes
from .absent import absent_names
from .answer import Answer
from .author_side import all_places
from .carried_forward import replaces_all
from .charged_once import Charged, repeated_in
from .forbidden_calls import ForbiddenCalls, ForbiddenPolicy, share_out
from .reading import Reading
from .references import References
from .student_side import StudentSide
from .unchanged import changes, headings, unchanged


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
    _known: _KnownAnswers = field(default_factory=lambda: _KnownAnswers())

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

    def judge_changes(self, reading: Reading, lane: ProgramHost, only: Sequence[str], *, change: str) -> Judgement:
        """Judge a notebook of the author, `solved` with a change in one question, whose id is `change`.

        Questions that are answered as in `solved` have the same results. Where right answers to the changed question
        can take the place of all that is changed, a later question that was right with a change of the same headings
        keeps that result.
        """
        assert self.solved is not None
        if not self._known.full:
            judgement = self._judge(self.solved, lane, {}, ())
            self._known.full |= {q.id: q for q in judgement.questions if _is_full(q)}
        before, now = self.solved.program, reading.program
        same = unchanged(self.assignment, before, now)
        known = {id: result for id, result in self._known.full.items() if id in same}
        changed = changes(before, now)
        # A statement without names, such as a call, may do anything.
        names = frozenset[str]().union(*(s.names for s in changed)) if all(s.names for s in changed) else frozenset()
        own = self.assignment.question(change)
        later = {
            q.id: (own.id, q.id, headings(changed))
            for q in self.assignment.questions
            if q.id not in known and replaces_all(own, q, names)
        }
        repaired = self._known.repaired
        known |= {id: repaired[key] for id, key in later.items() if key in repaired}
        judgement = self._judge(reading, lane, known, only)
        repaired |= {
            later[q.id]: q
            for q in judgement.questions
            if q.id in later and all(f.passed for f in q.findings if f.scored)
        }
        return judgement

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
        failed = notes.of_loading(remote, reading.notebook)
        absent = absent_names(reading, failed)
        answers = []
        for question in self._with_needs(shown, known):
            written = reading.answers[question.id]
            student = StudentSide(question, self.references, remote, reading.notebook, written.lines)
            calls = ForbiddenCalls(self.assignment, question, reading.answers, self.forbidden)
            answers.append(
                Answer(question, self.assignment, self.references, written, remote, student, charged, absent, calls)
            )
        share_out(remote.take_tripped(), [a.forbidden for a in answers if a.written.attempted])
        # All public cases first: then the page of a public case cannot tell what the code remembers of hidden ones.
        for answer in answers:
            with _naming(answer.question):
                answer.run_public()
        right = set(known)  # questions with a right answer
        for answer in answers:
            with _naming(answer.question):
                answer.compare()
            if answer.is_right:
                right.add(answer.question.id)
        told = (*reading.notebook.notes, *reading.program.notes, *failed.values())
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
        return Judgement(tuple(results[q.id] for q in shown), told, usage.output, usage.cpu_s, usage.killed)

    def _try_repaired(
        self, answers: Sequence[Answer], right: frozenset[str], program: Program, remote: RemoteProgram
    ) -> None:
        """Run wrong answers once more with earlier wrong ones replaced; those with the same replacements together."""
        # One function with the name of one missing answer is meant for it; its parts, or several answers, are not.
        alike = [one for answer in answers for one in answer.written.similar if len(one.asked) == len(one.found) == 1]
        similar = {one.asked[0]: one.found for one in alike}
        together: dict[carried_forward.Repairs, list[Answer]] = {}
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
                        answer.run_public_again(second)
                for answer in some:
                    with _naming(answer.question):
                        answer.compare_again(second)
                by_id = {answer.question.id: answer for answer in answers}
                for answer in some:
                    if not answer.is_helped:
                        wrong = [by_id[id] for id in answer.question.needs if id not in right]
                        answer.not_repaired = {one.question.id for one in wrong if not one.is_repaired_in(second)}

    def _with_needs(self, shown: Sequence[Question], known: Container[str]) -> tuple[Question, ...]:
        """The questions to judge: those that are shown and those that they build on, without those that are known."""
        wanted = {q.id for q in shown if q.id not in known}
        for question in reversed(self.assignment.questions):
            if question.id in wanted:
                more = {*question.needs, *repeated_in(self.assignment, question)}
                wanted |= {id for id in more if id not in known}
        return tuple(q for q in self.assignment.questions if q.id in wanted)


@dataclass(frozen=True)
class Judgement:
    """The result of judging one notebook; `output` holds the text that the student's code printed."""

    questions: tuple[QuestionResult, ...]
    notes: tuple[Message, ...]
    output: str
    cpu_seconds: float
    killed: bool = False  # one of its processes ended by a SIGKILL that we did not send


@dataclass
class _KnownAnswers:
    """Results that other notebooks of the author have too."""

    full: dict[str, QuestionResult] = field(default_factory=dict)  # of the solution, by question
    # Right with earlier answers repaired: the changed question, the later one, and what others see of the change.
    repaired: dict[tuple[str, str, frozenset[str]], QuestionResult] = field(default_factory=dict)


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
