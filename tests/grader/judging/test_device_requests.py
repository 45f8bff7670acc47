"""Requests of our own code to move something to a device are recorded and not followed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from grader.judging.device_requests import Moves
from grader.sandbox.verbs import Move

X = torch.ones(4, 2)


def seen(does: Callable[[], Any]) -> list[Move]:
    found: list[Move] = []
    with Moves(found):
        does()
    return found


@pytest.mark.parametrize(
    ("does", "moves"),
    [
        (lambda: X.to("cuda"), [Move("tensor", "cuda")]),
        (lambda: X.to(torch.device("cuda", 1), torch.float64), [Move("tensor", "cuda:1")]),
        (lambda: X.to(device="cpu"), [Move("tensor", "cpu")]),
        (lambda: X.cuda(), [Move("tensor", "cuda")]),
        (lambda: torch.zeros(3, device="cuda"), [Move("tensor", "cuda")]),
        (lambda: torch.nn.Linear(2, 3, bias=False).to("cuda"), [Move("module", "cuda")]),
        (lambda: torch.nn.Linear(2, 3, bias=False).cpu(), [Move("module", "cpu")]),
        (lambda: torch.cuda.is_available(), [Move("question", "cuda")]),
        (lambda: X.to(torch.float64), []),
        (lambda: X.double() + torch.zeros(4, 2), []),
        (lambda: list(DataLoader(TensorDataset(X), batch_size=2)), []),
    ],
)
def test_a_request_is_seen(does: Callable[[], Any], moves: list[Move]) -> None:
    """Every verb is seen, for tensors and modules; calls that move nothing and torch's own questions are not."""
    assert seen(does) == moves


def test_nothing_moves() -> None:
    """The rest of a request is carried out, so that the same code computes the same results on every machine."""
    found: list[Move] = []
    with Moves(found):
        moved = [X.to("cuda"), X.cuda(), X.to("cuda", torch.float64), torch.zeros(2, device="cuda")]
        network = torch.nn.Linear(2, 3).to("cuda")
    assert {t.device.type for t in (*moved, *network.parameters())} == {"cpu"}
    assert moved[2].dtype == torch.float64


def test_nothing_is_left_behind() -> None:
    """The profiler is removed after the block and after an error."""
    found: list[Move] = []
    with pytest.raises(ZeroDivisionError), Moves(found):
        raise ZeroDivisionError
    torch.cuda.is_available()
    X.to("cpu")
    assert found == []
    assert sys.getprofile() is None


def test_a_profiler_goes_on() -> None:
    """A profiler that is already set sees the grader's calls."""
    calls: list[str] = []
    sys.setprofile(lambda frame, event, arg: calls.append(event))
    try:
        seen(lambda: torch.cuda.is_available())
        assert sys.getprofile() is not None
    finally:
        sys.setprofile(None)
    assert "call" in calls
