"""Replacements for calls that need a GPU, in a process that has none: they do nothing and wait for nothing."""

from __future__ import annotations

import contextlib
import time
import types
from collections.abc import Callable, Iterable
from typing import Any

import torch

from .inert import answer, itself

# Calls whose result nobody needs.
NOTHING = (
    "synchronize", "set_device", "init", "ipc_collect", "set_per_process_memory_fraction", "reset_peak_memory_stats",
    "reset_max_memory_allocated", "reset_max_memory_cached", "reset_accumulated_memory_stats", "set_stream",
    "set_rng_state", "set_rng_state_all", "empty_cache", "manual_seed", "manual_seed_all", "seed", "seed_all",
)  # fmt: skip
NVTX = ("range_push", "range_pop", "mark", "range_start", "range_end")
TYPES = ("Float", "Double", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
GIBIBYTE = 1 << 30


class GeneratorType(type):
    """The type of the replacement of torch.Generator: every generator is one of its instances."""

    def __call__(cls, device: Any = "cpu") -> torch.Generator:
        return CPU_GENERATOR(device="cpu")

    def __instancecheck__(cls, generator: Any) -> bool:
        return isinstance(generator, CPU_GENERATOR)


CPU_GENERATOR = torch.Generator


class Generator(metaclass=GeneratorType):
    """torch.Generator: one for a GPU is one for the CPU."""


class Event:
    """torch.cuda.Event: it measures the time by the clock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.at = time.perf_counter()

    def record(self, stream: Any = None) -> None:
        """Remember the time."""
        self.at = time.perf_counter()

    def elapsed_time(self, end_event: Event) -> float:
        """Milliseconds from this event to another."""
        return (end_event.at - self.at) * 1000

    query, synchronize, wait = answer(True), answer(None), answer(None)


class Stream(contextlib.nullcontext[Any]):
    """torch.cuda.Stream, and torch.cuda.stream(...) and torch.cuda.device(...) as contexts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.device = torch.device("cpu")

    def record_event(self, event: Event | None = None) -> Event:
        """An event of now."""
        event = event or Event()
        event.record()
        return event

    query = answer(True)
    synchronize = wait_event = wait_stream = answer(None)


def install() -> None:
    """Put the replacements in place in this process."""
    properties = types.SimpleNamespace(
        name="cpu", major=0, minor=0, total_memory=GIBIBYTE, multi_processor_count=1, is_integrated=False
    )
    answers: dict[str, Any] = {
        "current_device": 0,
        "get_device_name": "cpu",
        "get_device_capability": (0, 0),
        "get_device_properties": properties,
        "mem_get_info": (GIBIBYTE, GIBIBYTE),
        "memory_summary": "",
        "get_rng_state_all": [],
        "utilization": 0,
    }
    contexts = {name: type(name, (Stream,), {}) for name in ("Stream", "StreamContext", "device", "device_of")}
    streams = {name: _made(contexts["Stream"]) for name in ("stream", "current_stream", "default_stream")}
    tensors = {f"{name}Tensor": getattr(torch, f"{name}Tensor") for name in TYPES}
    _put(torch.cuda, {**_nothing(NOTHING), **{name: answer(value) for name, value in answers.items()}})
    _put(torch.cuda, {"Event": Event, "get_rng_state": _made(torch.get_rng_state), **contexts, **streams, **tensors})
    _put(torch.cuda.nvtx, {**_nothing(NVTX), "range": _made(contexts["Stream"])})
    _put(torch.mps, _nothing(("synchronize", "empty_cache", "manual_seed", "seed")))
    _put(torch.mps, {name: answer(0) for name in ("current_allocated_memory", "driver_allocated_memory")})
    if hasattr(torch, "accelerator"):
        _put(torch.accelerator, _nothing(("synchronize", "set_device_index", "set_stream")))
    _put(torch.Tensor, {"pin_memory": itself, "is_pinned": answer(False), "record_stream": answer(None)})
    _put(torch.Tensor, {"type": _typed(torch.Tensor.type)})
    _put(torch, {"Generator": Generator, "set_default_tensor_type": _default_type(torch.set_default_tensor_type)})


def _nothing(names: Iterable[str]) -> dict[str, Callable[..., None]]:
    """A function for each name; torch's compiler does not accept one function under two names."""
    return {name: answer(None) for name in names}


def _made(make: Callable[[], Any]) -> Callable[..., Any]:
    def made(*args: Any, **kwargs: Any) -> Any:
        return make()

    return made


def _put(owner: Any, members: dict[str, Any]) -> None:
    for name, member in members.items():
        setattr(owner, name, member)


def _on_cpu(kind: Any) -> Any:
    """`torch.FloatTensor` for 'torch.cuda.FloatTensor'."""
    return kind.replace("torch.cuda.", "torch.") if isinstance(kind, str) else kind


def _typed(original: Callable[..., Any]) -> Callable[..., Any]:
    def type(self: Any, dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        return original(self, _on_cpu(dtype), *args, **kwargs)

    return type


def _default_type(original: Callable[..., Any]) -> Callable[..., Any]:
    def set_default_tensor_type(t: Any) -> None:
        original(_on_cpu(t))

    return set_default_tensor_type
