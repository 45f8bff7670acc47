"""Judge one submission as it was handed in. Its status: graded, unreadable, or a fault of the grader."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from ..assignment.spec import Aliases, Assignment
from ..errors import SandboxUnavailable
from ..intake.submissions import HandedIn, Submission
from ..messages import Message, say
from ..notebook.handed_in import code_files, delivered
from ..notebook.raw_cells import UnreadableNotebook
from ..results import QuestionResult, Status, SubmissionResult, Verdict, from_json, to_json
from ..sandbox.lane import ProgramHost
from ..sandbox.levels import Level
from ..sandbox.limits import Limits
from ..versions import OWN_PYTHON
from . import scoring
from .judge import Judge
from .misplaced import Misplaced
from .reading import Read, Reading, read_submission
from .traced import traced


@dataclass(frozen=True)
class Conditions:
    """The place where a submission is judged, and its readers; `level` None: on the student's own machine."""

    language: str
    level: Level | None = None
    device: str = "cpu"


MOST_NOTES = 10  # of one kind on a page


@dataclass(frozen=True, slots=True)
class Task:
    """One submission to judge, with the names that the instructor mapped for it."""

    submission: Submission
    key: str = ""
    aliases: Aliases = field(default_factory=dict)
    asked_for: str = ""  # the path of the notebook that a person named, among the submission's files
    # The question in which a notebook of the author differs from the solution: only what the change reaches is judged.
    change: str = ""
    only: tuple[str, ...] = ()  # the ids of the questions to judge; empty: those of the run
    names: tuple[str, ...] | None = None  # the questions in which known mistakes are named; None: all
    limits: Limits | None = None  # in place of the assignment's

    @property
    def named(self) -> tuple[str, str]:
        """The slug and the key: two students may hand in the same file."""
        return self.submission.slug, self.key

    def loaded(self) -> Task:
        """The task with the contents of the submission's files. Raises ChangedSubmission."""
        return replace(self, submission=self.submission.loaded())


def judge_one(
    task: Task, judge: Judge, lane: ProgramHost, conditions: Conditions, read: Read = read_submission
) -> SubmissionResult:
    """The result of one submission, ready to be kept; an exception of the grader gives the status grader_fault.

    `judge` knows the assignment and the chosen questions; `read` reads the submission here or in a process with limits.
    Raises SandboxUnavailable when the lane does not start.
    """
    started = time.process_time()
    submission = task.submission
    try:
        texts = tuple(name for name, _ in submission.extra)
        only = HandedIn(submission.file, submission.data, submission.modified)
        code = code_files(submission.files or (only,), copies=True)
        read = read_submission if task.change else read
        reading = read(code, submission.file, judge.assignment, task.aliases, task.asked_for)
        files = delivered(submission.files, reading.notebook, reading.program.files)
        reading = replace(reading, program=replace(reading.program, files=files))
        if task.limits is not None:
            judge = replace(judge, assignment=replace(judge.assignment, limits=task.limits))
        if task.names is not None:
            named = tuple(m for m in judge.assignment.mistakes if m.question in task.names)
            judge = replace(judge, assignment=replace(judge.assignment, mistakes=named))
        judged = partial(judge.judge_changes, change=task.change) if task.change else judge.judge
        judgement = judged(reading, lane, task.only)
        if judgement.killed:
            # A person killed it, or memory ran out, or the code killed itself. If it happens again, it was the code.
            judgement = judged(reading, lane, task.only)
        beside = [
            say(
                "text files next to the notebook, for the person who reads the answers: {files}", files=", ".join(texts)
            )
        ]
        result = scoring.totalled(
            replace(
                _blank(task, judge.assignment, conditions, Status.GRADED),
                file=reading.notebook.name,
                questions=judgement.questions,
                notes=limited((*submission.notes, *judgement.notes, *(beside if texts else ()))),
                output=judgement.output,
                written_for=reading.environment.python,
                packages=_missing_packages(reading, judgement.questions),
                cpu_seconds=round(time.process_time() - started + judgement.cpu_seconds, 4),
            ),
            judge.assignment,
            complete=not (judge.only or task.only),
        )
        if reading.misplaced is not None:
            result = _elsewhere(result, reading.misplaced, judge.assignment, complete=not judge.only)
        from_json(to_json(result))  # here and not when it is kept: a result that cannot be read back is our fault
        return result
    except UnreadableNotebook as error:
        return unreadable_result(task, judge.assignment, conditions, error.message)
    except SandboxUnavailable:
        raise  # not the fault of a submission: the run cannot go on
    except Exception as error:
        return fault(task, judge.assignment, conditions, traced(error))
    finally:
        lane.end()


def _missing_packages(reading: Reading, questions: Sequence[QuestionResult]) -> tuple[str, ...]:
    """The packages that the instructor could install; those with a stand-in only where an answer waits for them."""
    waiting = {q.id for q in questions if any(f.verdict is Verdict.PENDING for f in q.findings)}
    imitated = {name for id in waiting for name in reading.answers[id].costs.imitated}
    return tuple(sorted({*reading.environment.packages, *imitated}))


def _elsewhere(
    result: SubmissionResult, found: Misplaced, assignment: Assignment, *, complete: bool
) -> SubmissionResult:
    """The result of a submission for another assignment: no person waits for it, and no similar name is discussed."""
    questions = tuple(q if q.points else replace(q, verdict=Verdict.MISSING, notes=()) for q in result.questions)
    changed = replace(result, questions=questions, notes=(found.told(), *result.notes), misplaced=found.likely)
    return scoring.totalled(changed, assignment, complete=complete)


def _blank(task: Task, assignment: Assignment, conditions: Conditions, status: Status) -> SubmissionResult:
    return SubmissionResult(
        student=task.submission.student,
        slug=task.submission.slug,
        file=task.submission.file,
        status=status,
        assignment=assignment.name,
        language=conditions.language,
        notes=task.submission.notes,
        sandbox=str(conditions.level or ""),
        device=conditions.device,
        python=OWN_PYTHON,
        key=task.key,
        graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def without_judging(task: Task, assignment: Assignment, conditions: Conditions) -> SubmissionResult | None:
    """The result of an absent student or of a submission that cannot be read; None if there is something to judge."""
    if task.submission.absent:
        return absent_result(task, assignment, conditions)
    if task.submission.problem is not None:
        return unreadable_result(task, assignment, conditions, task.submission.problem)
    return None


def unreadable_result(task: Task, assignment: Assignment, conditions: Conditions, why: Message) -> SubmissionResult:
    """The result of a submission that cannot be read, and the sentence that says why."""
    blank = _blank(task, assignment, conditions, Status.UNREADABLE)
    return replace(blank, notes=(why, *limited(blank.notes)))


def limited(notes: Sequence[Message]) -> tuple[Message, ...]:
    """The notes, of each kind the first ones and the number of the others: thousands of cells may have the same."""
    kinds = Counter(note.template for note in notes)
    seen: Counter[str] = Counter()
    kept: list[Message] = []
    for note in notes:
        kind = note.template
        seen[kind] += 1
        if seen[kind] <= MOST_NOTES or kinds[kind] == MOST_NOTES + 1:
            kept.append(note)
        elif seen[kind] == MOST_NOTES + 1:
            kept.append(say("{count} more notes of this kind are left out", count=kinds[kind] - MOST_NOTES))
    return tuple(kept)


def absent_result(task: Task, assignment: Assignment, conditions: Conditions) -> SubmissionResult:
    """The row of a student who is in the roster and submitted nothing."""
    return replace(_blank(task, assignment, conditions, Status.ABSENT), notes=(say("nothing was handed in"),))


def fault(task: Task, assignment: Assignment, conditions: Conditions, trace: str) -> SubmissionResult:
    """The result of a submission that has no grade because of a mistake of the grader."""
    return replace(_blank(task, assignment, conditions, Status.GRADER_FAULT), fault=trace)
