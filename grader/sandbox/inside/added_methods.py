"""Decorators of course libraries that add a method to a class: d2l's add_to_class and fastcore's patch."""

from __future__ import annotations

import functools
import sys
import types
import typing
from collections.abc import Callable
from typing import Any


def add_to_class(Class: type) -> Callable[[Any], Any]:
    """`@d2l.add_to_class(FFNN)` makes a function a method of FFNN."""

    def add(function: Any) -> Any:
        setattr(Class, function.__name__, function)

    return add


def patch_to(
    cls: Any, as_prop: bool = False, cls_method: bool = False, set_prop: bool = False, **_: Any
) -> Callable[[Any], Any]:
    """`@patch_to(FFNN)` makes a function a method, a property or a class method of FFNN, or of several classes."""

    def add(function: Any) -> Any:
        member: Any = property(function) if as_prop else classmethod(function) if cls_method else function
        for one in cls if isinstance(cls, (tuple, list)) else (cls,):
            if set_prop:
                member = getattr(one, function.__name__).setter(function)
            setattr(one, function.__name__, member)
        return function

    return add


def patch(f: Any = None, **kwargs: Any) -> Any:
    """`@patch` makes a function a method of the class that its first parameter is annotated with."""
    if f is None:
        return functools.partial(patch, **kwargs)
    name, said = next(iter(f.__annotations__.items()))
    if isinstance(said, str):
        alone = types.SimpleNamespace(__annotations__={name: said})
        said = typing.get_type_hints(alone, globalns=f.__globals__)[name]
    classes = typing.get_args(said) if isinstance(said, types.UnionType) or typing.get_origin(said) else said
    return patch_to(classes, cls_method=kwargs.pop("cls_method", name == "cls"), **kwargs)(f)


class HyperParameters:
    """d2l.HyperParameters: save_hyperparameters makes attributes of the arguments of the method that calls it."""

    def save_hyperparameters(self, ignore: Any = ()) -> None:
        caller = sys._getframe(1)
        code = caller.f_code
        names = code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        self.hparams = {n: caller.f_locals[n] for n in names if n not in set(ignore) and not n.startswith("_")}
        for name, value in self.hparams.items():
            setattr(self, name, value)


MEMBERS = {"add_to_class": add_to_class, "patch": patch, "patch_to": patch_to, "HyperParameters": HyperParameters}
