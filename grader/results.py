"""The result of grading a submission: verdicts, findings, question results; frozen, to and from JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby

import msgspec

from .errors import Frame
from .messages import Message, Text

# Raised when a field goes or changes its meaning; new fields with a default do not raise it.
SCHEMA_VERSION = 1


class Verdict(StrEnum):
    """The closed list of judgements on a piece of work."""

    PASSED = "passed"
    FAILED = "failed"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    MISSING = "missing"
    FORBIDDEN = "forbidden"
    SKIPPED = "skipped"  # not checked here; the message says why
    PENDING = "pending"  # a person must look at it
    GRADER_FAULT = "grader_fault"  # the grader's fault, never charged to the student


class Status(StrEnum):
    """The outcome of a submission as a whole."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    ABSENT = "absent"  # in the roster, but nothing was submitted
    GRADER_FAULT = "grader_fault"


@dataclass(frozen=True)
class Difference:
    """A picture of the places where a tensor differs: `rows` of gaps in tolerances (0 = equal), at most 24 x 24.

    A tensor of more than two dimensions is shown as a matrix of its last dimension; `cut` says that rows or
    columns were left out. NaN and inf are stored as -1.
    """

    shape: tuple[int, ...]
    rows: tuple[tuple[float, ...], ...]
    cut: bool = False


@dataclass(frozen=True)
class TraceLine:
    """One frame of a student's traceback with the line itself."""

    frame: Frame
    source: str = ""


@dataclass(frozen=True)
class Finding:
    """The statement of one check about one named result of one case."""

    verdict: Verdict
    message: Message
    compared: int = 0  # entries compared; a pass without any is a grader fault
    result: str = ""  # the key of the named result, e.g. "dL_dU"
    check: Text = Text()  # the check's title
    case: Text = Text()  # the case's title
    label: Text = Text()  # the words that people read instead of the result's key
    public: bool = True  # hidden findings show the category and the hint, but no values
    scored: bool = True  # False: shown, costs nothing
    called: str = ""  # e.g. "d_swish(T, beta)"
    expected: str = ""  # a short form of the value; only when public
    actual: str = ""
    cause: Message | None = None
    hint: Text = Text()
    carried: float | None = None  # right once an earlier answer is repaired: the share of the points that it earns
    partial: float = 0.0  # the share of its points that a result earns though it is not right
    misconceptions: tuple[str, ...] = ()  # names of the known mistakes that explain it
    relative_error: float | None = None  # |a - e|^2 / (|a|^2 + |e|^2), for gradients; finite
    largest_gap: float | None = None  # in tolerances; None also where NaN or inf was found
    difference: Difference | None = None
    traceback: tuple[TraceLine, ...] = ()
    reproduce: str = ""  # Python that repeats the failing call in the student's notebook

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED and self.compared > 0

    @property
    def worth(self) -> float:
        """The share of its points that a named result earns: all, none, or a part."""
        return (1.0 if self.carried is None else self.carried) if self.passed else self.partial

    def named(self, language: str) -> str:
        """The result's name for people: its label, or its key when it has no label."""
        return self.label.render(language) or self.result

    def with_(self, **changes: object) -> Finding:
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Excerpt:
    """The student's own lines that answer a question."""

    cell: int
    line: int  # of the first line, within the cell
    source: str
    file: str = ""  # another file of the student; "" for the notebook itself


@dataclass(frozen=True)
class RubricLine:
    """A rubric item, and whether a person gave its points."""

    text: Text
    points: float
    given: bool


@dataclass(frozen=True)
class QuestionResult:
    """The points of one question and all findings behind them."""

    id: str
    title: Text
    points: float  # earned so far
    possible: float  # points that the checks can give
    reviewed: float = 0.0  # points that a person can give, not in `possible`
    awarded: float | None = None  # points that a person gave; None = nobody has looked
    comment: str = ""  # a person's words
    rubric: tuple[RubricLine, ...] = ()  # of a person who marked by items
    by_checks: float | None = None  # the points of the checks, where a person gave others in their place
    unpenalised: float | None = None  # the points of the checks if no forbidden call cost any
    bonus: bool = False
    verdict: Verdict = Verdict.PENDING
    findings: tuple[Finding, ...] = ()
    notes: tuple[Message, ...] = ()
    excerpts: tuple[Excerpt, ...] = ()
    untouched: bool = False  # the part that a person reads is as students were given it

    @property
    def is_read(self) -> bool:
        """Whether a person gives points for this answer: one that is absent cannot be read."""
        return self.reviewed > 0 and self.verdict is not Verdict.MISSING

    @property
    def waits(self) -> bool:
        """Whether a person must still give points. An answer that is as it was given waits for nobody."""
        return self.is_read and self.awarded is None and not self.untouched


@dataclass(frozen=True)
class Attempt:
    """One attempt of a student."""

    number: int  # from 1, the oldest first
    file: str = ""  # of what was submitted
    submitted: str = ""  # ISO 8601; "" if the platform does not say
    late: bool | None = None  # None if the platform does not say
    counts: bool = False


@dataclass(frozen=True)
class SubmissionResult:
    """Everything that the report shows about one submission."""

    student: str
    file: str
    status: Status
    assignment: str
    language: str
    questions: tuple[QuestionResult, ...] = ()
    total: float = 0.0
    possible: float = 0.0
    pending: float = 0.0  # points that wait for a person
    grade: float | None = None
    notes: tuple[Message, ...] = ()
    sandbox: str = ""
    device: str = ""
    key: str = ""  # hash of submission, assignment, grader version and settings
    salt: str = ""
    cpu_seconds: float = 0.0
    output: str = ""  # the output of the student's code, limited, never judged
    fault: str = ""  # the grader's traceback, for the instructor only
    graded_at: str = field(default="")
    python: str = ""  # the version of Python that ran it, "3.11"
    written_for: str = ""  # the newer version that some of its code needs
    packages: tuple[str, ...] = ()  # that it imports and that were neither installed nor replaced
    slug: str = ""  # Submission.slug: the name of its page and of its JSON file, without the extension
    misplaced: Text | None = None  # the title of another assignment that it seems to belong to; empty: unknown
    id: str = ""  # of the student, as the roster or the platform says
    login: str = ""
    email: str = ""
    section: str = ""
    group: str = ""
    together: tuple[str, ...] = ()  # the other students who handed in the same work, as a group
    in_roster: bool | None = None  # None without a roster
    attempt: int = 0  # the number of the attempt that counts; 0 if there is none
    submitted: str = ""  # when, ISO 8601; "" if the platform does not say
    late: bool | None = None
    attempts: tuple[Attempt, ...] = ()  # all, the oldest first
    late_days: int | None = None  # after the deadline; None without a deadline, or where the time is not known
    late_days_waived: int = 0  # by a person
    deducted: float = 0.0  # points for late days; `total` is without them
    late_notes: tuple[Message, ...] = ()  # the arithmetic, and what a person wrote about it
    schema_version: int = SCHEMA_VERSION


def brief(result: SubmissionResult) -> SubmissionResult:
    """The result without what only its own page shows: for lists of a class, which may be large.

    Of findings in a row that say the same, the first is left.
    """

    def told(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(first for first, _ in groupby(_brief(f) for f in findings if not f.passed))

    questions = tuple(replace(q, findings=told(q.findings), excerpts=()) for q in result.questions)
    return replace(result, questions=questions, output="")


def _brief(finding: Finding) -> Finding:
    return Finding(
        finding.verdict, finding.message, finding.compared, scored=finding.scored, cause=finding.cause,
        hint=finding.hint, misconceptions=finding.misconceptions,
    )  # fmt: skip


def to_json(result: SubmissionResult) -> bytes:
    """The result as indented JSON in UTF-8, for people and for `from_json`."""
    return msgspec.json.format(msgspec.json.encode(result), indent=1)


def json_schema() -> bytes:
    """The JSON schema of `to_json`, docs/results.schema.json."""
    schema = msgspec.json.schema(SubmissionResult)
    schema["$defs"]["SubmissionResult"]["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    title = f"results of tensorgrade, version {SCHEMA_VERSION}"
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return msgspec.json.format(msgspec.json.encode({**head, **schema}), indent=1) + b"\n"


def from_json(data: bytes) -> SubmissionResult:
    """Read what `to_json` wrote; raises msgspec.DecodeError on anything else."""
    return msgspec.json.decode(data, type=SubmissionResult)
