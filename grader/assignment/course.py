"""The parts of an assignment file as data: solution, tests, mistakes, stand-ins, examples, texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal

from ..messages import Text
from .cases import Case
from .tolerance import FLOAT32, Tolerance


@dataclass(frozen=True)
class Source:
    """A piece of the assignment's Python, and the place of its first line."""

    code: str
    file: str = ""  # relative to the assignment's folder
    line: int = 1


@dataclass(frozen=True, eq=False)
class Test:
    """A function `test(d)` that travels to the answers, its cases, and the way its evidence is judged.

    `trusted` holds the functions of the cell that never travel: given, expected, judge, rows.
    """

    title: Text
    source: Source
    cases: tuple[Case, ...]
    _: KW_ONLY
    trusted: Source = Source("")
    functions: frozenset[str] = frozenset()  # the names that `trusted` defines
    tolerance: Tolerance = FLOAT32
    share: float = 1.0  # the weight among the question's tests; 0: shown, costs nothing
    weights: Mapping[str, float] = field(default_factory=dict)  # by the name of the evidence; 1 if absent
    refines: bool = False  # the hint is shown only if the question's other tests pass
    per_case: bool = False  # whether each case is worth its own part
    relative_error: bool = False  # whether pages show the relative error
    exact_dtype: bool = False
    precision: Literal["float32", "float64"] = "float32"
    hint: Text = Text()
    limit_s: float | None = None  # None: the question's or the assignment's limit
    faster_than: float = 0.0  # the answers may take so many times the solution's CPU time; 0: no such bound
    calls: Mapping[str, int] = field(default_factory=dict)  # by a function's name: the most calls of it


@dataclass(frozen=True)
class StandIn:
    """Code that takes the place of a wrong answer in later questions; names may be methods ("FFNN.backward")."""

    names: tuple[str, ...]
    source: Source
    stays_home: bool = False


@dataclass(frozen=True)
class Hunk:
    """One replacement of a mistake: the lines to find in the solution, and the lines that take their place.

    `address`: the function, class or method to look in; "" for the whole solution of the question. `span`: the number
    of the solution's source, and the lines in it, from 0, that `lines` replace.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    address: str = ""
    line: int = 0
    span: tuple[int, int, int] = (-1, 0, 0)
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Mistake:
    """A known mistake: a diff of its question's solution, or code that runs after the solution.

    `changes` names the functions, methods or snippets of the solution that differ. `alone`: only its own results are
    known, as in a release, so it is never tried together with another mistake.
    """

    name: str
    question: str
    hint: Text
    source: Source
    _: KW_ONLY
    hunks: tuple[Hunk, ...] = ()
    code: str = ""
    changes: frozenset[str] = frozenset()
    also: tuple[str, ...] = ()
    repeats: str = ""  # a mistake of an earlier question that is the same one
    fails: tuple[str, ...] = ()  # titles of tests
    points: tuple[float, float] | None = None
    says: str = ""
    raises: str = ""
    alone: bool = False  # only its own results are known, as in a release: it is never tried with another mistake


@dataclass(frozen=True)
class Example:
    """Code that is handed in as the answer to one question: a right alternative, one that is right in
    some cases only, or a hostile answer. With `hunks` it is a diff of the question's solution."""

    name: str
    question: str
    source: Source
    most: float | None = None  # points that the question may give; None: all of them, exactly
    hunks: tuple[Hunk, ...] = ()

    @property
    def code(self) -> str:
        """What runs after the solution."""
        return "" if self.hunks else self.source.code


@dataclass(frozen=True)
class NotebookCell:
    """A cell of the student's notebook: Markdown per language, code, or the place of the solution's hole."""

    kind: Literal["text", "code", "hole"]
    text: Text = Text()
    code: str = ""
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)  # of the cell's title


@dataclass(frozen=True)
class RubricItem:
    """An item that a person marks, and its points."""

    points: float
    text: Text
