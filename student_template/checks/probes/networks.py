"""Exercise the network of 3: forward, backward and the gradient check. Parameters are recognised by shape."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import torch

from grader.authoring import (
    Draw,
    Handle,
    Implementation,
    Named,
    NotAnswered,
    Parameter,
    StudentRaised,
    Text,
    Value,
    in_canonical_shape,
    recognise_by_shape,
)


def layers(draw: Draw) -> dict[str, tuple[int, ...]]:
    """The network's parameters by canonical name: W1 (F, n1), b1 (n1,), ..., U (nL, C), c (C,)."""
    widths = [draw["F"], *draw["widths"], draw["C"]]
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, (n, m) in enumerate(pairwise(widths), start=1):
        last = layer == len(widths) - 1
        shapes["U" if last else f"W{layer}"] = (n, m)
        shapes["c" if last else f"b{layer}"] = (m,)
    return shapes


def _start_values(draw: Draw, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """Parameters at which no activation saturates: standard deviation 1/sqrt(fan in) for weights, 1/2 for biases."""
    return {
        name: draw.normal(f"θ {name}", *shape, scale=shape[0] ** -0.5 if len(shape) == 2 else 0.5)
        for name, shape in shapes.items()
    }


def new_network(f: Implementation, draw: Draw, *more: Value) -> Handle:
    names = [Named(a) for a in draw["activations"]]
    return f.new("FFNN", draw["F"], list(draw["widths"]), names, draw["C"], *more)


def start_parameters(f: Implementation, draw: Draw, net: Handle) -> dict[str, tuple[Parameter, bool]]:
    """Give the network the case's parameter values and say which parameter is which."""
    shapes = layers(draw)
    found = recognise_by_shape(f.parameters(net), shapes)
    missing = [name for name in shapes if name not in found]
    if missing:
        listed = ", ".join(f"{name} {shapes[name]}" for name in missing)
        raise NotAnswered(
            "FFNN",
            Text(
                f"FFNN no tiene parámetros de la forma de {listed}: ¿son torch.nn.Parameter?",
                f"FFNN has no parameters of the shape of {listed}: are they torch.nn.Parameter?",
            ),
        )
    start = _start_values(draw, shapes)
    values = {}
    for name, (parameter, transposed) in found.items():
        value = start[name].T if transposed else start[name]
        values[parameter.name] = value.reshape(parameter.value.shape).contiguous()
    f.set_parameters(net, values)
    return found


def _gradients(
    f: Implementation, draw: Draw, net: Handle, found: Mapping[str, tuple[Parameter, bool]]
) -> dict[str, Value]:
    """Every recognised parameter's gradient in canonical orientation; None where it is not set."""
    now = {p.name: p.grad for p in f.parameters(net)}
    gradients: dict[str, Value] = {}
    for name, (parameter, transposed) in found.items():
        grad = now.get(parameter.name)
        gradients[f"{name}.grad"] = None if grad is None else in_canonical_shape(grad, transposed, layers(draw)[name])
    return gradients


def _inputs(draw: Draw, found: Mapping[str, tuple[Parameter, bool]], tag: str = "") -> tuple[torch.Tensor, ...]:
    """x (B, F) of the parameters' dtype and one-hot y (B, C)."""
    dtype = next(iter(found.values()))[0].value.dtype
    x = draw.normal(f"x{tag}", draw["B"], draw["F"])
    y = draw.one_hot(f"y{tag}", draw["B"], draw["C"])
    return draw.named("x", x.to(dtype)), draw.named("y", y.to(dtype))


def forward(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    net = new_network(f, draw)
    found = start_parameters(f, draw, net)
    x, _ = _inputs(draw, found)
    return {"y_pred": f.invoke(net, "forward", x)}


def backward(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    net = new_network(f, draw)
    found = start_parameters(f, draw, net)
    x, y = _inputs(draw, found)
    y_pred = f.invoke(net, "forward", x)
    f.invoke(net, "backward", x, y, y_pred)
    return _gradients(f, draw, net, found)


def backward_twice(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """A second backward, on other data, overwrites the gradients of the first."""
    net = new_network(f, draw)
    found = start_parameters(f, draw, net)
    for tag in (" (1)", " (2)"):
        x, y = _inputs(draw, found, tag)
        y_pred = f.invoke(net, "forward", x)
        f.invoke(net, "backward", x, y, y_pred)
    return _gradients(f, draw, net, found)


def backward_parameters(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """3b: the gradients of beta and alpha, which are recognised by their initial values."""
    starts = draw["l_a_params"]
    try:
        net = new_network(f, draw, list(starts))
    except StudentRaised as error:
        # A TypeError of the call itself, not of the constructor's code.
        if error.kind != "TypeError" or "__init__() takes" not in str(error):
            raise
        raise NotAnswered(
            "FFNN", Text("FFNN no recibe el quinto argumento, l_a_params", "FFNN takes no fifth argument, l_a_params")
        ) from error
    scalars = {}
    for layer, start in enumerate(starts, start=1):
        if start is None:
            continue
        for p in f.parameters(net):
            if p.value.numel() == 1 and abs(float(p.value) - start) < 1e-5:
                scalars[f"{draw['activations'][layer - 1]}{layer}"] = p
    if not scalars:
        raise NotAnswered(
            "FFNN", Text("FFNN no tiene parámetros para beta y alpha", "FFNN has no parameters for beta and alpha")
        )
    found = start_parameters(f, draw, net)
    x, y = _inputs(draw, found)
    y_pred = f.invoke(net, "forward", x)
    f.invoke(net, "backward", x, y, y_pred)
    now = {p.name: p.grad for p in f.parameters(net)}
    return {f"{name}.grad": now.get(p.name) for name, p in scalars.items()}


def gradient_check_right(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """3c on a network whose gradients are right: the relative error is far below any mistake's."""
    return {"small_relative_error": _small(_gradient_check(f, draw, [1.0] * 4))}


def gradient_check_wrong(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """3c on a network that multiplies each of its gradients by its own factor.

    The value of formula (19) also depends on the gradients, so the factors alone do not give the answer away.
    """
    factors = (1.0 + draw.away_from_zero("factores", 4, gap=0.5)).tolist()
    return {"relative_error": _gradient_check(f, draw, factors)}


def _gradient_check(f: Implementation, draw: Draw, factors: list[float]) -> Value:
    f.supply("RedDePrueba")
    net = f.new("RedDePrueba", draw["F"], draw["widths"][0], draw["C"], factors)
    f.invoke(net, "double")
    shapes = {p.name: tuple(p.value.shape) for p in f.parameters(net)}
    f.set_parameters(net, {n: draw.normal(f"θ {n}", *s, scale=0.7).double() for n, s in shapes.items()})
    x = draw.named("x", draw.normal("x", draw["B"], draw["F"]).double())
    y = draw.named("y", draw.one_hot("y", draw["B"], draw["C"]).double())
    return f.call("chequeo_gradiente", net, x, y)


def _small(value: Value) -> Value:
    """Whether a relative error is small enough for right gradients.

    Central differences in float64 at epsilon 1e-6 are off by about 1e-10 per entry, so formula (19) gives about 1e-19.
    A mistake of one part in a thousand would give 2.5e-7. Any bound between them is right.
    """
    number = float(value) if isinstance(value, (int, float)) else None
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        number = float(value)
    return value if number is None else bool(abs(number) <= 1e-7)
