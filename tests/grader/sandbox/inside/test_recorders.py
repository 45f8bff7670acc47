"""Watched methods, moves to a device and forbidden calls are recorded and behave as before."""

from __future__ import annotations

import pytest
import torch

from grader.sandbox.lane import Lane
from grader.sandbox.remote import Tripped
from grader.sandbox.verbs import Move

from ..programs import SHORT, called, started

NETWORK = """
    import torch
    class Net(torch.nn.Module):
        def __init__(self, n):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(n, 2))
            self.seen = []
        def forward(self, x):
            self.seen.append(x)
            return x @ self.w
        def backward(self, x):
            self.w.grad = x.sum(0)[:, None].expand(-1, 2).clone()
"""


def test_watched_methods_are_recorded_and_behave_as_before(lane: Lane) -> None:
    """Events hold the arguments as they were before the call, also for special methods."""
    remote = started(
        lane,
        NETWORK,
        "class Data:\n    def __len__(self): return 2\n    def __getitem__(self, i): return i * 10",
        """
        def use(net, x, data):
            net(x)
            x += 1
            return [data[i] for i in range(len(data))], type(data).__name__
        """,
    )
    net, data = remote.new("Net", 3), remote.new("Data")
    remote.watch(net, "forward")
    remote.watch(data, "__getitem__", "__len__")
    assert called(remote, "use", net, torch.ones(1, 3), data) == ([0, 10], "Data")
    events = remote.events()
    assert [(e.target, e.method) for e in events] == [
        (net.number, "forward"), (data.number, "__len__"), (data.number, "__getitem__"), (data.number,
        "__getitem__"),
    ]  # fmt: skip
    assert events[0].args[0].tolist() == [[1.0, 1.0, 1.0]]
    assert [e.result for e in events[1:]] == [2, 0, 10]
    assert remote.events() == ()


def test_a_copy_of_a_watched_object_is_not_the_object(lane: Lane) -> None:
    """A deep copy works on its own parameters and is not recorded; an object watched twice is recorded once."""
    remote = started(
        lane,
        NETWORK,
        """
        import copy
        def use(net):
            other = copy.deepcopy(net)
            with torch.no_grad(): other.w.zero_()
            return other(torch.ones(1, 3)), net(torch.ones(1, 3)), type(net).__name__
        """,
    )
    net = remote.new("Net", 3)
    remote.watch(net, "forward")
    remote.watch(net, "forward")
    zero, three, name = called(remote, "use", net)
    assert (zero.tolist(), three.tolist(), name) == ([[0.0, 0.0]], [[3.0, 3.0]], "Net")
    assert len(remote.events()) == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="the moves are real there")
def test_moves_to_an_absent_device_are_recorded_and_left_out(lane: Lane) -> None:
    """On a machine without CUDA the code runs as if the device were there."""
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
        NETWORK,
    )
    assert called(remote, "train", remote.new("Net", 3), "cuda").tolist() == [[0.0, 0.0]]
    assert remote.moves() == (
        Move("question", "cuda"), Move("module", "cuda"), Move("tensor", "cuda"), Move("tensor", "cuda"),
        Move("tensor", "cuda"), Move("tensor", "cpu"), Move("tensor", "cuda:0"),
    )  # fmt: skip
    assert remote.moves() == ()


def test_forbidden_calls_are_noted_with_their_line_and_work(lane: Lane) -> None:
    """Functions, methods, classes and imported names are noted; torch's own use of them is not."""
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
        Tripped("torch.Tensor.backward", 2, 3), Tripped("torch.optim.SGD", 2, 4),
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
