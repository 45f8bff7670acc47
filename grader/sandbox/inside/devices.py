"""The device that a call asks for."""

from __future__ import annotations

from typing import Any

import torch


def device_of(*args: Any, **kwargs: Any) -> object:
    """The device that `x.to(...)` asks for: None for a dtype, the tensor's own device for a tensor."""
    if "device" in kwargs:
        return kwargs["device"]
    first = args[0] if args else kwargs.get("other")
    if isinstance(first, torch.Tensor):
        return first.device
    if isinstance(first, int) and not isinstance(first, bool):
        return f"cuda:{first}"
    return torch.device(first) if isinstance(first, str) else first if isinstance(first, torch.device) else None
