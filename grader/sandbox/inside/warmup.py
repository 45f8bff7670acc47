"""The preparation that runs once before the forks, so that no submission pays for it."""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.optim import Optimizer

from . import newer_python, stand_ins
from .child import Child
from .recorders import MoveRecorder, Tripwires
from .travelling import compiled
from .wire import decode, encode

WARM_UP_ROUNDS = 20
WARM_UP = """
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

class Layer(torch.nn.Module):
    def __init__(self, n, widths, m):
        super().__init__()
        self.W = torch.nn.Parameter(torch.randn(n, m))
        self.b = torch.nn.Parameter(torch.zeros(m))

    def forward(self, x):
        with torch.no_grad():
            u = x @ self.W + self.b
            y = torch.exp(u) / torch.exp(u).sum(1, keepdim=True)
            return torch.where(u > 0, y.clamp(min=0.1).log(), torch.eye(2)[torch.argmax(y, 1)]).mean(0)

def batches(layer, x, size):
    return [layer.forward(a) for a, b in DataLoader(TensorDataset(x, x), batch_size=size, shuffle=True)]
"""

WARM_UP_TEST = """
def test(d):
    layer = d.fill(Layer(d.n, [2], 2), {"W": (3, 2), "b": (2,)})
    yield "y", layer.forward(d.normal(4, d.n))
    yield from d.gradients(layer)
    yield "batches", batches(layer, d.one_hot(4, d.n), 2)
    undefined(layer)
"""


def prepare(
    forbidden: Sequence[str], preload: Sequence[str] = (), sources: Sequence[str] = ()
) -> tuple[MoveRecorder, Tripwires]:
    """Prepare once, before the forks, what every submission uses: modules, and the compiled sources of tests."""
    with contextlib.suppress(ImportError):
        import numpy  # noqa: F401 (imported here so that no submission pays for it)
    for module in preload:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    for source in sources:
        compiled(source)
    stand_ins.install()
    newer_python.install()
    _without_compilers()
    _without_threads()
    moves = MoveRecorder()
    moves.install()
    tripwires = Tripwires()
    tripwires.wrap(forbidden)
    _warm_up(moves, tripwires)
    return moves, tripwires


def _without_compilers() -> None:
    """Let torch.compile and torch.jit return what they are given: compiling takes seconds and changes no result."""

    def compile(model: Any = None, **options: Any) -> Any:
        return model if model is not None else lambda model: model

    torch.compile = compile
    torch.nn.Module.compile = lambda self, *args, **kwargs: None  # type: ignore[method-assign]
    torch.jit._state.disable()
    os.environ["PYTORCH_JIT"] = "0"  # torch asks for it where it would compile something itself
    for optimizer in {c for c in vars(torch.optim).values() if isinstance(c, type) and issubclass(c, Optimizer)}:
        _without_dynamo(optimizer)


def _without_threads() -> None:
    """Let torch keep its one thread: threads count as processes, and more of them add up sums in another order."""
    for name in ("set_num_threads", "set_num_interop_threads"):
        setattr(torch, name, lambda number: None)


def _without_dynamo(optimizer: type[Optimizer]) -> None:
    """Let an optimiser work without torch._dynamo, which its first use would import: 800 modules, a second of CPU.

    torch imports it so that a compiler sees where not to look. Its own wrappers keep what they wrap in `__wrapped__`,
    and read `__dynamo_disable` before they import.
    """
    for name, method in list(vars(optimizer).items()):
        wrapped: Any = getattr(method, "__wrapped__", None)
        match getattr(getattr(method, "__code__", None), "co_name", ""):
            case "inner":
                setattr(wrapped, "__dynamo_disable", wrapped)
            case "_use_grad":
                setattr(optimizer, name, _as_differentiable(wrapped))


def _as_differentiable(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step of an optimiser, recorded by autograd only if the optimiser was made with `differentiable=True`."""

    @functools.wraps(step)
    def wrapped(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return step(self, *args, **kwargs)

    return wrapped


def _warm_up(moves: MoveRecorder, tripwires: Tripwires) -> None:
    """Answer the requests of most submissions once, so that every child inherits what torch and Python then set up.

    No gradient is computed: autograd that has run before a fork refuses to run after it.
    """
    main = sys.modules["__main__"]
    child = Child(moves, tripwires, "cpu")
    run = {"source": WARM_UP_TEST, "sizes": {"n": 3}, "seed": 1, "precision": "float32", "given": {}, "in_place": [],
           "recorded": {}, "counts": []}  # fmt: skip
    test = {"do": "tests", "given": ["import torch"], "helpers": [], "own": [], "asked": ["Layer", "batches"],
            "snippet": [], "runs": [{**run, "number": k} for k in range(2)]}  # fmt: skip
    requests = ({"do": "run", "source": WARM_UP, "cell": 1, "line": 1}, test)
    # Python's interpreter specializes a function only after the function has run some times.
    for _ in range(WARM_UP_ROUNDS):
        for request in requests:
            received = decode(encode(request))
            if received["do"] == "tests":
                child.run_tests(received, lambda reply: None)
            else:
                child.answer(received)
    moves.drain()
    sys.modules["__main__"] = main
