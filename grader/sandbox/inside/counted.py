"""Count the calls of named functions in a test, or in a part of it: a function is known by its code, not its name."""

from __future__ import annotations

import contextlib
import inspect
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FrameType, FunctionType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from .own_files import cell_of
from .recorders import SUPPLIED

MOST_KNOWN = 10_000  # entries of one call whose values are looked at
MOST_LAST = 6  # inputs of the last calls that are compared with the next one
LARGEST_STEP = 0.1  # of a finite difference
# Torch's functions, as functions or methods, without which no activation and no loss can be computed.
CURVED = {
    "exp", "exp2", "expm1", "tanh", "sigmoid", "softmax", "log_softmax", "logsumexp", "log", "log1p", "relu",
    "relu6", "celu", "elu", "selu", "silu", "softplus", "clamp", "clip", "clamp_min", "clamp_max", "maximum",
    "minimum", "max", "pow", "rpow", "erf", "sinh", "cosh", "expit",
}  # fmt: skip


def calls_of(name: str) -> str:
    """The name of the evidence for a count."""
    return f"llamadas a {name} | calls of {name}"


@contextlib.contextmanager
def counted(
    names: Sequence[str], known: Mapping[str, Any], resolve: Callable[[str], Any], test: CodeType
) -> Iterator[Mapping[str, int]]:
    """The calls of these names so far: functions that the test sees, of the answers, or defined in the test itself.

    `resolve(name)` gives the answers' object, or None.
    """
    counts = dict.fromkeys(names, 0)
    if not names:
        yield counts
        return
    codes, others = dict[CodeType, str](), dict[int, str]()
    for name in names:
        codes.update(dict.fromkeys(_within(test, name), name))
        for found in _found(name, known, resolve):
            code = _code_of(found)
            if found is None:
                continue
            if code is None:
                others[id(found)] = name
            else:
                codes[code] = name

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event in ("call", "c_call"):
            name = codes.get(frame.f_code) if event == "call" else others.get(id(argument))
            if name is not None:
                counts[name] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield counts
    finally:
        sys.setprofile(before)


@contextlib.contextmanager
def worked(functions: Mapping[str, Any], counts: Mapping[str, dict[str, Any]]) -> Iterator[None]:
    """Add each call of a function, also from another thread, to the counts of its name (`no_work`).

    The functions stay as they are, because answers compare them (`f is relu`). Of names that share their code the first
    one counts. Code that sets a profile function of its own inside ends the counting.
    """
    codes: dict[CodeType, str] = {}
    for name, function in functions.items():
        if (code := _code_of(function)) is not None:
            codes.setdefault(code, name)
    before: Any = sys.getprofile()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code in codes:
            _add(counts[codes[frame.f_code]], frame)
        if before is not None:
            before(frame, event, argument)

    sys.setprofile(note)
    threading.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


def _add(count: dict[str, Any], frame: FrameType) -> None:
    code = frame.f_code
    stars = bool(code.co_flags & inspect.CO_VARARGS)
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + stars]
    given = [frame.f_locals.get(name) for name in parameters]
    given = [part for value in given for part in (value if type(value) is tuple else (value,))]
    tensors = [value for value in given if isinstance(value, torch.Tensor)]
    count["calls"] += 1
    count["complex"] |= any(type(value) is complex for value in given)
    _note(count, tensors, count["last"])


def _note(count: dict[str, Any], tensors: Sequence[torch.Tensor], last: list[torch.Tensor]) -> None:
    """Add the values of a call, whose tensors these are, to a count; `last` are inputs of the calls before."""
    with torch._C.DisableTorchFunctionSubclass():
        count["entries"] += tensors[0].numel() if tensors else 1
        count["complex"] |= any(tensor.is_complex() for tensor in tensors)
        if tensors and tensors[0].is_floating_point() and tensors[0].numel() <= MOST_KNOWN:
            # Values that only rounding or the sign tells apart are the same input; those of a difference are not.
            digits = 9 if tensors[0].dtype is torch.float64 else 5
            count["known"].update(round(abs(v), digits) for v in tensors[0].detach().flatten().tolist())
            count["inputs"] = len(count["known"])
            count["shifted"] |= _is_shifted(tensors[0].detach(), last)


def _is_shifted(given: torch.Tensor, last: list[torch.Tensor]) -> bool:
    """Whether all entries differ from those of one of the last inputs by the same small step; keeps the input."""
    alike = [old for old in last if old.shape == given.shape and old.dtype is given.dtype]
    last[:] = [*last[1 - MOST_LAST :], given.clone()]
    if given.numel() < 4 or bool((given == given.flatten()[0]).all()):
        return False
    gaps = [(given - old).abs() for old in alike]
    return any(0 < gap.max() < LARGEST_STEP and gap.max() - gap.min() <= 0.01 * gap.max() for gap in gaps)


class Operations(TorchFunctionMode):
    """Add each call of torch's curved functions, or with complex numbers, to the counts, unless a stand-in orders it.

    A mode for calls costs a third of one for operators (TorchDispatchMode), which also sees what calls do inside.
    """

    def __init__(self, count: dict[str, Any]) -> None:
        super().__init__()
        self._count = count
        self._last: dict[str, list[torch.Tensor]] = {}

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        first = args[0] if args else None
        name = getattr(func, "__name__", "").strip("_")
        if name in CURVED and isinstance(first, torch.Tensor) and not _is_supplied(sys._getframe(1)):
            self._count["calls"] += 1  # before the call, which may change its input
            _note(self._count, [first], self._last.setdefault(name, []))
        result = func(*args, **(kwargs or {}))
        if (_is_complex(result) or (args and _is_complex(first))) and not _is_supplied(sys._getframe(1)):
            self._count["calls"] += 1
            self._count["complex"] = True
        return result


def _is_complex(value: Any) -> bool:
    if type(value) is torch.Tensor:
        return value.is_complex()
    with torch._C.DisableTorchFunctionSubclass():
        return isinstance(value, torch.Tensor) and value.is_complex()


class unwatched:
    """For what the grader itself does in a watched part of a test: it is not counted, and is not slowed down."""

    def __enter__(self) -> None:
        profile = sys.getprofile()
        # One that the student has set, which may not even be a function, stays.
        is_ours = isinstance(profile, FunctionType) and profile.__module__ == __name__
        self._profile = profile if is_ours else None
        if self._profile is not None:
            sys.setprofile(None)
            self._plain = torch._C.DisableTorchFunction()
            self._plain.__enter__()

    def __exit__(self, *_: object) -> None:
        if self._profile is not None:
            self._plain.__exit__(None, None, None)
            sys.setprofile(self._profile)


def no_work() -> dict[str, Any]:
    """The counts of a function before its first call: `entries` are those of the first tensor of each call, `inputs`
    the different absolute values among them; `complex`: one was complex; `shifted`: two inputs differ by the same small
    step in all entries."""
    return {"calls": 0, "entries": 0, "inputs": 0, "complex": False, "shifted": False, "known": set(), "last": []}


def _is_supplied(frame: FrameType | None) -> bool:
    """Whether the nearest code of the student or of a stand-in is a stand-in's."""
    while frame is not None:
        if cell_of(frame.f_code.co_filename) is not None:
            return False
        if frame.f_code.co_filename == SUPPLIED:
            return True
        frame = frame.f_back
    return False


def _found(name: str, known: Mapping[str, Any], resolve: Callable[[str], Any]) -> Iterator[Any]:
    first, *rest = name.split(".")
    if first in known:
        found = known[first]
        for part in rest:
            found = getattr(found, part, None)
        yield found
    yield resolve(name)


def _code_of(function: Any) -> CodeType | None:
    """The code that a call runs, below decorators and partial functions; None if it is not written in Python."""
    try:
        if isinstance(function, type):
            function = function.__init__  # type: ignore[misc]
        for _ in range(20):
            inner = (getattr(function, name, None) for name in ("__wrapped__", "func", "__func__"))
            function = next((below for below in inner if below is not None), function)
        if isinstance(function, torch.nn.Module):
            function = type(function).forward
        found = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    except BaseException:  # a student's object may raise anything
        return None
    return found if isinstance(found, CodeType) else None


def _within(code: CodeType, name: str) -> Iterator[CodeType]:
    """The functions of this name that a code defines."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            if part.co_name == name:
                yield part
            yield from _within(part, name)
