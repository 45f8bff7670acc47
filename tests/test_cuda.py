"""Student code on a GPU: the same verdicts, and a context that a student breaks is nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader import assignments
from grader.judge import Judge
from grader.notebook import read_notebook
from grader.results import Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import choose

pytestmark = pytest.mark.cuda

SUBMISSIONS = Path(__file__).parent / "submissions" / "tarea2"
STYLES = ("linear_layers", "private_attributes", "double_precision_einsum", "colab_mnist")


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(assignments.load(assignments.default_folder()), salt="cuda")


@pytest.fixture(scope="module")
def lane(judge: Judge) -> Iterator[Lane]:
    with Lane(choose(), judge.assignment.limits, device="cuda") as lane:
        yield lane


@pytest.mark.parametrize("style", STYLES)
def test_a_right_style_gets_full_points_on_the_gpu(style: str, judge: Judge, lane: Lane) -> None:
    """Where the tensors live does not change what is right."""
    file = SUBMISSIONS / "right" / f"{style}.py"
    left_out = file.read_text(encoding="utf-8").splitlines()[0]
    for question in judge.judge(read_notebook(file.read_bytes(), file.name), lane).questions:
        if question.id not in left_out:
            assert question.verdict in (Verdict.PASSED, Verdict.PENDING), question.id
            assert question.points == question.possible


def test_a_mistake_is_found_on_the_gpu_too(judge: Judge, lane: Lane) -> None:
    """The comparison happens on the CPU, with what came back."""
    file = SUBMISSIONS / "wrong" / "backward_without_batch_mean.py"
    questions = {q.id: q for q in judge.judge(read_notebook(file.read_bytes(), file.name), lane).questions}
    assert questions["3a"].points < questions["3a"].possible


def test_a_poisoned_context_ends_with_its_submission(judge: Judge, lane: Lane) -> None:
    """A device-side assert leaves a process without a usable GPU; the next submission has a process of its own."""
    source = b"import torch\ndef CELoss(Q, P, **_):\n    return Q[torch.tensor([99], device=Q.device)].sum()"
    judge.judge(read_notebook(source, "poison.py"), lane)
    file = SUBMISSIONS / "right" / "linear_layers.py"
    questions = {q.id: q for q in judge.judge(read_notebook(file.read_bytes(), file.name), lane).questions}
    assert questions["1b"].points == questions["1b"].possible
