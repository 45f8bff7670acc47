"""How each question of Tarea 2 is exercised: one probe per named result or group of results.

A probe runs on the reference and on the student's program alike. Shapes: B examples, F features, C classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import torch
from torch.utils.data import TensorDataset

from grader.compare import summary
from grader.errors import NotAnswered, OddAnswer, StudentRaised, Unavailable, WorkerError
from grader.implementation import Event, Implementation, Parameter, Value
from grader.messages import Message, Text, say
from grader.sandbox.wire import Handle, Named
from grader.spec import Draw, Probe

ACTIVATIONS = ("sig", "tanh", "relu", "swish", "celu")


def said(es: str, en: str) -> Message:
    """A sentence of this assignment's own, in both languages."""
    return say("{sentence}", sentence=Text(es, en))


# Question 0 -----------------------------------------------------------------------------------------------------


def activation(name: str) -> Probe:
    """f(T) for one activation; swish and celu also with a parameter other than 1."""

    def probe(f: Implementation, draw: Draw) -> Mapping[str, Value]:
        T = draw.away_from_zero("T", *draw["shape"])
        if name not in ("swish", "celu"):
            return {name: f.call(name, T)}
        return {name: _with_default(f, name, T), f"{name} (1.7)": f.call(name, T, 1.7)}

    return probe


def _with_default(f: Implementation, name: str, T: torch.Tensor) -> Value:
    """f(T); an argument without a default is accepted, and gets 1."""
    try:
        return f.call(name, T)
    except StudentRaised as error:
        if error.kind != "TypeError":
            raise
        return f.call(name, T, 1.0)


def softmax(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    T = draw.normal("T", *draw["shape"], scale=2.0) + draw.case.sizes.get("offset", 0.0)
    T = draw.named("T", T)
    return {f"softmax dim={dim}": f.call("softmax", T, dim, estable=draw["estable"]) for dim in draw["dims"]}


# Questions 1a to 1c ---------------------------------------------------------------------------------------------


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
        raise NotAnswered(own, said(f"{own} no devuelve nada (None)", f"{own} gives nothing back (None)"))
    raise NotAnswered(own)


def _named(value: Value, names: Sequence[str]) -> dict[str, Value]:
    """One name: the value; several: the entries of a pair; a lone tensor where a pair is asked is the first."""
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
    """Q gives probability 0 to the right class in half of the rows; P (B, C) one-hot.

    No row gives the right class a probability of which `clamp(eps, 1 - eps)` or `Q + eps` would move the logarithm.
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
    return {"CELoss con ceros": f.call("CELoss", Q, P, estable=True)}


def CELoss_epsilon(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    Q, P = _certain_and_wrong(draw)
    rows = torch.arange(draw["B"]) % 2 == 0  # only rows whose right class has probability 0: the loss is -log(epsilon)
    Q, P = draw.named("Q", Q[rows]), draw.named("P", P[rows])
    return {"CELoss con epsilon": f.call("CELoss", Q, P, estable=True, epsilon=1e-4)}


def CELoss_unstable(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    Q, P = _certain_and_wrong(draw)
    Q = draw.named("Q", Q.clamp(min=1e-12))  # far below epsilon, and float32 still takes its logarithm
    return {
        "CELoss sin estable": f.call("CELoss", Q, P, estable=False),
        # Worth nothing here: it tells an argument that is inverted from one that is not used.
        "CELoss con estable": f.call("CELoss", Q, P, estable=True),
    }


def CategoricalCELoss(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    B, C = draw["B"], draw["C"]
    Q, Target = draw.probabilities("Q", B, C), draw.classes("Target", B, C)
    return {"CategoricalCELoss": f.call("CategoricalCELoss", Q, Target)}


def CategoricalCELoss_zeros(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    Q, P = _certain_and_wrong(draw)
    Target = draw.named("Target", P.argmax(1))
    return {"CategoricalCELoss con ceros": f.call("CategoricalCELoss", Q, Target, estable=True)}


# Questions 2a to 2c ---------------------------------------------------------------------------------------------


def _last_layer(draw: Draw) -> dict[str, Value]:
    B, C, dimL = draw["B"], draw["C"], draw["dimL"]
    hL, U, c = draw.normal("hL", B, dimL), draw.normal("U", dimL, C), draw.normal("c", C)
    uLm1 = hL @ U + c
    y_pred = uLm1.softmax(1)
    y = draw.one_hot("y", B, C)
    return {"B": B, "C": C, "dimL": dimL, "hL": hL, "U": U, "c": c, "uLm1": uLm1, "y_pred": y_pred, "y": y}


def output_gradient(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    return f.evaluate("2a", _last_layer(draw), ["dL_duLm1"])


def output_layer_gradients(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    inputs = _last_layer(draw)
    # The upstream gradient is a random one, not that of 2a: an answer that ignores it must not pass.
    inputs["dL_duLm1"] = draw.normal("dL_duLm1", draw["B"], draw["C"])
    return f.evaluate("2b", inputs, ["dL_dU", "dL_dc", "dL_dhL"])


def hidden_layer_gradients(variant: str) -> Probe:
    """2c for one activation; pre-activations keep away from 0."""
    outputs = [f"{name}_{variant}" for name in ("dL_duk", "dL_dWk", "dL_dbk", "dL_dhk")]

    def probe(f: Implementation, draw: Draw) -> Mapping[str, Value]:
        B, dimk, dimkm1 = draw["B"], draw["dimk"], draw["dimkm1"]
        hk, Wk, bk, uk = _layer_away_from_kinks(draw, B, dimk, dimkm1)
        inputs = {"B": B, "dimk": dimk, "dimkm1": dimkm1, "hk": hk, "Wk": Wk, "bk": bk, "uk": uk}
        inputs["dL_dhkm1"] = draw.normal("dL_dhkm1", B, dimkm1)
        return f.evaluate("2c", inputs, outputs)

    return probe


def _layer_away_from_kinks(draw: Draw, B: int, n: int, m: int) -> tuple[torch.Tensor, ...]:
    # With 40 entries of standard deviation 2, one in three draws has none below 0.02; 200 draws always find one.
    for attempt in range(200):
        h, W, b = (draw.normal(f"{k}#{attempt}", *s) for k, s in (("h", (B, n)), ("W", (n, m)), ("b", (m,))))
        u = h @ W + b
        if u.abs().min() > 0.02:
            break
    return h, W, b, u


# Questions 3a to 3c ---------------------------------------------------------------------------------------------


def _layers(draw: Draw) -> dict[str, tuple[int, ...]]:
    """The network's parameters by canonical name: W1 (F, n1), b1 (n1,), ..., U (nL, C), c (C,)."""
    widths = [draw["F"], *draw["widths"], draw["C"]]
    shapes: dict[str, tuple[int, ...]] = {}
    for layer, (n, m) in enumerate(pairwise(widths), start=1):
        last = layer == len(widths) - 1
        shapes["U" if last else f"W{layer}"] = (n, m)
        shapes["c" if last else f"b{layer}"] = (m,)
    return shapes


def recognise(
    parameters: Sequence[Parameter], shapes: Mapping[str, tuple[int, ...]]
) -> dict[str, tuple[Parameter, bool]]:
    """Find each canonical parameter by its shape, transposed or not: canonical name -> (parameter, transposed).

    All widths of a case differ, so a shape belongs to one parameter only; names and order mean nothing.
    """
    found: dict[str, tuple[Parameter, bool]] = {}
    for name, shape in shapes.items():
        forms = {shape: False, tuple(reversed(shape)): True} if len(shape) == 2 else {}
        if len(shape) == 1:
            forms = {shape: False, (1, *shape): False, (*shape, 1): False}
        for parameter in parameters:
            if tuple(parameter.value.shape) in forms:
                found.setdefault(name, (parameter, forms[tuple(parameter.value.shape)]))
    return found


def _start_values(draw: Draw, shapes: Mapping[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """Parameters at which no activation saturates: standard deviation 1/sqrt(fan in) for weights, 1/2 for biases."""
    return {
        name: draw.normal(f"θ {name}", *shape, scale=shape[0] ** -0.5 if len(shape) == 2 else 0.5)
        for name, shape in shapes.items()
    }


def _network(f: Implementation, draw: Draw, *more: Value) -> Handle:
    names = [Named(a) for a in draw["activations"]]
    return f.new("FFNN", draw["F"], list(draw["widths"]), names, draw["C"], *more)


def _start(f: Implementation, draw: Draw, net: Handle) -> dict[str, tuple[Parameter, bool]]:
    """Give the network the case's parameter values and say which parameter is which."""
    shapes = _layers(draw)
    found = recognise(f.parameters(net), shapes)
    missing = [name for name in shapes if name not in found]
    if missing:
        listed = ", ".join(f"{name} {shapes[name]}" for name in missing)
        raise NotAnswered(
            "FFNN",
            said(
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
        gradients[f"{name}.grad"] = None if grad is None else _canonical(grad, transposed, _layers(draw)[name])
    return gradients


def _canonical(value: torch.Tensor, transposed: bool, shape: tuple[int, ...]) -> torch.Tensor:
    """A parameter's value or gradient in the canonical orientation; of another size it stays as it came."""
    if value.numel() != math.prod(shape):
        return value
    return (value.t() if transposed and value.dim() == 2 else value).reshape(shape)


def _inputs(draw: Draw, found: Mapping[str, tuple[Parameter, bool]], tag: str = "") -> tuple[torch.Tensor, ...]:
    """x (B, F) of the parameters' dtype and one-hot y (B, C)."""
    dtype = next(iter(found.values()))[0].value.dtype
    x = draw.normal(f"x{tag}", draw["B"], draw["F"])
    y = draw.one_hot(f"y{tag}", draw["B"], draw["C"])
    return draw.named("x", x.to(dtype)), draw.named("y", y.to(dtype))


def forward(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    net = _network(f, draw)
    found = _start(f, draw, net)
    x, _ = _inputs(draw, found)
    return {"y_pred": f.invoke(net, "forward", x)}


def backward(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    net = _network(f, draw)
    found = _start(f, draw, net)
    x, y = _inputs(draw, found)
    y_pred = f.invoke(net, "forward", x)
    f.invoke(net, "backward", x, y, y_pred)
    return _gradients(f, draw, net, found)


def backward_twice(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """A second backward, on other data, overwrites the gradients of the first."""
    net = _network(f, draw)
    found = _start(f, draw, net)
    for tag in (" (1)", " (2)"):
        x, y = _inputs(draw, found, tag)
        y_pred = f.invoke(net, "forward", x)
        f.invoke(net, "backward", x, y, y_pred)
    return _gradients(f, draw, net, found)


def backward_parameters(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """3b: the gradients of beta and alpha, recognised by the values that they start with."""
    starts = draw["l_a_params"]
    try:
        net = _network(f, draw, list(starts))
    except StudentRaised as error:
        if error.kind != "TypeError":
            raise
        raise NotAnswered(
            "FFNN", said("FFNN no recibe el quinto argumento, l_a_params", "FFNN takes no fifth argument, l_a_params")
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
            "FFNN", said("FFNN no tiene parámetros para beta y alpha", "FFNN has no parameters for beta and alpha")
        )
    found = _start(f, draw, net)
    x, y = _inputs(draw, found)
    y_pred = f.invoke(net, "forward", x)
    f.invoke(net, "backward", x, y, y_pred)
    now = {p.name: p.grad for p in f.parameters(net)}
    return {f"{name}.grad": now.get(p.name) for name, p in scalars.items()}


def gradient_check_right(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """3c on a network whose gradients are right: the relative error is far below any mistake's."""
    return {"error relativo pequeño": _small(_gradient_check(f, draw, factor=1.0))}


def gradient_check_wrong(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """3c on a network that multiplies its gradients by a factor: formula (19) gives a known value."""
    return {"error relativo": _gradient_check(f, draw, factor=draw["factor"])}


def _gradient_check(f: Implementation, draw: Draw, factor: float) -> Value:
    f.supply("RedDePrueba")
    net = f.new("RedDePrueba", draw["F"], draw["widths"][0], draw["C"], factor)
    f.invoke(net, "double")
    shapes = {p.name: tuple(p.value.shape) for p in f.parameters(net)}
    f.set_parameters(net, {n: draw.normal(f"θ {n}", *s, scale=0.7).double() for n, s in shapes.items()})
    x = draw.named("x", draw.normal("x", draw["B"], draw["F"]).double())
    y = draw.named("y", draw.one_hot("y", draw["B"], draw["C"]).double())
    return f.call("chequeo_gradiente", net, x, y)


def _small(value: Value) -> Value:
    """Central differences in float64 at epsilon 1e-6 leave about 1e-10 per entry, so formula (19) leaves about 1e-19.

    A mistake of one part in a thousand would give 2.5e-7. Anything between is right.
    """
    number = float(value) if isinstance(value, (int, float)) else None
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        number = float(value)
    return value if number is None else bool(abs(number) <= 1e-7)


# Questions 4a to 4e ---------------------------------------------------------------------------------------------


def sgd(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """Two steps with different gradients: the second shows whether the parameters are still known."""
    f.supply("ParametrosDePrueba")
    model = f.new("ParametrosDePrueba", [list(shape) for shape in draw["shapes"]])
    names = [p.name for p in f.parameters(model)]
    start = {n: draw.normal(f"θ {n}", *s) for n, s in zip(names, draw["shapes"], strict=True)}
    f.set_parameters(model, start)
    optimiser = f.new("SGD", f.invoke(model, draw["form"]), draw["lr"])
    values: dict[str, Value] = {}
    for step in ("1", "2"):
        f.invoke(
            model,
            "poner_gradientes",
            [draw.normal(f"g{step} {n}", *s) for n, s in zip(names, draw["shapes"], strict=True)],
        )
        f.invoke(optimiser, "step")
        now = f.parameters(model)
        values[f"θ tras {step} step()"] = torch.cat([p.value.reshape(-1) for p in now])
    return values


def dataset_facts(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """What a data set of N random examples has to be; the labels are one-hot vectors or class indices."""
    N, F, C = draw["N"], draw["F"], draw["C"]
    data = f.new("RandomDataset", N, F, C)
    first, again = _items(f, data, N), _items(f, data, N)
    pairs = len(first) == len(again) == N and all(
        isinstance(item, (tuple, list)) and len(item) == 2 for item in first + again
    )
    facts: dict[str, Value] = {"len(dataset)": f.invoke(data, "__len__"), "dataset[i] es un par (x, y)": pairs}
    if not pairs:
        return facts
    f.supply("es_dataset")
    facts["es un torch.utils.data.Dataset"] = f.call("es_dataset", data)
    xs, ys = [item[0] for item in first], [item[1] for item in first]
    tensors = all(isinstance(x, torch.Tensor) for x in xs)
    facts["forma de x"] = tuple(xs[0].shape) if tensors else None
    facts["y es una etiqueta válida"] = all(label_of(y, C) is not None for y in ys)
    facts["dataset[i] no cambia"] = all(
        _same(a[0], b[0]) and _same(a[1], b[1]) for a, b in zip(first, again, strict=True)
    )
    facts["ejemplos distintos"] = tensors and len({tuple(x.reshape(-1).tolist()) for x in xs}) == N
    return facts


def _items(f: Implementation, data: Handle, N: int) -> list[Value]:
    """dataset[0], ..., dataset[N - 1]."""
    f.supply("primeros")
    items = f.call("primeros", data, N)
    return items if isinstance(items, list) else []


def label_of(y: Value, C: int) -> int | None:
    """The class of a label: a one-hot vector (C,) or an index (int or tensor of one entry); None for anything else."""
    if isinstance(y, bool):
        return None
    if isinstance(y, int):
        return y if 0 <= y < C else None
    if not isinstance(y, torch.Tensor):
        return None
    if y.numel() == 1 and not y.is_floating_point() and C > 1:
        return int(y) if 0 <= int(y) < C else None
    flat = y.reshape(-1)
    one_hot = flat.numel() == C and bool(((flat == 0) | (flat == 1)).all()) and int(flat.sum()) == 1
    return int(flat.argmax()) if one_hot else None


def _same(a: Value, b: Value) -> bool:
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return torch.equal(a, b)
    return type(a) is type(b) and bool(a == b)


def dataset_classes(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """Among 12 examples per class every class appears (chance of a right answer to miss one: below 1e-4)."""
    C = draw["C"]
    data = f.new("RandomDataset", 12 * C, draw["F"], C)
    labels = set()
    for item in _items(f, data, 12 * C):
        labels.add(label_of(item[1], C) if isinstance(item, (tuple, list)) and len(item) == 2 else None)
    return {"aparecen todas las clases": labels == set(range(C))}


NEVER_BACKWARD = said("el entrenamiento nunca llama a red.backward", "the training never calls red.backward")


def training(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """4c: train, then let the reference repeat the same batches from the same parameters.

    The student's side leaves the batches that `backward` saw, in their order, in draw.given; the reference's side
    computes from them what the parameters and the losses have to be.
    """
    if "batches" in draw.given:
        return _repeat(f, draw)
    net, found = _trainable(f, draw)
    data, examples = _training_data(f, draw, found)
    optimiser = _optimiser(f, draw, net)
    f.watch(net, "forward", "backward")
    f.watch(optimiser, "step")
    f.events()
    returned = f.call(
        "entrenar_FFNN", net, data, optimiser, epochs=draw["epochs"], batch_size=draw["batch"], device="cpu"
    )
    events = f.events()
    batches = [_batch(e, draw) for e in events if e.method == "backward"]
    if not batches:
        raise OddAnswer(NEVER_BACKWARD)
    draw.given["batches"] = batches
    draw.given["examples"] = examples
    draw.given["losses"] = losses = _losses(returned)
    if "1b" not in draw.right:
        # A wrong CELoss was paid for in 1b: here its values only have to be reported faithfully.
        draw.given["own losses"] = [_own_loss(f, b) for b in batches]
    return {
        "parámetros finales": _flat(f, draw, net, found),
        "llamadas a step()": sum(e.method == "step" for e in events),
        "ejemplos vistos por época": _coverage(batches, examples, draw),
        "pérdidas": losses if isinstance(losses, list) else returned,
    }


def _flat(f: Implementation, draw: Draw, net: Handle, found: Mapping[str, tuple[Parameter, bool]]) -> torch.Tensor:
    """All recognised parameters as one vector, in canonical order and orientation."""
    now = {p.name: p.value for p in f.parameters(net)}
    parts = []
    for name in _layers(draw):
        parameter, transposed = found[name]
        parts.append(_canonical(now[parameter.name], transposed, _layers(draw)[name]).reshape(-1))
    return torch.cat(parts)


def _trainable(f: Implementation, draw: Draw) -> tuple[Handle, dict[str, tuple[Parameter, bool]]]:
    """The student's network; with a backward of ours unless 3a is right, so that 3a is not paid for twice.

    Cases have one hidden layer of tanh, which is what the stand-ins are made for. Where the student's network cannot
    even go forward, ours takes its place.
    """
    if "3a" in draw.right:
        net = _network(f, draw)
        return net, _start(f, draw, net)
    try:
        net = _network(f, draw)
        found = _start(f, draw, net)
        dtype = next(iter(found.values()))[0].value.dtype
        y_pred = f.invoke(net, "forward", draw.normal("x de prueba", 2, draw["F"]).to(dtype))
        if not isinstance(y_pred, torch.Tensor) or y_pred.shape != (2, draw["C"]):
            raise NotAnswered("FFNN.forward")
        f.supply("con_backward_de_prueba")
        f.call("con_backward_de_prueba", net, [[found[n][0].name, found[n][1]] for n in _layers(draw)])
    except WorkerError:
        f.supply("RedDePrueba")
        net = f.new("RedDePrueba", draw["F"], draw["widths"][0], draw["C"], 1.0)
        found = _start(f, draw, net)
    return net, found


def _optimiser(f: Implementation, draw: Draw, net: Handle) -> Handle:
    if "4a" in draw.right:
        return f.new("SGD", f.invoke(net, "parameters"), draw["lr"])
    f.supply("OptimizadorDePrueba")
    return f.new("OptimizadorDePrueba", f.invoke(net, "parameters"), draw["lr"])


def _training_data(
    f: Implementation, draw: Draw, found: Mapping[str, tuple[Parameter, bool]]
) -> tuple[Handle, list[torch.Tensor]]:
    """A data set of N examples and their x: the student's own when 4b is right, else ours.

    A known mistake that is tried in the student's place gets the examples that the student's loop used, in their
    order: both then train on the same batches, shuffled or not.
    """
    N, F, C = draw["N"], draw["F"], draw["C"]
    if "batches" in draw.seen:
        f.supply("DatosVistos")
        used = draw.seen["batches"]
        data = f.new("DatosVistos", N, torch.cat([b["x"] for b in used]), torch.cat([b["y"] for b in used]))
        return data, draw.seen["examples"]
    if "4b" in draw.right:
        data = f.new("RandomDataset", N, F, C)
    else:
        f.supply("DatosDePrueba")
        dtype = next(iter(found.values()))[0].value.dtype
        data = f.new("DatosDePrueba", draw.normal("x", N, F).to(dtype), draw.one_hot("y", N, C).to(dtype))
    return data, [item[0].double().reshape(-1) for item in _items(f, data, N)]


def _batch(event: Event, draw: Draw) -> dict[str, Value]:
    """x (b, F), one-hot y (b, C) and y_pred of a recorded backward, given by position or by name."""
    batch = {**dict(zip(("x", "y", "y_pred"), event.args, strict=False)), **event.kwargs}
    x, y, C = batch.get("x"), batch.get("y"), draw["C"]
    if isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) and x.dim() and x.numel() == len(x) * draw["F"]:
        x = x.reshape(len(x), -1)
        if y.numel() == len(x) and bool(((y >= 0) & (y < C)).all()):
            y = torch.eye(C)[y.reshape(-1).long()]
        if y.numel() == len(x) * C:
            return {**batch, "x": x, "y": y.reshape(len(x), C)}
    shapes = f"x {summary(x)}, y {summary(y)}"
    raise OddAnswer(
        said(
            f"backward recibió algo que no es un lote de ejemplos con sus etiquetas: {shapes}",
            f"backward was given something that is no batch of examples with their labels: {shapes}",
        )
    )


def _losses(returned: Value) -> Value:
    """The list of losses: what was returned, or the first of a pair (losses, accuracies)."""
    if isinstance(returned, tuple) and returned and isinstance(returned[0], (list, torch.Tensor)):
        returned = returned[0]
    if isinstance(returned, torch.Tensor):
        returned = returned.reshape(-1).tolist()
    if isinstance(returned, (list, tuple)):
        numbers = [x.item() if isinstance(x, torch.Tensor) and x.numel() == 1 else x for x in returned]
        if numbers and all(isinstance(x, (int, float)) for x in numbers):
            return [float(x) for x in numbers]
    return returned


def _own_loss(f: Implementation, batch: Mapping[str, Value]) -> float | None:
    try:
        value = f.call("CELoss", batch["y_pred"], batch["y"])
    except (StudentRaised, KeyError):
        return None
    value = value.item() if isinstance(value, torch.Tensor) and value.numel() == 1 else value
    return float(value) if isinstance(value, (int, float)) else None


def _coverage(batches: Sequence[Mapping[str, Value]], examples: Sequence[torch.Tensor], draw: Draw) -> Value:
    """How many different examples each epoch used, when its batches are cut at N examples; N everywhere if right."""
    N, F = draw["N"], draw["F"]
    # Ten times what is right is wrong enough: more rows need not be looked up.
    rows = torch.cat([batch["x"].double() for batch in batches])[: 10 * N * draw["epochs"]]
    known = [e for e in examples if len(e) == F] or [torch.full((F,), math.nan)]
    same = torch.isclose(rows[:, None], torch.stack(known), atol=1e-6).all(2)
    seen = [int(row.int().argmax()) if row.any() else -1 for row in same]
    epochs = [set(seen[k : k + N]) - {-1} for k in range(0, max(len(seen), 1), N)]
    return ", ".join(str(len(epoch)) for epoch in epochs)


def _repeat(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """The reference trains on the recorded batches; the losses it expects follow the form that was returned."""
    net = _network(f, draw)
    found = _start(f, draw, net)
    optimiser = f.new("SGD", f.invoke(net, "parameters"), draw["lr"])
    losses = []
    for batch in draw.given["batches"]:
        x, y = batch["x"], batch["y"]
        y_pred = f.invoke(net, "forward", x)
        # The loss of what the student's network predicted: a wrong forward was paid for in 0.
        seen = batch.get("y_pred")
        losses.append(float(f.call("CELoss", seen if _is_like(seen, y_pred) else y_pred, y)))
        f.invoke(net, "backward", x, y, y_pred)
        f.invoke(optimiser, "step")
    steps = -(-draw["N"] // draw["batch"]) * draw["epochs"]
    return {
        "parámetros finales": _flat(f, draw, net, found),
        "llamadas a step()": steps,
        "ejemplos vistos por época": ", ".join([str(draw["N"])] * draw["epochs"]),
        "pérdidas": _expected_losses(draw, losses),
    }


def _is_like(value: Value, tensor: torch.Tensor) -> bool:
    return isinstance(value, torch.Tensor) and value.shape == tensor.shape


def _expected_losses(draw: Draw, losses: list[float]) -> list[float]:
    """One entry per batch, or per epoch a value between the smallest and the largest of its batches."""
    came = draw.given["losses"]
    own = draw.given.get("own losses")
    if isinstance(came, list) and own and None not in own and _between(came, own, draw) == came:
        return came
    return _between(came, losses, draw)


def _between(came: Value, losses: list[float], draw: Draw) -> list[float]:
    epochs = draw["epochs"]
    numbers = isinstance(came, list) and all(isinstance(c, float) for c in came)
    if not numbers or len(came) != epochs or len(losses) % epochs:
        if numbers and len(came) == len(losses):
            near = [abs(c - e) <= 1e-4 + 1e-3 * abs(e) for c, e in zip(came, losses, strict=True)]
            return [c if ok else e for c, e, ok in zip(came, losses, near, strict=True)]
        return losses
    per = len(losses) // epochs
    slack = 1e-4
    expected = []
    for k, value in enumerate(came):
        epoch = losses[k * per : (k + 1) * per]
        low, high = min(epoch) - slack, max(epoch) + slack
        expected.append(value if low <= value <= high else sum(epoch) / per)
    return expected


def training_device(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """What is moved goes to the device asked; falling back from 'cuda' where there is none is right."""
    asked = draw["device"]
    if "moves" in draw.given:
        return {f"trabaja en '{asked}'": True}
    net, found = _trainable(f, draw)
    data, _ = _training_data(f, draw, found)
    optimiser = _optimiser(f, draw, net)
    f.watch(net, "backward")
    # A notebook may find out at its top what the machine has.
    asked_before = any(m.what == "question" for m in f.moves())
    f.call("entrenar_FFNN", net, data, optimiser, epochs=1, batch_size=draw["batch"], device=asked)
    if not f.events():
        raise OddAnswer(NEVER_BACKWARD)
    draw.given["moves"] = moves = f.moves()
    tensors = [m.device.split(":")[0] for m in moves if m.what == "tensor"]
    if asked == "cpu":
        # Where the data are already; moving them again is not needed, moving them elsewhere is wrong.
        right = "cuda" not in tensors
    else:
        # Whoever asks whether there is a GPU may fall back to the CPU. Batches may follow a network that was sent to
        # the device: without a GPU it stayed where it was, and so do they.
        followed = "cpu" in tensors and any(m.what == "module" and m.device.split(":")[0] == asked for m in moves)
        asks = asked_before or any(m.what == "question" for m in moves)
        right = asked in tensors or asks or followed
    return {f"trabaja en '{asked}'": right}


def learns_digits(loader: Callable[[], TensorDataset]) -> Probe:
    """4e: the student's own parts, trained on a few hundred real images, get better than chance by far."""

    def probe(f: Implementation, draw: Draw) -> Mapping[str, Value]:
        try:
            images, one_hot = loader().tensors
        except RuntimeError as error:
            raise Unavailable(str(error)) from error
        N, C = draw["N"], one_hot.shape[1]
        x, y, labels = images[:N], one_hot[:N], one_hot[:N].argmax(1)
        net = f.new("FFNN", x.shape[1], list(draw["widths"]), [Named(a) for a in draw["activations"]], C)
        shapes = {p.name: tuple(p.value.shape) for p in f.parameters(net)}
        start: dict[str, torch.Tensor] = {}
        for n, s in shapes.items():
            start[n] = draw.normal(f"θ {n}", *s, scale=max(s) ** -0.5 if len(s) == 2 and min(s) > 1 else 0.01)
        f.set_parameters(net, start)
        dtype = f.parameters(net)[0].value.dtype
        x, y = x.to(dtype), y.to(dtype)
        f.supply("DatosDePrueba")
        data = f.new("DatosDePrueba", x, y)
        optimiser = f.new("SGD", f.invoke(net, "parameters"), draw["lr"])
        f.call(
            "entrenar_FFNN",
            net,
            data,
            optimiser,
            epochs=draw["epochs"],
            batch_size=draw["batch"],
            device="cpu",
        )
        y_pred = f.invoke(net, "forward", x)
        right = isinstance(y_pred, torch.Tensor) and y_pred.shape == y.shape
        accuracy = float((y_pred.argmax(1) == labels).double().mean()) if right else 0.0
        return {"acierta al menos la mitad": accuracy >= 0.5}

    return probe
