"""One form for the same numbers: an array, a list and a 1-d tensor that hold them are equal."""

from __future__ import annotations

from typing import Any

import torch


def alike_in_form(actual: Any, expected: Any) -> tuple[Any, Any]:
    """Both values as tensors where both hold numbers only: an array, a list and a 1-d tensor are equal in form."""
    if isinstance(expected, dict):
        if not isinstance(actual, dict) or set(actual) != set(expected):
            return actual, tuple(expected.values())
        return tuple(actual[k] for k in expected), tuple(expected.values())
    if isinstance(expected, (list, tuple)) or (
        isinstance(expected, torch.Tensor) and isinstance(actual, (list, tuple))
    ):
        ours, theirs = _as_numbers(expected), _as_numbers(actual)
        if ours is not None and theirs is not None and ours.numel():
            return theirs, ours
    return actual, expected


def _as_numbers(value: Any) -> torch.Tensor | None:
    if isinstance(value, torch.Tensor):
        return value.detach()
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if all(isinstance(v, torch.Tensor) for v in value):
        shapes = {v.numel() if v.numel() == 1 else tuple(v.shape) for v in value}
        if len(shapes) == 1 and not any(v.is_complex() for v in value):
            same = [v.detach().double() for v in value]
            return torch.stack([v.reshape(()) if shapes == {1} else v for v in same])
        return None
    if all(type(v) in (int, float) or (isinstance(v, torch.Tensor) and v.numel() == 1) for v in value):
        return torch.tensor([float(v) for v in value], dtype=torch.float64)
    if all(isinstance(v, (list, tuple)) for v in value):
        rows = [_as_numbers(v) for v in value]
        if all(r is not None for r in rows) and len({r.shape for r in rows if r is not None}) == 1:
            return torch.stack([r for r in rows if r is not None])
    return None
