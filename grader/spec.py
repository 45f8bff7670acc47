"""What an assignment is made of: questions, checks, cases, tolerances, limits, the scale of the note."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from .errors import AssignmentError
from .messages import Text

if TYPE_CHECKING:
    from .checks import Check
    from .implementation import Implementation


@dataclass(frozen=True)
class Limits:
    """What one submission may use."""

    call_s: float = 5.0  # one call of a student's function
    load_s: float = 10.0  # all top-level statements together
    submission_s: float = 60.0
    memory_mb: int = 2048
    processes: int = 64
    file_mb: int = 64
    open_files: int = 256
    output_kb: int = 64  # of stdout and stderr, the rest is counted and dropped


@dataclass(frozen=True)
class Tolerance:
    """|actual - expected| <= atol + rtol * |expected|, entry by entry (the rule of torch.testing)."""

    rtol: float
    atol: float


# float32 carries 24 bits: one rounding is 6e-8 relative. The chains judged here have tens of operations over sums of
# tens of terms, so right answers differ by up to some 1e-5; 1e-4 leaves a factor of ten. atol 1e-6 is that bound
# for entries of order 1e-2, below which the relative error of a sum with cancellation means nothing.
FLOAT32 = Tolerance(rtol=1e-4, atol=1e-6)


@dataclass(frozen=True)
class Scale:
    """A linear map from points to the note: `low` at 0 points, `high` at all required points and above."""

    name: str
    low: float
    high: float
    decimals: int = 1

    def note(self, points: float, possible: float) -> float:
        """Round half up, as schools do: 5.25 at one decimal is 5.3."""
        share = min(max(points / possible, 0.0), 1.0)
        factor = 10**self.decimals
        # 1e-9 repairs products such as 5.25 * 10 = 52.49999999999999 before the floor.
        return float(math.floor((self.low + (self.high - self.low) * share) * factor + 0.5 + 1e-9) / factor)


@dataclass(frozen=True, eq=False)  # a case is itself, and hashes as such
class Case:
    """A recipe for inputs: a seed and sizes, never tensors.

    Public cases have fixed inputs, which students may see; the inputs of hidden ones also depend on the run's salt.
    `draws` are inputs that were recorded when the case was released: another version of torch may draw others.
    """

    title: Text
    seed: int
    public: bool = False
    sizes: Mapping[str, Any] = field(default_factory=dict)
    draws: Mapping[str, torch.Tensor] = field(default_factory=dict)


class Draw:
    """The inputs of one case in one run. Each named draw has a stream of its own, so their order is irrelevant.

    `given` carries what the student's side showed (say, the order of its batches) to the reference's side; a probe
    that puts nothing there has one expected result for all students. `right` are the questions that this student
    has answered right so far, so that a probe can build on the student's own parts, or on ours. `seen` is the
    student's `given` where a known mistake is tried in the student's place, so that it can be given the same data.
    """

    def __init__(
        self,
        case: Case,
        salt: str = "",
        *,
        given: dict[str, Any] | None = None,
        right: frozenset[str] = frozenset(),
        seen: Mapping[str, Any] | None = None,
    ) -> None:
        self.case = case
        self.salt = "" if case.public else salt
        self.given = {} if given is None else given
        self.right = right
        self.seen = {} if seen is None else seen
        self.drawn: dict[str, torch.Tensor] = {}  # what came out of each stream, by name and kind
        self._named: list[tuple[str, torch.Tensor]] = []

    def __getitem__(self, size: str) -> Any:
        return self.case.sizes[size]

    def name_of(self, tensor: torch.Tensor) -> str:
        """The name under which this very tensor was drawn; "" for any other."""
        return next((name for name, named in self._named if named is tensor), "")

    def named(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        """Remember a tensor of the probe's own under a name for the report."""
        self._named.append((name, tensor))
        return tensor

    def _stream(self, name: str, kind: str, make: Callable[[torch.Generator], torch.Tensor]) -> torch.Tensor:
        key = f"{name}: {kind}"  # two probes may draw different things under one name
        recorded = self.case.draws.get(key)
        tensor = make(self.generator(name)) if recorded is None else recorded.clone()
        self.drawn[key] = tensor
        return self.named(name, tensor)

    def generator(self, name: str) -> torch.Generator:
        digest = hashlib.sha256(f"{self.salt}|{self.case.seed}|{name}".encode()).digest()
        return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)

    def normal(self, name: str, *shape: int, scale: float = 1.0) -> torch.Tensor:
        """float32 tensor of this shape, normal with standard deviation `scale`."""
        return self._stream(name, f"normal {shape} {scale}", lambda g: scale * torch.randn(shape, generator=g))

    def away_from_zero(self, name: str, *shape: int, gap: float = 0.1, scale: float = 1.5) -> torch.Tensor:
        """Normal entries pushed `gap` away from 0, where relu and celu have their kinks."""

        def make(g: torch.Generator) -> torch.Tensor:
            t = scale * torch.randn(shape, generator=g)
            return t + gap * torch.where(t < 0, -1.0, 1.0)

        return self._stream(name, f"away from zero {shape} {gap} {scale}", make)

    def probabilities(self, name: str, rows: int, classes: int) -> torch.Tensor:
        """(rows, classes), each row positive with sum 1, no entry below about 1e-3."""

        def make(g: torch.Generator) -> torch.Tensor:
            weights = torch.rand(rows, classes, generator=g) + 0.05
            return weights / weights.sum(1, keepdim=True)

        return self._stream(name, f"probabilities {rows} {classes}", make)

    def classes(self, name: str, rows: int, classes: int) -> torch.Tensor:
        """(rows,) class indices, long."""
        return self._stream(name, f"classes {rows} {classes}", lambda g: torch.randint(classes, (rows,), generator=g))

    def one_hot(self, name: str, rows: int, classes: int) -> torch.Tensor:
        """(rows, classes) float32 with a single 1 in each row."""

        def make(g: torch.Generator) -> torch.Tensor:
            return torch.eye(classes)[torch.randint(classes, (rows,), generator=g)]

        return self._stream(name, f"one-hot {rows} {classes}", make)


# A probe exercises an implementation on the inputs of a case and returns named values.
Probe = Callable[["Implementation", Draw], Mapping[str, Any]]
# What a function does in a case, as JSON has it; None for what cannot be told.
Tracer = Callable[[Callable[..., Any], Case], Any]


@dataclass(frozen=True)
class Snippet:
    """A question answered by cells, not by a function: `outputs` are computed from `inputs` that we supply.

    `variants` are suffixes for which the same outputs are asked ("_relu", "_celu"): a notebook may also assign the
    unsuffixed name once per variant, in this order.
    """

    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One question: what the student writes, the checks, the points."""

    id: str
    title: Text
    checks: tuple[Check, ...]
    points: float = 0.0  # by the checks
    reviewed: float = 0.0  # by a person
    bonus: bool = False
    names: tuple[str, ...] = ()  # functions, classes, or "Class.method"
    snippets: Mapping[str, Snippet] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # questions on whose answers this one builds
    repaired_by: tuple[str, ...] = ()  # names that a right answer to this one would have given; default: `names`
    carried: float = 0.0  # the share for what is right once wrong answers to `needs` are repaired
    attempted: str = ""  # a regular expression over the code; no match: the question was not answered
    forbidden: tuple[str, ...] = ()  # dotted names, e.g. "torch.nn.functional.celu", "torch.autograd.*"


@dataclass(frozen=True)
class Misconception:
    """A known mistake: the reference with one function or method changed.

    `changes` maps a name of the reference, "Class.method" included, or the key of a snippet to what this mistake
    puts in its place. A change with a method `combined(other)`, which gives a function with both mistakes or None,
    can be diagnosed together with another one in the same function. The hint leads to the repair without giving it
    away. `also` are questions that build on what is changed, and may lose points with it.
    """

    name: str
    question: str
    hint: Text
    changes: Mapping[str, Callable[..., Any]]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assignment:
    """The table of an assignment; broken tables raise AssignmentError on creation."""

    name: str
    title: Text
    questions: tuple[Question, ...]
    scale: Scale
    reference: Mapping[str, Any]
    snippets: Mapping[str, Callable[..., Mapping[str, Any]]] = field(default_factory=dict)
    supplies: Mapping[str, str] = field(default_factory=dict)  # name -> source of a stand-in sent to the worker
    repairs: Mapping[str, str] = field(default_factory=dict)  # name -> source of a right answer that shows nothing
    probes: Mapping[str, Probe] = field(default_factory=dict)  # those that students get with the public checks
    # name -> source of a right answer that shows nothing: in the reference's place where what a public check expects
    # depends on the student's own data, and so cannot be recorded
    oracle: Mapping[str, str] = field(default_factory=dict)
    # name -> what makes a trace of a function of that name in a case, as JSON, or None; the oracle's source of the name
    # then makes a function again from the traces of all cases
    tracers: Mapping[str, Tracer] = field(default_factory=dict)
    misconceptions: tuple[Misconception, ...] = ()
    template: Path | None = None  # the notebook that students get
    # its text, made for a language, question ids (all for none) and the address of the students' repository
    notebook: Callable[[str, tuple[str, ...], str], str] | None = None
    # the questions that have to come with these in a notebook; None: those that they need
    selected: Callable[[Sequence[str]], tuple[str, ...]] | None = None
    examples: Path | None = None  # right/, wrong/, hostile/: submissions with their expectation on the first line
    language: str = "es"
    limits: Limits = Limits()
    folder: Path | None = None  # where it was loaded from, set by the loader
    fingerprint: str = ""  # hash of the folder, set by the loader

    def __post_init__(self) -> None:
        ids = [q.id for q in self.questions]
        if not ids:
            raise AssignmentError(f"assignment {self.name!r} has no questions")
        if len(set(ids)) < len(ids):
            raise AssignmentError(f"assignment {self.name!r} uses a question id twice: {', '.join(ids)}")
        for question in self.questions:
            if not re.fullmatch(r"[A-Za-z0-9_.-]{1,16}", question.id):
                raise AssignmentError(f"question id {question.id!r} is not a short word")
            if not question.checks and not question.reviewed:
                raise AssignmentError(f"question {question.id} has neither checks nor points for a person")
        names = [m.name for m in self.misconceptions]
        if len(set(names)) < len(names):
            raise AssignmentError(f"assignment {self.name!r} names a misconception twice")
        if unknown := {id for m in self.misconceptions for id in (m.question, *m.also)} - set(ids):
            raise AssignmentError(f"misconceptions of unknown questions: {', '.join(sorted(unknown))}")
        if unknown := {n for q in self.questions for n in q.needs} - set(ids):
            raise AssignmentError(f"questions need unknown questions: {', '.join(sorted(unknown))}")
        if self.required <= 0:
            raise AssignmentError(f"assignment {self.name!r} has no required points")

    @property
    def required(self) -> float:
        """Points of all questions that are not a bonus, those read by a person included."""
        return sum(q.points + q.reviewed for q in self.questions if not q.bonus)

    @property
    def forbidden(self) -> tuple[str, ...]:
        """Every dotted name that a question forbids."""
        return tuple(sorted({name for question in self.questions for name in question.forbidden}))

    def question(self, id: str) -> Question:
        for question in self.questions:
            if question.id == id:
                return question
        known = ", ".join(q.id for q in self.questions)
        raise AssignmentError(f"assignment {self.name!r} has no question {id!r}; it has {known}")

    def only(self, ids: Sequence[str]) -> tuple[Question, ...]:
        """The questions of these ids, in the table's order; all of them for no ids."""
        wanted = [self.question(id) for id in ids]
        return tuple(q for q in self.questions if not ids or q in wanted)
