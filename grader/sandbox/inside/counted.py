"""Count the calls of named functions in a test, or in a part of it: a function is known by its code, not its name."""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
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

    A function stays the same object, because answers compare them (`f is relu`): it gets code with the same parameters
    that adds the call and passes it on. Python's hooks for calls would slow down all code inside. Of names for the same
    function the first one counts.
    """
    codes: dict[FunctionType, CodeType] = {}
    try:
        for name, function in functions.items():
            found = _function_of(function)
            if found is not None and found not in codes:
                codes[found] = found.__code__
                found.__code__ = _adding(found, counts[name])
        yield
    finally:
        for found, code in codes.items():
            found.__code__ = code
        for count in counts.values():
            count["inputs"] = len({round(v, digits) for digits, values in count.pop("known").items() for v in values})
            del count["last"]


def _adding(function: FunctionType, count: dict[str, Any]) -> CodeType:
    """Code for the function that adds each call to the count before it runs the code of now."""
    code = function.__code__
    inner = FunctionType(code, function.__globals__, function.__name__, None, function.__closure__)
    stars = bool(code.co_flags & inspect.CO_VARARGS), bool(code.co_flags & inspect.CO_VARKEYWORDS)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + sum(stars)]
    made = _passing_on(names, code.co_posonlyargcount, code.co_argcount, *stars)
    filled = {ADD: lambda *given: _add(count, given), PASS_ON: inner}
    return made.replace(
        co_consts=tuple(filled.get(c, c) if type(c) is str else c for c in made.co_consts),
        co_name=code.co_name, co_qualname=code.co_qualname, co_freevars=code.co_freevars,
    )  # fmt: skip


ADD, PASS_ON = "add", "pass on"  # constants of the code below, in whose place the functions come


@lru_cache(maxsize=1000)
def _passing_on(names: tuple[str, ...], only: int, count: int, star: bool, stars: bool) -> CodeType:
    """The code of `def f(a, /, b, *c, d, **e): add(a, b, c, d); return pass_on(a, b, *c, d=d, **e)`.

    `names` as in `co_varnames`; the first `count` are positional, `only` of them have no name for a call.
    """
    positional, others = names[:count], list(names[count:])
    more = f"**{others.pop()}" if stars else ""
    rest = f"*{others.pop()}" if star else ""
    asked = [*positional[:only], *(["/"] if only else []), *positional[only:], rest or ("*" if others else ""), *others]
    given = [*positional, rest, *(f"{name}={name}" for name in others), more]
    seen = [*positional, *others, rest.lstrip("*")]
    asked, given, seen = (", ".join(filter(None, part)) for part in ([*asked, more], given, seen))  # type: ignore
    source = f"def f({asked}):\n _1_ = {ADD!r}\n _1_({seen})\n _1_ = {PASS_ON!r}\n return _1_({given})"
    return next(c for c in compile(source, "<watched>", "exec").co_consts if isinstance(c, CodeType))


def _add(count: dict[str, Any], given: Sequence[Any]) -> None:
    given = [part for value in given for part in (value if type(value) is tuple else (value,))]
    tensors = [value for value in given if isinstance(value, torch.Tensor)]
    count["calls"] += 1
    count["complex"] |= any(type(value) is complex for value in given)
    _note(count, tensors, count["last"])


def _note(count: dict[str, Any], tensors: Sequence[torch.Tensor], last: list[Any]) -> None:
    """Add the values of a call, whose tensors these are, to a count; `last` are inputs of the calls before."""
    with unwatched():
        count["entries"] += tensors[0].numel() if tensors else 1
        count["complex"] |= any(tensor.is_complex() for tensor in tensors)
        if tensors and tensors[0].is_floating_point() and tensors[0].numel() <= MOST_KNOWN:
            kind, values = (tensors[0].dtype, tensors[0].shape), tensors[0].detach().flatten().tolist()
            # Values that only rounding or the sign tells apart are the same input; those of a difference are not.
            count["known"][9 if tensors[0].dtype is torch.float64 else 5].update(map(abs, values))
            count["shifted"] |= _is_shifted(values, [old for known, old in last if known == kind])
            last[:] = [*last[1 - MOST_LAST :], (kind, values)]


def _is_shifted(given: list[float], last: list[list[float]]) -> bool:
    """Whether all entries differ from those of one of the last inputs by the same small step."""
    if len(given) < 4 or given.count(given[0]) == len(given):
        return False
    for old in last:
        gap = abs(given[0] - old[0])
        if 0 < gap < LARGEST_STEP and abs(abs(given[1] - old[1]) - gap) <= 0.02 * gap:  # few inputs get further
            gaps = [abs(a - b) for a, b in zip(given, old, strict=True)]
            if max(gaps) < LARGEST_STEP and max(gaps) - min(gaps) <= 0.01 * max(gaps):
                return True
    return False


class Operations(TorchFunctionMode):
    """Add each call of torch's curved functions, or with complex numbers, to the counts, unless a stand-in orders it.

    A mode for calls costs a third of one for operators (TorchDispatchMode), which also sees what calls do inside.
    """

    def __init__(self, count: dict[str, Any]) -> None:
        super().__init__()
        self._count = count
        self._last: dict[str, list[Any]] = {}

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


# For what the grader itself does in a test: operations in it are not counted.
unwatched = torch._C.DisableTorchFunction


def no_work() -> dict[str, Any]:
    """The counts of a function before its first call: `entries` are those of the first tensor of each call, `inputs`
    the different absolute values among them; `complex`: one was complex; `shifted`: two inputs differ by the same small
    step in all entries."""
    known: dict[int, set[float]] = {9: set(), 5: set()}  # inputs by the digits that tell them apart
    return {"calls": 0, "entries": 0, "inputs": 0, "complex": False, "shifted": False, "known": known, "last": []}


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
    found = _function_of(function)
    return found.__code__ if found is not None else None


def _function_of(function: Any) -> FunctionType | None:
    """The function whose code a call runs, below decorators and partial functions; None if it is not Python."""
    try:
        if isinstance(function, type):
            function = function.__init__  # type: ignore[misc]
        for _ in range(20):
            inner = (getattr(function, name, None) for name in ("__wrapped__", "func", "__func__"))
            below = next((found for found in inner if found is not None), None)
            if below is None:
                break
            function = below
        if isinstance(function, torch.nn.Module):
            function = type(function).forward
        found = function if isinstance(function, FunctionType) else type(function).__call__
    except BaseException:  # a student's object may raise anything
        return None
    return found if isinstance(found, FunctionType) else None


def _within(code: CodeType, name: str) -> Iterator[CodeType]:
    """The functions of this name that a code defines."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            if part.co_name == name:
                yield part
            yield from _within(part, name)
