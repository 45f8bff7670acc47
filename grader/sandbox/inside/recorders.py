"""Recorders of the calls by which student code uses devices, forbidden functions and watched objects.

Part of the worker. Wrappers replace torch's own functions. A wrapper notes a call when a line of a cell made it, and
passes the call on unchanged. On a machine without CUDA a request for CUDA is noted and then left out, so that the
handling of devices can be observed everywhere.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

import torch
from torch.jit._builtins import _find_builtin, _register_builtin

from .devices import device_of
from .harmless import HARMLESS
from .own_files import cell_of
from .saved_tensors import SavedTensors

SUPPLIED = "<supplied>"  # the file name of the assignment's stand-ins
OURS = ("<test>", "<given>")  # the file names of code that the assignment runs beside the answers
SOLUTION = "<solution "  # the file names of an assignment's own solution begin so
MAX_EVENTS = 2_000

# Functions that take `device=`; torch.nn's modules make their parameters with the first one.
FACTORIES = (
    *("empty", "zeros", "ones", "full", "eye", "arange", "linspace", "tensor", "as_tensor"),
    *("rand", "randn", "randint", "randperm", "normal", "bernoulli"),
    *("empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "randint_like"),
)
ENGINE = type(torch.autograd.Variable._execution_engine)
NODE = "torch.autograd.graph.Node"  # the name under which a derivative is noted that no wrapper sees
ABSENT = ("mps", "xpu")  # devices that no grading machine has
TENSOR_FACTORIES = ("new_zeros", "new_ones", "new_empty", "new_full", "new_tensor")


def _caller() -> tuple[int, int] | None:
    """The cell and line that called the wrapper that called this; None when the caller is not student code."""
    frame: FrameType | None = sys._getframe(2)
    # Code made from a text ("<string>") counts as its caller's. The walk ends at torch's own frames: they name files.
    while frame is not None and frame.f_code.co_filename != SUPPLIED:
        place = _place(frame)
        if place:
            return place
        if not frame.f_code.co_filename.startswith("<"):
            return None
        frame = frame.f_back
    return None


def _place(frame: FrameType) -> tuple[int, int] | None:
    """The cell and line of a frame of student code; cell 0 for the assignment's own solution."""
    cell = cell_of(frame.f_code.co_filename)
    if cell is not None:
        return cell, frame.f_lineno
    return (0, frame.f_lineno) if frame.f_code.co_filename.startswith(SOLUTION) else None


def _ordered_by(name: str) -> tuple[int, int] | None:
    """The cell and line of the student's code that had `name` called, also through libraries; None for our own calls.

    A callback (`ExitStack.callback(loss.backward)`), a thread and `map` call for the student, and so does a stand-in
    that the student's code calls. A test that writes the name itself calls it for us; one that is handed the function
    by the student does not.
    """
    short = name.rpartition(".")[2]
    frame: FrameType | None = sys._getframe(2)
    if threading.current_thread() is not threading.main_thread():
        place = _walk(frame, short)
        # The thread's own frames are all library code when its target is the forbidden function itself.
        return place or _walk(sys._current_frames().get(threading.main_thread().ident or 0), short)
    return _walk(frame, short)


def _walk(frame: FrameType | None, short: str) -> tuple[int, int] | None:
    while frame is not None:
        code = frame.f_code
        place = _place(frame)
        if place:
            return place
        if code.co_filename in OURS and short in code.co_names:
            return None
        frame = frame.f_back
    return None


def _scriptable(wrapper: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """The wrapper, for which TorchScript takes the operator that it takes for the original."""
    operator = _find_builtin(original)  # type: ignore[no-untyped-call]
    if operator:
        _register_builtin(wrapper, operator)
    return wrapper


class MoveRecorder:
    """Requests of student code to move something to a device."""

    def __init__(self) -> None:
        self._seen: list[dict[str, Any]] = []
        # The worker sets this: a call to torch would spoil CUDA for the forks of the calling process.
        self.has_cuda = False
        self._replaced: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> None:
        """Record meanwhile. In the worker everything is recorded anyway."""

    def __exit__(self, *_: object) -> None:
        pass

    def drain(self) -> list[dict[str, Any]]:
        seen, self._seen = self._seen, []
        return seen

    def _note(self, what: str, device: object, moved: object = None) -> None:
        if len(self._seen) < MAX_EVENTS:
            entries = torch.Tensor.numel(moved) if isinstance(moved, torch.Tensor) else 0
            self._seen.append({"what": what, "device": str(device)[:40], "entries": entries})

    def install(self) -> None:
        for owner, what in ((torch.Tensor, "tensor"), (torch.nn.Module, "module")):
            setattr(owner, "to", self._to(owner.to, what))  # noqa: B010 (mypy: assigning to a method)
            for device in ("cuda", "cpu"):
                setattr(owner, device, self._shorthand(getattr(owner, device), what, device))
        for name in FACTORIES:
            original = getattr(torch, name)
            setattr(torch, name, _scriptable(self._factory(original), original))
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
                self._note(what, device, self_)
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
                self._note(what, device, self_)
            return self_ if self._absent(device) else original(self_, *args, **kwargs)

        return move

    def _factory(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def make(*args: Any, **kwargs: Any) -> Any:
            device = kwargs.get("device")
            if device is None:
                return original(*args, **kwargs)
            if self._absent(device):
                kwargs["device"] = "cpu"
            made = original(*args, **kwargs)
            if _caller() is not None:
                self._note("tensor", device, made)
            return made

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
        self._names: dict[int, list[str]] = {}  # id of a wrapper -> the dotted names of what it wraps
        self._seen: list[dict[str, Any]] = []
        self._inside = False  # within a call that is noted already, or that a stand-in makes for itself
        self._saved = SavedTensors(self._note_node, _caller)

    def drain(self) -> list[dict[str, Any]]:
        seen, self._seen = self._seen, []
        self._saved.hook()
        return seen

    def _note_node(self) -> None:
        if NODE in self._on and not self._inside:
            self._note(NODE)

    def _note(self, name: str) -> None:
        caller = _ordered_by(name)
        if caller is not None and len(self._seen) < MAX_EVENTS:
            self._seen.append({"name": name, "cell": caller[0], "line": caller[1]})

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
        self._saved.watched = NODE in self._on
        self._saved.hook()
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
        is_class = isinstance(original, type)
        function = original.__init__ if is_class else original
        if id(function) in self._names:  # the same function by another name
            self._names[id(function)].append(name)
            self._wrapped[name] = (original, original)
            return
        # __new__ alone makes a named tuple and the like; with an __init__ they could not be made at all.
        if is_class and function is object.__init__:
            return
        names = [name]
        wrapper = self._noting(names, function)
        packet: Any = original if isinstance(original, torch._ops.OpOverloadPacket) else None
        for overload in packet.overloads() if packet else ():
            # `torch.ops.aten.elu_backward.default`
            setattr(wrapper, overload, self._noting(names, getattr(original, overload)))
        try:
            # A class stays a class, for isinstance and for subclasses; the creation of its objects is noted.
            setattr(original if is_class else owner, "__init__" if is_class else attribute, wrapper)
        except (AttributeError, TypeError):  # of a type that is not written in Python
            if not isinstance(owner, ENGINE):
                return
            torch.autograd.Variable._execution_engine = _Engine(owner, wrapper)  # type: ignore[assignment]
        self._names[id(wrapper)] = names
        self._wrapped[name] = (original, original if is_class else wrapper)

    def _noting(self, names: Sequence[str], original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            name = next((name for name in names if name in self._on), None)
            if name is None or self._inside:  # `Tensor.backward` calls `autograd.backward`: one call
                return original(*args, **kwargs)
            self._note(name)
            self._inside = True
            try:
                return original(*args, **kwargs)
            finally:
                self._inside = False

        vars(call).pop("__wrapped__", None)  # it would be a way around the wrapper
        return _scriptable(call, original)


class _Engine:
    """Autograd's engine, whose calls are noted; all of Python's ways to compute a gradient end here."""

    def __init__(self, engine: Any, run_backward: Callable[..., Any]) -> None:
        self._engine = engine
        self.run_backward = run_backward

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def _resolve(name: str) -> tuple[Any, str]:
    """The object that holds the last part of a dotted name (None when nothing does), and that part."""
    path, _, attribute = name.rpartition(".")
    if not path:
        return None, attribute
    parts = path.split(".")
    # A module may not be an attribute of its package (torch.optim.sgd). What is not loaded is not called either.
    start = next((k for k in range(len(parts), 0, -1) if ".".join(parts[:k]) in sys.modules), 1)
    owner: Any = sys.modules.get(".".join(parts[:start]))
    for part in parts[start:]:
        owner = getattr(owner, part, None)
    return owner, attribute


def _expanded(name: str) -> Iterator[str]:
    """The name itself; for "module.*" every public function and class in that module and below it."""
    if not name.endswith(".*"):
        yield name
        return
    prefix = name.removesuffix(".*")
    module, _ = _resolve(f"{prefix}.")
    attributes = vars(module) if module is not None and hasattr(module, "__dict__") else {}
    for loaded in sorted(sys.modules):  # modules that their package hides: torch.optim.sgd, torch.optim._functional
        above, _, short = loaded.rpartition(".")
        if above == prefix and short not in attributes and short not in HARMLESS:
            yield from _expanded(f"{loaded}.*")
    for public in dir(module):
        if not public.startswith("_") and public not in HARMLESS:
            value = getattr(module, public, None)
            # A class that is only imported there (torch.optim.swa_utils.Module) belongs to another module.
            home = prefix if isinstance(value, type) else "torch"
            if callable(value) and str(getattr(value, "__module__", "")).startswith(home):
                yield f"{prefix}.{public}"
            elif type(value) is type(sys) and value.__name__ == f"{prefix}.{public}":
                yield from _expanded(f"{prefix}.{public}.*")
