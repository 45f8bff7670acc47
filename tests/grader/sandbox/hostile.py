"""Bytes and values as a hostile worker might send them, drawn by hypothesis."""

from __future__ import annotations

import json
import os
from typing import Any

import torch
from hypothesis import settings
from hypothesis import strategies as st

from grader.sandbox.inside.wire import DTYPES, HEADER, Kind, encode

EXAMPLES = 2_000 if os.environ.get("GRADER_NIGHTLY") else 200
many = settings(max_examples=EXAMPLES, deadline=None)  # a busy machine is not a failure

INTEGERS = st.sampled_from([0, 1, -1, 2, 3, 7, 10**12, 2**31, 2**63 - 1, 2**63, -(2**63), 10**30]) | st.integers()
FLOATS = st.floats() | st.sampled_from([1e308, -0.0])
TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(
    [
        "",
        "\ud800",
        "\x00",
        "nan",
        "float32",
        "cuda:0",
        "value",
        "raised",
        "</script>",
        "MemoryError",
        "KeyboardInterrupt",
    ]
)
SHAPES = st.lists(st.integers(-1, 4) | INTEGERS, max_size=4) | st.just([1] * 17)
DTYPE_NAMES = st.sampled_from([*DTYPES, "complex64", "qint8", "float99", "load", "__class__"])

TAGS = st.builds(lambda dtype, shape: {"tensor": [dtype, shape]}, DTYPE_NAMES, SHAPES) | st.builds(
    lambda tag, content: {tag: content}, st.sampled_from(["float", "dtype", "device", "kind"]), TEXTS
)
PLAIN = st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=4)
    maps = st.dictionaries(TEXTS, inner, max_size=4)
    return lists | maps | st.builds(lambda c: {"tuple": c}, lists) | st.builds(lambda c: {"dict": c}, maps | inner)


# JSON trees with the wire's tags, true or false.
TREES = st.recursive(PLAIN | TAGS, _deeper, max_leaves=12)

_FRAMES = st.lists(
    st.builds(lambda c, n, f: {"dict": {"cell": c, "line": n, "function": f}}, INTEGERS, INTEGERS, TEXTS), max_size=3
)
_RAISED = {"kind": TEXTS, "text": TEXTS, "frames": _FRAMES}
_ODD = st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "shape", "parameters", "found"), TEXTS))
_END = {
    **_RAISED,
    "origin": st.sampled_from(["student", "missing", "odd", "call", "value"]) | TEXTS,
    "line": st.integers(-1, 9) | INTEGERS,
    "last": TEXTS,
}
_END_MORE = {"name": TEXTS | TREES, "odd": _ODD.map(lambda content: {"dict": content}) | TREES}


def _as_dict(content: dict[str, Any]) -> dict[str, Any]:
    return {"dict": content}


_TRIPPED = st.lists(TREES, max_size=2) | TREES
_SHAPE_OF = {
    "value": TREES,
    "raised": TREES | st.fixed_dictionaries(_RAISED).map(_as_dict),
    "mutated": st.lists(TEXTS, max_size=3) | TREES,
    "tripped": _TRIPPED,
    "lost": st.booleans() | TREES,
}
_EVIDENCE = {"run": st.just(0), "name": TEXTS | TREES, "value": TREES}
_OF_A_RUN = {
    "name": TEXTS | TREES,
    "value": TREES,
    "must": st.booleans() | TREES,
    "end": st.none() | st.fixed_dictionaries(_END, optional=_END_MORE).map(_as_dict) | TREES,
    "mutated": st.lists(TEXTS, max_size=3) | TREES,
    "tripped": st.just([]) | _TRIPPED,
    "lost": st.booleans() | TREES,
    "cpu": FLOATS | TREES,
}
# Trees that look like an answer at the top.
REPLIES = st.fixed_dictionaries({}, optional=_SHAPE_OF).map(_as_dict)
# Trees that look like evidence, or like the end of a run.
OF_A_RUN = (
    st.fixed_dictionaries(_EVIDENCE).map(_as_dict)
    | st.fixed_dictionaries({"run": st.sampled_from([0, 1, 2])}, optional=_OF_A_RUN).map(_as_dict)
    | st.fixed_dictionaries({"run": TREES}, optional=_OF_A_RUN).map(_as_dict)
)


def payload(tree: object, raw: bytes = b"") -> bytes:
    """The payload of a tree, which `encode` might never make."""
    text = json.dumps(tree).encode()
    return HEADER.pack(len(text)) + text + raw


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good payload with bytes changed, cut off or inserted."""
    good = bytearray(
        encode({"value": [torch.arange(6.0).reshape(2, 3), (1, "a", None), Kind("Net"), float("nan")], "mutated": []})
    )
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(good) - 1))
        match draw(st.sampled_from(["change", "cut", "insert"])):
            case "change":
                good[at] = draw(st.integers(0, 255))
            case "cut":
                del good[at : at + draw(st.integers(1, 8))]
            case "insert":
                good[at:at] = draw(st.binary(max_size=8))
        if not good:
            break
    return bytes(good)


PAYLOADS = st.binary(max_size=200) | damaged() | st.builds(payload, TREES | REPLIES | OF_A_RUN, st.binary(max_size=64))


# Values as they are after the wire has accepted them: of the right kinds, but lies.
@st.composite
def tensors(draw: st.DrawFn) -> torch.Tensor:
    """A small tensor of any dtype that crosses, with NaN and infinities where the dtype has them."""
    shape = draw(st.lists(st.integers(0, 5), max_size=3))
    kind = DTYPES[draw(st.sampled_from(list(DTYPES)))]
    numbers = torch.tensor(
        draw(
            st.lists(
                st.sampled_from([0.0, 1.0, -1.0, 3.5, 1e30, torch.nan, torch.inf, -torch.inf]), min_size=1, max_size=4
            )
        )
    )
    count = int(torch.Size(shape).numel())
    flat = numbers.repeat(count // len(numbers) + 1)[:count]
    return (flat if kind.is_floating_point else flat.nan_to_num(0, 1, 0).clamp(0, 1)).to(kind).reshape(shape)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | FLOATS
    | st.text(max_size=5)
    | tensors()
    | st.builds(Kind, st.text(max_size=5))
    | st.sampled_from([torch.float32, torch.complex64, torch.device("cuda:7")]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from(["cell", "line", "name", "kind", "text"]), inner, max_size=4
        )
    ),
    max_leaves=6,
)
