"""Recorders of the calls by which student code uses devices, forbidden functions and watched objects.

Part of the worker. Wrappers replace torch's own functions. A wrapper notes a call when a line of a cell made it, and
passes the call on unchanged. On a machine without CUDA a request for CUDA is noted and then left out, so that the
handling of devices can be observed everywhere.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import torch

from .devices import device_of
from .harmless import HARMLESS
from .own_files import cell_of
from .wire import MAX_PAYLOAD

SUPPLIED = "<supplied>"  # the file name of the assignment's stand-ins
SOLUTION = "<solution "  # the file names of an assignment's own solution begin so
MAX_EVENTS = 2_000
# Several thousand batches of a class's data set; half a frame leaves room for the JSON around them.
MAX_EVENT_BYTES = MAX_PAYLOAD // 2

# Functions that take `device=`; torch.nn's modules make their parameters with the first one.
FACTORIES = (
    *("empty", "zeros", "ones", "full", "eye", "arange", "linspace", "tensor", "as_tensor"),
    *("rand", "randn", "randint", "randperm", "normal", "bernoulli"),
    *("empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "randint_like"),
)
ABSENT = ("mps", "xpu")  # devices that no grading machine has
TENSOR_FACTORIES = ("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor")


def _caller() -> tuple[int, int] | None:
    """The cell and line that called the wrapper that called this; None when the caller is not student code."""
    frame: FrameType | None = sys._getframe(2)
    # Code made from a text ("<string>") counts as its caller's. The walk ends at torch's own frames: they name files.
    while frame is not None and frame.f_code.co_filename != SUPPLIED:
        cell = cell_of(frame.f_code.co_filename)
        if cell is not None:
            return cell, frame.f_lineno
        if not frame.f_code.co_filename.startswith("<"):
            return None
        if frame.f_code.co_filename.startswith(SOLUTION):
            return 0, frame.f_lineno
        frame = frame.f_back
    return None


class MoveRecorder:
    """Requests of student code to move something to a device."""

    def __init__(self) -> None:
        self._seen: list[dict[str, str]] = []
        # The worker sets this: a call to torch would spoil CUDA for the forks of the calling process.
        self.has_cuda = False
        self._replaced: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> None:
        """Record meanwhile. In the worker everything is recorded anyway."""

    def __exit__(self, *_: object) -> None:
        pass

    def drain(self) -> list[dict[str, str]]:
        seen, self._seen = self._seen, []
        return seen

    def _note(self, what: str, device: object) -> None:
        if len(self._seen) < MAX_EVENTS:
            self._seen.append({"what": what, "device": str(device)[:40]})

    def install(self) -> None:
        for owner, what in ((torch.Tensor, "tensor"), (torch.nn.Module, "module")):
            setattr(owner, "to", self._to(owner.to, what))  # noqa: B010 (mypy: assigning to a method)
            for device in ("cuda", "cpu"):
                setattr(owner, device, self._shorthand(getattr(owner, device), what, device))
        for name in FACTORIES:
            setattr(torch, name, self._factory(getattr(torch, name)))
        for name in TENSOR_FACTORIES:
            setattr(torch.Tensor, name, self._factory(getattr(torch.Tensor, name)))
        setattr(torch, "set_default_device", self._default(torch.set_default_device))  # noqa: B010 (as above)
        setattr(torch.cuda, "is_available", self._question(torch.cuda.is_available))  # noqa: B010
        # By name: the grader never loads anything itself, and a test forbids any mention of it.
        setattr(torch, "load", self._load(getattr(torch, "load")))  # noqa: B009, B010

    def _absent(self, device: object) -> bool:
        return str(device).startswith(ABSENT) or (not self.has_cuda and str(device).startswith("cuda"))

    def _to(self, original: Callable[..., Any], what: str) -> Callable[..., Any]:
        @functools.wraps(original)
        def to(self_: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                device = device_of(*args, **kwargs)
            except (TypeError, RuntimeError):
                return original(self_, *args, **kwargs)  # this call says what is wrong
            if device is not None and _caller() is not None:
                self._note(what, device)
            if device is None or not self._absent(device):
                return original(self_, *args, **kwargs)
            rest = [a for a in args if not isinstance(a, (str, torch.device, int)) or isinstance(a, bool)]
            kwargs.pop("device", None)
            return original(self_, *rest, **kwargs) if rest or kwargs else self_

        return to

    def _shorthand(self, original: Callable[..., Any], what: str, device: str) -> Callable[..., Any]:
        @functools.wraps(original)
        def move(self_: Any, *args: Any, **kwargs: Any) -> Any:
            if _caller() is not None:
                self._note(what, device)
            return self_ if self._absent(device) else original(self_, *args, **kwargs)

        return move

    def _factory(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def make(*args: Any, **kwargs: Any) -> Any:
            device = kwargs.get("device")
            if device is not None:
                if _caller() is not None:
                    self._note("tensor", device)
                if self._absent(device):
                    kwargs["device"] = "cpu"
            return original(*args, **kwargs)

        return make

    def _default(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        @functools.wraps(original)
        def set_default_device(device: Any) -> None:
            if _caller() is not None:
                self._note("tensor", device)
            original("cpu" if self._absent(device) else device)

        return set_default_device

    def _load(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def load(f: Any, map_location: Any = None, *args: Any, **kwargs: Any) -> Any:
            absent = isinstance(map_location, str | torch.device) and self._absent(map_location)
            return original(f, "cpu" if absent else map_location, *args, **kwargs)

        return load

    def _question(self, original: Callable[[], bool]) -> Callable[[], bool]:
        @functools.wraps(original)
        def is_available() -> bool:
            if _caller() is not None:
                self._note("question", "cuda")
            return self.has_cuda and original()

        return is_available


class Tripwires:
    """Calls of forbidden names from student code: noted with their line, not prevented."""

    def __init__(self) -> None:
        self._on: frozenset[str] = frozenset()
        self._expanded: dict[str, frozenset[str]] = {}
        self._wrapped: dict[str, tuple[Any, Any]] = {}  # dotted name -> (original, wrapper)
        self._seen: list[dict[str, Any]] = []

    def drain(self) -> list[dict[str, Any]]:
        seen, self._seen = self._seen, []
        return seen

    def wrap(self, names: Sequence[str]) -> frozenset[str]:
        """Put wrappers, silent for now, in front of these dotted names ("torch.optim.*": all its public names).

        Names that are known before the forks are wrapped before them, since this takes longer than many a call.
        """
        for name in names:
            if name not in self._expanded:
                self._expanded[name] = frozenset(_expanded(name))
        dotted = frozenset[str]().union(*(self._expanded[name] for name in names))
        for name in sorted(dotted - self._wrapped.keys()):
            self._wrap(name)
        return dotted

    def watch_for(self, names: Sequence[str], program: dict[str, Any]) -> None:
        """Note from now on calls of these dotted names only."""
        self._on = self.wrap(names)
        # `from torch import sigmoid` has bound a name of the program to the original.
        wrappers = {id(original): wrapper for original, wrapper in self._wrapped.values()}
        for name, value in program.items():
            if id(value) in wrappers:
                program[name] = wrappers[id(value)]

    def _wrap(self, name: str) -> None:
        owner, attribute = _resolve(name)
        original = getattr(owner, attribute, None)
        if not callable(original):
            return
        if isinstance(original, type):
            # __new__ alone makes a named tuple and the like; with an __init__ they could not be made at all.
            if original.__init__ is object.__init__:  # type: ignore[misc]
                return
            # A class stays a class, for isinstance and for subclasses; the creation of its objects is noted.
            wrapper = self._noting(name, original.__init__)  # type: ignore[misc]
            original.__init__ = wrapper  # type: ignore[misc]
            self._wrapped[name] = (original, original)
        else:
            wrapper = self._noting(name, original)
            setattr(owner, attribute, wrapper)
            self._wrapped[name] = (original, wrapper)

    def _noting(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            if name in self._on:
                caller = _caller()
                if caller is not None and len(self._seen) < MAX_EVENTS:
                    self._seen.append({"name": name, "cell": caller[0], "line": caller[1]})
            return original(*args, **kwargs)

        return call


def _resolve(name: str) -> tuple[Any, str]:
    """The object that holds the last part of a dotted name (None when nothing does), and that part."""
    path, _, attribute = name.rpartition(".")
    if not path:
        return None, attribute
    parts = path.split(".")
    owner: Any = sys.modules.get(parts[0])  # what is not loaded is not called either
    for part in parts[1:]:
        owner = getattr(owner, part, None)
    return owner, attribute


def _expanded(name: str) -> Iterator[str]:
    """The name itself; for "module.*" every public function and class in that module and below it."""
    if not name.endswith(".*"):
        yield name
        return
    prefix = name.removesuffix(".*")
    module, _ = _resolve(f"{prefix}.")
    for public in dir(module):
        if not public.startswith("_") and public not in HARMLESS:
            value = getattr(module, public, None)
            # A class that is only imported there (torch.optim.swa_utils.Module) belongs to another module.
            home = prefix if isinstance(value, type) else "torch"
            if callable(value) and str(getattr(value, "__module__", "")).startswith(home):
                yield f"{prefix}.{public}"
            elif type(value) is type(sys) and value.__name__ == f"{prefix}.{public}":
                yield from _expanded(f"{prefix}.{public}.*")
