"""Exercise the training loop of 4c."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

import torch

from grader.authoring import (
    Draw,
    Event,
    Handle,
    Implementation,
    Move,
    NotAnswered,
    OddAnswer,
    Parameter,
    StudentRaised,
    Text,
    Value,
    WorkerError,
    in_canonical_shape,
    summary,
)

from .dataset import gives_indices, items_of
from .networks import layers, new_network, start_parameters

NEVER_BACKWARD = Text("el entrenamiento nunca llama a red.backward", "the training never calls red.backward")


def training(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """4c: train, then let the reference repeat the same batches from the same parameters.

    The student's side leaves the batches that `backward` saw, in their order, in draw.given. The reference's side
    computes the right parameters and losses from these batches.
    """
    if "batches" in draw.given:
        return _repeat(f, draw)
    return _with_fitting_labels(f, draw, lambda indices: _trained(f, draw, indices=indices))


def _trained(f: Implementation, draw: Draw, *, indices: bool) -> Mapping[str, Value]:
    net, found = _trainable(f, draw)
    data, examples = _training_data(f, draw, found, indices=indices)
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
        # A wrong CELoss has already lost points in 1b. Here its values only have to be reported faithfully.
        draw.given["own losses"] = [_own_loss(f, b) for b in batches]
    return {
        "final_parameters": _flat(f, draw, net, found),
        "steps": sum(e.method == "step" for e in events),
        "examples_per_epoch": _coverage(batches, examples, draw),
        "losses": losses if isinstance(losses, list) else returned,
    }


def _flat(f: Implementation, draw: Draw, net: Handle, found: Mapping[str, tuple[Parameter, bool]]) -> torch.Tensor:
    """All recognised parameters as one vector, in canonical order and orientation."""
    now = {p.name: p.value for p in f.parameters(net)}
    parts = []
    for name in layers(draw):
        parameter, transposed = found[name]
        parts.append(in_canonical_shape(now[parameter.name], transposed, layers(draw)[name]).reshape(-1))
    return torch.cat(parts)


def _trainable(f: Implementation, draw: Draw) -> tuple[Handle, dict[str, tuple[Parameter, bool]]]:
    """The student's network. Unless 3a is right it gets the grader's backward, so that 3a does not lose points twice.

    Cases have one hidden layer of tanh: the stand-ins are made for such networks. If the student's network cannot even
    go forward, the grader's network takes its place.
    """
    if "3a" in draw.right:
        net = new_network(f, draw)
        return net, start_parameters(f, draw, net)
    try:
        net = new_network(f, draw)
        found = start_parameters(f, draw, net)
        dtype = next(iter(found.values()))[0].value.dtype
        y_pred = f.invoke(net, "forward", draw.normal("x de prueba", 2, draw["F"]).to(dtype))
        if not isinstance(y_pred, torch.Tensor) or y_pred.shape != (2, draw["C"]):
            raise NotAnswered("FFNN.forward")
        f.supply("con_backward_de_prueba")
        f.call("con_backward_de_prueba", net, [[found[n][0].name, found[n][1]] for n in layers(draw)])
    except WorkerError:
        f.supply("RedDePrueba")
        net = f.new("RedDePrueba", draw["F"], draw["widths"][0], draw["C"])
        found = start_parameters(f, draw, net)
    return net, found


def _optimiser(f: Implementation, draw: Draw, net: Handle) -> Handle:
    parameters = f.invoke(net, "parameters")
    if not isinstance(parameters, Handle):  # a list of tensors comes as copies, which no optimiser should get
        f.supply("parametros_de")
        parameters = f.call("parametros_de", net)
    if "4a" in draw.right:
        return f.new("SGD", parameters, draw["lr"])
    f.supply("OptimizadorDePrueba")
    return f.new("OptimizadorDePrueba", parameters, draw["lr"])


def _training_data(
    f: Implementation, draw: Draw, found: Mapping[str, tuple[Parameter, bool]], *, indices: bool
) -> tuple[Handle, list[torch.Tensor]]:
    """A data set of N examples and their x: the student's own if 4b is right, else the grader's.

    The labels of the grader's data set are class indices or one-hot vectors, as `indices` says. A known mistake that is
    tried in the student's place gets the examples that the student's loop used, in their order. Both then train on the
    same batches, shuffled or not.
    """
    N, F, C = draw["N"], draw["F"], draw["C"]
    if "batches" in draw.seen:
        f.supply("DatosVistos")
        # As many rows as `_coverage` looks at: a hostile loop may have shown hundreds of thousands.
        rows = accumulate(len(batch["x"]) for batch in draw.seen["batches"])
        used = [
            b
            for b, count in zip(draw.seen["batches"], rows, strict=True)
            if count <= 10 * N * draw.case.sizes.get("epochs", 1)
        ]
        data = f.new("DatosVistos", N, torch.cat([b["x"] for b in used]), torch.cat([b["y"] for b in used]))
        return data, draw.seen["examples"]
    if "4b" in draw.right:
        data = f.new("RandomDataset", N, F, C)
    else:
        f.supply("DatosDePrueba")
        dtype = next(iter(found.values()))[0].value.dtype
        y = draw.one_hot("y", N, C).to(dtype)
        data = f.new("DatosDePrueba", draw.normal("x", N, F).to(dtype), y.argmax(1) if indices else y)
    items = items_of(f, data, N)
    if len(items) != N or not all(isinstance(i, (tuple, list)) and isinstance(i[0], torch.Tensor) for i in items if i):
        raise OddAnswer(
            Text("dataset[i] dejó de dar pares con tensores", "dataset[i] no longer gives pairs of tensors")
        )
    return data, [item[0].double().reshape(-1) for item in items]


def _with_fitting_labels(
    f: Implementation, draw: Draw, run: Callable[[bool], Mapping[str, Value]]
) -> Mapping[str, Value]:
    """Train with labels in the form that the student's loop expects. If 4b is wrong, nothing says which form that is.

    The form of the student's own, wrong data set is tried first. If the loop raises with it, the other form is tried.
    """
    if "4b" in draw.right or "batches" in draw.seen:
        return run(False)
    indices = gives_indices(f, draw)
    try:
        return run(indices)
    except StudentRaised as error:
        try:
            return run(not indices)
        except WorkerError:
            raise error from None


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
        Text(
            f"backward recibió algo que no es un lote de ejemplos con sus etiquetas: {shapes}",
            f"backward was given something that is not a batch of examples with their labels: {shapes}",
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
    """How many different examples each epoch used; N in every epoch if the loop is right.

    An epoch has N rows if N divides the number of rows. Otherwise all epochs have the same length, if that is possible.
    """
    N, F = draw["N"], draw["F"]
    # Ten times the right number of rows is wrong enough: more rows need not be looked up.
    rows = torch.cat([batch["x"].double() for batch in batches])[: 10 * N * draw["epochs"]]
    known = [e for e in examples if len(e) == F] or [torch.full((F,), math.nan)]
    same = torch.isclose(rows[:, None], torch.stack(known), atol=1e-6).all(2)
    seen = [int(row.int().argmax()) if row.any() else -1 for row in same]
    length = N if len(seen) % N == 0 else len(seen) // draw["epochs"] if len(seen) % draw["epochs"] == 0 else N
    epochs = [set(seen[k : k + length]) - {-1} for k in range(0, max(len(seen), 1), length)]
    return ", ".join(str(len(epoch)) for epoch in epochs)


def _repeat(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """Train the reference on the recorded batches. The expected losses have the form of the returned ones."""
    net = new_network(f, draw)
    found = start_parameters(f, draw, net)
    optimiser = f.new("SGD", f.invoke(net, "parameters"), draw["lr"])
    losses = []
    for batch in draw.given["batches"]:
        x, y = batch["x"], batch["y"]
        y_pred = f.invoke(net, "forward", x)
        # The loss of the student's own prediction: a wrong forward has already lost points in 0.
        seen = batch.get("y_pred")
        losses.append(float(f.call("CELoss", seen if _is_like(seen, y_pred) else y_pred, y)))
        f.invoke(net, "backward", x, y, y_pred)
        f.invoke(optimiser, "step")
    steps = -(-draw["N"] // draw["batch"]) * draw["epochs"]
    return {
        "final_parameters": _flat(f, draw, net, found),
        "steps": steps,
        "examples_per_epoch": ", ".join([str(draw["N"])] * draw["epochs"]),
        "losses": _expected_losses(draw, losses),
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
    """The loop moves things to the device asked for. Using the CPU is right if 'cuda' is asked for and there is none.

    The student's side leaves its moves in draw.given. If they are right, the reference's side expects the same moves.
    """
    asked = draw["device"]
    if "moves" in draw.given:
        right = _is_where_asked(asked, draw.given["moves"])
        return {f"device='{asked}'": _places(draw.given["moves"]) if right else f"FFNN: {asked}; x, y: {asked}"}
    return _with_fitting_labels(f, draw, lambda indices: _moved(f, draw, indices=indices))


def _moved(f: Implementation, draw: Draw, *, indices: bool) -> Mapping[str, Value]:
    asked = draw["device"]
    net, found = _trainable(f, draw)
    data, _ = _training_data(f, draw, found, indices=indices)
    optimiser = _optimiser(f, draw, net)
    f.watch(net, "backward")
    # A notebook may find out at its top what the machine has.
    before = [m for m in f.moves() if m.what == "question"]
    f.call("entrenar_FFNN", net, data, optimiser, epochs=1, batch_size=draw["batch"], device=asked)
    if not f.events():
        raise OddAnswer(NEVER_BACKWARD)
    draw.given["moves"] = moves = (*before, *f.moves())
    return {f"device='{asked}'": _places(moves)}


def _devices(what: str, moves: Sequence[Move]) -> list[str]:
    """Where the network ("module") or tensors ("tensor") were sent: "cpu", "cuda"."""
    return sorted({m.device.partition(":")[0] for m in moves if m.what == what})


def _places(moves: Sequence[Move]) -> str:
    network, batches = (", ".join(_devices(what, moves)) or "-" for what in ("module", "tensor"))
    return f"FFNN: {network}; x, y: {batches}"


def _is_where_asked(asked: str, moves: Sequence[Move]) -> bool:
    network, batches = _devices("module", moves), _devices("tensor", moves)
    if asked == "cpu":
        # The data are already on the CPU. Moving them there again is not needed, and moving them elsewhere is wrong.
        return "cuda" not in batches
    # Code that asks whether there is a GPU may fall back to the CPU. Batches may follow a network that was sent to the
    # device: without a GPU the network stayed on the CPU, and so do the batches.
    followed = "cpu" in batches and asked in network
    return asked in batches or any(m.what == "question" for m in moves) or followed
