"""Read the bytes of one submission, and judge them in a lane."""

from __future__ import annotations

from grader.judging.judge import Judge, Judgement
from grader.judging.reading import read_file
from grader.sandbox.lane import ProgramHost


def judge_bytes(judge: Judge, data: bytes, name: str, lane: ProgramHost) -> Judgement:
    """The judgement on a file, read in this process."""
    return judge.judge(read_file(data, name, judge.assignment), lane)
