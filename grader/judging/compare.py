"""Compare two values and say in one sentence how they differ, with the likely cause."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from ..assignment.tolerance import Tolerance
from ..messages import Message, Text, say
from ..results import Difference, Verdict
from ..sandbox.inside.wire import Kind

# The picture of a difference is read by eye: 24 rows and columns fit a phone.
PICTURE = 24
# A generic cause must explain everything and leave less than this share of the expected norm: a value that is right
# except for the cause is as close as float32 computes.
CAUSE_RESIDUE = 1e-4
# A factor that is closer to 1 is not a cause that anybody would look for.
MIN_FACTOR_OFF = 1e-2
# No case expects a hundredth of this. A huge answer could otherwise keep the grader busy with the search for a cause.
CAUSE_ENTRIES = 10_000


@dataclass(frozen=True)
class Comparison:
    """The comparison of an actual value with the expected one.

    `message` has the numbers; `category` names the kind of difference and reveals no values.
    """

    verdict: Verdict
    message: Message
    category: Message
    compared: int = 0
    cause: Message | None = None
    largest_gap: float | None = None  # in tolerances; infinite where NaN or inf was found
    difference: Difference | None = None
    relative_error: float | None = None

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED and self.compared > 0


NOTHING = say("{name} is None: nothing was computed")


def compare(
    name: str | Text, actual: Any, expected: Any, tolerance: Tolerance, sizes: Mapping[str, Any] | None = None
) -> Comparison:
    """Compare the actual value with the expected one, entry by entry, in float64.

    Values are tensors, numbers, booleans, texts, None and tuples of these. A tensor of one entry or a Python number
    counts as a 0-d tensor. `sizes` names numbers of the case (B, C, ...) so that a constant factor can be recognised.
    """
    if actual is None and expected is not None:
        nothing = replace(NOTHING, values={"name": name})
        return Comparison(Verdict.MISSING, nothing, nothing)
    if isinstance(expected, torch.Tensor):
        return _compare_tensors(name, actual, expected, tolerance, sizes or {})
    if isinstance(expected, (tuple, list)):
        return _compare_sequences(name, actual, expected, tolerance, sizes or {})
    if isinstance(expected, float) and not isinstance(actual, (bool, str)):
        return _compare_tensors(name, actual, torch.tensor(expected, dtype=torch.float64), tolerance, sizes or {})
    return _compare_facts(name, actual, expected)


def relative_error(actual: torch.Tensor, expected: torch.Tensor) -> float:
    """|a - e|^2 / (|a|^2 + |e|^2), as in a gradient check; 0 for two zero tensors, 1 for nothing in common."""
    actual, expected = actual.double(), expected.double()
    scale = _squares(actual) + _squares(expected)
    return _squares(actual - expected) / scale if scale else 0.0


def _squares(t: torch.Tensor) -> float:
    flat = t.reshape(-1)
    return float(flat.dot(flat))


def summary(value: Any) -> str:
    """A short form of a value for the report, at most 200 characters: for a tensor shape, dtype, first entries."""
    if isinstance(value, torch.Tensor):
        flat = value.detach().reshape(-1)[:6].tolist()
        entries = ", ".join(_number(x) for x in flat) + (", ..." if value.numel() > 6 else "")
        if value.dim() == 0:
            return entries
        return f"{_shape(value)} {str(value.dtype).removeprefix('torch.')} [{entries}]"
    if isinstance(value, Kind):
        return value.name
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (tuple, list)):
        return ("(" + ", ".join(summary(v) for v in value) + ")")[:200]
    return repr(value)[:200]


def _number(x: float | int | bool) -> str:
    return f"{x:.6g}" if isinstance(x, float) else str(x)


def _shape(t: torch.Tensor) -> str:
    return "(" + ", ".join(map(str, t.shape)) + ("," if t.dim() == 1 else "") + ")"


def _failed(message: Message, category: Message, **more: Any) -> Comparison:
    return Comparison(Verdict.FAILED, message, category, **more)


def _compare_facts(name: str | Text, actual: Any, expected: Any) -> Comparison:
    same = type(actual) is type(expected) and actual == expected
    same = same or (isinstance(actual, torch.Tensor) and actual.numel() == 1 and actual.item() == expected)
    same = same or (isinstance(actual, (int, float)) and not isinstance(expected, str) and actual == expected)
    if same:
        equal = say("{name} is {value}, as expected", name=name, value=_word(expected))
        return Comparison(Verdict.PASSED, equal, equal, compared=1)
    message = say("{name} is {actual}, expected {expected}", name=name, actual=_word(actual), expected=_word(expected))
    if expected is True and actual is False:
        message = say("expected: {name}; it is not so", name=name)
    return _failed(message, say("{name} is not as expected", name=name), compared=1)


def _word(value: Any) -> str | Text:
    if isinstance(value, bool):
        return Text("sí", "yes") if value else Text("no", "no")
    return value[:200] if isinstance(value, str) else summary(value)


def _compare_sequences(
    name: str | Text, actual: Any, expected: Any, tolerance: Tolerance, sizes: Mapping[str, Any]
) -> Comparison:
    if not isinstance(actual, (tuple, list)) or len(actual) != len(expected):
        message = say("{name} should have {count} values, but it is {kind}", name=name, count=len(expected),
                      kind=summary(actual))  # fmt: skip
        if isinstance(actual, (tuple, list)):
            message = say("the number of values of {name} is {actual}, expected {expected}", name=name,
                          actual=len(actual), expected=len(expected))  # fmt: skip
        return _failed(message, say("{name} has the wrong number of values", name=name), compared=1)
    compared = 0
    for position, (a, e) in enumerate(zip(actual, expected, strict=True)):
        one = compare(name + f"[{position}]", a, e, tolerance, sizes)
        compared += one.compared
        if not one.passed:
            return one
    right = say("{name} equals the reference", name=name)
    return Comparison(Verdict.PASSED, right, right, compared=compared)


def _as_tensor(value: Any) -> torch.Tensor | None:
    if isinstance(value, torch.Tensor):
        return value.detach()
    if isinstance(value, (bool, int, float)):
        return torch.tensor(float(value), dtype=torch.float64)
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, (bool, int, float)) for v in value):
        return torch.tensor([float(v) for v in value], dtype=torch.float64)
    if isinstance(value, (list, tuple)) and len(value) == 1:
        return _as_tensor(value[0])
    return None


def _compare_tensors(
    name: str | Text, actual: Any, expected: torch.Tensor, tolerance: Tolerance, sizes: Mapping[str, Any]
) -> Comparison:
    tensor = _as_tensor(actual)
    if tensor is None:
        what = actual.name if isinstance(actual, Kind) else type(actual).__name__
        return _failed(
            say("{name} should be a tensor of shape {shape}, but its type is {what}", name=name,
                shape=_shape(expected), what=what),
            say("{name} is not a tensor", name=name), compared=1,
        )  # fmt: skip
    if expected.dim() == 0 and tensor.numel() == 1:
        tensor = tensor.reshape(())
    if tensor.shape != expected.shape:
        small = tensor.numel() <= CAUSE_ENTRIES and tensor.dim() <= 6
        cause = next(_shape_causes(tensor.double(), expected.detach().double(), tolerance), None) if small else None
        return _failed(
            say("{name} has shape {actual}, expected {expected}", name=name, actual=_shape(tensor),
                expected=_shape(expected)),
            say("{name} has the wrong shape", name=name), compared=1, cause=cause,
        )  # fmt: skip
    if expected.numel() == 0:
        return _failed(say("{name} is empty", name=name), say("{name} is empty", name=name))
    return _compare_entries(name, tensor.double(), expected.detach().double(), tolerance, sizes)


def _compare_entries(
    name: str | Text, a: torch.Tensor, e: torch.Tensor, tolerance: Tolerance, sizes: Mapping[str, Any]
) -> Comparison:
    allowed = tolerance.atol + tolerance.rtol * e.abs()
    gap = (a - e).abs() / allowed
    total, error, largest = e.numel(), relative_error(a, e), float(gap.max())
    if not largest <= 1.0:
        # Equal infinities are equal. Any other NaN or inf makes the gap NaN or infinite, which `<=` refuses.
        gap = torch.where(a == e, torch.zeros_like(e), gap)
        largest = float(gap.max())
    if largest <= 1.0:
        message = say("{name} equals the reference", name=name)
        return Comparison(Verdict.PASSED, message, message, total, largest_gap=largest, relative_error=error)
    right = gap <= 1.0
    wrong = total - int(right.sum())
    picture = _picture(gap)
    odd = ~torch.isfinite(a) & ~right
    if odd.any():
        where = _index(odd.int().argmax(), a)
        value = _number(float(a.reshape(-1)[int(odd.int().argmax())]))
        numbers = say(
            "{name} has {count} of {total} entries that are nan or inf; the first is {value} at {where}",
            name=name, count=int(odd.sum()), total=total, value=value, where=where,
        )  # fmt: skip
        if e.dim() == 0 and bool(torch.isfinite(e)):
            numbers = say("{name} is {actual}, expected {expected}", name=name, actual=value,
                          expected=_number(e.item()))  # fmt: skip
        return _failed(
            numbers,
            say("{name} has entries that are nan or inf", name=name),
            compared=total, largest_gap=math.inf, difference=picture, relative_error=1.0,
        )  # fmt: skip
    worst = int(gap.argmax())
    numbers = say(
        "{name} is off in {wrong} of {total} entries; the largest gap is {gap} at {where}, {allowed} is allowed",
        name=name,
        wrong=wrong,
        total=total,
        gap=f"{float((a - e).abs().reshape(-1)[worst]):.1e}",
        where=_index(worst, e),
        allowed=f"{float(allowed.reshape(-1)[worst]):.1e}",
    )
    if e.dim() == 0:
        numbers = say("{name} is {actual}, expected {expected} (± {allowed})", name=name, actual=_number(a.item()),
                      expected=_number(e.item()), allowed=f"{float(allowed):.1e}")  # fmt: skip
    cause = next(_value_causes(a, e, tolerance, sizes), None)
    return _failed(
        numbers, say("the values of {name} differ from the expected ones", name=name), compared=total, cause=cause,
        largest_gap=largest, difference=picture, relative_error=error,
    )  # fmt: skip


def _index(flat: int | torch.Tensor, like: torch.Tensor) -> str:
    position: list[str] = []
    left = int(flat)
    for size in reversed(like.shape):  # torch.unravel_index imports sympy, which takes seconds
        left, here = divmod(left, size)
        position.insert(0, str(here))
    return f"({', '.join(position)})"


def _picture(gap: torch.Tensor) -> Difference | None:
    if gap.dim() == 0:
        return None
    matrix = gap.reshape(-1, gap.shape[-1]) if gap.dim() > 1 else gap.reshape(1, -1)
    shown = matrix[:PICTURE, :PICTURE]
    rows = tuple(tuple(-1.0 if not math.isfinite(x) else float(f"{x:.3g}") for x in row) for row in shown.tolist())
    return Difference(tuple(gap.shape), rows, cut=shown.shape != matrix.shape)


def _close(a: torch.Tensor, e: torch.Tensor, tolerance: Tolerance) -> bool:
    """Whether `a` explains `e`: the shapes are the same, and the residue is small compared with the norm of `e`."""
    if a.shape != e.shape or not torch.isfinite(a).all():
        return False
    slack = tolerance.atol * math.sqrt(e.numel()) + CAUSE_RESIDUE * float(e.norm())
    return float((a - e).norm()) <= slack


def _shape_causes(a: torch.Tensor, e: torch.Tensor, tolerance: Tolerance) -> Iterator[Message]:
    if a.numel() == e.numel() and _close(a.reshape(e.shape), e, tolerance):
        yield say("the entries are right, but the shape is not: look at keepdim, squeeze and unsqueeze")
    if a.dim() == 2 and tuple(a.shape) == tuple(reversed(e.shape)):
        if _close(a.T, e, tolerance):
            yield say("the result is the transpose of the right answer")
        else:
            yield say("the shape is the transpose of the expected one")
    for dim in range(a.dim()):
        if _close(a.sum(dim), e, tolerance):
            yield say("the sum of the result over dimension {dim} is the right answer: that sum is missing", dim=dim)
        if _close(a.mean(dim), e, tolerance):
            yield say("the mean of the result over dimension {dim} is the right answer: that mean is missing", dim=dim)
    if e.dim() == 0:
        if _close(a.sum(), e, tolerance):
            yield say("the sum of all entries is the right answer: the result should be a single number")
        if _close(a.mean(), e, tolerance):
            yield say("the mean of all entries is the right answer: the result should be a single number")


def _value_causes(
    a: torch.Tensor, e: torch.Tensor, tolerance: Tolerance, sizes: Mapping[str, Any]
) -> Iterator[Message]:
    if not a.any():
        yield say("every entry is zero")
        return
    if e.numel() > 1 or sizes:
        yield from _factor(a, e, tolerance, sizes)
    if e.numel() == 1:
        return
    if e.dim() == 2 and e.shape[0] == e.shape[1] and _close(a.T, e, tolerance):
        yield say("the result is the transpose of the right answer")
    shift = a - e
    if _close(a - shift.mean(), e, tolerance):
        yield say("every entry is off by the same amount")
    for step, dim in itertools.product((1, -1), range(e.dim())):
        if e.shape[dim] > 2 and _close(a.roll(step, dim), e, tolerance):
            yield say("the result is shifted by one along dimension {dim}", dim=dim)
    if _close(a.reshape(-1).sort().values, e.reshape(-1).sort().values, tolerance):
        yield say("the values are right, but they are in another order")
    for dim in range(e.dim() if e.dim() > 1 else 0):
        means = e.mean(dim, keepdim=True).expand_as(e)
        if _close(a, means, tolerance):
            yield say(
                "the result was averaged over dimension {dim}, where each entry should keep its own value", dim=dim
            )


def _factor(a: torch.Tensor, e: torch.Tensor, tolerance: Tolerance, sizes: Mapping[str, Any]) -> Iterator[Message]:
    norm = float((e * e).sum())
    if norm == 0:
        return
    factor = float((a * e).sum()) / norm
    if not math.isfinite(factor) or abs(factor) < 1e-6 or abs(factor - 1) < MIN_FACTOR_OFF:
        return
    if not _close(a / factor, e, tolerance):
        return
    if abs(factor + 1) <= CAUSE_RESIDUE:
        yield say("every entry has the opposite sign")
        return
    for meaning, value in _known_factors(sizes):
        if abs(factor / value - 1) <= CAUSE_RESIDUE:
            yield say("every entry is {meaning} times the right one", meaning=meaning)
            return
    if e.numel() > 2:
        yield say("every entry is {factor} times the right one", factor=f"{factor:.4g}")


def _known_factors(sizes: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Factors that have a name in this case: B, 1/B, B·C, ... and plain 2 and 1/2."""
    named = {name: float(size) for name, size in sizes.items() if type(size) is int and size > 1}
    pairs = {f"{m}·{n}": x * y for (m, x), (n, y) in itertools.combinations(named.items(), 2)}
    for name, value in {**named, "2": 2.0, **pairs}.items():
        label = name if name == "2" else f"{name} = {value:g}"
        inverse = f"1/({name})" if name in pairs else f"1/{name}"
        for sign, minus in ((1, ""), (-1, "-")):
            yield minus + label, sign * value
            yield minus + inverse, sign / value
