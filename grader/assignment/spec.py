"""An assignment: its questions, limits and scale of the grade."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import AssignmentError
from ..messages import Text
from ..sandbox.limits import Limits
from .course import Example, Mistake, NotebookCell, RubricItem, Source, StandIn, Test
from .late import LatePolicy


@dataclass(frozen=True)
class Scale:
    """A linear map from points to the grade: `low` at 0 points, `high` at all required points and above."""

    name: str
    low: float
    high: float
    decimals: int = 1


# Asked name -> the student's name, or several functions whose results are the answer together.
Aliases = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Snippet:
    """A question answered by cells, not by a function: `outputs` are computed from `inputs` that we supply.

    `variants` are suffixes for which the same outputs are asked ("_relu", "_celu"): a notebook may also assign the
    unsuffixed name once per variant, in this order.
    """

    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    variants: tuple[str, ...] = ()

    @property
    def variables(self) -> frozenset[str]:
        """The outputs, also with their suffixes, and the inputs."""
        return frozenset(self.inputs).union(*map(self.names_of, self.outputs))

    def names_of(self, output: str) -> set[str]:
        """An output, also with the suffixes."""
        return {output + variant for variant in ("", *self.variants)}


@dataclass(frozen=True)
class Question:
    """One question: the names or cells that the student writes, the tests, the points."""

    id: str
    title: Text
    points: float = 0.0  # by the tests
    reviewed: float = 0.0  # by a person
    bonus: bool = False
    names: tuple[str, ...] = ()  # functions, classes, or "Class.method"
    snippets: Mapping[str, Snippet] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # questions on whose answers this one builds
    carried: float = 0.0  # the share for results that are right once wrong answers to `needs` are repaired
    attempted: str = ""  # a regular expression over the code; no match: the question was not answered
    forbidden: tuple[str, ...] = ()  # dotted names, e.g. "torch.nn.functional.celu", "torch.autograd.*"
    tests: tuple[Test, ...] = ()
    solution: tuple[Source, ...] = ()  # cells and modules, in order
    helpers: tuple[Source, ...] = ()  # travel with this question's tests
    stand_ins: tuple[StandIn, ...] = ()
    accepts: Mapping[str, Source] = field(default_factory=dict)  # other right conventions, by name
    cells: tuple[NotebookCell, ...] = ()
    before: tuple[NotebookCell, ...] = ()  # the introduction of a part, which this question is the first one of
    rubric: tuple[RubricItem, ...] = ()
    optional: bool = False
    again: float = 1.0  # the share that a mistake costs which was charged in an earlier question
    limit_s: float | None = None  # one test
    runs: str = ""  # "training": top-level code that the question's answer needs is run
    figures: int = 0
    elsewhere: tuple[Text, ...] = ()  # titles of tests that only the instructor's run makes; Text() for a hidden one
    line: int = 0  # of the question's title
    file: str = ""


@dataclass(frozen=True)
class Assignment:
    """The table of an assignment; broken tables raise AssignmentError on creation."""

    name: str
    title: Text
    questions: tuple[Question, ...]
    scale: Scale
    template: Path | None = None  # the notebook that students get
    examples: Path | None = None  # right/, wrong/, hostile/: submissions with their expectation on the first line
    language: str = "es"
    limits: Limits = Limits()
    languages: tuple[str, ...] = ("es", "en")
    given: tuple[Source, ...] = ()
    helpers: tuple[Source, ...] = ()  # travel with all tests
    cells: tuple[NotebookCell, ...] = ()  # before the first question
    mistakes: tuple[Mistake, ...] = ()
    right: tuple[Example, ...] = ()
    narrow: tuple[Example, ...] = ()
    hostile: tuple[Example, ...] = ()
    preload: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()  # that students may use; provided where they are graded
    data: tuple[str, ...] = ()  # files beside the assignment
    late: LatePolicy | None = None
    folder: Path | None = None  # the folder of the assignment, set by the loader
    file: Path | None = None  # its first file, set by the loader
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
            if not question.tests and not question.reviewed and not question.elsewhere:
                raise AssignmentError(f"question {question.id} has neither tests nor points for a person")
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

    def about(self, ids: Sequence[str]) -> Assignment:
        """The assignment with the mistakes and examples of these questions only; without ids, with all."""
        if not ids:
            return self
        kept = {question.id for question in self.only(ids)}
        return replace(
            self,
            mistakes=tuple(m for m in self.mistakes if m.question in kept),
            right=tuple(e for e in self.right if e.question in kept),
            narrow=tuple(e for e in self.narrow if e.question in kept),
            hostile=tuple(e for e in self.hostile if e.question in kept),
            examples=None,
        )

    def only(self, ids: Sequence[str]) -> tuple[Question, ...]:
        """The questions with these ids, in the table's order; without ids, all questions."""
        wanted = [self.question(id) for id in ids]
        return tuple(q for q in self.questions if not ids or q in wanted)
