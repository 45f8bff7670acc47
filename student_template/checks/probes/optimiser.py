"""Exercise the optimiser of 4a."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from grader.authoring import Draw, Implementation, Value


def sgd(f: Implementation, draw: Draw) -> Mapping[str, Value]:
    """Two steps with different gradients. The second step shows whether the optimiser still has the parameters."""
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
        values[f"theta_{step}"] = torch.cat([p.value.reshape(-1) for p in now])
    return values
