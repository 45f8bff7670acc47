"""Exercise the parts of 4e together on real images. The images stay with the instructor, and so does this file."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch.utils.data import TensorDataset

from grader.authoring import Draw, Implementation, Named, Probe, Unavailable, Value


def learns_digits(loader: Callable[[], TensorDataset]) -> Probe:
    """4e: the student's own parts, trained on a few hundred real images, are far better than chance."""

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
        return {"half_right": accuracy >= 0.5}

    return probe
