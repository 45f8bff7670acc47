"""The parts of an assignment: questions, checks, cases, tolerances, limits, the scale of the grade."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..errors import AssignmentError
from ..messages import Text
from ..sandbox.limits import Limits
from ..sandbox.verbs import Implementation
from .cases import Case, Draw
from .course import Example, Mistake, NotebookCell, RubricItem, Source, StandIn, Test
from .tolerance import FLOAT32, Tolerance

__all__ = ["FLOAT32", "Tolerance"]


@dataclass(frozen=True)
class Scale:
    """A linear map from points to the grade: `low` at 0 points, `high` at all required points and above."""

    name: str
    low: float
    high: float
    decimals: int = 1


# A probe exercises an implementation on the inputs of a case and returns named values.
Probe = Callable[[Implementation, Draw], Mapping[str, Any]]
# A tracer describes the behaviour of a function in a case, as JSON; None when it cannot be described.
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


class Check(Protocol):
    """One line of a question: the thing checked, the cases, the weight. The kinds are in judging.checks."""

    @property
    def title(self) -> Text: ...

    @property
    def cases(self) -> tuple[Case, ...]: ...

    @property
    def probe(self) -> Probe | None:
        """The function that exercises the student's program; None for a check that only looks at the notebook."""

    @property
    def share(self) -> float:
        """The weight of this check among the checks of its question; 0: shown, costs nothing."""

    @property
    def per_case(self) -> bool:
        """Whether each case is worth its own part; otherwise a result must be right in all cases."""

    @property
    def hint(self) -> Text:
        """The advice that is shown with a wrong value when no known mistake explains it."""

    @property
    def refines(self) -> bool:
        """Whether the check's hint is only for students who pass the question's other checks."""

    def weight(self, result: str) -> float:
        """The weight of a named result within this check."""


@dataclass(frozen=True)
class Question:
    """One question: the names or cells that the student writes, the checks, the points."""

    id: str
    title: Text
    checks: tuple[Check, ...] = ()
    points: float = 0.0  # by the checks
    reviewed: float = 0.0  # by a person
    bonus: bool = False
    names: tuple[str, ...] = ()  # functions, classes, or "Class.method"
    snippets: Mapping[str, Snippet] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # questions on whose answers this one builds
    repaired_by: tuple[str, ...] = ()  # names that a right answer would have defined; default: `names`
    carried: float = 0.0  # the share for results that are right once wrong answers to `needs` are repaired
    attempted: str = ""  # a regular expression over the code; no match: the question was not answered
    forbidden: tuple[str, ...] = ()  # dotted names, e.g. "torch.nn.functional.celu", "torch.autograd.*"
    # From an assignment file
    tests: tuple[Test, ...] = ()
    solution: tuple[Source, ...] = ()  # cells and modules, in order
    helpers: tuple[Source, ...] = ()  # travel with this question's tests
    stand_ins: tuple[StandIn, ...] = ()
    accepts: Mapping[str, Source] = field(default_factory=dict)  # other right conventions, by name
    cells: tuple[NotebookCell, ...] = ()
    rubric: tuple[RubricItem, ...] = ()
    optional: bool = False
    again: float = 1.0  # the share that a mistake costs which was charged in an earlier question
    limit_s: float | None = None  # one test
    runs: str = ""  # "training": top-level code that the question's answer needs is run
    figures: int = 0
    line: int = 0  # of the question's title
    file: str = ""


@dataclass(frozen=True)
class Misconception:
    """A known mistake: the reference with one function or method changed.

    `changes` maps a name of the reference, also "Class.method", or the key of a snippet to the code that this mistake
    puts in its place. A change may have a method `combined(other)`, which returns a function with both mistakes, or
    None; then both can be diagnosed together in the same function. The hint leads to the repair without giving it
    away. `also` holds questions that build on the changed names and may lose points with them. `alone`: only the
    results of this mistake by itself are known, so it is never tried together with another one.
    """

    name: str
    question: str
    hint: Text
    changes: Mapping[str, Callable[..., Any]]
    also: tuple[str, ...] = ()
    alone: bool = False


@dataclass(frozen=True)
class Assignment:
    """The table of an assignment; broken tables raise AssignmentError on creation."""

    name: str
    title: Text
    questions: tuple[Question, ...]
    scale: Scale
    reference: Mapping[str, Any] = field(default_factory=dict)
    snippets: Mapping[str, Callable[..., Mapping[str, Any]]] = field(default_factory=dict)
    supplies: Mapping[str, str] = field(default_factory=dict)  # name -> source of a stand-in sent to the worker
    repairs: Mapping[str, str] = field(default_factory=dict)  # name -> source of a right answer that reveals nothing
    probes: Mapping[str, Probe] = field(default_factory=dict)  # the probes that students get with the public checks
    # name -> source of a right answer that reveals nothing. It replaces the reference where the expected value of a
    # public check depends on the student's own data, and so cannot be recorded
    oracle: Mapping[str, str] = field(default_factory=dict)
    # name -> the tracer of a function with that name: its trace in a case, as JSON, or None. The oracle's source of the
    # name turns the traces of all cases back into a function
    tracers: Mapping[str, Tracer] = field(default_factory=dict)
    misconceptions: tuple[Misconception, ...] = ()
    template: Path | None = None  # the notebook that students get
    # its text, made for a language, question ids (all for none) and the address of the students' repository
    notebook: Callable[[str, tuple[str, ...], str], str] | None = None
    # the questions that must come with these in a notebook; None: the questions that these need
    selected: Callable[[Sequence[str]], tuple[str, ...]] | None = None
    examples: Path | None = None  # right/, wrong/, hostile/: submissions with their expectation on the first line
    language: str = "es"
    limits: Limits = Limits()
    # From an assignment file
    languages: tuple[str, ...] = ("es", "en")
    given: tuple[Source, ...] = ()
    helpers: tuple[Source, ...] = ()  # travel with all tests
    cells: tuple[NotebookCell, ...] = ()  # before the first question
    mistakes: tuple[Mistake, ...] = ()
    right: tuple[Example, ...] = ()
    hostile: tuple[Example, ...] = ()
    preload: tuple[str, ...] = ()
    data: tuple[str, ...] = ()  # files beside the assignment
    folder: Path | None = None  # the folder of the assignment, set by the loader
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
            if not question.checks and not question.tests and not question.reviewed:
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
        """The points of all questions that are not a bonus, including those that a person reads."""
        return sum(q.points + q.reviewed for q in self.questions if not q.bonus)

    @property
    def forbidden(self) -> tuple[str, ...]:
        """Every dotted name that some question forbids."""
        return tuple(sorted({name for question in self.questions for name in question.forbidden}))

    @property
    def data_files(self) -> tuple[Path, ...]:
        """The paths of the data files."""
        return tuple((self.folder or Path()) / name for name in self.data)

    def question(self, id: str) -> Question:
        for question in self.questions:
            if question.id == id:
                return question
        known = ", ".join(q.id for q in self.questions)
        raise AssignmentError(f"assignment {self.name!r} has no question {id!r}; it has {known}")

    def only(self, ids: Sequence[str]) -> tuple[Question, ...]:
        """The questions with these ids, in the table's order; without ids, all questions."""
        wanted = [self.question(id) for id in ids]
        return tuple(q for q in self.questions if not ids or q in wanted)
