"""The file of the public checks for students: tests with their public cases, and recorded values instead of a solution.

    {"format": 3, "grader": "0.1.0", "assignment": {...}, "given": [source, ...], "helpers": [...],
     "questions": [...], "mistakes": [...]}

A question holds its tests; a test holds its source, the functions of the author that students may have, and its public
cases. A case holds its sizes, its seed and the inputs that were drawn (another version of torch may draw others; only
large ones are left to the seed), the solution's results ("reference"), those of other right conventions ("accepts"),
and for each known mistake that shows there the results that it makes wrong ("mistakes").

Values of JSON's own types are written as they are; others as {"tensor": [dtype, shape, [entries]]}, {"tuple": [...]},
{"dict": {...}}, {"float": "nan"}, {"dtype": name}, {"device": name}, {"kind": name}. docs/self-check.md describes the
fields.
"""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import torch

from ..assignment.spec import Scale, Snippet
from ..assignment.tolerance import Tolerance
from ..errors import AssignmentError
from ..messages import Text
from ..sandbox.inside.wire import DTYPE_NAMES, DTYPES, Kind
from ..sandbox.limits import Limits

FORMAT = 3
# Coarser than the difference between two processors' sums, and far finer than the tolerance of a test.
DIGITS, DECIMALS = 10, 9
WIDTH = 120


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the file; a field with its default is left out."""


class RecordedReference(_Part, frozen=True):
    """The solution's results in a case, as judging.references.Reference; of its statements only label and weight."""

    values: dict[str, Any]
    musts: tuple[str, ...] = ()
    in_place: tuple[str, ...] = ()
    given: dict[str, Any] = {}
    statements: tuple[tuple[str, float], ...] = ()
    read: tuple[str, ...] = ()
    dtypes: dict[str, str] = {}


class RecordedCase(_Part, frozen=True):
    """A public case. `tells`: whether known mistakes are told from a right answer here."""

    title: Text
    seed: int
    reference: RecordedReference
    sizes: dict[str, Any] = {}
    draws: dict[str, Any] = {}
    accepts: dict[str, dict[str, Any]] = {}  # by convention
    mistakes: dict[str, dict[str, Any]] = {}  # the wrong results by the mistake's name
    tells: bool = True


class RecordedTest(_Part, frozen=True):
    """The fields of course.Test; `trusted` has only the functions that need no solution.

    A bound that is relative to the solution's time is left out: another machine has another time.
    """

    title: Text
    source: str
    cases: tuple[RecordedCase, ...]
    tolerance: Tolerance
    trusted: str = ""
    functions: tuple[str, ...] = ()
    share: float = 1.0
    weights: dict[str, float] = {}
    refines: bool = False
    per_case: bool = False
    relative_error: bool = False
    exact_dtype: bool = False
    precision: Literal["float32", "float64"] = "float32"
    hint: Text = Text()
    limit_s: float | None = None
    calls: dict[str, int] = {}


class RecordedStandIn(_Part, frozen=True):
    """Code that takes the place of a wrong answer in later questions."""

    names: tuple[str, ...]
    source: str


class RecordedQuestion(_Part, frozen=True):
    """The fields of spec.Question; `elsewhere` are the titles of tests that only the instructor's run makes."""

    id: str
    title: Text
    tests: tuple[RecordedTest, ...] = ()
    elsewhere: tuple[Text, ...] = ()
    points: float = 0.0
    reviewed: float = 0.0
    bonus: bool = False
    optional: bool = False
    names: tuple[str, ...] = ()
    snippets: dict[str, Snippet] = {}
    needs: tuple[str, ...] = ()
    carried: float = 0.0
    attempted: str = ""
    forbidden: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    stand_ins: tuple[RecordedStandIn, ...] = ()
    accepts: tuple[str, ...] = ()
    again: float = 1.0
    limit_s: float | None = None
    runs: str = ""
    figures: int = 0


class RecordedMistake(_Part, frozen=True):
    """A known mistake: its name, its hint, and what it changes (the students' names, or words that only tell apart)."""

    name: str
    question: str
    hint: Text
    changes: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    repeats: str = ""
    alone: bool = True


class RecordedAssignment(_Part, frozen=True):
    """The fields of an assignment apart from its code, its questions and its mistakes."""

    name: str
    title: Text
    language: str
    languages: tuple[str, ...]
    scale: Scale
    limits: Limits = Limits()
    preload: tuple[str, ...] = ()
    data: tuple[str, ...] = ()  # files in the folder of the checks
    python: str = ""  # the version that grades


class PublicChecks(_Part, frozen=True):
    """The whole file."""

    format: int
    grader: str
    assignment: RecordedAssignment
    questions: tuple[RecordedQuestion, ...]
    given: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    mistakes: tuple[RecordedMistake, ...] = ()


def same_fields(kind: type, one: Any) -> dict[str, Any]:
    """The values of the fields of `one` that this kind of part, or dataclass, has too."""
    return {name: getattr(one, name) for name in inspect.signature(kind).parameters if hasattr(one, name)}


def write(checks: PublicChecks) -> bytes:
    """The file's bytes, the same for the same checks. Long items are broken into lines, to show changes."""
    return (_laid_out(msgspec.to_builtins(checks)) + "\n").encode()


def _laid_out(value: Any) -> str:
    line = _to_json(value)
    if len(line) <= WIDTH or not isinstance(value, (dict, list, tuple)) or _is_leaf(value):
        return line
    if isinstance(value, dict):
        parts = [f"{_to_json(key)}:{_laid_out(item)}" for key, item in value.items()]
        return "{\n" + ",\n".join(parts) + "\n}"
    return "[\n" + ",\n".join(map(_laid_out, value)) + "\n]"


def _is_leaf(value: Any) -> bool:
    """Whether a value stays on one line however long it is: a tensor, or numbers."""
    if isinstance(value, dict):
        return value.keys() == {"tensor"}
    return isinstance(value, (list, tuple)) and all(isinstance(v, (int, float)) for v in value)


_to_json = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode


def read(data: bytes) -> PublicChecks:
    """The public checks in a file; AssignmentError for any other file and for a format newer than this grader's."""
    version = format_of(data)
    if version != FORMAT:
        raise AssignmentError(
            f"the public checks have format {version!r}, and this grader reads format {FORMAT}: "
            "install the version of the grader that requirements.txt names"
        )
    try:
        return msgspec.json.decode(data, type=PublicChecks)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"the public checks cannot be read: {error}") from error


def format_of(data: bytes) -> Any:
    """The number of the file's format; AssignmentError for a file that is not JSON."""
    try:
        return msgspec.json.decode(data, type=_Version).format
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"the public checks cannot be read: {error}") from error


class _Version(msgspec.Struct):
    """The fields that are read first, whatever else the file holds."""

    format: Any = None


# Values ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Precision:
    """The digits that are kept of a number: significant ones, and decimals."""

    digits: int = DIGITS
    decimals: int = DECIMALS

    def rounded(self, value: float) -> float:
        if not math.isfinite(value):
            return value
        return round(float(f"{value:.{self.digits}g}"), self.decimals) + 0.0


def value_as_json(value: Any, precision: Precision | None = None) -> Any:
    """A value of a case as JSON; numbers are exact without a precision."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return _number(value if precision is None else precision.rounded(value))
        case torch.Tensor():
            if value.dtype not in DTYPE_NAMES:
                raise AssignmentError(f"a tensor of {value.dtype} cannot be recorded")
            entries = value.detach().reshape(-1)
            if not entries.is_floating_point():
                return {"tensor": [DTYPE_NAMES[value.dtype], list(value.shape), entries.tolist()]}
            if precision is not None:
                known = [precision.rounded(e) for e in entries.tolist()]
            elif value.dtype is torch.float64:
                known = entries.tolist()
            else:
                known = [float(f"{e:.9g}") for e in entries.tolist()]  # nine digits restore each float32
            return {"tensor": [DTYPE_NAMES[value.dtype], list(value.shape), [_number(_short(e)) for e in known]]}
        case tuple():
            return {"tuple": [value_as_json(v, precision) for v in value]}
        case list():
            return [value_as_json(v, precision) for v in value]
        case Mapping():
            if not all(isinstance(key, str) for key in value):
                raise AssignmentError("a dict whose keys are not strings cannot be recorded")
            return {"dict": {k: value_as_json(v, precision) for k, v in value.items()}}
        case torch.dtype() if value in DTYPE_NAMES:
            return {"dtype": DTYPE_NAMES[value]}
        case torch.device():
            return {"device": str(value)}
        case Kind():
            return {"kind": value.name}
    raise AssignmentError(f"a {type(value).__name__} cannot be recorded")


def _short(value: float) -> float:
    """The number as an integer where it is one, since the tensor's dtype says the rest; -0.0 stays."""
    whole = math.isfinite(value) and value.is_integer() and abs(value) < 1 << 53
    return int(value) if whole and (value or math.copysign(1.0, value) > 0) else value


def _number(value: float) -> Any:
    return value if math.isfinite(value) else {"float": repr(value)}


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
        case {"kind": str(name)}:
            return Kind(name)
        case {"dtype": str(name)} if name in DTYPES:
            return DTYPES[name]
        case {"device": str(name)}:
            return torch.device(name)
        case {"tensor": [str(name), list(shape), list(entries)]} if name in DTYPES:
            try:
                return torch.tensor([value_from_json(e) for e in entries], dtype=DTYPES[name]).reshape(shape)
            except (TypeError, ValueError, RuntimeError) as error:
                raise AssignmentError(f"a recorded tensor cannot be read: {error}") from error
    raise AssignmentError(f"a recorded value cannot be read: {str(value)[:80]}")
