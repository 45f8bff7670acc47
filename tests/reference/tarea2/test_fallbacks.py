"""Probes that accept several forms of an answer: a page shows the call of the answer, not the last form tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.assignment import load
from grader.judging.judge import Judge
from grader.notebook.read import read_notebook
from grader.results import Finding
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

pytestmark = pytest.mark.bwrap

FLAG = Path(__file__).parents[2] / "submissions" / "tarea2" / "right" / "gradient_flag.py"
NO_DERIVATIVE = """
import torch

def sig(T): return 1 / (1 + torch.exp(-T))
def tanh(T): return (torch.exp(T) - torch.exp(-T)) / (torch.exp(T) + torch.exp(-T))
def relu(T): return T.clamp(min=0)
def swish(T, beta=1): return T * sig(beta * T)
def celu(T, alpha=1): return T.clamp(min=0) + (alpha * (torch.exp(T / alpha) - 1)).clamp(max=0)
def softmax(T, dim, estable=True): return torch.exp(T) / torch.exp(T).sum(dim, keepdim=True)
"""


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.BWRAP, load.load_assignment(load.default_folder()).limits) as lane:
        yield lane


def findings(lane: Lane, question: str, source: str) -> list[Finding]:
    """The findings of a question that did not pass."""
    judge = Judge(load.load_assignment(load.default_folder()), "salt", (question,))
    (result,) = judge.judge(read_notebook(source.encode(), "t.py"), lane).questions
    lane.end()
    return [f for f in result.findings if not f.passed]


def test_a_derivative_that_is_missing_is_called_by_its_name(lane: Lane) -> None:
    """`swish(T, 1.3, grad=True)` is only accepted in place of d_swish, so no page tells a student to write it."""
    found = findings(lane, "1a", NO_DERIVATIVE)
    assert {f.called for f in found} == {"d_relu(T)", "d_swish(T, 1.3)", "d_celu(T, 0.8)"}
    assert not any("grad" in f.reproduce for f in found)
    assert all(f.reproduce.splitlines()[-1] == f.called for f in found)


def test_a_derivative_that_returns_nothing_is_called_by_its_name(lane: Lane) -> None:
    """The page shows the call that returned None, and none of the calls that were tried after it."""
    found = findings(lane, "1a", NO_DERIVATIVE + "def d_swish(T, beta=1): beta * T\n")
    assert not any("grad" in f.reproduce for f in found)
    assert "d_swish(T, 1.3)" in {f.reproduce.splitlines()[-1] for f in found}


def test_a_flag_that_is_understood_is_shown_without_the_other(lane: Lane) -> None:
    """A wrong derivative behind `grad=True` can be repeated: `gradient=True`, which raises, is not among its lines."""
    source = re.sub(r"\bgradient\b", "grad", FLAG.read_text(encoding="utf-8"))
    found = findings(lane, "1a", source.replace("T*T*s", "T*s"))
    assert {f.result for f in found} == {"d_swish/dbeta"}
    for f in found:
        assert f.called == "swish(T, 1.3, grad=True)"
        assert [line for line in f.reproduce.splitlines() if "swish" in line] == [f.called]


def test_an_argument_without_a_default_is_called_once(lane: Lane) -> None:
    """celu(T, alpha) is asked with 1.0 where celu(T) raises, and celu(T) is not a line to paste."""
    found = findings(lane, "0", NO_DERIVATIVE + "def celu(T, alpha): return T * alpha\n")
    lines = [f.reproduce for f in found if "celu" in f.reproduce]
    assert lines
    assert not any("celu(T)" in line for line in lines)
