"""Give one object methods of its own: record its calls, or freeze a data set. Its copies behave as before."""

from __future__ import annotations

import copyreg
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from .wire import MAX_DEPTH, MAX_PAYLOAD

# Several thousand batches of a class's data set; half a frame leaves room for the JSON around them.
MAX_CALL_BYTES = MAX_PAYLOAD // 2


@dataclass
class Call:
    """One recorded call of a watched method: its arguments as they were before the call, and its result."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    result: Any = None
    _names: Sequence[str] = field(default=(), repr=False)

    def bound(self, *names: str) -> dict[str, Any]:
        """The arguments by these names: of the method's parameters, or where it has others, of its first ones in order.

        None where one is absent.
        """
        order = self._names if set(names) <= set(self._names) else names
        by_position = dict(zip(order, self.args, strict=False))
        own = dict(zip(self._names, order, strict=False))
        by_name = {own.get(key, key): value for key, value in self.kwargs.items()}
        return {name: by_position.get(name, by_name.get(name)) for name in names}


def watch(target: Any, method: str, limit: int) -> list[Call]:
    """The calls of this method of this one object from now on, at most `limit`; the method behaves as before."""
    calls: list[Call] = []
    size = 0
    names = _parameter_names(getattr(target, method))

    def recording(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal size
            if len(calls) >= limit or size > MAX_CALL_BYTES:
                return original(*args, **kwargs)
            given, count = copied((args, kwargs))
            size += count
            result = original(*args, **kwargs)
            kept, count = copied(result)
            size += count
            calls.append(Call(given[0], given[1], kept, names))
            return result

        return call

    replace_method(target, method, recording)
    return calls


def replace_method(target: Any, method: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put `make(bound method)` in the place of a method of this one object.

    The object gets a class of its own, since Python looks special methods up in the class. A copy of the object has
    the same class and its own methods; a pickle names the original class.
    """
    if method in getattr(target, "__dict__", {}):
        object.__setattr__(target, method, make(getattr(target, method)))
        return
    kind = type(target)
    original = getattr(kind, method)
    mine = make(lambda *args, **kwargs: original(target, *args, **kwargs))

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return mine(*args, **kwargs) if self is target else original(self, *args, **kwargs)

    def reduce(self: Any, protocol: Any) -> Any:
        how: Any = object.__reduce_ex__(self, protocol)
        return (copyreg._reconstructor, (kind, object, None), *how[2:])  # type: ignore[attr-defined]

    members = {"__slots__": (), method: call, "__reduce_ex__": reduce, "__module__": kind.__module__}
    own = type(kind.__name__, (kind,), members)
    object.__setattr__(target, "__class__", own)


def copied(value: Any, depth: int = 0) -> tuple[Any, int]:
    """A copy that later changes do not reach, and the bytes of its tensors."""
    kind = type(value)
    if isinstance(value, torch.Tensor):
        with torch._C.DisableTorchFunctionSubclass():
            copy = value.detach().clone()
            return copy, copy.numel() * copy.element_size()
    if kind in (tuple, list) and depth < MAX_DEPTH:
        parts = [copied(item, depth + 1) for item in value]
        return kind(part for part, _ in parts), sum(size for _, size in parts)
    if kind is dict and depth < MAX_DEPTH:
        named = {key: copied(item, depth + 1) for key, item in value.items()}
        return {key: part for key, (part, _) in named.items()}, sum(size for _, size in named.values())
    return value, 0


def _parameter_names(function: Callable[..., Any]) -> Sequence[str]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
        return [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]
    except BaseException:  # a student's object may raise anything
        return ()
