"""A training loop that is recorded as a trace does the same on other data, without its code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.assignment.cases import Case
from grader.judging.device_requests import Moves
from grader.messages import Text
from grader.sandbox.verbs import Move
from reference.tarea2 import oracle, traces
from reference.tarea2.misconceptions import MISCONCEPTIONS
from reference.tarea2.supplied import OptimizadorDePrueba
from reference.tarea2.training import entrenar_FFNN

CASE = Case(Text("", ""), 1, True, {"N": 7, "epochs": 2, "batch": 3})
LOOPS = {m.name: m.changes["entrenar_FFNN"] for m in MISCONCEPTIONS if "entrenar_FFNN" in m.changes}


def trained(train: Callable[..., Any]) -> tuple[torch.Tensor, Any, set[tuple[str, str]]]:
    """After training one network on one data set: all parameters, the returned value, and the moves to devices."""
    generator = torch.Generator().manual_seed(3)
    net = oracle.FFNN(5, [4], [torch.tanh], 3).double()
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(torch.randn(p.shape, generator=generator, dtype=torch.float64))
    x = torch.randn(7, 5, generator=generator, dtype=torch.float64)
    y = torch.eye(3, dtype=torch.float64)[torch.randint(3, (7,), generator=generator)]
    data = torch.utils.data.TensorDataset(x, y)
    moves: list[Move] = []
    with Moves(moves):
        returned = train(net, data, OptimizadorDePrueba(net.parameters(), 0.1), epochs=2, batch_size=3, device="cpu")
    places = {(move.what, move.device) for move in moves}
    return torch.cat([p.detach().reshape(-1) for p in net.parameters()]), returned, places


def flat(value: Any) -> list[float]:
    if value is None:
        return []
    return [x for part in value for x in flat(part)] if isinstance(value, list) else [float(value)]


@pytest.mark.parametrize("name", ["the reference", *LOOPS])
def test_a_trace_does_what_the_loop_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Parameters and returned values are the same, for the reference and every known mistake."""
    loop = LOOPS.get(name, entrenar_FFNN)
    trace = traces.trace(loop, CASE)
    assert trace is not None
    (expected, losses, places), (actual, again, there) = trained(loop), trained(oracle.entrenar_FFNN([trace]))
    assert there == places
    assert torch.allclose(actual, expected, rtol=1e-9, atol=1e-12)
    assert type(again) is type(losses)
    assert flat(again) == pytest.approx(flat(losses), rel=1e-6, abs=1e-6)


def test_hits_are_not_taken_for_a_constant() -> None:
    """One batch has few possible shares of hits. Runs that agree by chance must not count as a constant number."""
    loop = LOOPS["training-returns-accuracy"].combined(LOOPS["training-one-batch"])  # type: ignore[attr-defined]
    # With the sizes of the public case the first four runs agree.
    trace = traces.trace(loop, Case(Text("", ""), 1, True, {"N": 10, "epochs": 3, "batch": 4}))
    assert trace is not None
    (part,) = trace["returned"]["list"]
    assert [which for which, _, _ in part["sum"]] == ["hits"]


def test_a_loop_that_no_trace_can_tell_is_none() -> None:
    """A loop that shuffles, or whose result is not a sum of measures, is not recorded."""

    def squared(red: Any, dataset: Any, optimizador: Any, epochs: int, batch_size: int, device: str) -> Any:
        return [loss**2 for loss in entrenar_FFNN(red, dataset, optimizador, epochs, batch_size, device, verbose=0)]

    def shuffled(red: Any, dataset: Any, optimizador: Any, epochs: int, batch_size: int, device: str) -> Any:
        order = torch.randperm(len(dataset)).tolist()
        rows = torch.utils.data.Subset(dataset, order)
        return entrenar_FFNN(red, rows, optimizador, epochs, batch_size, device, verbose=0)

    assert traces.trace(squared, CASE) is None
    assert traces.trace(shuffled, CASE) is None
