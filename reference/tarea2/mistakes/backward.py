"""Mistakes in FFNN.backward (questions 3a and 3b)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import Parameter

from ..activations import celu, d_celu, d_relu, d_sig, d_swish, relu, sig, softmax, swish, tanh
from ..network import DERIVATIVES, FFNN, PARAMETRIC, Activation, HiddenStates
from .decisions import decided

Backward = Callable[[FFNN, Tensor, Tensor, Tensor], None]


def _slope(f: Activation, u: Tensor, *parameter: Tensor) -> Tensor:
    slope: Tensor = DERIVATIVES[f](u, *parameter)[0] if f in PARAMETRIC else DERIVATIVES[f](u)
    return slope


def _parameter_slope(f: Activation, u: Tensor, *parameter: Tensor) -> Tensor:
    slope: Tensor = DERIVATIVES[f](u, *parameter)[1]
    return slope


def _mean(g: Tensor) -> Tensor:
    return g / len(g)


@decided
def backward(
    *,
    error: Callable[[Tensor, Tensor], Tensor] = lambda y_pred, y: y_pred - y,
    scale: Callable[[Tensor], Tensor] = _mean,
    slope: Callable[..., Tensor] = _slope,
    used: Callable[[int, int], int] = lambda layer, layers: layer,
    weight: Callable[[Tensor, Tensor], Tensor] = lambda h, du: h.T @ du,
    bias: Callable[[Tensor], Tensor | None] = lambda du: du.sum(0),
    layers: Callable[[int], range] = range,
    output: Callable[[int], bool] = lambda layers: True,
    output_bias: Callable[[int], bool] = lambda layers: True,
    parameter: Callable[[Tensor, Tensor, Tensor], Tensor | None] = lambda dh, slope, du: (dh * slope).sum(),
    parameter_slope: Callable[..., Tensor] = _parameter_slope,
    parameters_of: Callable[[int], bool] = lambda layer: True,
    accumulates: Callable[[Tensor], bool] = lambda p: False,
) -> Backward:
    """FFNN.backward with one of its decisions replaced; as it stands it is the reference's.

    error: the slope of one example's loss at the output layer's input; scale: from there to the mean's
    slope: f'(u), from the activation f, u and its parameter;  used: whose layer's activation is derived
    weight, bias: the layer's gradients;  layers: the hidden layers that get gradients, out of so many
    output, output_bias: whether U and c get theirs
    parameter, parameter_slope, parameters_of: of beta and alpha, from dh, the derivative and du
    accumulates: which gradients are added to what was there
    """

    @torch.no_grad()
    def method(self: FFNN, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
        states: HiddenStates = self.hidden_states(x)
        count = len(self.Ws)

        def put(p: Parameter, g: Tensor | None) -> None:
            p.grad = p.grad + g if accumulates(p) and p.grad is not None and g is not None else g

        du = scale(error(y_pred, y))
        if output(count):
            put(self.U, weight(states.h[-1], du))
        if output_bias(count):
            put(self.c, bias(du))
        dh = du @ self.U.T
        for k in reversed(range(count)):
            f, u = self.l_a[used(k, count)], states.u[k]
            own = () if self.act_params[k] is None else (self.act_params[k],)
            du = dh * slope(f, u, *own)
            if k in layers(count):
                put(self.Ws[k], weight(states.h[k], du))
                put(self.bs[k], bias(du))
            if own and parameters_of(k):
                put(own[0], parameter(dh, parameter_slope(self.l_a[k], u, *own), du))
            dh = du @ self.Ws[k].T

    return method


# 3a: the output layer --------------------------------------------------------------------------------------------

backward_no_mean = backward(scale=lambda g: g)
backward_mean_over_entries = backward(scale=lambda g: g / g.numel())
backward_mean_over_classes = backward(scale=lambda g: g / g.shape[1])
backward_fixed_batch = backward(scale=lambda g: g / 8)
backward_sign = backward(error=lambda y_pred, y: y - y_pred)
backward_doubled = backward(scale=lambda g: 2 * _mean(g))
backward_halved = backward(scale=lambda g: _mean(g) / 2)
backward_mean_twice = backward(scale=lambda g: _mean(_mean(g)))
backward_only_the_loss = backward(error=lambda y_pred, y: -y / y_pred)
backward_diagonal_only = backward(error=lambda y_pred, y: y * (y_pred - 1))
backward_sigmoid_output = backward(error=lambda y_pred, y: (y_pred - y) * y_pred * (1 - y_pred))
backward_softmax_again = backward(error=lambda y_pred, y: softmax(y_pred, 1) - y)
backward_without_labels = backward(error=lambda y_pred, y: y_pred)
backward_hard_prediction = backward(
    error=lambda y_pred, y: (y_pred == y_pred.amax(1, keepdim=True)).to(y_pred.dtype) - y
)

# 3a: the slopes of the hidden layers -----------------------------------------------------------------------------


def _instead(f: Activation, slope: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """The slope of one activation replaced, those of the others right."""
    return lambda g, u, *parameter: slope(u) if g is f else _slope(g, u, *parameter)


def _all_but_parametric_as_celu(f: Activation, u: Tensor, *parameter: Tensor) -> Tensor:
    return _slope(f if f in (relu, swish) else celu, u, *parameter)


def _of_parameter(f: Activation, u: Tensor, *parameter: Tensor) -> Tensor:
    return (_parameter_slope if f in PARAMETRIC else _slope)(f, u, *parameter)


backward_at_h = backward(slope=lambda f, u, *p: _slope(f, f(u, *p), *p))
backward_without_slope = backward(slope=lambda f, u, *p: torch.ones_like(u))
backward_function_for_slope = backward(slope=lambda f, u, *p: f(u, *p))
backward_slope_twice = backward(slope=lambda f, u, *p: _slope(f, u, *p) ** 2)
backward_relu_everywhere = backward(slope=lambda f, u, *p: d_relu(u))
backward_sig_everywhere = backward(slope=lambda f, u, *p: d_sig(u))
backward_celu_for_the_rest = backward(slope=_all_but_parametric_as_celu)
backward_parameter_slope = backward(slope=_of_parameter)
backward_sig_at_h = backward(slope=_instead(sig, lambda u: d_sig(sig(u))))
backward_sig_without_rest = backward(slope=_instead(sig, sig))
backward_tanh_without_square = backward(slope=_instead(tanh, lambda u: 1 - tanh(u)))
backward_tanh_at_h = backward(slope=_instead(tanh, lambda u: 1 - tanh(tanh(u)) ** 2))
backward_tanh_as_sig = backward(slope=_instead(tanh, d_sig))
backward_tanh_linear = backward(slope=_instead(tanh, torch.ones_like))
backward_sig_linear = backward(slope=_instead(sig, torch.ones_like))
backward_relu_linear = backward(slope=_instead(relu, torch.ones_like))
backward_celu_at_h = backward(slope=_instead(celu, lambda u: d_celu(celu(u))[0]))
backward_celu_as_relu = backward(slope=_instead(celu, d_relu))
backward_swish_at_h = backward(slope=_instead(swish, lambda u: d_swish(swish(u))[0]))
backward_swish_as_sig = backward(slope=_instead(swish, sig))
backward_swish_sigmoid_in_one_term = backward(slope=_instead(swish, lambda u: sig(u) + u * (1 - sig(u))))
backward_activations_reversed = backward(used=lambda layer, layers: layers - 1 - layer)
backward_first_activation = backward(used=lambda layer, layers: 0)
backward_last_activation = backward(used=lambda layer, layers: layers - 1)
backward_next_activation = backward(used=lambda layer, layers: min(layer + 1, layers - 1))
backward_previous_activation = backward(used=lambda layer, layers: max(layer - 1, 0))

# 3a: where the gradients go --------------------------------------------------------------------------------------

backward_bias_mean = backward(bias=lambda du: du.mean(0))
backward_bias_first_example = backward(bias=lambda du: du[0])
backward_bias_last_example = backward(bias=lambda du: du[-1])
backward_bias_one_number = backward(bias=lambda du: du.sum() * torch.ones_like(du[0]))
backward_without_biases = backward(bias=lambda du: None)
backward_weight_mean = backward(weight=lambda h, du: h.T @ du / len(h))
backward_first_example_only = backward(weight=lambda h, du: h[:1].T @ du[:1], bias=lambda du: du[0])
backward_output_only = backward(layers=lambda layers: range(0))
backward_hidden_only = backward(output=lambda layers: False, output_bias=lambda layers: False)
backward_without_output_bias = backward(output_bias=lambda layers: False)
backward_output_bias_in_second_place = backward(output_bias=lambda layers: layers == 1)
backward_last_hidden_only = backward(layers=lambda layers: range(layers - 1, layers))
backward_last_two_hidden_only = backward(layers=lambda layers: range(layers - 2, layers))
backward_without_first_layer = backward(layers=lambda layers: range(1, layers))
backward_without_last_hidden = backward(layers=lambda layers: range(layers - 1))
backward_accumulates = backward(accumulates=lambda p: True)
backward_accumulates_weights = backward(accumulates=lambda p: p.dim() > 1)


def backward_sets_nothing(self: FFNN, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
    """As where the gradients are returned, or put on copies of the parameters."""


@torch.no_grad()
def backward_weight_decay(self: FFNN, x: Tensor, y: Tensor, y_pred: Tensor) -> None:
    FFNN.backward(self, x, y, y_pred)
    for p in self.parameters():
        if p.grad is not None and p.numel() > 1:
            p.grad += 0.01 * p


# 3b --------------------------------------------------------------------------------------------------------------

parameter_mean = backward(parameter=lambda dh, slope, du: (dh * slope).mean())
parameter_mean_over_batch = backward(parameter=lambda dh, slope, du: (dh * slope).sum() / len(dh))
parameter_after_slope = backward(parameter=lambda dh, slope, du: (du * slope).sum())
parameter_without_upstream = backward(parameter=lambda dh, slope, du: slope.sum())
parameter_without_own_slope = backward(parameter=lambda dh, slope, du: dh.sum())
parameter_no_gradient = backward(parameter=lambda dh, slope, du: None)
parameter_sign = backward(parameter=lambda dh, slope, du: -(dh * slope).sum())
parameter_first_example = backward(parameter=lambda dh, slope, du: (dh * slope)[0].sum())
parameter_slope_of_u = backward(parameter_slope=_slope)
parameter_slope_at_one = backward(parameter_slope=lambda f, u, p: _parameter_slope(f, u))
parameter_slope_at_h = backward(parameter_slope=lambda f, u, p: _parameter_slope(f, f(u, p), p))
parameter_first_layer_only = backward(parameters_of=lambda layer: layer == 0)


def parameter_not_used(self: FFNN, x: Tensor) -> HiddenStates:
    """FFNN.hidden_states whose activations keep their default beta and alpha."""
    us, hs = [], [x]
    for W, b, f in zip(self.Ws, self.bs, self.l_a, strict=True):
        us.append(hs[-1] @ W + b)
        hs.append(f(us[-1]))
    return HiddenStates(u=us, h=hs)


parameter_not_in_slope = backward(slope=lambda f, u, *p: _slope(f, u))
