"""The calls that a test makes: a function of the answers gets copies, so it cannot spoil the next call.

The source of a test is compiled with every call `f(x)` turned into `__call__(f, x)`; names and identities stay as they
are. An argument that the reference changes in place is passed as it is: there the change is the answer.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import ctypes
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch

from .counted import unwatched

CALL = "__call__"
# These look at the frame that calls them, or have nothing to copy.
PLAIN = frozenset(dir(builtins))
VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class _Calls(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in PLAIN:
            return node
        function = ast.copy_location(ast.Name(CALL, ast.Load()), node)
        return ast.copy_location(ast.Call(function, [node.func, *node.args], node.keywords), node)


def rewritten(source: str) -> ast.Module:
    """The tree of a source in which each call goes through `__call__`."""
    tree = _Calls().visit(ast.parse(source))
    return ast.fix_missing_locations(tree)  # type: ignore[no-any-return]


class Unsuitable(TypeError):
    """A function of the answers does not take the arguments that it should; raised before any of its code has run."""


class Calls:
    """`__call__` for one test: it knows the functions of the answers, and notes which arguments they change.

    `in_place`: arguments that are passed as they are, as "train.2" (the position) or "train.theta" (the keyword).
    `changed`: all arguments that were changed, in the same form, with the parameter's name in `mutated`.
    """

    def __init__(self, is_answer: Callable[[Any], bool], in_place: Iterable[str] = ()) -> None:
        self._is_answer = is_answer
        self._in_place = frozenset(in_place)
        self.changed: set[str] = set()
        self.mutated: list[str] = []
        self.spoilt: dict[int, torch.Tensor] = {}  # arguments that were changed, by address
        self.last = ""  # the function of the answers that was called last
        self.gave_nothing = False  # it returned None

    def __call__(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not self._is_answer(function):
            return function(*args, **kwargs)
        with unwatched():
            args, kwargs = _in_own_names(function, args, kwargs)
            name = self.last = _name(function)
            given = {**{str(k): value for k, value in enumerate(args)}, **kwargs}
            copies = {key: _copied(value) for key, value in given.items()}
            passed = {key: v if f"{name}.{key}" in self._in_place else copies[key] for key, v in given.items()}
            positional = [passed[str(k)] for k in range(len(args))]
            options = {key: passed[key] for key in kwargs}
        try:
            self.gave_nothing = False
            result = function(*positional, **options)
            self.gave_nothing = result is None
            return result
        except TypeError as error:
            raised_here = error.__traceback__ is not None and error.__traceback__.tb_next is None
            if raised_here and not _binds(function, args, kwargs):
                raise Unsuitable(str(error)) from None
            raise
        finally:
            with unwatched():
                # Either the function got the copies, or they have kept the values from before the call.
                changed = [key for key in given if _differs(given[key], copies[key])]
                for key in changed:
                    self.spoilt |= {tensor.data_ptr(): tensor for tensor in _changed_tensors(given[key], copies[key])}
                self._note(function, name, dict.fromkeys(changed))

    def _note(self, function: Any, name: str, keys: Mapping[str, None]) -> None:
        if not keys:
            return
        parameters = _parameter_names(function)
        for key in keys:
            self.changed.add(f"{name}.{key}")
            if f"{name}.{key}" not in self._in_place:
                self.mutated.append(parameters[int(key)] if key.isdigit() and int(key) < len(parameters) else key)


def _in_own_names(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments by the names that the student gave them.

    Where names.toml maps some, `__arguments__` holds the asked parameters in order, and the student's name for each
    that is mapped; the others go by their names, or in order. Elsewhere an option that the function does not know is
    its next optional argument of that kind.
    """
    try:
        has_mapped = hasattr(function, "__arguments__")
        if not has_mapped and (not kwargs or _binds(function, args, kwargs)):
            return args, kwargs  # most calls: reading a signature would take as long as the call itself
        own = [p for p in inspect.signature(function).parameters.values() if p.kind not in VARIABLE]
        if has_mapped:
            order, mapped = function.__arguments__
            names = {asked: mapped.get(asked, asked) for asked in order}
            names = {asked: name for asked, name in names.items() if any(name == p.name for p in own)}
            free = [p.name for p in own if p.name not in names.values()]
            names |= dict(zip((asked for asked in order if asked not in names), free, strict=False))
            given = {**dict(zip(order, args, strict=False)), **kwargs}
            return args[len(order) :], {names.get(asked, asked): value for asked, value in given.items()}
        return args, _renamed(own[len(args) :], kwargs)
    except BaseException:  # a student's object may raise anything
        return args, kwargs


def _renamed(free: list[inspect.Parameter], options: dict[str, Any]) -> dict[str, Any]:
    """Options that name no parameter, by the name of one of the same kind: one that begins alike, else the next one."""
    known = {p.name for p in free}
    free = [p for p in free if p.name not in options and p.default is not p.empty]
    found = {key: value for key, value in options.items() if key in known}
    left = {key: value for key, value in options.items() if key not in known}
    for letters in (2, 1, 0):
        for key in list(left):
            same = [p for p in free if _kind(p.default) == _kind(left[key])]
            same = [p for p in same if any(word[:letters] == key[:letters] for word in p.name.lower().split("_"))]
            if same:
                free.remove(same[0])
                found[same[0].name] = left.pop(key)
    return {**found, **left}


def _kind(value: Any) -> str:
    is_text = value is None or isinstance(value, (str, torch.device))
    return "flag" if isinstance(value, bool) else "text" if is_text else "number"


def _name(function: Any) -> str:
    try:
        found = str(function.__qualname__ if hasattr(function, "__qualname__") else type(function).__qualname__)
    except BaseException:  # a student's object may raise anything
        return "?"
    return found.rpartition("<locals>.")[2][:200]


def _binds(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    except BaseException:
        return True
    return True


def _parameter_names(function: Any) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
        return [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except BaseException:
        return []


def _is_array(value: Any) -> bool:
    return type(value).__module__ == "numpy" and type(value).__name__ == "ndarray"


def _copied(value: Any) -> Any:
    """A copy of plain tensors and arrays, also within lists, tuples and dicts; leaves of a graph stay as they are."""
    kind = type(value)
    if kind is torch.Tensor:
        return value if value.requires_grad else value.clone()
    if _is_array(value):
        return value.copy()
    if kind in (list, tuple):
        return kind(_copied(v) for v in value)
    if kind is dict:
        return {k: _copied(v) for k, v in value.items()}
    return value


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """The tensors in an argument; an array counts as a tensor over the same memory."""
    kind = type(value)
    if kind is torch.Tensor:
        if not value.requires_grad:
            yield value
    elif _is_array(value):
        with contextlib.suppress(TypeError, ValueError):  # torch has no such dtype, or no negative strides
            yield torch.from_numpy(value)
    elif kind in (list, tuple):
        for item in value:
            yield from tensors_in(item)
    elif kind is dict:
        for item in value.values():
            yield from tensors_in(item)


def _differs(value: Any, copy: Any) -> bool:
    """Whether a value and its copy are no longer the same, since one of them was changed."""
    kind = type(value)
    if kind is not type(copy):
        return True
    if kind is torch.Tensor:
        shared = value.requires_grad or copy.requires_grad
        return value is not copy if shared else not same_bytes(value, copy)
    if _is_array(value):
        return bool(value.dtype != copy.dtype or value.shape != copy.shape or value.tobytes() != copy.tobytes())
    if kind in (list, tuple):
        return len(value) != len(copy) or any(map(_differs, value, copy))
    if kind is dict:
        return value.keys() != copy.keys() or any(_differs(value[key], copy[key]) for key in value)
    if kind in (int, float, str):
        return bool(value != copy and (value == value or copy == copy))  # NaN and NaN are the same
    return value is not copy


def _changed_tensors(value: Any, copy: Any) -> Iterator[torch.Tensor]:
    """The tensors of a value that differ from those of its copy; all of them if their number does."""
    own, others = list(tensors_in(value)), list(tensors_in(copy))
    for k, tensor in enumerate(own):
        if len(own) != len(others) or not same_bytes(tensor, others[k]):
            yield tensor


def same_bytes(now: torch.Tensor, before: torch.Tensor) -> bool:
    """Whether two tensors have the same shape, type and bytes (here a NaN equals itself)."""
    if now.shape != before.shape or now.dtype != before.dtype:
        return False
    if now.is_cuda or before.is_cuda:
        return bool(torch.equal(now.nan_to_num(), before.nan_to_num()))
    now, before = now.detach().contiguous(), before.detach().contiguous()
    size = before.numel() * before.element_size()
    return size == 0 or ctypes.string_at(now.data_ptr(), size) == ctypes.string_at(before.data_ptr(), size)
