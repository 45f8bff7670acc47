"""The author's code runs the tests on the solution and on known mistakes, and its slips say where they are."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.assignment.cases import Case
from grader.assignment.read import read_assignment
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.judging.author import Author, Place, case_seed
from grader.judging.solution import MODULE
from grader.messages import Text
from grader.results import Verdict

from .in_process import HEAD, RIGHT, SOLUTION, asked, assignment, sides

FIRST = Place("1", 0, 0)


def author(table: Assignment, salt: str = "salt") -> Author:
    return Author(table, salt, {})


def cell_of(body: str, *functions: str, headers: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    head = f'# %% test values\n{headers}@public("public", n=4)\n@hidden("hidden", n=6)\n'
    return "\n".join([f"{head}def test(d):\n{lines}", *functions])


# Slips -----------------------------------------------------------------------------------------------------------

SLIPS = [
    ("an exception of the test", cell_of('x = d.normal(d.n)\nreturn {"y": x[7]}'), "the test raises IndexError"),
    ("no evidence", cell_of("return {}"), "the test returns no evidence"),
    ("something else", cell_of("return double(d.normal(d.n))"), "not Tensor"),
    ("no pair", cell_of("yield double(d.normal(d.n))"), "not Tensor in place of a pair"),
    ("a module", cell_of('return {"y": torch.nn.ReLU()}'), "the evidence 'y' holds a ReLU, which cannot travel"),
    ("a function in a list", cell_of('return {"y": [1, double]}'), "the evidence 'y' holds a function"),
    ("given", cell_of('return {"y": double(d.normal(d.n))}', "def given(d):\n    return {'x': 1 / 0}\n"),
     "ZeroDivisionError"),
    ("an input that cannot travel", cell_of('return {"y": double(d.normal(d.n))}',
                                            "def given(d):\n    return {'net': [torch.nn.ReLU()]}\n"),
     "`given` makes 'net', which holds a ReLU and cannot be sent"),
    ("a name that is yielded twice", cell_of('yield "y", double(d.normal(d.n))\nyield "y", double(d.normal(d.n))'),
     "the test yields 'y' twice: give each result a name of its own"),
    ("what may travel", cell_of('return {"y": {1, 2}}'), "holds a set, which cannot travel: return numbers, texts"),
    ("a judge without statements", cell_of('return {"y": double(d.normal(d.n))}',
                                           "def judge(d, seen, right):\n    return True\n"),
     "`judge` yields statements such as `holds(...)`, not bool"),
    ("a judge with another statement", cell_of('return {"y": double(d.normal(d.n))}',
                                               "def judge(d, seen, right):\n    yield seen['y'] > 0\n"),
     "`judge` yields statements such as `holds(...)`, not Tensor"),
    ("expected values without names", cell_of('return {"y": double(d.normal(d.n))}',
                                              "def expected(d, seen):\n    pass\n"),
     "`expected` returns a dict of right values, not None"),
    ("judge", cell_of('return {"y": double(d.normal(d.n))}',
                      "def judge(d, seen, right):\n    yield holds(True, 'fine')\n    yield holds(1 / 0, 'broken')\n"),
     "raises ZeroDivisionError: division by zero"),
    ("expected", cell_of('return {"y": double(d.normal(d.n))}',
                         "def expected(d, seen):\n    return {'y': seen['z']}\n"), "raises KeyError: 'z'"),
]  # fmt: skip


@pytest.mark.parametrize(("test", "words"), [s[1:] for s in SLIPS], ids=[s[0] for s in SLIPS])
def test_a_slip_of_the_author_says_where_it_is(test: str, words: str) -> None:
    """The sentence names file, line, question, test and case, so that the author can go there."""
    with pytest.raises(AssignmentError) as slip:
        author(asked(test)).reference(FIRST)
    for word in ("small.py, line ", "question 1", "test values", "case public", words):
        assert word in str(slip.value)
    assert "\n" not in str(slip.value)


def test_the_line_of_a_slip_is_that_of_the_file(tmp_path: Path) -> None:
    """An editor shows this number."""
    text = "\n".join([HEAD, "# %% question 1: One\n# points: 1\n", SOLUTION,
                      cell_of('x = d.normal(d.n)\nreturn {"y": x.no_such_method()}')])  # fmt: skip
    file = tmp_path / "small.py"
    file.write_text(text)
    with pytest.raises(AssignmentError) as slip:
        author(read_assignment(file)).reference(FIRST)
    line = 1 + next(k for k, row in enumerate(text.splitlines()) if "no_such_method" in row)
    assert f"in line {line}" in str(slip.value)


@pytest.mark.parametrize(
    ("head", "solution", "place"),
    [
        (HEAD + "# %% given\nimport nowhere_pkg.part\n", SOLUTION, "line 6"),
        (HEAD + "# %% given\ndef far():\n    from nowhere_pkg import x\nfar()\n", SOLUTION, "line 7"),
        (HEAD, SOLUTION.replace("import torch", "import torch\nfrom nowhere_pkg import x"), "line 11"),
    ],
)
def test_a_package_that_is_missing_is_named_where_it_is_imported(head: str, solution: str, place: str) -> None:
    """Not at the first test that needs it."""
    with pytest.raises(AssignmentError, match=f"^small.py, {place}: the package nowhere_pkg is not installed here"):
        author(asked(head=head, solution=solution)).reference(FIRST)


def test_a_sound_test_is_no_slip() -> None:
    """The tests above do not pass because everything is a slip."""
    found = author(asked(cell_of('return {"y": double(d.normal(d.n))}'))).reference(FIRST)
    assert torch.allclose(found["values"]["y"], 2 * found["drawn"].popitem()[1].double())
    assert found["values"]["y"].dtype == torch.float64


# Arguments -------------------------------------------------------------------------------------------------------

IN_PLACE = """# %% solution
import torch

def shift(x, y):
    x += y
"""


def test_arguments_that_the_solution_changes_are_passed_as_they_are() -> None:
    """The test sees the change in its own tensor; the other argument is a copy."""
    test = cell_of('x, y = d.normal(d.n), d.normal(d.n, scale=2.0)\nshift(x, y)\nyield "x", x\nyield "y", y')
    made = sides(asked(test, solution=IN_PLACE))
    found = made.references.raw
    assert made.findings(IN_PLACE.removeprefix("# %% solution\n"))["x"].passed
    assert found[FIRST]["in_place"] == ["shift.x"] or len(found[FIRST]["in_place"]) == 1
    values = found[FIRST]["values"]
    assert not torch.equal(values["x"], values["x"] - values["y"])
    forgot = made.findings("def shift(x, y):\n    return x + y\n")
    assert forgot["x"].verdict is Verdict.FAILED
    both = made.findings("def shift(x, y):\n    x += y\n    y *= 0\n")
    assert (both["x"].passed, both["y"].passed) == (True, True)


# What the trusted functions say ------------------------------------------------------------------------------------


def test_given_is_read_on_both_sides() -> None:
    """It is computed once, on our side, from the solution too, and the student gets float32."""
    test = cell_of('return {"y": double(d.given["x"]), "n": d.given["n"]}',
                   "def given(d):\n    return {'x': double(d.normal(d.n)), 'n': d.n + 1}\n")  # fmt: skip
    made = sides(asked(test))
    found = made.findings(RIGHT.replace("2 * x", "2 * x if x.dtype == torch.float32 else 0"))
    assert found["y"].passed
    assert found["n"].passed
    assert made.references.raw[FIRST]["given"]["n"] == 5
    assert made.references.raw[FIRST]["values"]["y"].dtype == torch.float64


def test_the_author_judges_with_the_solution_and_a_student_cannot_change_it() -> None:
    """`judge` sees the solution's names; the student's own `double` plays no role there."""
    judge = "def judge(d, seen, right):\n    yield near(seen['y'], double(d.normal(d.n)), 'twice')\n"
    made = sides(asked(cell_of('return {"y": double(d.normal(d.n))}', judge)))
    assert made.findings(RIGHT)["twice"].passed
    assert not made.findings(RIGHT.replace("2 * x", "3 * x"))["twice"].passed


def test_evidence_is_read_by_its_name_or_by_half_of_it() -> None:
    """A `judge` says which evidence it read."""
    judge = "def judge(d, seen, right):\n    yield holds(seen['the double'] is not None and 'n' in seen, 'ok')\n"
    test = cell_of('yield "el doble | the double", double(d.normal(d.n))\nyield "n", d.n\nyield "m", d.n', judge)
    found = author(asked(test)).reference(FIRST)
    assert found["read"] == ["el doble | the double", "n"]
    assert [s["label"] for s in found["statements"]] == ["ok"]


def test_a_fault_of_judge_on_a_students_evidence_is_told() -> None:
    """It does not raise: the student's evidence may be anything."""
    judge = "def judge(d, seen, right):\n    yield holds(float(seen['y'].sum()) > -1e9, 'finite')\n"
    table = asked(cell_of('return {"y": double(d.normal(d.n))}', judge))
    ours = author(table)
    ours.reference(FIRST)
    assert ours.assess(FIRST, {"y": torch.ones(4)})["fault"] == ""
    told = ours.assess(FIRST, {"y": "text"})["fault"]
    assert "AttributeError" in told
    assert "small.py" in told


# Mistakes --------------------------------------------------------------------------------------------------------

TRIPLE = "# %% wrong triple: Twice. [raw]\n# - 2 * x\n# + 3 * x\n"
ROWS = "# %% wrong columns: Rows. [raw]\n# - x.sum(0)\n# + x.sum(1)\n"
BOTH = cell_of('x = d.normal(d.n, 3)\nreturn {"double": double(x), "total": total(x)}')


def values(found: Mapping[str, Any]) -> Mapping[str, torch.Tensor]:
    return found["values"]  # type: ignore[no-any-return]


def test_mistakes_run_in_students_precision_on_the_same_inputs() -> None:
    """One, two together, or none: the solution itself."""
    ours = author(asked(BOTH, TRIPLE, ROWS))
    right = values(ours.reference(FIRST))
    none, triple, both = ours.trials(FIRST, [[], ["triple"], ["triple", "columns"]], None)
    assert values(none)["double"].dtype == torch.float32
    assert torch.allclose(values(none)["double"].double(), right["double"])
    assert torch.allclose(values(triple)["double"].double(), 1.5 * right["double"])
    assert torch.allclose(values(triple)["total"].double(), right["total"])
    assert values(both)["total"].shape == (4,)
    assert torch.allclose(values(both)["double"], values(triple)["double"])


def test_a_mistake_that_raises_tells_what_it_raised() -> None:
    """Evidence that came before the error is kept."""
    ours = author(asked(cell_of('x = d.normal(d.n)\nyield "double", double(x)\nyield "total", total(x)'),
                        "# %% wrong raises: It. [raw]\n# - x.sum(0)\n# + x.no_such()\n"))  # fmt: skip
    ours.reference(FIRST)
    (found,) = ours.trials(FIRST, [["raises"]], None)
    assert list(values(found)) == ["double"]
    assert found["raised"]["kind"] == "AttributeError"


def test_a_mistake_is_tried_on_the_rows_of_the_student() -> None:
    """A frozen data set gives the rows that the student had, in the student's order."""
    solution = """# %% solution
import torch

class Rows(torch.utils.data.Dataset):
    def __init__(self, n):
        self.x = torch.rand(n, 2)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i]

def mean(rows):
    return sum(rows[i].sum() for i in range(len(rows))) / len(rows)
"""
    wrong = "# %% wrong without-mean: Divide. [raw]\n# -  / len(rows)\n"
    ours = author(asked(cell_of('return {"mean": mean(d.replay(Rows, d.n))}'), wrong, solution=solution))
    ours.reference(FIRST)
    rows = [torch.full((2,), float(k)) for k in range(4)]
    (mean, total) = ours.trials(FIRST, [[], ["without-mean"]], {"replay": rows})
    assert float(values(mean)["mean"]) == 3.0
    assert float(values(total)["mean"]) == 12.0


def test_what_is_accepted_is_tried_in_place_of_the_solution() -> None:
    """A convention that raises has no values."""
    accepts = "# %% accepts triple\ndef double(x):\n    return 3 * x\n# %% accepts broken\ndef double(x):\n    1 / 0\n"
    ours = author(asked(BOTH, accepts))
    right = values(ours.reference(FIRST))
    other = ours.accepted(FIRST, "triple")
    assert torch.allclose(other["double"], 1.5 * right["double"])
    assert torch.equal(other["total"], right["total"])
    assert ours.accepted(FIRST, "broken") == {}
    assert torch.equal(values(ours.reference(FIRST))["double"], right["double"])


# Namespaces ------------------------------------------------------------------------------------------------------

COUNTER = """# %% solution
import torch

SEEN = []

def double(x):
    SEEN.append(1)
    return 2 * x

def total(x):
    return x.sum(0)
"""


def test_a_mistake_leaves_no_trace_in_the_solution() -> None:
    """Each set of mistakes has names of its own; global state of one is not that of another."""
    clear = "# %% wrong clears: No. [raw]\n# - SEEN.append(1)\n# + SEEN.extend([1] * 100)\n"
    test = cell_of('double(d.normal(d.n))\nreturn {"y": double(d.normal(d.n))}')
    ours = author(asked(test, clear, solution=COUNTER))
    before = values(ours.reference(FIRST))["y"]
    ours.trials(FIRST, [["clears"]], None)
    ours.assess(FIRST, {"y": before})
    again = ours.reference(FIRST)
    assert torch.equal(values(again)["y"], before)
    names = ours._solution.names(ours._assignment.question("1"))
    assert len(names["SEEN"]) == 4  # two runs of two calls, and none of the mistake's


def test_a_test_leaves_no_names_behind() -> None:
    """A global that a test sets is not there in the next run, nor in the solution."""
    test = cell_of('global left\nfound = globals().get("left", 0)\nleft = 1\nreturn {"found": found, '
                   '"y": double(d.normal(d.n))}')  # fmt: skip
    ours = author(asked(test))
    assert [ours.reference(FIRST)["values"]["found"] for _ in range(2)] == [0, 0]
    assert "left" not in ours._solution.names(ours._assignment.question("1"))


def test_questions_share_the_names_of_the_notebook() -> None:
    """A later solution uses earlier names, and a test sees the solution as the question's notebook has it."""
    table = assignment(
        "# %% question 1: One\n# points: 1\n", SOLUTION, cell_of('return {"y": double(d.normal(d.n))}'),
        "# %% question 2: Two\n# points: 1\n", "# %% solution\ndef four(x):\n    return double(double(x))\n",
        cell_of('return {"y": four(d.normal(d.n))}'),
    )  # fmt: skip
    ours = author(table)
    found = ours.reference(Place("2", 0, 0))
    assert torch.allclose(found["values"]["y"], 4 * found["drawn"].popitem()[1].double())


def test_the_precision_of_the_caller_is_left_as_it_was() -> None:
    """The solution computes in float64, and nothing else does afterwards."""
    ours = author(asked(BOTH))
    ours.reference(FIRST)
    assert torch.get_default_dtype() == torch.float32
    with pytest.raises(AssignmentError):
        author(asked(cell_of("1 / 0"))).reference(FIRST)
    assert torch.get_default_dtype() == torch.float32


def test_what_the_solution_prints_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """The output of a run is for people."""
    solution = SOLUTION.replace("    return 2 * x", "    print('here')\n    return 2 * x")
    author(asked(BOTH, solution=solution)).reference(FIRST)
    assert capsys.readouterr() == ("", "")


def test_the_seed_of_a_hidden_case_depends_on_the_salt() -> None:
    """Public inputs stay the same, and nobody can compute the hidden ones in advance."""
    public, hidden = Case(Text("p", "p"), 1, public=True), Case(Text("h", "h"), 1)
    other = Case(Text("p", "p"), 2, public=True)
    assert case_seed(public, "one") == case_seed(public, "two")
    assert case_seed(hidden, "one") == case_seed(hidden, "one")
    assert len({case_seed(c, s) for c, s in ((hidden, "one"), (hidden, "two"), (public, ""), (other, ""))}) == 4


def test_the_module_of_the_solution_is_no_file() -> None:
    """A data class of the solution finds its module."""
    solution = SOLUTION + "\nfrom dataclasses import dataclass\n\n@dataclass\nclass Pair:\n    a: int = 3\n"
    test = cell_of('return {"y": double(d.normal(d.n)), "a": Pair().a}')
    found = author(asked(test, solution=solution)).reference(FIRST)
    assert found["values"]["a"] == 3
    assert not hasattr(sys.modules[MODULE], "__file__")
