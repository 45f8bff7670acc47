"""Objects that do nothing: they replace plots, widgets and other things that matter only when a person watches."""

from __future__ import annotations

import opcode
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

UNPACK_SEQUENCE = opcode.opmap["UNPACK_SEQUENCE"]
# Operators whose result is the object itself. Comparisons and conversions take it for 0.
ARITHMETIC = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor", "lshift", "rshift",
)  # fmt: skip
UNARY = ("neg", "pos", "abs", "invert", "round", "trunc", "floor", "ceil")
# What other special methods return: as a number it is 0, as a collection it is empty, as a path it is "".
CONSTANT = {
    "int": 0, "float": 0.0, "complex": 0j, "index": 0, "hash": 0, "bool": False, "len": 0, "contains": False,
    "fspath": "", "setitem": None, "delitem": None, "exit": None,
}  # fmt: skip


def _items(owner: Any) -> Iterator[Any]:
    """As many items as the calling instruction unpacks; elsewhere two.

    `fig, (a, b) = plt.subplots(1, 2)` asks for as many items as there are names. Two is the usual case elsewhere.
    """
    caller = sys._getframe(2)
    code, place = caller.f_code.co_code, caller.f_lasti
    count = code[place + 1] if place >= 0 and code[place] == UNPACK_SEQUENCE else 2
    return iter((owner,) * count)


class InertType(type):
    """The type of inert classes: attributes and items of such a class are inert too."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return inert(name)

    def __getitem__(cls, key: Any) -> Any:
        return cls

    def __iter__(cls) -> Iterator[Any]:
        return _items(cls)

    def __repr__(cls) -> str:
        return "<inert>" if cls.__module__ == __name__ else super().__repr__()


class Inert(metaclass=InertType):
    """An object whose attributes, calls, items and contexts are the object itself.

    It counts as 0 where a number is needed, and as nothing where a collection is needed.
    """

    __array_ufunc__ = None  # NumPy leaves operators to the methods below

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        # Python looks for special methods on its own (copy, pickle); it must not find them.
        if name.startswith("__"):
            raise AttributeError(name)
        if _is_class_name(name):
            vars(self)[name] = inert(name)
            return vars(self)[name]
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # As a decorator it changes nothing.
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]
        return self

    def __iter__(self) -> Iterator[Any]:
        return _items(self)

    def __next__(self) -> Any:
        raise StopIteration

    # As a class: `class Mine(widgets.thing)` and `isinstance(x, widgets.thing)`.

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        others = bases[: next(place for place, base in enumerate(bases) if base is self)]
        known = any(isinstance(base, InertType) for base in bases) or any(isinstance(base, Inert) for base in others)
        return () if known else (Inert,)

    def __instancecheck__(self, other: Any) -> bool:
        return type(other) is Inert

    def __subclasscheck__(self, other: Any) -> bool:
        return other is Inert

    # As a number and as text.

    def __divmod__(self, other: Any) -> tuple[Any, Any]:
        return self, self

    __rdivmod__ = __divmod__

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, (int, float)) and other == 0)

    def __lt__(self, other: Any) -> bool:
        return bool(_plain(other) > 0)

    def __le__(self, other: Any) -> bool:
        return bool(_plain(other) >= 0)

    def __gt__(self, other: Any) -> bool:
        return bool(_plain(other) < 0)

    def __ge__(self, other: Any) -> bool:
        return bool(_plain(other) <= 0)

    def __format__(self, spec: str) -> str:
        if spec:
            for zero in (0, 0.0, ""):
                try:
                    return format(zero, spec)
                except ValueError:
                    continue
        return str(self)

    def __repr__(self) -> str:
        return "<inert>"


def _plain(other: Any) -> Any:
    """The number or array to compare with 0."""
    return 0 if isinstance(other, (Inert, str, bytes, type(None), list, tuple, dict)) else other


def itself(self: Any, *_: Any, **__: Any) -> Any:
    """A method that returns its object."""
    return self


def answer(value: Any) -> Callable[..., Any]:
    """A function that returns this value, whatever it is called with."""

    def answering(*_: Any, **__: Any) -> Any:
        return value

    return answering


for _name in ("getitem", "enter", *(f"{kind}{name}" for kind in ("", "r", "i") for name in ARITHMETIC), *UNARY):
    setattr(Inert, f"__{_name}__", itself)
for _name, _value in CONSTANT.items():
    setattr(Inert, f"__{_name}__", answer(_value))


def _is_class_name(name: str) -> bool:
    return name[:1].isupper() and not name.isupper()


def inert(name: str) -> Any:
    """A stand-in for the attribute `name` of a module or class.

    A name in capitalised words (`Figure`, `CommError`) is a class that can be subclassed, caught and asked for.
    """
    if _is_class_name(name):
        if name.endswith("Warning"):
            return type(name, (Warning,), {})
        if name.endswith(("Error", "Exception")):
            return type(name, (Exception,), {})
        return InertType(name, (Inert,), {})
    return Inert()


class InertModule(types.ModuleType):
    """A module whose attributes and submodules are all inert; each attribute keeps its identity."""

    __path__: list[str] = []  # noqa: RUF012 (the type of a module's own attribute)
    __all__: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = inert(name)
        setattr(self, name, found)
        return found


def module(name: str, **members: Callable[..., Any] | Any) -> InertModule:
    """An inert module with some members that do something."""
    made = InertModule(name)
    vars(made).update(members)
    return made
