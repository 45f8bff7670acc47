"""A known mistake whose cell says `raises` is named by its exception."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from grader.assignment.load import load_assignment
from grader.judging.judge import Judge
from grader.notebook.read import read_notebook
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

FILE = """
# %% assignment first: First
# languages: en
# %% given
import torch
# %% question q: Product
# points: 1
# %% text en [markdown]
# `product(A, B)` is the matrix product.
# %% solution
def product(A, B):
    return A @ B
# %% test values
@public(N=2, F=3)
@hidden(N=4, F=5)
def test(d):
    return {"product": product(d.normal(d.N, d.F), d.normal(d.F, d.N + 1))}
# %% wrong transposed: The second factor is not transposed. [raw]
# raises: RuntimeError
# - A @ B
# + A @ B.T
"""


@pytest.mark.bwrap
def test_a_mistake_is_named_by_its_exception(tmp_path: Path) -> None:
    """The student's code raises what the mistake raises; another exception names nothing."""
    torch.set_num_threads(1)
    (tmp_path / "a.py").write_text(FILE)
    judge = Judge(load_assignment(tmp_path / "a.py"), "salt")
    judge.prepare()
    with Lane(Level.BWRAP, judge.assignment.limits) as lane:

        def named(code: str) -> set[tuple[str, ...]]:
            notebook = read_notebook(f"import torch\ndef product(A, B):\n    {code}\n".encode(), "a.py")
            (question,) = judge.judge(notebook, lane).questions
            assert not question.points
            return {f.misconceptions for f in question.findings}

        assert named("return torch.mm(A, B.t())") == {("transposed",)}
        assert named("raise ValueError('no')") == {()}
