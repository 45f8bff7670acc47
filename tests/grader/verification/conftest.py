"""The verification of an assignment with a planted fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import grader.verification.verify
from grader.assignment import load
from grader.judging.judge import Judge
from grader.judging.judge_pool import Progress, judge_one
from grader.judging.submission import Conditions, Task
from grader.report.verification_page import Verification
from grader.results import SubmissionResult
from grader.run.progress import SilentProgress
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits
from grader.verification.verify import verify_assignment

from .faults import Change, Verify, faulty


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    """A sandbox that many assignments can share, since its start takes longer than the judging."""
    with Lane(Level.BWRAP, Limits()) as lane:
        yield lane


@pytest.fixture
def warm(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judge in the lane that is already running."""

    def judge_all(
        judge: Judge, todo: list[Task], conditions: Conditions, lanes: int, progress: Progress
    ) -> Iterator[tuple[Task, SubmissionResult]]:
        judge.prepare()
        for task in todo:
            yield task, judge_one(task, judge, lane, conditions)

    monkeypatch.setattr(grader.verification.verify, "judge_all", judge_all)


@pytest.fixture
def verified(warm: None, tmp_path: Path) -> Verify:
    """The verification of an assignment with a fault."""

    def verified(*changes: Change, only: tuple[str, ...] = (), mutants: bool = False, **examples: str) -> Verification:
        assignment = load.load_assignment(faulty(tmp_path, *changes, **examples))
        progress = SilentProgress(None, False)  # type: ignore[arg-type]
        conditions = Conditions("en", Level.BWRAP)
        return verify_assignment(assignment, conditions, 1, progress, only=only, mutants=mutants)

    return verified
