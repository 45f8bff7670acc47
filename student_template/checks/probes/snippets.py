"""Exercise the cells of 2: the gradients of one layer, for the grader's inputs."""

from __future__ import annotations

from collections.abc import Mapping

import torch

from grader.authoring import Draw, Implementation, Probe, Value


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
    # The right answer of 2a, so that a cell of 2b may also compute it again.
    inputs["dL_duLm1"] = draw.named("dL_duLm1", (inputs["y_pred"] - inputs["y"]) / draw["B"])
    return f.evaluate("2b", inputs, ["dL_dU", "dL_dc", "dL_dhL"])


def hidden_layer_gradients(variant: str) -> Probe:
    """2c for one activation. The pre-activations stay away from 0."""
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
