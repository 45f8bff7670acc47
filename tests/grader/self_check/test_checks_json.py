"""The file of public checks restores values, refuses other files and newer formats, and executes nothing."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import torch

from grader.errors import AssignmentError
from grader.sandbox.inside.wire import Kind
from grader.self_check.checks_json import Precision, read, value_as_json, value_from_json, write

from ..released import checks

VALUES: tuple[Any, ...] = (
    None,
    True,
    7,
    "texto ñ",
    0.25,
    0.1234567890123,
    math.inf,
    (1, (2.5, None)),
    [1, "a", [True]],
    {"dtype": "no tag", "x": (1,)},
    Kind("Network"),
    torch.float32,
    torch.device("cpu"),
    torch.tensor([[1.5, -2.0], [0.0, math.inf]]),
    torch.tensor([1, 2], dtype=torch.int64),
    torch.tensor([1, 255], dtype=torch.uint8),
    torch.tensor([0.1], dtype=torch.float16),
    torch.tensor(True),
    torch.zeros(0, 3),
)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return type(a) is type(b) and bool(a == b)


def back(value: Any, precision: Precision | None = None) -> Any:
    return value_from_json(json.loads(json.dumps(value_as_json(value, precision), allow_nan=False)))


@pytest.mark.parametrize("value", VALUES, ids=lambda v: str(v)[:20])
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    """A value is the same after the way through the file."""
    assert same(back(value), value)


def test_nan_comes_back() -> None:
    """NaN is not JSON, but a mistake's result may consist of it."""
    assert math.isnan(back(math.nan))
    assert torch.isnan(back(torch.tensor([math.nan]), Precision())).all()


def test_inputs_are_recorded_to_the_last_bit() -> None:
    """Nine digits restore every float32, and a float64 is written in full; the sign of a zero stays."""
    drawn = torch.randn(1000, generator=torch.Generator().manual_seed(1))
    for tensor in (drawn, drawn.double() / 3):
        assert torch.equal(back(tensor), tensor)
    assert math.copysign(1.0, back(torch.tensor([-0.0])).item()) == -1.0


def test_results_are_rounded_below_every_tolerance() -> None:
    """The last bits, in which processors differ, are not in the file; a fine tolerance asks for more digits."""
    value = 1.2345678901234
    assert value_as_json(value, Precision()) == value_as_json(value * (1 + 2**-50), Precision())
    assert abs(value_as_json(value, Precision()) - value) < 1e-8
    assert value_as_json(1e-17, Precision()) == 0.0
    assert value_as_json(1.25e-12, Precision(10, 15)) == 1.25e-12


@pytest.mark.parametrize(
    "value", [torch.zeros(1, dtype=torch.complex64), object(), {1, 2}, {1: 2}], ids=lambda v: str(v)[:9]
)
def test_what_the_format_has_no_word_for_is_refused(value: Any) -> None:
    """A value is not recorded as something else."""
    with pytest.raises(AssignmentError, match="cannot be recorded"):
        value_as_json(value)


@pytest.mark.parametrize(
    "content",
    [
        {"tensor": ["float32", [2, 2], [1.0]]},
        {"tensor": ["float32", [1], ["x"]]},
        {"tensor": ["object", [1], [1.0]]},
        {"tuple": 3},
        {"pickle": "gASV"},
        {"float": "1e9"},
    ],
    ids=str,
)
def test_what_the_format_does_not_know_is_refused(content: Any) -> None:
    """A file that somebody changed leads to a sentence, not to another value."""
    with pytest.raises(AssignmentError, match="cannot be read"):
        value_from_json(content)


def test_the_file_is_read_as_it_was_written() -> None:
    """Every field comes back, and no line holds more than one item that is long."""
    data = write(checks())
    assert read(data) == checks()
    assert write(read(data)) == data
    assert max(len(line) for line in data.decode().splitlines() if "tensor" not in line and "def " not in line) < 200


def test_a_newer_format_says_what_to_do() -> None:
    """A student with an old grader is told to install the version that the checks were made for."""
    with pytest.raises(AssignmentError, match=r"format 4.*requirements\.txt"):
        read(b'{"format": 4}')


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": 3}', b"\x80\x04", b'{"format": 3, "x": 1}'], ids=repr)
def test_a_file_of_something_else_is_refused(data: bytes) -> None:
    """Reading any other file ends in one sentence."""
    with pytest.raises(AssignmentError):
        read(data)


def test_a_field_of_another_kind_is_refused() -> None:
    """A number in place of a text, and a field that nobody knows."""
    content = json.loads(write(checks()))
    for change in ({"given": [1]}, {"questions": "all"}, {"solution": "x = 1"}):
        with pytest.raises(AssignmentError, match="cannot be read"):
            read(json.dumps({**content, **change}).encode())
