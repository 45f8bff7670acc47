"""Student code on a GPU: the verdicts are the same, and a context that one student breaks affects no other student."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment import load
from grader.judging.judge import Judge
from grader.results import Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level, available, choose

from .in_lane import judge_bytes

pytestmark = pytest.mark.cuda

SUBMISSIONS = Path(__file__).parent / "submissions" / "tarea2"
STYLES = ("linear_layers", "private_attributes", "double_precision_einsum", "colab_mnist")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(load.load_assignment(load.default_folder()), salt="cuda")


@pytest.fixture(scope="module")
def lane(judge: Judge) -> Iterator[Lane]:
    with Lane(choose(), judge.assignment.limits, device="cuda", sources=judge.sources()) as lane:
        yield lane


@pytest.mark.parametrize("style", STYLES)
def test_a_right_style_gets_full_points_on_the_gpu(style: str, judge: Judge, lane: Lane) -> None:
    """The device of the tensors does not change the verdicts."""
    file = SUBMISSIONS / "right" / f"{style}.py"
    left_out = file.read_text(encoding="utf-8").splitlines()[0]
    for question in judge_bytes(judge, file.read_bytes(), file.name, lane).questions:
        if question.id not in left_out:
            assert question.verdict in (Verdict.PASSED, Verdict.PENDING), question.id
            assert question.points == question.possible


def test_a_mistake_is_found_on_the_gpu_too(judge: Judge, lane: Lane) -> None:
    """The comparison happens on the CPU, with the returned values."""
    file = SUBMISSIONS / "wrong" / "backward_without_batch_mean.py"
    questions = {q.id: q for q in judge_bytes(judge, file.read_bytes(), file.name, lane).questions}
    assert questions["3a"].points < questions["3a"].possible


POISON = {
    "device-side assert": "Q[torch.tensor([99], device=Q.device)].sum()",
    "seen only later": "(Q[torch.tensor([99], device=Q.device)], torch.ones((), device=Q.device))[1]",
    "out of memory": "torch.zeros(1 << 50, dtype=torch.uint8, device=Q.device).sum()",
}


@pytest.mark.parametrize("kind", POISON)
def test_a_poisoned_context_costs_its_question(kind: str, judge: Judge, lane: Lane) -> None:
    """A device-side assert leaves a process without a usable GPU. The next question gets a fresh process."""
    right = (SUBMISSIONS / "right" / "linear_layers.py").read_text(encoding="utf-8")
    source = f"{right}\n\ndef CELoss(Q, P, **_):\n    return {POISON[kind]}\n"
    lane.begin()
    worker = lane._process
    questions = {q.id: q for q in judge_bytes(judge, source.encode(), "poison.py", lane).questions}
    assert lane._process is worker
    assert questions["1b"].points == 0
    for other in ("1a", "3a"):  # judged before it, and after
        assert questions[other].points == questions[other].possible, other


@pytest.mark.parametrize("kind", POISON)
def test_a_poisoned_context_ends_with_its_submission(kind: str, judge: Judge, lane: Lane) -> None:
    """The next submission has a process of its own, in the same warm worker."""
    source = f"import torch\ndef CELoss(Q, P, **_):\n    return {POISON[kind]}\n"
    judge_bytes(judge, source.encode(), "poison.py", lane)
    worker = lane._process
    file = SUBMISSIONS / "right" / "linear_layers.py"
    questions = {q.id: q for q in judge_bytes(judge, file.read_bytes(), file.name, lane).questions}
    assert questions["1b"].points == questions["1b"].possible
    assert lane._process is worker


def test_a_poison_at_top_level_is_left_out(judge: Judge, lane: Lane) -> None:
    """The statement that breaks the context is noted. The notebook's definitions are judged."""
    right = (SUBMISSIONS / "right" / "linear_layers.py").read_text(encoding="utf-8")
    source = f"import torch\nfirst = torch.zeros(3, device='cuda')[torch.tensor([99], device='cuda')]\n{right}"
    questions = {q.id: q for q in judge_bytes(judge, source.encode(), "poison.py", lane).questions}
    assert questions["1b"].points == questions["1b"].possible


@pytest.mark.parametrize("level", [Level.BWRAP, Level.LANDLOCK])
def test_each_level_reaches_the_gpu(level: Level, judge: Judge) -> None:
    """The device nodes are there and no address-space limit is set, but nothing else of this machine can be read."""
    if not available(level).works:
        pytest.skip(available(level).reason)
    with Lane(level, judge.assignment.limits, device="cuda", sources=judge.sources()) as lane:
        file = SUBMISSIONS / "right" / "linear_layers.py"
        questions = {q.id: q for q in judge_bytes(judge, file.read_bytes(), file.name, lane).questions}
        assert questions["1b"].points == questions["1b"].possible
