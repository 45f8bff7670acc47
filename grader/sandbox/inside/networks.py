"""The parameters of a network, recognised by their shapes, then by their names."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch

# A parameter that holds a single number is recognised by its value, which float32 keeps to seven digits.
SAME_NUMBER = 1e-5


class Slot(NamedTuple):
    """One parameter: the author's name, its own dotted name, its canonical shape, and whether it is transposed."""

    name: str
    own: str
    shape: tuple[int, ...]
    transposed: bool = False


class Unrecognised(Exception):
    """A network lacks parameters; the text lists their names and shapes."""


def named(net: Any) -> dict[str, torch.Tensor]:
    """The parameters of a module by name; those that only `parameters()` lists, by their place in that list."""
    own = {str(name): p for name, p in getattr(net, "named_parameters", tuple)()}
    known = {id(p) for p in own.values()}
    return own | {f"parameters()[{k}]": p for k, p in enumerate(net.parameters()) if id(p) not in known}


def recognise(
    own: Mapping[str, torch.Tensor],
    shapes: Mapping[str, tuple[int, ...]] | None,
    scalars: Mapping[str, float],
) -> list[Slot]:
    """The slot of each parameter. With `shapes` by shape, transposed or not; else all in the order of their shapes."""
    found = [slot for name, value in scalars.items() for slot in _scalar(name, value, own)[:1]]
    if scalars and not found:
        raise Unrecognised(", ".join(f"{name} = {value:g}" for name, value in scalars.items()))
    if shapes is None:
        taken = {slot.own for slot in found}
        rest = [(tuple(p.shape), name) for name, p in own.items() if name not in taken]
        rest.sort(key=lambda item: (len(item[0]), item[0]))  # stable: equal shapes keep the network's order
        return [Slot(f"θ{k}", name, shape) for k, (shape, name) in enumerate(rest, 1)] + found
    missing, taken = [], set()
    for name, shape in shapes.items():
        slot = next((s for s in _by_shape(name, tuple(shape), own) if s.own not in taken), None)
        if slot is None:
            missing.append(f"{name} {tuple(shape)}")
        else:
            taken.add(slot.own)
            found.append(slot)
    if missing:
        raise Unrecognised(", ".join(missing))
    return found


def placed_as(
    own: Mapping[str, torch.Tensor],
    other: Mapping[str, torch.Tensor],
    known: Iterable[Slot],
    shapes: Mapping[str, tuple[int, ...]],
) -> list[Slot]:
    """The slots of a network by those of another one of its class: its parameters have the same places.

    So parameters of equal shapes are told apart. Raises Unrecognised if one has another size than `shapes` says.
    """
    places, names = {name: k for k, name in enumerate(other)}, list(own)
    found = [
        Slot(slot.name, names[places[slot.own]], tuple(shapes[slot.name]), slot.transposed)
        for slot in known
        if slot.name in shapes and places[slot.own] < len(names)
    ]
    fitting = {slot.name for slot in found if own[slot.own].numel() == math.prod(slot.shape)}
    if missing := [f"{name} {tuple(shape)}" for name, shape in shapes.items() if name not in fitting]:
        raise Unrecognised(", ".join(missing))
    return found


def _scalar(name: str, value: float, own: Mapping[str, torch.Tensor]) -> list[Slot]:
    return [
        Slot(name, key, tuple(p.shape))
        for key, p in own.items()
        if p.numel() == 1 and abs(float(p.detach()) - value) < SAME_NUMBER
    ]


def _by_shape(name: str, shape: tuple[int, ...], own: Mapping[str, torch.Tensor]) -> Iterable[Slot]:
    forms = {shape: False}
    if len(shape) == 2:
        forms.setdefault((shape[1], shape[0]), True)
    if len(shape) == 1:
        forms |= {(1, *shape): False, (*shape, 1): False}
    for key, p in own.items():
        if tuple(p.shape) in forms:
            yield Slot(name, key, shape, forms[tuple(p.shape)])


def start_scale(shape: tuple[int, ...]) -> float:
    """A standard deviation at which no activation saturates: 1/sqrt(fan in) for weights, 1/2 for biases."""
    return float(shape[0] ** -0.5) if len(shape) == 2 else 0.5


def put(parameter: torch.Tensor, value: torch.Tensor, slot: Slot) -> None:
    """Copy a value in canonical shape into a parameter, in place, without a graph."""
    with torch.no_grad():
        parameter.copy_((value.T if slot.transposed else value).reshape(parameter.shape))


class Filled(torch.nn.Parameter):
    """A parameter that keeps a gradient of another shape, which torch refuses, so that the rest of backward is judged.

    A vector for a bias of shape (1, n) is refused as by torch, since both look equal in the canonical shape.
    """

    @property
    def grad(self) -> torch.Tensor | None:
        refused: torch.Tensor | None = self.__dict__.get("refused")
        return _GRAD.__get__(self) if refused is None else refused

    @grad.setter
    def grad(self, value: torch.Tensor | None) -> None:
        self.__dict__.pop("refused", None)
        of_other_shape = isinstance(value, torch.Tensor) and value.shape != self.shape and value.dtype == self.dtype
        if of_other_shape and value is not None and (value.dim() != 1 or self.dim() == 1):
            _GRAD.__set__(self, None)
            self.__dict__["refused"] = value
        else:
            _GRAD.__set__(self, value)

    @grad.deleter
    def grad(self) -> None:
        self.grad = None


_GRAD: Any = torch._C.TensorBase.grad
Filled.__name__ = Filled.__qualname__ = "Parameter"  # as a student sees it


def gradient(parameter: torch.Tensor, slot: Slot) -> torch.Tensor | None:
    """A parameter's gradient in the canonical shape; a gradient of another shape than the parameter keeps its own."""
    grad = parameter.grad
    if grad is None or grad.shape == parameter.shape:
        return None if grad is None else canonical(grad, slot)
    return (grad.t() if slot.transposed and grad.dim() == 2 else grad).detach().clone()


def canonical(value: torch.Tensor, slot: Slot) -> torch.Tensor:
    """A parameter's value or gradient in the canonical shape; unchanged when its size differs."""
    value = value.detach()
    if value.numel() != math.prod(slot.shape):
        return value.clone()
    return (value.t() if slot.transposed and value.dim() == 2 else value).reshape(slot.shape).clone()
