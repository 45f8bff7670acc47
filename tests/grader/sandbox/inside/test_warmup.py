"""The warm-up leaves nothing behind."""

from __future__ import annotations

from typing import Any

import torch

from grader.sandbox.lane import Lane

from ..programs import called, evidence, started


def test_the_warm_up_leaves_nothing_to_find(lane: Lane) -> None:
    """A program starts with its own names only, without recorded moves, and with the same random numbers each time."""
    remote = started(lane, "import torch", "def names(): return sorted(globals())", "drawn = torch.rand(2)")
    assert called(remote, "names") == ["__builtins__", "__doc__", "__loader__", "__name__", "__package__", "__spec__",
                                       "drawn", "names", "torch"]  # fmt: skip
    came = evidence(
        remote,
        """
        def test(d):
            with d.moves() as moves:
                pass
            return {"moves": moves, "drawn": drawn}
        """,
    )
    assert came.values["moves"] == []
    assert came.values["drawn"].tolist() == torch.rand(2, generator=torch.Generator().manual_seed(0)).tolist()


def test_tests_that_are_known_before_the_forks_see_the_same(lane: Lane) -> None:
    """A test whose source the lane compiled early gives the same evidence as one that it meets later."""
    source = "def test(d):\n    return {'value': twice(d.normal(d.n)), 'seen': len(inspect.stack())}\nimport inspect"
    with Lane(lane.level, lane.limits, sources=[source]) as prepared:
        known = evidence(started(prepared, "def twice(t): return 2 * t"), source, n=3)
    met = evidence(started(lane, "def twice(t): return 2 * t"), source, n=3)
    assert known.error is met.error is None
    assert known.values["value"].tolist() == met.values["value"].tolist()
    assert known.values["seen"] == met.values["seen"]


def test_compiling_has_no_effect(lane: Lane) -> None:
    """torch.compile returns what it is given, as a call and as a decorator, with options and without."""
    remote = started(
        lane,
        "import torch",
        "@torch.compile\ndef f(x): return 2 * x\n@torch.compile(mode='x', fullgraph=True)\ndef g(x): return x",
        "net = torch.compile(torch.nn.Linear(1, 1), backend='inductor')\nnet.compile()",
        "def result(): return [f(2), g(3), type(net).__name__, torch.jit.trace(f, 1)(4)]",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == [4, 3, "Linear", 8]


def test_an_optimiser_costs_no_import_of_a_compiler(lane: Lane) -> None:
    """Every optimiser of torch takes the steps that it takes elsewhere, and does not import torch._dynamo for them."""
    source = """
import sys, torch
def trained(name, **options):
    w = torch.nn.Parameter(torch.tensor([[1.0, -2.0], [0.5, 3.0]]))
    optimizer = getattr(torch.optim, name)([w], lr=0.1, **options)
    for _ in range(3):
        def closure():
            optimizer.zero_grad()
            loss = (w ** 2).sum()
            loss.backward()
            return loss
        optimizer.step(closure)
    optimizer.load_state_dict(optimizer.state_dict())
    return w.detach()
"""
    here: dict[str, Any] = {}
    exec(source, here)
    remote = started(lane, *source.strip().split("\n", 1), "def imported(): return 'torch._dynamo' in sys.modules")
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "LBFGS"):
        assert called(remote, "trained", name).tolist() == here["trained"](name).tolist(), name
    assert called(remote, "imported") is False


def test_watching_operations_imports_no_compiler(lane: Lane) -> None:
    """The first one would take a second of CPU, and so the time of a student's run."""
    came = evidence(
        started(lane, "import sys", "def imported(): return 'torch._dynamo' in sys.modules"),
        """
        def test(d):
            with d.uses(operations=True):
                torch.ones(2) + 1
            return {"imported": imported()}
        """,
    )
    assert came.values["imported"] is False


def test_threads_are_not_asked_for(lane: Lane) -> None:
    """A number of threads has no effect: they count as processes, and sums would be added up in another order."""
    remote = started(
        lane,
        "import torch\nx = torch.ones(2 ** 17)",
        "def result():\n    torch.set_num_threads(500)\n    torch.set_num_interop_threads(2)\n"
        "    return [torch.get_num_threads(), float(x.exp().log().sum())]",
    )
    assert called(remote, "result") == [1, 2**17]
