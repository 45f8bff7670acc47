"""The statements of a `judge` about evidence, as data: made next to the author's code and compared elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

Statement = dict[str, Any]


def at_most(value: Any, bound: float, label: str, *, partial: float = 0.0, weight: float = 1.0) -> Statement:
    """`value` is at most `bound`. Up to twice the bound, `partial` of the points are earned."""
    return {"kind": "at_most", "label": label, "value": value, "bound": bound, "partial": partial, "weight": weight}


def at_least(value: Any, bound: float, label: str, *, partial: float = 0.0, weight: float = 1.0) -> Statement:
    """`value` is at least `bound`. From half the bound on, `partial` of the points are earned."""
    return {"kind": "at_least", "label": label, "value": value, "bound": bound, "partial": partial, "weight": weight}


def between(value: Any, low: float, high: float, label: str, *, weight: float = 1.0) -> Statement:
    """`value` lies between `low` and `high`, both included."""
    return {"kind": "between", "label": label, "value": value, "low": low, "high": high, "weight": weight}


def near(
    value: Any, right: Any, label: str, *, rtol: float | None = None, atol: float | None = None, weight: float = 1.0
) -> Statement:
    """`value` equals `right` within the tolerance, by default the test's."""
    return {
        "kind": "near",
        "label": label,
        "value": value,
        "right": right,
        "rtol": rtol,
        "atol": atol,
        "weight": weight,
    }


def holds(ok: Any, label: str, *, got: Any = None, weight: float = 1.0) -> Statement:
    """A fact; `got` is the value that the student reads when it does not hold."""
    return {"kind": "holds", "label": label, "ok": bool(ok), "got": got, "weight": weight}


def must(label: str, ok: Any) -> Statement:
    """A fact that earns nothing; when it does not hold, the case earns nothing."""
    return {"kind": "must", "label": label, "ok": bool(ok), "got": None, "weight": 0.0}


def flag(label: str, ok: Any) -> Statement:
    """A fact that earns and costs nothing; when it does not hold, a person should look at the answer."""
    return {"kind": "flag", "label": label, "ok": bool(ok)}


def forbidden(label: str, ok: Any) -> Statement:
    """A fact that earns nothing; when it does not hold, the answer did what `label` names, and earns nothing."""
    return {"kind": "forbidden", "label": label, "ok": bool(ok)}


def number(value: Any) -> float | None:
    """The number of a Python number or a tensor with one entry; None for anything else."""
    if isinstance(value, torch.Tensor) and value.numel() == 1 and not value.is_complex():
        return float(value.detach().reshape(()))
    return float(value) if isinstance(value, (int, float)) else None


def numbers(value: Any) -> list[float] | None:
    """The numbers of a list, a tuple or a tensor; None if one of them is not one. Of a pair of lists, the first."""
    if isinstance(value, tuple) and value and (isinstance(value[0], list) or _has_dimensions(value[0])):
        value = value[0]
    if isinstance(value, torch.Tensor):
        return [float(x) for x in value.detach().reshape(-1).tolist()]
    if isinstance(value, (list, tuple)):
        found = [number(v) for v in value]
        return None if None in found else [x for x in found if x is not None]
    return None


def _has_dimensions(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.dim() > 0


def label(value: Any, classes: int) -> int | None:
    """The class of a label: an index or a one-hot vector; None for anything else."""
    if isinstance(value, torch.Tensor) and value.numel() == classes > 1:
        flat = value.detach().double().reshape(-1)
        place = int(flat.argmax())
        return place if bool(torch.equal(flat, torch.eye(classes, dtype=torch.float64)[place])) else None
    found = number(value)
    return int(found) if found is not None and found == int(found) and 0 <= found < classes else None


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, tensors entry by entry."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        return a.shape == b.shape and bool(torch.equal(a.double(), b.double()))
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return type(a) is type(b) and bool(a == b)


NAMES = {
    f.__name__: f
    for f in (at_most, at_least, between, near, holds, must, flag, forbidden, number, numbers, label, same)
}


class Unsent(BaseException):
    """Evidence is read that was left out; not an Exception, so that the author's code does not handle it."""


class Seen(Mapping[str, Any]):
    """Evidence by its name as written, or by one half of it; it remembers what was read.

    Reading evidence that is `unsent`, of which only the names are known, raises Unsent.
    """

    def __init__(self, values: Mapping[str, Any], unsent: Sequence[str] = ()) -> None:
        self._values = {**values, **dict.fromkeys(unsent)}
        self._full = {half.strip(): name for name in self._values for half in (*name.split("|"), name)}
        self._unsent = frozenset(unsent)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        full = self._full[name]
        if full in self._unsent:
            raise Unsent
        self.read.add(full)
        return self._values[full]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        if name in self._full:
            self.read.add(self._full[str(name)])
        return name in self._full
