"""The lines that repeat a test run in the student's notebook and show the same failure."""

from __future__ import annotations

import ast
import contextlib
import io
from dataclasses import replace
from typing import Any

import pytest

from grader.results import Finding

from .in_process import HEAD, RIGHT, TEST, Sides, asked, assignment, sides

WRONG = RIGHT.replace("2 * x", "3 * x").replace("x.sum(0)", "x.sum(1)")


def cell_of(body: str, *functions: str, sizes: str = "n=4") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    head = f'# %% test values\n@public("public", {sizes})\n@hidden("hidden", {sizes})\n'
    return "\n".join([f"{head}def test(d):\n{lines}", *functions])


def lines_of(made: Sides, source: str = WRONG, case: int = 0) -> str:
    """The lines in the first wrong finding of a case."""
    wrong: list[Finding] = [f for f in made.findings(source, case).values() if not f.passed]
    assert wrong
    return wrong[0].reproduce


def shown(lines: str, source: str = WRONG) -> tuple[str, dict[str, Any]]:
    """The output of the lines below the student's notebook, and the names afterwards."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(source, names)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(lines, names)
    return out.getvalue(), names


SMALL = [
    ("a dict", 'x = d.normal(d.n)\nreturn {"double": double(x)}', "double tensor("),
    ("pairs", 'x = d.normal(d.n)\nyield "double", double(x)', "double tensor("),
    ("pairs of a helper", 'yield from pairs(double(d.normal(d.n)))', "first tensor("),
    ("a label", 'return {"el doble | the double": double(d.normal(d.n))}', "the double tensor("),
    ("a loop", 'for k in range(d.n):\n    yield f"double {k}", double(d.normal(2))', "double 3 tensor("),
    ("a size", 'return {"double": double(torch.ones(d.n, d.n + 1))}', "3., 3., 3., 3., 3."),
    ("given", 'return {"double": double(d.given["x"])}', "double tensor("),
    ("classes", 'return {"double": double(d.classes(d.n, 3))}', "double tensor("),
    ("an array", 'return {"double": double(d.numpy.normal(d.n))}', "double ["),
    ("a name", 'f = d.name("double")\nreturn {"double": f(d.normal(d.n))}', "double tensor("),
    ("a choice", 'f = d.name("triple", None) or double\nreturn {"double": f(d.normal(d.n))}', "double tensor("),
    ("unchanged", 'x = d.normal(d.n)\nyield "double", double(x)\nyield "x", d.unchanged(x)', "double tensor("),
    ("until", '(x,) = d.until(lambda x: (x,), lambda x: x.max() > 0, (d.n,))\nreturn {"double": double(x)}', "double"),
    ("a file", 'path = d.folder() + "/x"\ntorch.save(torch.ones(2), path)\n'
               'return {"double": double(torch.load(path))}', "3., 3."),
    ("a fact", 'return {"even": bool((double(torch.ones(d.n)) == 2).all())}', "even False"),
    ("one_hot", 'return {"double": double(d.one_hot(d.n, 3))}', "double tensor("),
    ("labels", 'for k in range(d.n):\n    yield f"el {k} | number {k}", double(d.normal(2))', "number 3 tensor("),
    ("a condition", 'return {"double": double(d.normal(d.n) if "a" == "b" else torch.ones(2))}', "tensor([3"),
    ("a shape", 'shape = (d.n, 2)\nreturn {"double": double(d.normal(*shape))}', "double tensor("),
    ("moves", 'with d.moves() as moves:\n    y = double(torch.ones(2))\nyield "y", y\nyield "moves", len(moves)',
     "y tensor("),
    ("a scale", 'return {"double": double(d.normal(d.n, scale=2.0))}', "double tensor("),
]  # fmt: skip
PAIRS = "# %% helper pairs\ndef pairs(x):\n    return zip(['first', 'second'], x)\n"
GIVEN = "def given(d):\n    return {'x': d.normal(d.n)}\n"


@pytest.mark.parametrize(("body", "words"), [s[1:] for s in SMALL], ids=[s[0] for s in SMALL])
def test_the_lines_show_the_students_wrong_values(body: str, words: str) -> None:
    """They are short, run below the student's code, say nothing of `d`, and print what the test looked at."""
    functions = [GIVEN] if "d.given" in body else []
    table = asked(cell_of(body, *functions), head=f"{HEAD}\n{PAIRS}")
    made = sides(table)
    lines = lines_of(made)
    assert len(lines.splitlines()) <= 25
    tree = ast.parse(lines)
    assert not any(isinstance(node, ast.Name) and node.id == "d" for node in ast.walk(tree))
    printed, _ = shown(lines)
    assert words in printed


def test_the_inputs_are_those_of_the_case() -> None:
    """A short tensor is written out, to four digits."""
    made = sides(asked(cell_of('x = d.normal(d.n)\nreturn {"double": double(x)}')))
    wrong = made.findings(WRONG)["double"]
    printed, names = shown(wrong.reproduce)
    numbers = [float(n) for n in wrong.actual.partition("[")[2].rstrip("]").split(",")]
    assert names["double"](names["x"]).tolist() == pytest.approx(numbers, abs=1e-3)
    assert "torch.tensor([" in wrong.reproduce
    assert "double" in printed


def test_the_lines_raise_what_the_test_raised() -> None:
    """A student who reads "KeyError" sees a KeyError."""
    source = RIGHT.replace("return 2 * x", "raise KeyError('beta')")
    made = sides(asked())
    with pytest.raises(KeyError, match="beta"):
        shown(lines_of(made, source), source)


def test_a_missing_answer_raises_what_python_raises() -> None:
    """A class that takes too few arguments is called with all of them, and a missing name is written as it is."""
    body = (
        "import inspect\narguments = (d.normal(d.n), d.n)\n"
        "try:\n    inspect.signature(double).bind(*arguments)\n"
        'except TypeError:\n    d.missing("double(x, times)")\nyield "double", double(*arguments)'
    )
    solution = "# %% solution\ndef double(x, times=2):\n    return times * x\n"
    lines = lines_of(sides(asked(cell_of(body), solution=solution)), RIGHT)
    assert "inspect" not in lines
    with pytest.raises(TypeError, match="positional argument"):
        shown(lines, RIGHT)
    lines = lines_of(sides(asked(cell_of('f = d.own("double", None)\nif f is None:\n    d.missing("double")\n'
                                         'yield "double", f(torch.ones(2))'))), "x = 1")  # fmt: skip
    with pytest.raises(NameError, match="double"):
        shown(lines, "x = 1")


def test_watched_calls_are_kept_in_a_notebook_too() -> None:
    """The lines count the calls of a method and show their arguments."""
    body = (
        'net = Net(d.n)\ncalls = d.watch(net, "forward", limit=5)\nnet.forward(torch.ones(2, d.n))\n'
        'yield "calls", len(calls)\nyield "x", [call.bound("x")["x"] for call in calls]'
    )
    wrong = NETWORK.removeprefix("# %% solution\n").replace("torch.zeros(n, 2)", "torch.ones(n, 2), False")
    made = sides(asked(cell_of(body), solution=NETWORK.replace("return x", "x = 2 * x\n        return x")))
    student = made.student(wrong)
    lines = student.repeated(made.question().tests[0], made.question().tests[0].cases[0])
    printed, _ = shown(lines, wrong)
    assert "calls 1" in printed
    assert "x [tensor([[1., 1., 1., 1.]," in printed


def test_a_large_tensor_becomes_a_recipe_below_a_seed() -> None:
    """Nobody reads a thousand numbers; the lines give the same values each time."""
    made = sides(asked(cell_of('return {"double": double(d.normal(d.n, 30))}')))
    lines = lines_of(made)
    assert "torch.manual_seed(0)" in lines
    assert "torch.randn(4, 30)" in lines
    assert shown(lines)[0] == shown(lines)[0]
    assert len(lines.splitlines()) <= 5


def test_a_hidden_case_gives_nothing() -> None:
    """Its sizes may be its inputs."""
    made = sides(asked())
    assert lines_of(made, case=0)
    assert lines_of(made, case=1) == ""


def test_a_helper_is_written_out_where_it_is_used() -> None:
    """One that is not used is left out, and one that takes `d` gets the case's values."""
    helpers = (
        "# %% helper draw\ndef draw(d, k):\n    return k * d.normal(d.n)\n"
        "# %% helper unused\ndef unused(x):\n    return draw\n"
    )
    made = sides(asked(cell_of('return {"double": double(draw(d, 3))}'), head=f"{HEAD}\n{helpers}"))
    lines = lines_of(made)
    assert "def draw(k):" in lines
    assert "draw(3)" in lines
    assert "unused" not in lines
    assert "double tensor(" in shown(lines)[0]


def test_imports_of_the_notebook_are_there_where_they_are_needed() -> None:
    """Lines run in a new notebook too."""
    given = "# %% given\nimport torch\nfrom torch import nn\nimport math as m\n"
    body = 'x = nn.functional.relu(d.normal(d.n))\nreturn {"double": double(x)}'
    made = sides(asked(cell_of(body), head=f"{HEAD}\n{given}"))
    lines = lines_of(made).splitlines()
    assert lines[:2] == ["import torch", "from torch import nn"]
    assert not any("import math" in line for line in lines)


def test_a_label_is_in_the_language_of_the_assignment() -> None:
    """The words are those of the page."""
    question = "# %% question 1: Uno | One\n# points: 1\n# %% solution\n"
    test = cell_of('return {"el doble | the double": double(d.normal(d.n))}')
    for name in ("test values", '"public"', '"hidden"'):
        test = test.replace(name, name.replace(name.strip('"').split()[-1], "uno | one"))
    for language, word in (("en", "the double"), ("es", "el doble")):
        head = f"# %% assignment small: Chica | Small\n# scale: 1 to 7, 1 decimals\n# language: {language}\n"
        made = sides(assignment(question + RIGHT, test, head=head))
        assert f"'{word}'" in lines_of(made)


SNIPPET = """# %% question 1: One
# points: 1
# inputs: a b
# outputs: total
# %% solution
total = a + b
# %% test values
@public("public", n=3)
@hidden("hidden", n=3)
def test(d):
    yield from d.snippet(a=d.normal(d.n), b=d.normal(d.n, scale=2.0))
"""


def test_a_snippet_is_the_students_own_lines_below_the_inputs() -> None:
    """The inputs come first, then the cells of the notebook, then what they assigned."""
    table = assignment("# %% given\nimport torch\n", SNIPPET)
    made = sides(table)
    student = made.student("import torch")
    student = replace(student, answer=("half = a / 2", "total = half + b"))
    question = table.question("1")
    lines = student.repeated(question.tests[0], question.tests[0].cases[0])
    assert [line.partition(" = ")[0] for line in lines.splitlines()][-5:] == [
        "a", "b", "half", "total", "print('total', total)",
    ]  # fmt: skip
    printed, names = shown(lines, "")
    assert printed.startswith("total tensor(")
    assert names["total"].tolist() == (names["a"] / 2 + names["b"]).tolist()


@pytest.mark.parametrize("answer", ["total = a" + ".T" * 900, "total = a  #" + "!" * 20_000], ids=["deep", "long"])
def test_an_answer_that_cannot_be_written_out_is_not_repeated(answer: str) -> None:
    """Python takes a deeper expression than it can write out again."""
    made = sides(assignment("# %% given\nimport torch\n", SNIPPET))
    student = replace(made.student("import torch"), answer=(answer,))
    question = made.table.question("1")
    assert student.repeated(question.tests[0], question.tests[0].cases[0]) == ""


NETWORK = """# %% solution
import torch

class Net(torch.nn.Module):
    def __init__(self, n):
        super().__init__()
        self.W = torch.nn.Parameter(torch.zeros(n, 2))

    def forward(self, x):
        return x @ self.W
"""


def test_a_network_is_filled_by_the_students_own_values() -> None:
    """The lines make a network of the student's class and print what it gives."""
    body = 'net = d.fill(Net(d.n))\nx = d.normal(2, d.n)\nyield "y", net(x)\nyield "W", d.parameters(net)'
    made = sides(asked(cell_of(body), solution=NETWORK))
    wrong = NETWORK.removeprefix("# %% solution\n").replace("x @ self.W", "x @ self.W + 1")
    printed, names = shown(lines_of(made, wrong), wrong)
    assert isinstance(names["net"], names["Net"])
    assert "y tensor(" in printed


def test_the_usual_test_is_repeated_in_few_lines() -> None:
    """The lines are what a student would write."""
    lines = lines_of(sides(asked(TEST.replace("B=4", "B=2")))).splitlines()
    assert lines[0] == "import torch"
    assert lines[1].startswith("x = torch.tensor([[")
    assert lines[2:] == ["print('double', double(x))", "print('total', total(x))"]
