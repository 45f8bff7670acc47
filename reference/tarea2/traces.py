"""Record a training loop in a case: its steps, and its result as sums of the losses and other measures that it saw.

The public checks of 4c need known mistakes on the student's machine, where the reference must not go. A recorded loop
says in which order batches went forward and backward and when the optimiser stepped. It does not show the code.
"""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from grader.authoring import Case, Move, Moves

from .oracle import _measure

F, C = 4, 3
MEASURES = ("loss", "swapped", "squares", "hits")
# A factor smaller than this counts as 0. The factors of sums and means are 1/N or more, and N is far below 1/LEAST.
LEAST = 1e-6
# One batch of four has five possible shares of hits: all of ten runs have the same share with a chance below 1e-3.
LEAST_RUNS = 10


class NotRecordable(Exception):
    """A loop that does something that a trace cannot express."""


@dataclass
class _Data:
    """N distinct examples with one-hot labels. It notes the indices that are asked for."""

    x: Tensor
    y: Tensor

    def __post_init__(self) -> None:
        self.asked: list[int] = []

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        self.asked.append(int(i))
        return self.x[i], self.y[i]

    def rows(self, x: Tensor, y: Tensor) -> list[int]:
        found = [int((self.x == row).all(1).int().argmax()) for row in x]
        if not torch.equal(self.x[found], x) or not torch.equal(self.y[found], y):
            raise NotRecordable("a batch is not made of examples")
        return found


class _Network(torch.nn.Module):
    """Its predictions are random and do not depend on x, so that every measure differs between batches."""

    def __init__(self, data: _Data, generator: torch.Generator, steps: list[list[Any]]) -> None:
        super().__init__()
        self.p = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
        self._data, self._generator, self._steps = data, generator, steps
        self.predicted: list[Tensor] = []
        self.inputs: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        weights = torch.rand(len(x), C, generator=self._generator, dtype=torch.float64) + 0.05
        self.inputs.append(x)
        self.predicted.append(weights / weights.sum(1, keepdim=True))
        self._steps.append(["forward", len(self.predicted) - 1])
        return self.predicted[-1]

    def backward(self, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
        batch = next((k for k, p in enumerate(self.predicted) if p is y_pred), None)
        if batch is None or x is not self.inputs[batch]:
            raise NotRecordable("backward is given something else than a batch and its prediction")
        self._data.rows(x, y)
        self.p.grad = torch.ones_like(self.p)
        self._steps.append(["backward", batch])


class _Optimiser:
    def __init__(self, steps: list[list[Any]]) -> None:
        self._steps = steps

    def step(self) -> None:
        self._steps.append(["step"])

    def zero_grad(self) -> None:
        self._steps.append(["zero_grad"])


@dataclass(frozen=True)
class _Run:
    steps: list[list[Any]]
    batches: list[tuple[Tensor, Tensor]]  # y_pred and y of each
    returned: Any
    moves: list[tuple[str, str]]  # a kind of thing, and the device that it was sent to

    def measures(self, which: str) -> list[float]:
        """A measure of each batch."""
        return [_measure(which, y_pred, y) for y_pred, y in self.batches]


def trace(train: Callable[..., Any], case: Case) -> dict[str, Any] | None:
    """The trace of a loop for the sizes of a case, ready for JSON; None for a loop that cannot be recorded."""
    sizes = case.sizes
    asked = [sizes["N"], sizes.get("epochs", 1), sizes["batch"], sizes.get("device", "cpu")]
    try:
        first = _run(train, asked, 0)
        # One measure is tried at a time, so the unknowns are a factor per batch and a constant. Two more runs are the
        # proof. Hits take few values, so they need some more runs to differ from a constant.
        seeds = range(1, max(len(first.batches) + 3, LEAST_RUNS))
        runs = [first, *(_run(train, asked, seed) for seed in seeds)]
        if any((run.steps, run.moves) != (first.steps, first.moves) for run in runs):
            return None
        returned = _form([run.returned for run in runs], runs, _Matrices(runs))
        moves = [list(move) for move in first.moves]
        return {"sizes": asked, "steps": first.steps, "returned": returned, "moves": moves}
    except Exception:  # a mistake may raise anything
        return None


def _run(train: Callable[..., Any], asked: list[Any], seed: int) -> _Run:
    N, epochs, batch, device = asked
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(N, F, generator=generator, dtype=torch.float64)
    data = _Data(x, torch.eye(C, dtype=torch.float64)[torch.randint(C, (N,), generator=generator)])
    steps: list[list[Any]] = []
    network = _Network(data, generator, steps)
    seen: list[Move] = []
    with contextlib.redirect_stdout(io.StringIO()), Moves(seen):  # a training loop prints
        returned = train(network, data, _Optimiser(steps), epochs=epochs, batch_size=batch, device=device)
    asked_for = iter(data.asked)
    rows = [list(itertools.islice(asked_for, len(p))) for p in network.predicted]
    if any(not torch.equal(data.x[r], given) for r, given in zip(rows, network.inputs, strict=True)):
        raise NotRecordable("examples are asked for in another order than they are used")
    batches = [(p, data.y[r]) for p, r in zip(network.predicted, rows, strict=True)]
    named = [[step, rows[what[0]]] if step == "forward" else [step, *what] for step, *what in steps]
    return _Run(named, batches, returned, sorted({(m.what, m.device) for m in seen}))


class _Matrices(dict[str, Tensor]):
    """A matrix by the name of a measure: each row has a run's values for the batches, and a 1. Made on demand."""

    def __init__(self, runs: list[_Run]) -> None:
        super().__init__()
        self._runs = runs

    def __missing__(self, which: str) -> Tensor:
        rows = [[*run.measures(which), 1.0] for run in self._runs]
        self[which] = torch.tensor(rows, dtype=torch.float64)
        return self[which]


def _form(values: list[Any], runs: list[_Run], matrices: Mapping[str, Tensor]) -> Any:
    """The returned value, each number written as a sum of measures times factors that are the same in all runs."""
    if all(value is None for value in values):
        return None
    if all(isinstance(value, (list, tuple)) for value in values):
        return {"list": [_form(list(parts), runs, matrices) for parts in zip(*values, strict=True)]}
    target = torch.tensor([float(value) for value in values], dtype=torch.float64)
    for name in MEASURES:
        matrix = matrices[name]
        factors = torch.linalg.lstsq(matrix, target[:, None]).solution[:, 0]
        if torch.allclose(matrix @ factors, target, rtol=0, atol=1e-6):
            places = [*((name, k) for k in range(len(runs[0].batches))), ("", 0)]
            found = zip(places, factors.tolist(), strict=True)
            return {"sum": [[which, k, round(factor, 9)] for (which, k), factor in found if abs(factor) > LEAST]}
    raise NotRecordable("a number that is not a sum of measures")
