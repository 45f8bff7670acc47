"""Exercise the functions of 0 and 1: activations, their derivatives, losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from grader.authoring import Draw, Implementation, NotAnswered, Probe, StudentRaised, Text, Value

ACTIVATIONS = ("sig", "tanh", "relu", "swish", "celu")


def activation(name: str) -> Probe:
    """f(T) for one activation. swish and celu are also called with a parameter other than 1."""

    def probe(f: Implementation, draw: Draw) -> Mapping[str, Value]:
        T = draw.away_from_zero("T", *draw["shape"])
        if name not in ("swish", "celu"):
            return {name: f.call(name, T)}
        return {name: _with_default(f, name, T), f"{name}(T, 1.7)": f.call(name, T, 1.7)}

    return probe


def _with_default(f: Implementation, name: str, T: torch.Tensor) -> Value:
    """f(T). An argument without a default is accepted, and gets 1."""
    try:
        return f.call(name, T)
    except StudentRaised as error:
        if error.kind != "TypeError":
            raise
        return f.call(name, T, 1.0)


def softmax(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    T = draw.normal("T", *draw["shape"], scale=2.0) + draw.case.sizes.get("offset", 0.0)
    T = draw.named("T", T)
    return {f"softmax(T, dim={dim})": f.call("softmax", T, dim, estable=draw["estable"]) for dim in draw["dims"]}


def derivative(name: str, results: Sequence[str], *parameters: float) -> Probe:
    """d_name(T, *parameters), or the accepted forms name(T, *parameters, gradient=True) and grad=True."""

    def probe(f: Implementation, draw: Draw) -> Mapping[str, Value]:
        T = draw.away_from_zero("T", *draw["shape"])
        return _named(_derivative(f, name, T, parameters), results)

    return probe


def _derivative(f: Implementation, name: str, T: torch.Tensor, parameters: Sequence[float]) -> Value:
    own = f"d_{name}"
    if f.has(own):
        value = f.call(own, T, *parameters)
        if value is not None:
            return value
    for keyword in ("gradient", "grad"):
        if not f.has(name):
            break
        try:
            return f.call(name, T, *parameters, **{keyword: True})
        except StudentRaised as error:
            if error.kind != "TypeError":
                raise
    if f.has(own):
        raise NotAnswered(own, Text(f"{own} no devuelve nada (None)", f"{own} returns nothing (None)"))
    return f.call(own, T, *parameters)  # not defined: the page shows the call that is asked for


def _named(value: Value, names: Sequence[str]) -> dict[str, Value]:
    """For one name the value, for several the entries of a pair. A single tensor counts as the first entry."""
    if len(names) == 1:
        if isinstance(value, (tuple, list)) and len(value) == 1:
            value = value[0]
        return {names[0]: value}
    if isinstance(value, (tuple, list)):
        return dict(zip(names, value, strict=False))
    return {names[0]: value}


def CELoss(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    B, C = draw["B"], draw["C"]
    Q, P = draw.probabilities("Q", B, C), draw.probabilities("P", B, C)
    return {"CELoss": f.call("CELoss", Q, P)}


def CELoss_one_hot(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    B, C = draw["B"], draw["C"]
    return {"CELoss": f.call("CELoss", draw.probabilities("Q", B, C), draw.one_hot("P", B, C))}


def _certain_and_wrong(draw: Draw) -> tuple[torch.Tensor, torch.Tensor]:
    """Q (B, C), which gives the right class probability 0 in half of the rows, and one-hot P (B, C).

    In the other rows `clamp(eps, 1 - eps)` or `Q + eps` would not move the logarithm of the right class's probability.
    """
    B, C = draw["B"], draw["C"]
    labels = draw.classes("etiquetas", B, C)
    Q = torch.full((B, C), 0.0)
    wrong = (labels + 1) % C
    for i in range(B):
        Q[i, wrong[i]] = 1.0
        if i % 2:
            Q[i, labels[i]], Q[i, wrong[i]] = 0.75, 0.25
    return draw.named("Q", Q), draw.named("P", torch.eye(C)[labels])


def CELoss_zeros(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    Q, P = _certain_and_wrong(draw)
    return {"CELoss/zeros": f.call("CELoss", Q, P, estable=True)}


def CELoss_epsilon(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    Q, P = _certain_and_wrong(draw)
    rows = torch.arange(draw["B"]) % 2 == 0  # only rows whose right class has probability 0: the loss is -log(epsilon)
    Q, P = draw.named("Q", Q[rows]), draw.named("P", P[rows])
    return {"CELoss/epsilon": f.call("CELoss", Q, P, estable=True, epsilon=1e-4)}


def CELoss_unstable(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    Q, P = _certain_and_wrong(draw)
    Q = draw.named("Q", Q.clamp(min=1e-12))  # far below epsilon, and its logarithm is still finite in float32
    return {
        "CELoss/unstable": f.call("CELoss", Q, P, estable=False),
        # It has no points here: it tells an inverted argument from an unused one.
        "CELoss/stable": f.call("CELoss", Q, P, estable=True),
    }


def CategoricalCELoss(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    B, C = draw["B"], draw["C"]
    Q, Target = draw.probabilities("Q", B, C), draw.classes("Target", B, C)
    return {"CategoricalCELoss": f.call("CategoricalCELoss", Q, Target)}


def CategoricalCELoss_zeros(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    Q, P = _certain_and_wrong(draw)
    Target = draw.named("Target", P.argmax(1))
    return {"CategoricalCELoss/zeros": f.call("CategoricalCELoss", Q, Target, estable=True)}
