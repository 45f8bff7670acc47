"""The file of the public checks for students: a table and recorded values in JSON, without code.

    {"format": 2, "grader": "0.1.0", "assignment": {...}, "questions": [...], "cases": [...], "records": [...],
     "misconceptions": [...], "sources": [...]}

A question is a line of the assignment's table; its checks name their kind, their probe and their cases by number.
A record has the results of a probe in a case: for the right answer ("expected"; only names if the right values depend
on the student's own data) and for each known mistake that shows there ("mistakes": the results that differ, and those
that are absent). The only origin of inputs that a case holds is the seed of a public case. The inputs themselves are
recorded as well, since another version of torch may draw others.

Values of JSON's own types are written as they are; others as {"tensor": [dtype, shape, [entries]]}, {"tuple": [...]},
{"dict": {...}}, {"float": "nan"}. docs/self-check.md describes the fields.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import torch

from ..assignment.spec import Scale, Snippet, Tolerance
from ..errors import AssignmentError
from ..messages import Text
from ..sandbox.limits import Limits

FORMAT = 2

DTYPES = {str(d).removeprefix("torch."): d for d in (torch.float32, torch.float64, torch.int64, torch.bool)}
# Coarser than the difference between two processors' sums, and far finer than any tolerance of a check.
DIGITS, DECIMALS = 10, 9


@dataclass(frozen=True)
class RecordedCase:
    """A public case: sizes, seed, and the inputs that were drawn."""

    title: Text
    seed: int
    sizes: Any
    draws: Any


@dataclass(frozen=True)
class RecordedCheck:
    """A check of a question: its kind is the name of its class, and its settings are the fields of that class."""

    kind: str
    title: Text
    probe: str = ""
    cases: tuple[int, ...] = ()
    share: float = 1.0
    per_case: bool = False
    weights: dict[str, float] = field(default_factory=dict)
    labels: dict[str, Text] = field(default_factory=dict)
    tolerance: Tolerance | None = None
    hint: Text = Text()
    refines: bool = False


@dataclass(frozen=True)
class RecordedQuestion:
    """The fields of spec.Question."""

    id: str
    title: Text
    checks: tuple[RecordedCheck, ...]
    points: float
    reviewed: float
    bonus: bool
    names: tuple[str, ...]
    snippets: dict[str, Snippet]
    needs: tuple[str, ...]
    repaired_by: tuple[str, ...]
    carried: float
    attempted: str
    forbidden: tuple[str, ...]


@dataclass(frozen=True)
class RecordedMistake:
    """The results of a known mistake in a case that differ from the right ones."""

    name: str
    results: dict[str, Any]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """The results of a probe in a case; `depends`: the right values depend on the student's own data."""

    probe: str
    case: int
    expected: dict[str, Any]
    depends: bool = False
    mistakes: tuple[RecordedMistake, ...] = ()


@dataclass(frozen=True)
class RecordedMisconception:
    """A known mistake: its name, the names that it changes, and the hint; `traces` of changes with a tracer."""

    name: str
    question: str
    hint: Text
    changes: tuple[str, ...]
    traces: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class RecordedAssignment:
    """The fields of an assignment apart from its questions, cases and misconceptions."""

    name: str
    title: Text
    language: str
    scale: Scale
    limits: Limits


@dataclass(frozen=True)
class PublicChecks:
    """The whole file. `sources` are texts; supplies, repairs and oracle map names to the numbers of texts.

    `traces` are the traces of right functions, by name: the oracle makes functions from them.
    """

    format: int
    grader: str
    assignment: RecordedAssignment
    questions: tuple[RecordedQuestion, ...]
    cases: tuple[RecordedCase, ...]
    records: tuple[Record, ...]
    misconceptions: tuple[RecordedMisconception, ...]
    sources: tuple[str, ...]
    supplies: dict[str, int]
    repairs: dict[str, int]
    oracle: dict[str, int]
    traces: dict[str, list[Any]]


def write(checks: PublicChecks) -> bytes:
    """The file's bytes, the same for the same checks; each item has a line, so that a change can be read."""
    parts = [f'"{key}": {_lines(value)}' for key, value in msgspec.to_builtins(checks).items()]
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def _lines(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[\n" + ",\n".join(_to_json(item) for item in value) + "\n]"
    return _to_json(value)


_to_json = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode


def read(data: bytes) -> PublicChecks:
    """The public checks in a file; AssignmentError for any other file and for a format newer than this grader's."""
    try:
        version = msgspec.json.decode(data, type=_Version).format
        if version != FORMAT:
            raise AssignmentError(
                f"the public checks have format {version!r}, and this grader reads format {FORMAT}: "
                "install the version of the grader that requirements.txt names"
            )
        return msgspec.json.decode(data, type=PublicChecks)
    except msgspec.DecodeError as error:
        raise AssignmentError(f"the public checks cannot be read: {error}") from error


class _Version(msgspec.Struct):
    """The fields that are read first, whatever else the file holds."""

    format: Any = None


# Values ----------------------------------------------------------------------------------------------------------


def value_as_json(value: Any, *, exact: bool = False) -> Any:
    """A value of a probe as JSON; numbers are rounded unless `exact`."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return _number(value, exact)
        case torch.Tensor():
            name = str(value.dtype).removeprefix("torch.")
            if name not in DTYPES:
                raise AssignmentError(f"a tensor of {name} cannot be recorded")
            entries = value.detach().reshape(-1).tolist()
            return {"tensor": [name, list(value.shape), [_number(e, exact) for e in entries]]}
        case tuple():
            return {"tuple": [value_as_json(v, exact=exact) for v in value]}
        case list():
            return [value_as_json(v, exact=exact) for v in value]
        case Mapping():
            return {"dict": {str(k): value_as_json(v, exact=exact) for k, v in value.items()}}
    raise AssignmentError(f"a {type(value).__name__} cannot be recorded")


def _number(value: Any, exact: bool) -> Any:
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return {"float": repr(value)}
    # float32 entries arrive as float64: nine digits restore each of them.
    return float(f"{value:.9g}") if exact else round(float(f"{value:.{DIGITS}g}"), DECIMALS) + 0.0


def value_from_json(value: Any) -> Any:
    """The value from its JSON form; AssignmentError for a form that `value_as_json` does not write."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case list():
            return [value_from_json(v) for v in value]
        case {"float": "nan" | "inf" | "-inf" as word}:
            return float(word)
        case {"tuple": list(items)}:
            return tuple(value_from_json(v) for v in items)
        case {"dict": dict(items)}:
            return {k: value_from_json(v) for k, v in items.items()}
        case {"tensor": [str(name), list(shape), list(entries)]} if name in DTYPES:
            try:
                return torch.tensor([value_from_json(e) for e in entries], dtype=DTYPES[name]).reshape(shape)
            except (TypeError, ValueError, RuntimeError) as error:
                raise AssignmentError(f"a recorded tensor cannot be read: {error}") from error
    raise AssignmentError(f"a recorded value cannot be read: {str(value)[:80]}")
