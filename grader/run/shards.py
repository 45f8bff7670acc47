"""Shards: a plan splits a class into parts, any machine grades a part, and a merge brings the results back.

Nothing that comes back is trusted before it has been checked: its size, its schema, its seal, and whether it was asked
for. The seal is an HMAC-SHA256 (RFC 2104) under the salt of the hidden cases, which the plan tells the machines.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ..assignment.spec import Assignment
from ..errors import UsageError
from ..files import write_atomically
from ..intake.submissions import AttemptPolicy
from ..judging.forbidden_calls import ForbiddenPolicy
from ..judging.judge import Judge
from ..judging.judge_pool import Progress, judge_all
from ..judging.scoring import totalled
from ..judging.submission import Conditions, Task
from ..results import SubmissionResult, from_json
from .class_run import RunOutcome, grade_class
from .gradebook import grader_fingerprint
from .options import Options
from .tasks import tasks_of

FORMAT = 1  # of plans and of sealed results
MOST_BYTES = 32 * 2**20  # of the file of one result; texts in results have limits
NOT_A_PLAN = 64 * 2**20  # bytes; the plan of 100,000 submissions has half of them


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One submission of a plan: its student, where it lies, and the digests that tell whether it has changed."""

    student: str
    slug: str
    file: str
    digest: str  # sha256 of everything that was handed in
    key: str  # of the result: digest, assignment, grader and settings


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that a machine must know to grade a part of a class as this machine would. It holds the salt."""

    format: int
    submissions: str  # the folder or archive, as the command named it
    assignment: str  # likewise
    assignment_fingerprint: str
    grader: str  # gradebook.grader_fingerprint: versions of grade, Python and torch, and a hash of grade's code
    salt: str
    level: str
    device: str
    language: str
    only: tuple[str, ...]
    student: str
    forbidden: ForbiddenPolicy
    roster: str
    attempt: AttemptPolicy
    requirements: tuple[str, ...]
    shards: tuple[tuple[Planned, ...], ...]
    groups: bool = False


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A result on its way back: `seal` is the HMAC of the bytes of `result`."""

    format: int
    seal: str
    result: msgspec.Raw


@dataclass
class Merged:
    """What a merge found in the folders, in the order in which it looked."""

    recorded: int = 0
    known: int = 0  # results that another file, or an earlier merge, had brought
    refused: list[str] = field(default_factory=list)  # sentences
    missing: list[tuple[int, str]] = field(default_factory=list)  # number of the shard, student


def make_plan(
    assignment: Assignment, folder: Path, options: Options, size: int, requirements: Sequence[str], progress: Progress
) -> Plan:
    """Split the submissions that wait for their grade into shards of at most `size`."""
    todo: list[Task] = []

    def collect(
        judge: Judge, asked: Sequence[Task], conditions: Conditions, lanes: int, progress: Progress
    ) -> Generator[tuple[Task, SubmissionResult], None, None]:
        todo.extend(asked)
        yield from ()

    outcome = grade_class(assignment, options, progress, collect)
    planned = [Planned(t.submission.student, t.submission.slug, t.submission.file, t.submission.digest, t.key)
               for t in todo]  # fmt: skip
    return Plan(
        format=FORMAT,
        submissions=str(options.submissions),
        assignment=str(folder),
        assignment_fingerprint=assignment.fingerprint,
        grader=grader_fingerprint(),
        salt=outcome.salt,
        level=str(options.level),
        device=options.device,
        language=options.language,
        only=options.only,
        student=options.student,
        forbidden=options.forbidden,
        roster=str(options.roster or ""),
        attempt=options.attempt,
        groups=options.groups,
        requirements=tuple(requirements),
        shards=tuple(tuple(planned[k : k + size]) for k in range(0, len(planned), size)),
    )


def read_plan(file: Path) -> Plan:
    """The plan in this file. Raises UsageError for any other file."""
    try:
        with file.open("rb") as stream:
            data = stream.read(NOT_A_PLAN + 1)
        if len(data) > NOT_A_PLAN:
            raise UsageError(f"{file} is not a plan of shards: it is too large")
        plan = msgspec.json.decode(data, type=Plan)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read ({error.strerror}): name the file that grade shard plan wrote"
        ) from error
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{file} is not a plan of shards ({error}): name the file that grade shard plan wrote"
        ) from error
    if plan.format != FORMAT:
        raise UsageError(f"{file} has format {plan.format}, this grade reads format {FORMAT}: plan again")
    return plan


def write_plan(file: Path, plan: Plan) -> None:
    """Write the plan as JSON, readable for its owner only: it tells the salt of the hidden cases."""
    write_atomically(file, msgspec.json.format(msgspec.json.encode(plan), indent=1))
    file.chmod(0o600)


def check_same_product(plan: Plan, assignment: Assignment) -> None:
    """Raise UsageError where this machine would grade otherwise than the plan asks."""
    if plan.grader != grader_fingerprint():
        raise UsageError(f"the plan was made with {plan.grader}, and this machine has {grader_fingerprint()}: "
                         "install the same grade, Python and torch here")  # fmt: skip
    if plan.assignment_fingerprint != assignment.fingerprint:
        raise UsageError("the assignment has changed since the plan was made: copy the same files here, or plan again")


def run_shard(
    plan: Plan, number: int, assignment: Assignment, options: Options, folder: Path, progress: Progress
) -> list[SubmissionResult]:
    """Grade shard `number` (from 1) and write each sealed result to `folder`; results that lie there are kept.

    Raises UsageError for a number that is not in the plan, and where the submissions are not those of the plan.
    """
    if not 1 <= number <= len(plan.shards):
        raise UsageError(f"there is no shard {number}: the plan has 1 to {len(plan.shards)}")
    check_same_product(plan, assignment)
    tasks = {task.named: task for task in tasks_of(assignment, options, plan.salt)}
    asked: dict[tuple[str, str], Task] = {}
    for one in plan.shards[number - 1]:
        task = tasks.get((one.slug, one.key))
        if task is None:
            raise UsageError(
                f"{one.file} of {one.student} is not here as it was when the plan was made: "
                "copy the same submissions here, with their roster and names.toml, or plan again"
            )
        asked[task.named] = task
    finished = {named: result for named, task in asked.items()
                if (result := _kept(folder / file_name(task), plan.salt, asked, assignment)) is not None}  # fmt: skip
    todo = [task for named, task in asked.items() if named not in finished]
    progress.begin(len(asked), len(finished))
    judge = Judge(assignment, plan.salt, options.only, options.forbidden)
    for task, result in judge_all(judge, todo, options.conditions, options.lanes, progress):
        write_atomically(folder / file_name(task), sealed(result, plan.salt))
        finished[task.named] = result
        progress.finished(result, len(finished), len(asked))
    return [finished[named] for named in asked if named in finished]


def merge(
    plan: Plan, folders: Sequence[Path], assignment: Assignment, options: Options, progress: Progress
) -> tuple[RunOutcome, Merged]:
    """Record the results that lie in `folders`, each submission's once, and write the report."""
    check_same_product(plan, assignment)
    planned = {(one.slug, one.key): n for n, shard in enumerate(plan.shards, 1) for one in shard}
    merged = Merged()

    def bring(
        judge: Judge, todo: Sequence[Task], conditions: Conditions, lanes: int, progress: Progress
    ) -> Generator[tuple[Task, SubmissionResult], None, None]:
        if judge.salt != plan.salt:
            raise UsageError(
                "the gradebook in --out has another salt than the plan: name the folder of the plan's report"
            )
        asked = {task.named: task for task in todo if task.named in planned}
        came: set[tuple[str, str]] = set()
        for file in _files(folders):
            try:
                result = unsealed(read_limited(file), plan.salt, planned, assignment)
            except UsageError as error:
                merged.refused.append(f"{file}: {error}")
                continue
            named = (result.slug, result.key)
            if named in came or named not in asked:
                merged.known += 1
                continue
            came.add(named)
            merged.recorded += 1
            yield asked[named], result
        merged.missing = [
            (planned[named], task.submission.student) for named, task in asked.items() if named not in came
        ]

    return grade_class(assignment, options, progress, bring), merged


def file_name(task: Task) -> str:
    """The name of the file of a task's result."""
    return f"{task.submission.slug}.{task.key[:16]}.json"


def sealed(result: SubmissionResult, salt: str) -> bytes:
    """A result as JSON with its seal."""
    data = msgspec.json.encode(result)
    return msgspec.json.encode(Sealed(FORMAT, _seal(data, salt), msgspec.Raw(data)))


def unsealed(data: bytes, salt: str, asked: Iterable[tuple[str, str]], assignment: Assignment) -> SubmissionResult:
    """The result in sealed bytes. Raises UsageError with the reason why it is refused."""
    if len(data) > MOST_BYTES:
        raise UsageError(f"it has more than {MOST_BYTES >> 20} MB")
    try:
        envelope = msgspec.json.decode(data, type=Sealed)
    except msgspec.DecodeError as error:
        raise UsageError(f"it is not a result of a shard ({error})") from error
    raw = bytes(envelope.result)
    if not hmac.compare_digest(envelope.seal, _seal(raw, salt)):
        raise UsageError("it was changed after it was graded, or it belongs to another plan")
    try:
        result = from_json(raw)
    except msgspec.DecodeError as error:
        raise UsageError(f"it is not a result ({error})") from error
    if (result.slug, result.key) not in asked:
        raise UsageError(f"the plan does not ask for this result of {result.student}")
    _check_points(result, assignment)
    return result


def read_limited(file: Path) -> bytes:
    """The bytes of a file, one more than the limit at most. Raises UsageError when it cannot be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"it cannot be read ({error.strerror})") from error


def _check_points(result: SubmissionResult, assignment: Assignment) -> None:
    """Raise UsageError for points that the assignment does not give."""
    possible = {q.id: q.points for q in assignment.questions}
    for question in result.questions:
        most = possible.get(question.id)
        if most is None or not math.isclose(question.possible, most) or not 0 <= question.points <= most + 1e-9:
            raise UsageError(f"question {question.id} has points that the assignment does not give")
    sums = totalled(result, assignment, complete=result.grade is not None)
    if result.questions and (sums.total, sums.grade) != (result.total, result.grade):
        raise UsageError("its points do not add up to its total")


def _kept(
    file: Path, salt: str, asked: Mapping[tuple[str, str], Task], assignment: Assignment
) -> SubmissionResult | None:
    """The result that an earlier run of this shard left in a file; None where it must be made again."""
    try:
        return unsealed(read_limited(file), salt, asked, assignment)
    except UsageError:
        return None


def _seal(data: bytes, salt: str) -> str:
    return hmac.new(salt.encode(), data, hashlib.sha256).hexdigest()


def _files(folders: Sequence[Path]) -> list[Path]:
    """The files of results in these folders, and no pipes; UsageError for a folder that is not there."""
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"{folder} is not a folder: name the folders that grade shard run wrote (--out)")
    return [file for folder in folders for file in sorted(folder.rglob("*.json")) if file.is_file()]
