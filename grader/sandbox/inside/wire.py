"""The wire format between the grader and the worker: values as bytes, bytes as values.

A frame is an 8-byte length and a payload. A payload is a 4-byte length, that many bytes of strict JSON, and the raw
bytes of the tensors in the order in which the JSON names them. JSON's own values are written as they are; any other
value is an object with a single key: {"tensor": [dtype, shape]}, {"tuple": [...]}, {"dict": {...}},
{"float": "nan"}, {"dtype": ...}, {"device": ...}, {"kind": ...}.

Nothing here executes the bytes that it reads, and everything is checked before it is allocated: the other side may be
hostile. The worker imports this file too, so it uses only the standard library and torch.
"""

from __future__ import annotations

import ctypes
import json
import math
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

LENGTH = struct.Struct(">Q")
HEADER = struct.Struct(">I")

# A class's data set and a network of this course are below 1 MB; MNIST's test images in float32 are 31 MB.
MAX_PAYLOAD = 64 << 20
MAX_JSON = 4 << 20
MAX_TEXT = 1 << 20  # the source of a long cell fits, a printed data set does not
MAX_ITEMS = 100_000
# A tag and its content are up to four values of JSON: {"tensor": [dtype, shape]}.
MAX_VALUES = 4 * MAX_ITEMS
MAX_DEPTH = 32  # far below the recursion limits of json and of this file
MAX_DIMENSIONS = 16
MAX_KIND = 200
MIN_INT, MAX_INT = -(1 << 63), (1 << 63) - 1

DTYPES: dict[str, torch.dtype] = {
    name: getattr(torch, name)
    for name in (
        "float16", "bfloat16", "float32", "float64", "bool",
        "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    )
}  # fmt: skip
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}


@dataclass(frozen=True)
class Kind:
    """An object that cannot travel: the other side learns only its kind, for messages."""

    name: str


class Malformed(ValueError):
    """Bytes that do not encode a value, or a value that is too large or of a kind that does not cross."""


def encode(value: Any, *, kinds: bool = False) -> bytes:
    """The payload of a value. An object that cannot cross is Malformed; with `kinds`, its kind is sent."""
    return _Encoder(kinds).payload(value)


# Made once: json.dumps would make an encoder for each message. Depth is limited below, so cycles need no extra check.
_to_json = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode


class _Encoder:
    def __init__(self, kinds: bool) -> None:
        self.kinds = kinds
        self.chunks: list[bytes] = []
        self.size = 0
        self.items = 0

    def payload(self, value: Any) -> bytes:
        text = _to_json(self.tagged(value, 0)).encode()
        if len(text) > MAX_JSON or HEADER.size + len(text) + self.size > MAX_PAYLOAD:
            raise Malformed(f"a value of {len(text) + self.size} bytes is too large")
        if _crowded(text):
            raise Malformed("a value with too many parts is too large")
        return b"".join((HEADER.pack(len(text)), text, *self.chunks))

    def tagged(self, value: Any, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise Malformed("a value with too many parts is too large")
        # Hundreds of values cross per submission, and nearly all have exactly these types.
        kind = type(value)
        if value is None or kind is bool or (kind is str and len(value) <= MAX_TEXT):
            return value
        if kind is int and MIN_INT <= value <= MAX_INT:
            return value
        if kind is torch.Tensor:
            return self.tensor(value)
        if kind is list:
            return [self.tagged(v, depth + 1) for v in value]
        if kind is tuple:
            return {"tuple": [self.tagged(v, depth + 1) for v in value]}
        return self.other(_without_numpy(value), depth)

    def other(self, value: Any, depth: int) -> Any:
        """As `tagged`, for dicts, subclasses and rare values."""
        if isinstance(value, dict) and all(isinstance(k, str) for k in value):
            return {"dict": {str(k): self.tagged(v, depth + 1) for k, v in value.items()}}
        if isinstance(value, torch.Tensor):
            return self.tensor(value)
        if isinstance(value, int):
            # int() also extracts the number from an enum or another subclass.
            return int(value) if MIN_INT <= value <= MAX_INT else self.kept(value, "int of over 64 bits")
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else {"float": repr(float(value))}
        if isinstance(value, str):
            return str(value) if len(value) <= MAX_TEXT else self.kept(value, f"str of {len(value)} characters")
        if isinstance(value, Kind):
            return {"kind": value.name[:MAX_KIND]}
        if isinstance(value, torch.dtype):
            return {"dtype": str(value).removeprefix("torch.")}
        if isinstance(value, torch.device):
            return {"device": str(value)}
        if isinstance(value, list):
            return [self.tagged(v, depth + 1) for v in value]
        if isinstance(value, tuple):
            return {"tuple": [self.tagged(v, depth + 1) for v in value]}
        if isinstance(value, Mapping) and all(isinstance(k, str) for k in value):
            return {"dict": {k: self.tagged(v, depth + 1) for k, v in value.items()}}
        return self.kept(value, type(value).__name__)

    def kept(self, value: Any, kind: str) -> Any:
        if not self.kinds:
            raise Malformed(f"a {kind[:MAX_KIND]} cannot be sent")
        return {"kind": kind[:MAX_KIND]}

    def tensor(self, value: torch.Tensor) -> Any:
        # Subclasses may redefine any method; from here on only the plain tensor inside counts.
        with torch._C.DisableTorchFunctionSubclass():
            name = DTYPE_NAMES.get(value.dtype)
            if name is None or value.layout is not torch.strided or value.is_meta or value.dim() > MAX_DIMENSIONS:
                return self.kept(value, _odd(value))
            plain = value.detach()
            if type(plain) is not torch.Tensor:
                plain = plain.as_subclass(torch.Tensor)
            shape, size = list(plain.shape), plain.numel() * plain.element_size()
            if self.size + size > MAX_PAYLOAD - MAX_JSON:
                return self.kept(value, f"tensor of {size} bytes")
            if plain.is_neg() or not (plain.is_cpu and plain.is_contiguous()):
                plain = plain.cpu().resolve_neg().contiguous()
            self.chunks.append(ctypes.string_at(plain.data_ptr(), size) if size else b"")
            self.size += size
        return {"tensor": [name, shape]}


def _odd(tensor: torch.Tensor) -> str:
    dtype = str(tensor.dtype).removeprefix("torch.")
    layout = str(tensor.layout).removeprefix("torch.")
    return f"{dtype} tensor" if layout == "strided" else f"{layout} {dtype} tensor"


def _without_numpy(value: Any) -> Any:
    """The value, with numpy's arrays and scalars as tensors where torch has their dtype."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
        try:
            return torch.as_tensor(numpy.ascontiguousarray(value).copy().reshape(value.shape))
        except TypeError:
            return value
    return value


def decode(payload: bytes | bytearray) -> Any:
    """The value of a payload, with fresh tensors; Malformed when the bytes do not encode a value."""
    data = payload if isinstance(payload, bytearray) else bytearray(payload)  # torch.frombuffer wants it writable
    if not HEADER.size <= len(data) <= MAX_PAYLOAD:
        raise Malformed(f"a payload of {len(data)} bytes")
    (length,) = HEADER.unpack_from(data)
    start = HEADER.size + length
    if length > MAX_JSON or start > len(data):
        raise Malformed(f"a header of {length} bytes")
    text = data[HEADER.size : start]
    if _crowded(text):
        raise Malformed("too many parts")
    try:
        tree = _from_json(text.decode())
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {type(error).__name__}") from None
    decoder = _Decoder(data, start)
    value = decoder.value(tree, 0)
    if decoder.position != len(data):
        raise Malformed(f"{len(data) - decoder.position} bytes too many")
    return value


def _crowded(text: bytes | bytearray) -> bool:
    """Whether a JSON text may hold more values than allowed: 4 MB of "[[],[],..." would become 85 MB of lists.

    Commas and brackets within strings count as well: a string with so many is not an honest answer either.
    """
    return text.count(b",") + text.count(b"[") + text.count(b"{") >= MAX_VALUES


def _no_constant(name: str) -> Any:
    raise Malformed(f"the constant {name}")


_from_json = json.JSONDecoder(parse_constant=_no_constant).decode


class _Decoder:
    def __init__(self, data: bytearray, position: int) -> None:
        self.data = data
        self.position = position
        self.items = 0

    def value(self, tree: Any, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            raise Malformed("too many parts")
        kind = type(tree)  # json makes only these
        if kind is dict and len(tree) == 1:
            ((tag, content),) = tree.items()
            return self.tagged(tag, content, depth)
        if kind is str:
            return _text(tree, MAX_TEXT)
        if tree is None or kind is bool:
            return tree
        if kind is int:
            if not MIN_INT <= tree <= MAX_INT:
                raise Malformed("an int of over 64 bits")
            return tree
        if kind is float:
            if not math.isfinite(tree):  # "1e999" is valid JSON
                raise Malformed("a float beyond its range")
            return tree
        if kind is list:
            return [self.value(t, depth + 1) for t in tree]
        raise Malformed(f"a {kind.__name__} without a tag")

    def tagged(self, tag: str, content: Any, depth: int) -> Any:
        if tag == "dict" and type(content) is dict:
            return {_text(k, MAX_TEXT): self.value(t, depth + 1) for k, t in content.items()}
        if tag == "tuple" and type(content) is list:
            return tuple([self.value(t, depth + 1) for t in content])
        match tag, content:
            case "tensor", [str(dtype), list(shape)]:
                return self.tensor(dtype, shape)
            case "float", "nan" | "inf" | "-inf":
                return float(content)
            case "dtype", str():
                return _dtype(content)
            case "device", str():
                try:
                    return torch.device(_text(content, MAX_KIND))
                except RuntimeError:
                    raise Malformed("a device of an unknown kind") from None
            case "kind", str():
                return Kind(_text(content, MAX_KIND))
        raise Malformed(f"an unknown tag or a wrong content: {tag[:40]!r}")

    def tensor(self, dtype_name: str, shape: list[Any]) -> torch.Tensor:
        dtype = DTYPES.get(dtype_name)
        if dtype is None:
            raise Malformed(f"a tensor of dtype {dtype_name[:40]!r}")
        numel = extent = 1
        for n in shape if len(shape) <= MAX_DIMENSIONS else (-1,):
            if type(n) is not int or not 0 <= n <= MAX_PAYLOAD:
                raise Malformed("a tensor with an impossible shape")
            numel *= n
            extent *= n or 1
        # Sizes next to a 0 allocate nothing, but their strides would overflow.
        if extent > MAX_PAYLOAD:
            raise Malformed("a tensor with an impossible shape")
        end = self.position + numel * dtype.itemsize
        if end > len(self.data):
            raise Malformed(f"a tensor of {numel} entries without their bytes")
        if numel == 0:
            return torch.empty(shape, dtype=dtype)
        # A bool whose byte is neither 0 nor 1 is undefined behaviour in C++: read it as a number first.
        raw = torch.uint8 if dtype is torch.bool else dtype
        flat = torch.frombuffer(self.data, dtype=raw, count=numel, offset=self.position)
        self.position = end
        tensor = flat.ne(0) if dtype is torch.bool else flat.clone()
        return tensor if len(shape) == 1 else tensor.reshape(shape)


def _dtype(name: str) -> torch.dtype:
    # Includes dtypes whose tensors do not cross (complex64): their names are harmless.
    dtype = getattr(torch, name, None) if name.isidentifier() else None
    if not isinstance(dtype, torch.dtype):
        raise Malformed("a dtype of an unknown kind")
    return dtype


def _text(text: str, limit: int) -> str:
    if len(text) > limit:
        raise Malformed(f"a text of {len(text)} characters")
    # JSON can spell lone surrogates, which no file or page can hold.
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def framed(payload: bytes) -> bytes:
    """A frame: the payload with its length in front."""
    return LENGTH.pack(len(payload)) + payload


def frame_length(prefix: bytes | bytearray) -> int:
    """The length of the following payload; Malformed when it exceeds the limit."""
    (length,) = LENGTH.unpack_from(prefix)
    if not HEADER.size <= length <= MAX_PAYLOAD:
        raise Malformed(f"a frame of {length} bytes")
    return int(length)
