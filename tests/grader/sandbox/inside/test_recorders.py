"""Moves to a device and forbidden calls are recorded, and the calls behave as before."""

from __future__ import annotations

from textwrap import dedent

import pytest
import torch

from grader.assignment.forbidden_groups import forbidden_names
from grader.sandbox.lane import Lane
from grader.sandbox.replies import Tripped

from ..programs import SHORT, Statement, called, evidence, started


@pytest.mark.skipif(torch.cuda.is_available(), reason="the moves are real there")
def test_moves_to_an_absent_device_are_recorded_and_left_out(lane: Lane) -> None:
    """On a machine without CUDA the code runs as if the device were there; a test's own moves are not listed."""
    remote = started(
        lane,
        "import torch",
        """
        def train(net, device):
            device = torch.device(device if torch.cuda.is_available() or True else 'cpu')
            net.to(device)
            x = torch.zeros(1, 3, device=device).to(device, torch.float32)
            y = x.cuda().to(x).double().to(0)
            return net(y.float())
        """,
        """
        class Net(torch.nn.Module):
            def __init__(self, n):
                super().__init__()
                self.w = torch.nn.Parameter(torch.ones(n, 2))
            def forward(self, x):
                return x @ self.w
        """,
        "device = 'cuda' if torch.cuda.is_available() else 'cpu'",
    )
    came = evidence(
        remote,
        """
        def test(d):
            with d.moves() as moves:
                yield "out", train(Net(3).to("cpu"), "cuda")
            yield "moves", moves
            with d.moves() as moves:
                torch.zeros(1, device="cpu")
            yield "nothing", moves
        """,
    )
    assert came.error is None
    assert came.values["out"].tolist() == [[0.0, 0.0]]
    assert came.values["moves"] == [
        ["question", "cuda", 0], ["question", "cuda", 0], ["module", "cuda", 0], ["tensor", "cuda", 3],
        ["tensor", "cuda", 3], ["tensor", "cuda", 3], ["tensor", "cpu", 3], ["tensor", "cuda:0", 3],
    ]  # fmt: skip
    assert came.values["nothing"] == [["question", "cuda", 0]]  # the one at load


def test_forbidden_calls_are_noted_with_their_line_and_work(lane: Lane) -> None:
    """Functions, methods, classes and imported names are noted, also where a module of torch calls them."""
    source = """
        def f(x):
            a = sigmoid(x) + torch.sigmoid(x) + x.sigmoid()
            (a * x.requires_grad_()).sum().backward()
            torch.optim.SGD([x], lr=0.1).step()
            torch.nn.Sigmoid()(x)
            return a.detach()
    """
    # torch.optim imports the compiler at its first use, more than a second's work: the usual limits, not
    # SHORT.
    remote = started(lane, "import torch\nfrom torch import sigmoid", source)
    x = torch.zeros(1)
    remote.set_forbidden(
        ["torch.sigmoid", "torch.Tensor.sigmoid", "torch.Tensor.backward", "torch.optim.*", "torch.no_such"]
    )
    assert called(remote, "f", x).tolist() == [1.5]
    assert remote.take_tripped() == (
        Tripped("torch.sigmoid", 2, 2), Tripped("torch.sigmoid", 2, 2), Tripped("torch.Tensor.sigmoid", 2, 2),
        Tripped("torch.Tensor.backward", 2, 3), Tripped("torch.optim.SGD", 2, 4), Tripped("torch.optim.sgd.sgd", 2, 4),
        Tripped("torch.sigmoid", 2, 5),
    )  # fmt: skip
    remote.set_forbidden([])
    called(remote, "f", x)
    assert remote.take_tripped() == ()


def test_forbidding_a_module_breaks_nothing_that_uses_it_inside(lane: Lane) -> None:
    """Printing a tensor makes a named tuple of torch.autograd, and still works while that module is forbidden."""
    remote = started(lane, "import torch", "def show(t): return f'{t[-1]}', str(t)")
    remote.set_forbidden(["torch.autograd.*", "torch.optim.*"])
    assert called(remote, "show", torch.tensor([1.0, 2.0])) == ("2.0", "tensor([1., 2.])")
    assert remote.take_tripped() == ()


def test_names_known_to_the_lane_are_noted_only_when_asked(any_lane: Lane) -> None:
    """Wrappers from before the forks are silent until a submission's names are set; then they note calls as usual."""
    forbidden = ("torch.sigmoid", "torch.Tensor.sigmoid")
    with Lane(any_lane.level, SHORT, forbidden=forbidden) as prepared:
        remote = started(prepared, "from torch import sigmoid", "def f(x): return sigmoid(x).sigmoid()")
        called(remote, "f", torch.zeros(1))
        assert remote.take_tripped() == ()
        remote.set_forbidden(forbidden)
        called(remote, "f", torch.zeros(1))
        assert remote.take_tripped() == (Tripped("torch.sigmoid", 2, 1), Tripped("torch.Tensor.sigmoid", 2, 1))


def test_a_forbidden_module_leaves_its_harmless_names(lane: Lane) -> None:
    """Switches of autograd compute nothing, also below torch.autograd; the names next to them are noted."""
    remote = started(
        lane,
        "import torch\nfrom torch import autograd",
        """
        def f(x):
            autograd.set_detect_anomaly(False)
            with autograd.no_grad(), autograd.set_grad_enabled(True), autograd.inference_mode(False):
                x = autograd.Variable(x).clone().requires_grad_()
            with autograd.detect_anomaly(False), autograd.enable_grad():
                return autograd.grad(x.sum(), x)[0]
        """,
    )
    remote.set_forbidden(["torch.autograd.*"])
    assert called(remote, "f", torch.zeros(1)).tolist() == [1.0]
    assert remote.take_tripped() == (Tripped("torch.autograd.grad", 2, 6),)


DISGUISES = {
    "a callback": "with contextlib.ExitStack() as stack:\n        stack.callback(L.backward)",
    "a thread": "thread = threading.Thread(target=L.backward)\n    thread.start()\n    thread.join()",
    "a key": "sorted([L], key=torch.Tensor.backward)",
    "map": "list(map(torch.autograd.backward, [L]))",
    "timeit": "timeit.timeit(lambda: L.backward(), number=1)",
    "the function below the wrapper": "getattr(torch.Tensor.backward, '__wrapped__', torch.Tensor.backward)(L)",
    "the engine": "torch.autograd.Variable._execution_engine.run_backward("
    "(L,), (torch.ones(()),), False, False, (), allow_unreachable=True, accumulate_grad=True)",
    "functorch": "functorch.grad(lambda x: (x * x).sum())(x.detach())",
    "inside functorch": "torch._functorch.eager_transforms.grad_impl(lambda x: (x * x).sum(), 0, False, (x,), {})",
    "an engine of one's own": "type(getattr(E, '_engine', E))().run_backward("
    "(L,), (torch.ones(()),), False, False, (), allow_unreachable=True, accumulate_grad=True)",
    "a node of the graph": "L.grad_fn.next_functions[0][0](torch.ones(2))",
    "a node in a thread": "thread = threading.Thread(target=L.grad_fn.next_functions[0][0], args=(torch.ones(2),))\n"
    "    thread.start()\n    thread.join()",
    "a node of a graph that a thread made": "thread = threading.Thread(target=lambda: (x * x).grad_fn(torch.ones(2)))\n"
    "    thread.start()\n    thread.join()",
    "a node beside hooks of one's own": "with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):\n"
    "        (x * x).grad_fn(torch.ones(2))",
    "a node after the hooks are gone": "torch._C._autograd._pop_saved_tensors_default_hooks()\n"
    "    (x * x).grad_fn(torch.ones(2))",
    "TorchScript at run time": "torch.jit.CompilationUnit(SCRIPT).g(x.detach().requires_grad_())",
    "forward mode below its module": "torch._C._enter_dual_level()\n    torch._VF._make_dual(x, x, level=0)",
    "functorch below its module": "torch._C._functorch._grad_increment_nesting()\n"
    "    torch._C._functorch._grad_decrement_nesting()",
    "forward mode": "fwAD.enter_dual_level()\n    fwAD.make_dual(x.detach(), x.detach())",
    "a ready derivative": "torch.ops.aten.sigmoid_backward(x, x)",
    "an overload of it": "torch.ops.aten.elu_backward.default(x, 1, 1, 1, False, x)",
    "its decomposition": "torch._decomp.decompositions.sigmoid_backward(x, x)",
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_call_in_disguise_is_noted_at_the_students_line(lane: Lane, disguise: str) -> None:
    """However the derivative is computed, one line of the answer ordered it."""
    remote = started(
        lane,
        "import contextlib, threading, timeit, torch, functorch, torch._functorch.eager_transforms",
        "import torch.autograd.forward_ad as fwAD",
        "E = torch.autograd.Variable._execution_engine",
        "SCRIPT = 'def g(t):\\n    return torch.autograd.grad([torch.sum(t * torch.exp(t))], [t])\\n'",
        f"def f(x):\n    x = x.clone().requires_grad_()\n    L = (x * x).sum()\n    {DISGUISES[disguise]}\n",
    )
    remote.set_forbidden(forbidden_names(["autograd"]))
    called(remote, "f", torch.ones(2))
    tripped = remote.take_tripped()
    assert tripped, disguise
    assert {(t.cell, t.line) for t in tripped} <= {(5, 4), (5, 5), (5, 6)}


def test_what_libraries_do_by_themselves_is_not_noted(lane: Lane) -> None:
    """Printing tensors, loading batches, profiling and copying compute no derivative."""
    remote = started(
        lane,
        "import copy, torch\nfrom torch.utils.data import DataLoader, TensorDataset",
        """
        def f(x):
            x = torch.nn.Parameter(x)
            with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]):
                batches = list(DataLoader(TensorDataset(x.detach()), batch_size=1))
            with torch.autograd.profiler.record_function("f"):
                text = f"{x} {copy.deepcopy(x)!r} {torch.vmap(torch.sum)(x[None])}"
            return len(batches) + bool(text)
        """,
    )
    remote.set_forbidden([*forbidden_names(["autograd"]), "torch.optim.*"])
    assert called(remote, "f", torch.ones(2)) == 3
    assert remote.take_tripped() == ()


def test_a_private_module_of_a_forbidden_package_is_forbidden_too(lane: Lane) -> None:
    """`torch.optim.sgd` is not an attribute of `torch.optim`; its functions step all the same."""
    remote = started(
        lane,
        "import importlib, torch",
        """
        def f(x):
            step = importlib.import_module("".join(["torch.op", "tim.sgd"])).sgd
            step([x], [x.clone()], [None], weight_decay=0.0, momentum=0.0, lr=0.5, dampening=0.0, nesterov=False,
                 maximize=False)
            return x
        """,
    )
    remote.set_forbidden(["torch.optim.*"])
    assert called(remote, "f", torch.ones(2)).tolist() == [0.5, 0.5]
    assert remote.take_tripped()[0].line == 3


def test_a_stand_in_calls_for_the_student_who_calls_it(lane: Lane) -> None:
    """A stand-in is no way around the rule, whether it calls a forbidden function itself or is handed one."""
    source = """
        def ours(x, also=torch.abs):
            also(x)
            x = x.clone().requires_grad_()
            return torch.autograd.grad(torch.exp(x).sum(), x)
    """
    supplied = Statement(dedent(source).strip("\n"), stands_for="ours")
    remote = started(lane, "import torch", supplied, "def f(x):\n    ours(x)\n    return ours(x, torch.tanh)")
    remote.set_forbidden([*forbidden_names(["autograd"]), "torch.tanh"])
    called(remote, "f", torch.ones(2))
    grad = "torch.autograd.grad"
    assert remote.take_tripped() == (Tripped(grad, 3, 2), Tripped("torch.tanh", 3, 3), Tripped(grad, 3, 3))
