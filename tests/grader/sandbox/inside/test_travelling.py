"""A test that has travelled: its globals, its evidence, and the origin of what it raises."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
import torch

from grader.sandbox.inside.case_view import Unchanged
from grader.sandbox.inside.travelling import globals_of, is_answer_of, plain

from .here import answers, program, run, single


@pytest.mark.parametrize(
    "body",
    [
        "return {'a': 1, 'b': 2}",
        "yield 'a', 1\n    yield 'b', 2",
        "return [('a', 1), ('b', 2)] if d is None else iter([('a', 1), ('b', 2)])",
        "yield from {'a': 1, 'b': 2}.items()",
        "return (pair for pair in [('a', 1), ('b', 2)])",
    ],
)
def test_evidence_is_a_dict_or_pairs(body: str) -> None:
    """The order is the test's."""
    ran = run(f"def test(d):\n    {body}")
    assert ran.error is None
    assert list(ran.values.items()) == [("a", 1), ("b", 2)]


@pytest.mark.parametrize("body", ["return 5", "return None", "return torch.ones(2)", "yield 1", "yield ('a', 1, 2)",
                                  "yield 1, 2", "return 'ab'", "return [('a', 1)]"])  # fmt: skip
def test_anything_else_is_no_evidence(body: str) -> None:
    """The author gets an error of its own kind."""
    ran = run(f"def test(d):\n    {body}")
    assert ran.error is not None
    assert ran.error["kind"] == "NotEvidence"


def test_a_test_sees_what_is_given_asked_and_helping() -> None:
    """The asked names are the answers'; the given code and helpers are the author's; all else stays out."""
    found = globals_of(
        ["import os\nclass Base: pass\ndef f(): return 'given'\ndef g(): return 'given'"],
        ["def helper(): return f()"],
        {"Base": 5},
        ["f", "f.method", "absent", "g"],
        answers({"f": lambda: "answered", "sum": None, "h": 1}),
    )
    assert found["helper"]() == "answered"
    assert found["Base"] == 5
    assert {"os", "torch", "math", "helper"} <= found.keys()
    # A name that the answers lack is missing, even if the given code has it: it would answer in their place.
    assert not {"g", "absent", "h", "sum", "f.method"} & found.keys()


def test_all_of_pythons_builtins_work_in_a_test() -> None:
    """Shadowed names of the answers are not the test's, unless they are asked for."""
    code = "sum = max = None\ndef f(): return sum"
    assert single("sum([1, 2]) if f() is None else 0", code, asked=["f"]) == 3


def test_what_belongs_to_the_answers() -> None:
    """Functions, classes, methods and callable objects of the module; nothing of torch or of the test."""
    names = program("import torch\nclass A:\n    def m(self): pass\n    def __call__(self): pass\ndef f(): pass")
    is_answer = is_answer_of("__main__")
    for own in (names["f"], names["A"], names["A"]().m, names["A"]()):
        assert is_answer(own)
    for other in (torch.sum, torch.nn.Linear, torch.ones(1).sum, print, pytest):
        assert not is_answer(other)

    class Odd:
        def __getattribute__(self, name: str) -> Any:
            raise KeyboardInterrupt

    assert is_answer(Odd())


CODE = """
import torch
class A:
    def method(self): pass
class Net(torch.nn.Module):
    pass
def double(t): return 2 * t
def nothing(t): pass
def slip(): return absent_name
def missing_attribute(): return A().no_such
def quits(): raise SystemExit
def closes(): raise GeneratorExit
"""
ORIGINS = {
    "double('a', 1)": ("call", ""),
    "A().method(1)": ("call", ""),
    "double(None)": ("student", ""),
    "slip()": ("student", ""),
    "missing_attribute()": ("student", ""),
    "quits()": ("student", ""),
    "closes()": ("student", ""),
    "gone(1)": ("missing", "gone"),
    "d.name('gone')": ("missing", "gone"),
    "d.name('A.gone')": ("missing", "A.gone"),
    "d.missing('softmax')": ("missing", "softmax"),
    "A().gone": ("missing", "A.gone"),
    "A.gone": ("missing", "A.gone"),
    "d.tensor(A(), 'x')": ("odd", "x"),
    "d.fill(Net(), {'W': (2, 3)})": ("odd", "Net"),
    "nothing(1).shape": ("value", ""),
    "double(1)[0]": ("value", ""),
    "torch.ones(2) @ torch.ones(3)": ("value", ""),
    "unknown": ("value", ""),
}


@pytest.mark.parametrize("expression", ORIGINS)
def test_the_origin_of_an_error_is_told(expression: str) -> None:
    """An exception that passed through the student's code is the student's; any other is told by its kind."""
    asked = [name for name in program(CODE) if name[0] != "_"] + ["gone"]
    ran = run(f"def test(d):\n    return {{'value': {expression}}}", CODE, asked=asked)
    assert ran.error is not None
    name = ran.error.get("name") or ran.error.get("odd", {}).get("name", "")
    assert (ran.error["origin"], name) == ORIGINS[expression], ran.error
    assert ran.error["line"] == 2


def test_the_function_that_was_called_last_is_told() -> None:
    """The sentence names it where the test cannot go on."""
    ran = run("def test(d):\n    nothing(double(1)).shape", CODE)
    assert ran.error is not None
    assert ran.error["last"] == "nothing"
    assert ran.error["frames"] == []


def test_an_error_in_a_helper_has_the_line_of_the_helper_or_the_test() -> None:
    """Lines count from the first line of the source; an error at load has none."""
    ran = run("\n\ndef test(d):\n    return {'a': 1 / 0}")
    assert ran.error is not None
    assert ran.error["line"] == 4
    broken = run("def test(d):\n    return (")
    assert broken.error is not None
    assert (broken.error["kind"], broken.error["line"]) == ("SyntaxError", 0)


def test_every_test_starts_from_the_same_random_state() -> None:
    """The case seeds torch and Python; another case seeds them otherwise."""
    source = "import random\ndef test(d):\n    return {'drawn': [torch.rand(1).item(), random.random(), f()]}"
    code = "import torch\ndef f(): return torch.rand(1).item()"
    first = run(source, code, seed=3).value
    torch.rand(1), random.random()
    assert run(source, code, seed=3).value == first != run(source, code, seed=4).value


@pytest.mark.parametrize("end", ["return {'folder': folder}", "yield 'folder', folder\n    raise ValueError"])
def test_folders_are_removed_at_the_end(end: str) -> None:
    """Whether or not the test comes to its end."""
    ran = run(f"def test(d):\n    folder = d.folder()\n    open(folder + '/a', 'w').close()\n    {end}")
    assert ran.values["folder"]
    assert not os.path.exists(ran.values["folder"])


def test_marks_travel_as_bools() -> None:
    """The must comes with the value."""
    assert [plain(Unchanged(True)), plain(Unchanged(False)), plain(3)] == [True, False, 3]
