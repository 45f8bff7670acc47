"""Grade earlier submissions with an assignment before and after a change, and say whose points move."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..assignment.load import load_assignment
from ..assignment.spec import Assignment
from ..errors import UsageError
from ..intake.submissions import Submission, collect
from ..judging.judge import Judge
from ..judging.judge_pool import Progress, judge_all
from ..judging.submission import Conditions, Task
from ..results import QuestionResult, SubmissionResult
from .salts import salt_name


def moved(
    path: Path, folder: Path, before: Path | None, only: Sequence[str], conditions: Conditions, lanes: int,
    progress: Progress,
) -> list[str]:  # fmt: skip
    """Whose points differ between the assignment before (default: as last committed) and the assignment now."""
    submissions = collect(folder)
    progress.begin(2 * len(submissions), 0)
    with tempfile.TemporaryDirectory() as place:
        earlier = load_assignment(before or committed(path.resolve(), Path(place)))
        then = _graded(earlier, submissions, only, conditions, lanes, progress)
    now = _graded(load_assignment(path), submissions, only, conditions, lanes, progress)
    lines = [line for name in now for line in _differences(name, then[name], now[name])]
    who = {line.partition(",")[0] for line in lines}
    return [f"points move for {len(who)} of {len(now)} submissions", *lines]


def committed(path: Path, place: Path) -> Path:
    """The assignment as the last commit has it, unpacked into this place."""
    folder = path if path.is_dir() else path.parent
    git = ["git", "-C", str(folder)]
    try:
        archive = subprocess.run([*git, "archive", "HEAD", "."], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", b"").decode(errors="replace").strip() or error
        raise UsageError(
            f"{path} has no committed version ({why}): name the earlier assignment with --before"
        ) from error
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(place, filter="data")
    found = place if path.is_dir() else place / path.name
    if not found.exists():
        raise UsageError(f"{path} is not in the last commit: name the earlier assignment with --before")
    return found


def _graded(
    assignment: Assignment, submissions: Sequence[Submission], only: Sequence[str], conditions: Conditions, lanes: int,
    progress: Progress,
) -> dict[str, SubmissionResult]:  # fmt: skip
    known = {q.id for q in assignment.questions}
    judge = Judge(assignment, salt_name(0), tuple(id for id in only if id in known))
    found: dict[str, SubmissionResult] = {}
    tasks = [Task(submission, key=submission.student) for submission in submissions]
    for task, result in judge_all(judge, tasks, conditions, lanes, progress):
        found[task.submission.student] = result
        progress.finished(result, len(found), 2 * len(submissions))
    return {submission.student: found[submission.student] for submission in submissions}


def _differences(name: str, then: SubmissionResult, now: SubmissionResult) -> Iterator[str]:
    if then.status is not now.status:
        yield f"{name}, {then.status} before, {now.status} now"
    old, new = ({q.id: q for q in result.questions} for result in (then, now))
    for id in dict.fromkeys([*old, *new]):
        before, after = _points(old.get(id)), _points(new.get(id))
        if before != after:
            yield f"{name}, {id}: {before} before, {after} now"


def _points(question: QuestionResult | None) -> str:
    return "not asked" if question is None else f"{question.points:g} of {question.possible:g} points"
