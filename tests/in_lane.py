"""Judge the bytes of one submission, or a class, in a lane that is already running."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence

from grader.judging.judge import Judge, Judgement
from grader.judging.judge_pool import Progress, next_loaded
from grader.judging.reading import read_file
from grader.judging.submission import Conditions, Task, judge_one, without_judging
from grader.results import SubmissionResult
from grader.run.class_run import Engine
from grader.sandbox.lane import Lane, ProgramHost


def judge_bytes(judge: Judge, data: bytes, name: str, lane: ProgramHost) -> Judgement:
    """The judgement on a file, read in this process."""
    return judge.judge(read_file(data, name, judge.assignment), lane)


def engine_in(lane: Lane) -> Engine:
    """An engine of a run that judges in this process, as judge_all does in others."""

    def judge_all(
        judge: Judge, todo: Sequence[Task], conditions: Conditions, lanes: int, progress: Progress
    ) -> Generator[tuple[Task, SubmissionResult], None, None]:
        waiting: deque[Task] = deque()
        for task in todo:
            result = without_judging(task, judge.assignment, conditions)
            if result is not None:
                yield task, result
            else:
                waiting.append(task)
        if waiting:
            judge.prepare()
        try:
            while (found := next_loaded(waiting, progress)) is not None:
                task, loaded = found
                progress.started(task.submission.student)
                yield task, judge_one(loaded, judge, lane, conditions)
        finally:
            judge.references.author.close()

    return judge_all
