"""Notice derivatives that call no wrapped function, by the tensors that autograd's graphs have saved.

Part of the worker. Every backward step needs the tensors that its graph has saved, whether torch's engine takes it,
the student's own code (`loss.grad_fn(...)`) or TorchScript. For each of them torch calls the hooks that are set here.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import torch

HOOKS: Any = torch._C._autograd


class SavedTensors:
    """Calls `note` for each saved tensor that a backward step asks for, if `watched`.

    `calls_directly` says whether student code called torch's function itself, as it would to remove these hooks.
    """

    def __init__(self, note: Callable[[], None], calls_directly: Callable[[], object]) -> None:
        self.watched = False
        self._note = note
        self._thread = threading.local()  # hooks belong to a thread
        self._push, self._pop = HOOKS._push_saved_tensors_default_hooks, HOOKS._pop_saved_tensors_default_hooks
        disable, begin = HOOKS._saved_tensors_hooks_disable, threading.Thread._bootstrap_inner  # type: ignore[attr-defined]

        def push(pack: Callable[[Any], Any], unpack: Callable[[Any], Any]) -> None:
            # torch calls only the hooks that were pushed last.
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
    """The tensor without its graph: an output that its own graph holds would never be freed."""
    saved = saved.detach()
    return saved, saved._version


def _unpacked(packed: tuple[torch.Tensor, int]) -> torch.Tensor:
    saved, version = packed
    if saved._version != version:  # torch's own check does not work beside hooks
        raise RuntimeError(
            "one of the variables needed for gradient computation has been modified by an inplace operation"
        )
    return saved
