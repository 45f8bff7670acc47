"""The gradients by hand against autograd."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

from grader.assignment import load
from grader.assignment.load import load_assignment
from reference.tarea2 import activations
from reference.tarea2.activations import celu, relu, sig, swish, tanh
from reference.tarea2.losses import CELoss
from reference.tarea2.network import FFNN

B, C, dimL, dimk, dimkm1 = 5, 4, 7, 6, 3

ARCHITECTURES = [
    pytest.param([5], [sig], None, id="one layer"),
    pytest.param([7, 6, 4, 3], [relu, celu, swish, tanh], None, id="four layers"),
    pytest.param([4, 7, 3, 6, 8], [tanh, sig, swish, celu, relu], None, id="five layers"),
    pytest.param([4, 4, 4], [swish, swish, swish], None, id="equal widths"),
    pytest.param([7, 6, 3], [swish, relu, celu], [1.4, None, 0.6], id="learned beta and alpha"),
    pytest.param([7, 6, 3, 4], [celu, celu, swish, sig], [2.0, None, None, None], id="some learned"),
    pytest.param([], [], None, id="no hidden layer"),
]


def leaf(generator, *shape):
    return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("id", ["2a", "2b", "2c"])
def test_the_gradients_of_a_snippet_equal_autograd(id, make_batch, generator):
    """2a and 2b give autograd's gradients of torch's cross entropy, 2c those for a random gradient of an output."""
    hL, U, c = leaf(generator, B, dimL), leaf(generator, dimL, C), leaf(generator, C)
    _, y = make_batch(B, 1, C)
    uLm1 = hL @ U + c
    names = {"B": B, "y": y, "y_pred": torch.softmax(uLm1, dim=1), "hL": hL, "U": U, "c": c, "uLm1": uLm1}
    last = torch.autograd.grad(cross_entropy(uLm1, y), (uLm1, U, c, hL))
    expected = dict(zip(("dL_duLm1", "dL_dU", "dL_dc", "dL_dhL"), last, strict=True))
    hk, Wk, bk = leaf(generator, B, dimk), leaf(generator, dimk, dimkm1), leaf(generator, dimkm1)
    uk = hk @ Wk + bk
    dL_dhkm1 = torch.randn(B, dimkm1, generator=generator, dtype=torch.float64)
    for suffix, f in (("relu", torch.relu), ("celu", torch.celu), ("swish", torch.nn.functional.silu)):
        found = torch.autograd.grad(f(uk), (uk, Wk, bk, hk), grad_outputs=dL_dhkm1, retain_graph=True)
        expected |= {f"dL_d{n}_{suffix}": g for n, g in zip(("uk", "Wk", "bk", "hk"), found, strict=True)}
    names |= {"dL_duLm1": last[0], "hk": hk, "Wk": Wk, "bk": bk, "uk": uk, "dL_dhkm1": dL_dhkm1, "dimk": dimk}
    names |= {n: getattr(activations, n) for n in ("d_relu", "d_celu", "d_swish", "softmax")}
    question = load_assignment(load.default_folder()).question(id)
    for source in question.solution:
        exec(source.code, names)
    outputs = [o + v for o in question.snippets[id].outputs for v in question.snippets[id].variants or ("",)]
    assert outputs
    assert_close([names[o].detach() for o in outputs], [expected[o] for o in outputs])


@pytest.mark.parametrize("batch", [8, 1])
@pytest.mark.parametrize(("l_h", "l_a", "l_a_params"), ARCHITECTURES)
def test_backward_equals_autograd(l_h, l_a, l_a_params, batch, make_network, make_batch):
    """backward gives autograd's gradient for every parameter, whatever the depth, mix and batch size."""
    red = make_network(9, l_h, l_a, C, l_a_params)
    x, y = make_batch(batch, 9, C)
    y_pred = red.forward(x)
    names, parameters = zip(*red.named_parameters(), strict=True)
    expected = torch.autograd.grad(CELoss(y_pred, y), parameters)
    red.backward(x, y, y_pred)
    for name, p, gradient in zip(names, parameters, expected, strict=True):
        assert gradient.abs().max() > 0, name
        assert_close(p.grad, gradient, msg=lambda text, name=name: f"{name}: {text}")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_backward_keeps_the_dtype(dtype, make_network, make_batch):
    """The gradients have the parameters' dtype and need no graph of y_pred."""
    red = make_network(9, [6, 3], [swish, celu], C, [1.2, 0.7], dtype=dtype)
    x, y = make_batch(B, 9, C, dtype=dtype)
    red.backward(x, y, red.forward(x).detach())
    for p in red.parameters():
        assert p.grad.dtype == dtype
        assert p.grad.shape == p.shape
        assert not p.grad.requires_grad


def test_backward_overwrites(make_network, make_batch):
    """A second backward replaces the gradients of the first."""
    red = make_network(9, [6, 3], [swish, relu], C, [1.2, None])
    first, second = make_batch(B, 9, C), make_batch(B, 9, C)
    red.backward(*second, red.forward(second[0]))
    expected = [p.grad for p in red.parameters()]
    red.backward(*first, red.forward(first[0]))
    red.backward(*second, red.forward(second[0]))
    assert_close([p.grad for p in red.parameters()], expected)


def test_forward_equals_torchs(make_network, make_batch):
    """forward is the composition of torch's own layers, and its rows sum to 1."""
    red = make_network(9, [6, 3], [tanh, celu], C, [None, 0.8])
    x, _ = make_batch(B, 9, C)
    h = torch.tanh(x @ red.Ws[0] + red.bs[0])
    h = torch.celu(h @ red.Ws[1] + red.bs[1], 0.8)
    y_pred = red(x)
    assert_close(y_pred, torch.softmax(h @ red.U + red.c, dim=1))
    assert_close(y_pred.sum(dim=1), torch.ones(B, dtype=torch.float64))


def test_learned_parameters_are_exactly_those_asked_for():
    """An entry None of l_a_params makes no parameter. A number makes a parameter of shape () with that value."""
    red = FFNN(9, [6, 3, 5], [swish, celu, swish], C, [1.5, None, 0.5])
    learned = [p for name, p in red.named_parameters() if name.startswith("act_params")]
    assert [p.item() for p in learned] == [1.5, 0.5]
    assert all(p.shape == () for p in learned)
    assert len(list(FFNN(9, [6], [swish], C).parameters())) == 4


def test_parameter_for_an_activation_without_one_is_an_error():
    """A number for sig, tanh or relu in l_a_params is refused by name."""
    with pytest.raises(ValueError, match="sig has no parameter"):
        FFNN(9, [6], [sig], C, [1.0])


def test_deep_networks_do_not_start_saturated(make_batch):
    """At the initial parameters every pre-activation of a deep network has a spread between 0.05 and 5."""
    x, _ = make_batch(64, 300, C, dtype=torch.float32)
    for f in (sig, tanh, relu, celu, swish):
        for u in FFNN(300, [50, 40, 30, 20], [f] * 4, C).hidden_states(x).u:
            assert 0.05 < u.std() < 5


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_backward_works_on_cuda(make_network, make_batch):
    """Gradients computed on the GPU stay there and equal those of the CPU."""
    red = make_network(9, [6, 3, 5], [swish, celu, relu], C, [1.2, 0.7, None])
    x, y = make_batch(B, 9, C)
    red.backward(x, y, red.forward(x))
    expected = [p.grad for p in red.parameters()]
    red.cuda().zero_grad()
    x, y = x.cuda(), y.cuda()
    red.backward(x, y, red.forward(x))
    assert all(p.grad.is_cuda for p in red.parameters())
    assert_close([p.grad.cpu() for p in red.parameters()], expected)
