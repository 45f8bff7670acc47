"""See derivatives in which no wrapped function takes part, by the tensors that autograd's graphs have saved.

Part of the worker. A backward step needs the tensors that its graph has saved, also one that is taken by hand
(`loss.grad_fn(...)`), by an engine of one's own or by TorchScript. torch's hooks are asked for each of them.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import torch

HOOKS: Any = torch._C._autograd


class SavedTensors:
    """Calls `note` for each saved tensor that a backward step asks for, once `watched`."""

    def __init__(self, note: Callable[[], None], calls_directly: Callable[[], object]) -> None:
        self.watched = False
        self._note = note
        self._thread = threading.local()  # hooks belong to a thread
        self._push, self._pop = HOOKS._push_saved_tensors_default_hooks, HOOKS._pop_saved_tensors_default_hooks
        disable, begin = HOOKS._saved_tensors_hooks_disable, threading.Thread._bootstrap_inner  # type: ignore[attr-defined]

        def push(pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
            # The last hooks are the only ones that are asked.
            self._push(pack, self._noted(unpack))

        def pop() -> None:
            if calls_directly():
                note()
            self._pop()

        @functools.wraps(disable)
        def step_aside(*args: Any, **kwargs: Any) -> None:
            # For torch.func and torch.compile, which refuse to work beside hooks, until `hook` is called again.
            if getattr(self._thread, "hooked", False):
                self._pop()
                self._thread.hooked = False
            disable(*args, **kwargs)

        def begin_hooked(thread: threading.Thread) -> None:
            self.hook()
            begin(thread)

        HOOKS._push_saved_tensors_default_hooks, HOOKS._pop_saved_tensors_default_hooks = push, pop
        HOOKS._saved_tensors_hooks_disable = step_aside
        setattr(threading.Thread, "_bootstrap_inner", begin_hooked)  # noqa: B010 (mypy: assigning to a method)

    def hook(self) -> None:
        """See this thread's graphs that are made from now on, if they are to be watched."""
        if self.watched and not getattr(self._thread, "hooked", False):
            self._push(_packed, self._noted(_unpacked))
            self._thread.hooked = True

    def _noted(self, unpack: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def noted(packed: Any) -> Any:
            self._note()
            return unpack(packed)

        return noted


def _packed(saved: torch.Tensor) -> tuple[torch.Tensor, int]:
    """Beside the graph: an output that its own graph held would never be freed."""
    saved = saved.detach()
    return saved, saved._version


def _unpacked(packed: tuple[torch.Tensor, int]) -> torch.Tensor:
    saved, version = packed
    if saved._version != version:  # torch's own check does not work beside hooks
        raise RuntimeError(
            "one of the variables needed for gradient computation has been modified by an inplace operation"
        )
    return saved
