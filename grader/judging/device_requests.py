"""Requests of our own code to move something to a device, recorded instead of followed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from ..sandbox.inside.devices import device_of
from ..sandbox.verbs import Move

SHORTHANDS = {torch.Tensor.cuda: "cuda", torch.Tensor.cpu: "cpu"}
AVAILABLE = torch.cuda.is_available.__code__


class Moves(TorchFunctionMode):
    """While this mode is active nothing moves, so that our code computes the same results on every machine.

    The worker's recorders do the same for students' code, with wrappers that do not belong in this process.
    """

    def __init__(self, seen: list[Move]) -> None:
        super().__init__()
        self._seen = seen

    def __enter__(self) -> Moves:
        # A profiler that is already set stays in place; then questions about devices are not recorded.
        self._listens = sys.getprofile() is None
        if self._listens:
            sys.setprofile(self._question)
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        if self._listens:
            sys.setprofile(None)

    def _question(self, frame: FrameType, event: str, arg: object) -> None:
        asks = event == "call" and frame.f_code is AVAILABLE and frame.f_back is not None
        # torch itself also asks whether CUDA is available.
        if asks and not str(frame.f_back.f_globals.get("__name__")).startswith("torch."):  # type: ignore[union-attr]
            self._seen.append(Move("question", "cuda"))

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        if func in SHORTHANDS:
            return self._kept(args[0], SHORTHANDS[func])
        if func is torch.Tensor.to and (device := device_of(*args[1:], **named)) is not None:
            kept = self._kept(args[0], device)
            dtype = next((a for a in (*args[1:], *named.values()) if isinstance(a, torch.dtype)), None)
            return kept if dtype is None else func(kept, dtype)
        if named.get("device") is not None:
            self._seen.append(Move("tensor", str(named["device"])))
            named["device"] = "cpu"
        return func(*args, **named)

    def _kept(self, tensor: torch.Tensor, device: object) -> torch.Tensor:
        # A module moves by moving its parameters.
        what = "module" if isinstance(tensor, torch.nn.Parameter) else "tensor"
        self._seen.append(Move(what, str(device)))
        return tensor
