"""The wire: values survive it, and bytes that do not encode a value are refused before anything is allocated."""

from __future__ import annotations

import json
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.inside.wire import DTYPES, HEADER, MAX_DEPTH, Kind, Malformed, decode, encode, frame_length

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


def payload(tree: object, raw: bytes = b"") -> bytes:
    text = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return HEADER.pack(len(text)) + text + raw


@given(PLAIN)
def test_plain_values_come_back_equal_and_of_the_same_type(value: object) -> None:
    """A value without tensors is the same after the wire, including its types."""
    back = decode(encode(value))
    assert back == value
    assert repr(back) == repr(value)


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 2), (2, 3), (1, 1, 1)])
def test_tensors_come_back_with_dtype_shape_and_entries(name: str, shape: tuple[int, ...]) -> None:
    """Every allowed dtype keeps its entries."""
    tensor = (torch.arange(math.prod(shape)) % 2).to(DTYPES[name]).reshape(shape)
    back = decode(encode((tensor, tensor)))[1]
    assert back.dtype == tensor.dtype
    assert back.shape == tensor.shape
    assert bool((back == tensor).all())


def test_views_parameters_and_graphs_arrive_as_plain_tensors() -> None:
    """A transposed parameter with a graph arrives detached, dense and in order."""
    parameter = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    back = decode(encode((parameter.t() * 2, parameter)))
    assert [type(t) for t in back] == [torch.Tensor, torch.Tensor]
    assert back[0].tolist() == [[0, 6], [2, 8], [4, 10]]
    assert not back[0].requires_grad
    assert back[0].is_contiguous()


def test_other_values_cross_as_themselves() -> None:
    """NaN, infinity, dtypes, devices, kinds and numpy values cross."""
    numpy = pytest.importorskip("numpy")
    value = [
        math.inf,
        torch.float16,
        torch.device("cuda:1"),
        Kind("FFNN"),
        torch.complex64,
    ]
    assert decode(encode(value)) == value
    assert math.isnan(decode(encode(math.nan)))
    array, scalar = decode(encode([numpy.arange(4).reshape(2, 2)[:, ::-1], numpy.float32(1.5)]))
    assert array.tolist() == [[1, 0], [3, 2]]
    assert (scalar.dtype, scalar.item()) == (torch.float32, 1.5)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (torch.zeros(2, dtype=torch.complex64), "complex64 tensor"),
        (torch.zeros(2, 2).to_sparse(), "sparse_coo float32 tensor"),
        (2**64, "int of over 64 bits"),
        ({1: 2}, "dict"),
        (object(), "object"),
        ("x" * (2 << 20), "str of 2097152 characters"),
        (torch.zeros(1).expand(1 << 26), "tensor of 268435456 bytes"),
    ],
)
def test_what_cannot_cross_is_described(value: object, kind: str) -> None:
    """Of a value that the wire does not carry, the other side learns the kind, or the value is refused."""
    assert decode(encode([value], kinds=True)) == [Kind(kind)]
    with pytest.raises(Malformed):
        encode([value])


def test_a_subclass_of_tensor_that_lies_is_sent_as_what_it_holds() -> None:
    """The redefined methods of a tensor subclass are not called."""

    class Liar(torch.Tensor):
        @classmethod
        def __torch_function__(cls, *args: object, **kwargs: object) -> object:
            raise RuntimeError("asked")

    assert decode(encode(torch.zeros(2).as_subclass(Liar))).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"\0\0\0\x09[]",
        payload(b"[NaN]"),
        payload(b"1e999"),
        payload(b"\xff"),
        payload(b"[" * 100_000),
        payload(b"9" * 5000),
        payload(2**63),
        payload([], b"x"),
        payload({"a": 1, "b": 2}),
        payload({"unknown": 1}),
        payload({"float": "1"}),
        payload({"dtype": "load"}),
        payload({"dtype": "__name__"}),
        payload({"device": "moon"}),
        payload({"kind": 1}),
        payload({"kind": "x" * 201}),
        payload({"handle": [0, "Net"]}),
        payload({"tensor": ["float32", [1]]}),
        payload({"tensor": ["float32", [2]]}, b"1234"),
        payload({"tensor": ["complex64", [1]]}, b"12345678"),
        payload({"tensor": ["float32", [-1]]}),
        payload({"tensor": ["float32", [True]]}, b"1234"),
        payload({"tensor": ["float32", [1.0]]}, b"1234"),
        payload({"tensor": ["float32", [1 << 26, 1 << 26]]}),
        payload({"tensor": ["float32", [0, 1 << 26, 1 << 26, 1 << 26]]}),
        payload({"tensor": ["float32", [1] * 17]}, b"1234"),
    ],
)
def test_bytes_that_are_no_value_are_refused(bad: bytes) -> None:
    """Truncated, oversized, contradictory or unknown payloads raise Malformed and nothing else."""
    with pytest.raises(Malformed):
        decode(bad)


@given(st.binary(max_size=64))
def test_random_bytes_are_refused_or_read(raw: bytes) -> None:
    """Random bytes give a value or Malformed, never another error."""
    for candidate in (raw, payload(raw), payload({"tensor": ["bool", [len(raw)]]}, raw)):
        try:
            decode(candidate)
        except Malformed:
            continue


def test_a_bool_tensor_holds_only_zeros_and_ones() -> None:
    """A byte that is not a bool is read as true, so that no C++ code sees it."""
    back = decode(payload({"tensor": ["bool", [3]]}, b"\x00\x02\xff"))
    assert back.view(torch.uint8).tolist() == [0, 1, 1]


def test_deep_and_wide_values_are_refused_on_both_sides() -> None:
    """The depth and the number of parts are limited."""
    deep: list[object] = []
    for _ in range(MAX_DEPTH + 1):
        deep = [deep]
    for value in (deep, [0] * 200_000):
        with pytest.raises(Malformed):
            encode(value)
        with pytest.raises(Malformed):
            decode(payload(value))


def test_lone_surrogates_do_not_reach_the_reports() -> None:
    """A text that no file can hold arrives with question marks."""
    assert decode(payload(b'"a\\ud800"')) == "a?"


def test_a_frame_over_the_limit_is_refused_by_its_length() -> None:
    """The announced length alone is reason enough to refuse."""
    with pytest.raises(Malformed):
        frame_length(b"\xff" * 8)
