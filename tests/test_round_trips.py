"""A notebook is graded in few requests, since each one waits for a process that has to wake up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from grader.assignment import load
from grader.judging.judge import Judge
from grader.results import Verdict
from grader.sandbox.connection import Connection
from grader.sandbox.inside.wire import decode
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

from .in_lane import judge_bytes
from .test_submissions import NEIGHBOUR

pytestmark = pytest.mark.bwrap

MOST_REQUESTS = 70


def test_a_right_notebook_of_tarea_2_takes_few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question's public cases travel in one request and its hidden ones in another, however many there are."""
    sent: list[str] = []

    def counted(name: str) -> None:
        original = getattr(Connection, name)

        def method(self: Connection, request: Mapping[str, Any] | bytes, *rest: float) -> Any:
            sent.append((decode(request) if isinstance(request, bytes) else request)["do"])
            return original(self, request, *rest)

        monkeypatch.setattr(Connection, name, method)

    judge = Judge(load.load_assignment(load.default_folder()), salt="tests")
    counted("ask")
    counted("tell")
    with Lane(Level.BWRAP, judge.assignment.limits, sources=judge.sources()) as lane:
        judgement = judge_bytes(judge, NEIGHBOUR.read_bytes(), NEIGHBOUR.name, lane)
    attempted = [q for q in judgement.questions if q.verdict is not Verdict.MISSING]
    assert len(attempted) >= 14
    assert all(q.points == q.possible for q in attempted)
    assert sent.count("tests") == 2 * len([q for q in attempted if judge.assignment.question(q.id).tests])
    assert len(sent) <= MOST_REQUESTS, sent
