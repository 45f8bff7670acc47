"""Count the calls of functions of the answers while a part of a test runs."""

from __future__ import annotations

import contextlib
import inspect
import sys
import threading
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

import torch

Counts = dict[str, Any]


@contextlib.contextmanager
def counted(functions: Mapping[str, Any], counts: Mapping[str, Counts]) -> Iterator[None]:
    """Add each call of a function, also from another thread, to the counts of its name.

    The functions stay as they are, because answers compare them (`f is relu`). Of names that share their code the first
    one counts. Code that sets a profile function of its own inside ends the counting.
    """
    names: dict[CodeType, str] = {}
    for name, function in functions.items():
        if (code := _code(function)) is not None:
            names.setdefault(code, name)

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code in names:
            _add(counts[names[frame.f_code]], frame)

    before = sys.getprofile()
    sys.setprofile(profile)
    threading.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


def _add(count: Counts, frame: FrameType) -> None:
    code = frame.f_code
    parameters = code.co_varnames[
        : code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & inspect.CO_VARARGS)
    ]
    given = [frame.f_locals.get(name) for name in parameters]
    given = [part for value in given for part in (value if type(value) is tuple else (value,))]
    tensor = next((value for value in given if isinstance(value, torch.Tensor)), None)
    count["calls"] += 1
    if tensor is None:
        count["entries"] += 1
        count["complex"] |= any(type(value) is complex for value in given)
        return
    with torch._C.DisableTorchFunctionSubclass():
        count["entries"] += tensor.numel()
        count["complex"] |= tensor.is_complex()


def _code(function: Any) -> CodeType | None:
    """The code that runs when an object is called: below decorators, of an instance's class, of a partial function."""
    for _ in range(20):
        inner = getattr(function, "__wrapped__", None) or getattr(function, "func", None)
        inner = inner or getattr(function, "__func__", None)
        if inner is None:
            break
        function = inner
    code = getattr(function, "__code__", None)
    if code is None:
        own = getattr(type(function), "forward" if isinstance(function, torch.nn.Module) else "__call__", None)
        code = getattr(own, "__code__", None)
    return code if isinstance(code, CodeType) else None
