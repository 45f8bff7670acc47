"""Known mistakes in the student's place: which results they spoil, and whether the student has the same values."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from grader.assignment.course import Mistake
from grader.assignment.tolerance import FLOAT32
from grader.judging.checks.check import Judged
from grader.judging.compare import compare
from grader.judging.trials import TestTrial, alike, finite_numbers, numbers_of

from .in_process import RIGHT, TEST, Sides, asked, sides

X = torch.tensor([1.0, 2.0, 3.0])
WRONG = """# %% wrong triple: Twice. [raw]
# - 2 * x
# + 3 * x
# %% wrong columns: Rows. [raw]
# - x.sum(0)
# + x.sum(1)
# %% wrong quadruple: Twice. [raw]
# - 2 * x
# + 4 * x
# %% wrong raises: It. [raw]
# - 2 * x
# + x.no_such()
"""
TRIPLE = RIGHT.replace("2 * x", "3 * x")


@pytest.fixture
def made() -> Sides:
    return sides(asked(TEST, WRONG))


def trial(entry: Judged) -> TestTrial:
    assert entry.evidence is not None
    return TestTrial(entry.evidence)


def mistakes(made: Sides, *names: str) -> list[Mistake]:
    return [next(m for m in made.table.mistakes if m.name == name) for name in names]


# Values that are alike -------------------------------------------------------------------------------------------

NAN = math.nan


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (X, X.double() * (1 + 1e-6), True),
        (X, X * 1.01, False),
        (X * NAN, X * NAN, True),
        (torch.tensor([NAN, 1.0]), torch.tensor([1.0, NAN]), False),
        (X, X[:, None], False),
        (torch.tensor([2.0]), 2.0, True),
        (torch.tensor([[2.0]]), 2, True),
        (2, 2.0, True),
        ([X, 1.0], (X, 1.0), True),
        ([X, 1.0], [X], False),
        ("cuda", "cuda", True),
        ("cuda", "cpu", False),
        ("2", 2, False),
        (None, None, True),
        (None, 0, False),
        (True, True, True),
    ],
)
def test_values_are_alike_within_the_tolerance(a: Any, b: Any, same: bool) -> None:
    """NaN equals NaN in the same place; a number is a tensor of one entry."""
    assert alike(a, b, FLOAT32) is same
    assert alike(b, a, FLOAT32) is same


def test_an_answer_of_another_size_is_not_computed_with() -> None:
    """An answer may be huge, and every known mistake would repeat the work: it could keep the grader busy."""
    huge = torch.ones(1).expand(1 << 45)  # 280 terabytes as soon as anything is computed
    assert not alike(huge, X, FLOAT32)
    assert not alike(X, huge, FLOAT32)
    said = compare("double", huge, X.double(), FLOAT32).message.render("en")
    assert said == "double has shape (35184372088832,), expected (3,)"


def test_numbers_are_counted_and_facts_are_not() -> None:
    """Zeros, NaN and infinity are numbers that prove nothing; equal numbers count once."""
    value = [torch.tensor([1.0, 1.0, 0.0, NAN]), (2, True, "3"), None]
    assert len(numbers_of(value)) == 5
    assert finite_numbers(value) == 2
    assert len(numbers_of(torch.ones(1).expand(1 << 45))) == 100


# Trials ----------------------------------------------------------------------------------------------------------


def test_a_mistake_spoils_its_results_and_fits_the_students(made: Sides) -> None:
    """The mistake that the student made fits; another one in the same function does not."""
    tried = trial(made.judged(TRIPLE)[0])
    triple, columns, quadruple, raises = mistakes(made, "triple", "columns", "quadruple", "raises")
    found = tried.of(triple)
    assert found is not None
    assert (found.spoils, found.fits) == ({"double"}, True)
    assert tried.of(quadruple) is None
    part = tried.of(quadruple, partly=True)
    assert part is not None
    assert (part.spoils, part.fits) == ({"double"}, False)
    assert tried.of(columns) is None
    assert tried.of(raises, partly=True) is None
    assert tried.spoils(columns, ["total"])
    assert not tried.spoils(columns, ["double"])


def test_two_mistakes_are_tried_together(made: Sides) -> None:
    """Not those that change the same line, nor those that are known alone."""
    source = TRIPLE.replace("sum(0)", "sum(1)")
    tried = trial(made.judged(source)[0])
    triple, columns, quadruple = mistakes(made, "triple", "columns", "quadruple")
    both = tried.of(triple, columns)
    assert both is not None
    assert (both.spoils, both.fits) == ({"double", "total"}, True)
    assert tried.can_run(triple, columns)
    assert not tried.can_run(triple, quadruple)


def test_a_mistake_that_would_show_is_excluded(made: Sides) -> None:
    """A case where the student is right excludes a mistake; a case with its values does not."""
    triple, columns = mistakes(made, "triple", "columns")
    right, wrong = made.judged(RIGHT)[0], made.judged(TRIPLE)[0]
    assert trial(right).excludes(triple, [], [])
    assert trial(wrong).excludes(columns, [triple], [triple])
    assert trial(wrong).can_tell()


def test_what_a_mistake_gives_is_computed_once_for_all_students(made: Sides) -> None:
    """The second student costs no run of the author's code."""
    asks: list[str] = []
    author = made.references.author

    class Counts:
        def ask(self, verb: str, *args: Any) -> Any:
            asks.append(verb)
            return author.ask(verb, *args)

    (triple,) = mistakes(made, "triple")
    made.references.prepare([])
    first, second = (made.judged(TRIPLE)[0] for _ in range(2))
    made.references.author = Counts()
    for entry in (first, second, first):
        assert trial(entry).of(triple) is not None
    assert asks == ["trials"]


REPLAY = """# %% test values
@public("public", n=4)
@hidden("hidden", n=6)
def test(d):
    rows = d.replay(Rows, d.n)
    yield "mean", mean(rows)

def expected(d, seen):
    return {"mean": torch.stack(seen["replay"]).mean()}
"""
ROWS = """# %% solution
import torch

class Rows(torch.utils.data.Dataset):
    def __init__(self, n):
        self.x = torch.rand(n, 2)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i]

def mean(rows):
    return torch.stack([rows[i] for i in range(len(rows))]).mean()
"""


def test_on_a_students_own_rows_each_student_has_runs_of_its_own() -> None:
    """The student's rows differ from ours, and the mistake fits on them."""
    made = sides(asked(REPLAY, "# %% wrong sums: Mean. [raw]\n# - .mean()\n# + .sum()\n", solution=ROWS))
    (sums,) = made.table.mistakes
    source = ROWS.removeprefix("# %% solution\n").replace(".mean()", ".sum()")
    entries = [made.judged(source.replace("torch.rand(n, 2)", f"torch.rand(n, 2) + {k}"))[0] for k in (1, 2)]
    for entry in entries:
        tried = trial(entry)
        assert not tried.keeps
        found = tried.of(sums)
        assert found is not None
        assert found.fits
    assert made.references.known == {}
    assert len(made.references.on_rows) == 2


def test_students_with_the_same_rows_share_the_runs_of_mistakes() -> None:
    """What a mistake gives depends on the rows alone, and classmates often draw the same ones."""
    made = sides(asked(REPLAY, "# %% wrong sums: Mean. [raw]\n# - .mean()\n# + .sum()\n", solution=ROWS))
    (sums,) = made.table.mistakes
    source = ROWS.removeprefix("# %% solution\n")
    first, second = (made.judged(source.replace(".mean()", f".sum() + {k}"))[0] for k in (1, 2))
    assert trial(first).of(sums, partly=True) is not None
    assert second.evidence is not None
    assert second.evidence.runs() is first.evidence.runs()  # type: ignore[union-attr]
    assert second.evidence.runs()


def test_where_the_solution_is_wrong_on_the_rows_nothing_can_be_told() -> None:
    """Rows that no right answer can handle are the student's mistake, and no known one."""
    made = sides(asked(REPLAY, solution=ROWS))
    source = ROWS.removeprefix("# %% solution\n")
    assert trial(made.judged(source)[0]).can_tell()
    odd = source.replace("return self.x[i]", "return self.x[i] * float('nan')")
    assert not trial(made.judged(odd)[0]).can_tell()
