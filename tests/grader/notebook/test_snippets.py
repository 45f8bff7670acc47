"""Slices that compute asked variables from inputs that are not the notebook's own."""

from __future__ import annotations

from typing import Any

import pytest

from grader.assignment.spec import Snippet
from grader.notebook.program import Program, build
from grader.notebook.read import read_notebook

# The inputs of these tests are numbers: the slices do not depend on their type, and the results differ.
ASKED = Snippet(("out",), ("a", "b"))
THREE = Snippet(("out",), ("a", "b"), ("_x", "_y", "_z"))


def program(*cells: str, asked: Snippet = ASKED) -> Program:
    script = "".join(f"# %%\n{cell}\n" for cell in cells)
    return build(read_notebook(script.encode(), "a.py"), (), {"q": asked})


def slices(*cells: str, asked: Snippet = ASKED) -> dict[str, list[str]]:
    return {key: [s.source for s in part] for key, part in program(*cells, asked=asked).snippets["q"].outputs.items()}


def values(*cells: str, asked: Snippet = ASKED, **inputs: Any) -> dict[str, Any]:
    """The values that the slices of these cells compute, evaluated as in the worker."""
    found = program(*cells, asked=asked)
    base: dict[str, Any] = {}
    for statement in found.statements:
        exec(statement.source, base)
    answers = {}
    for key, part in found.snippets["q"].outputs.items():
        namespace = {**base, **inputs}
        for statement in part:
            exec(compile("\n" * (statement.line - 1) + statement.source, "cell", "exec"), namespace)
        answers[key] = namespace[found.snippets["q"].rename[key]]
    return answers


@pytest.mark.parametrize(
    "cells",
    [
        ("a = 1; b = 1\nout = a + b",),
        ("a = 1\nb = 1", "k = 0\nout = a + b + k"),
        ("a, b = 1, 1", "out, other = a + b, 3"),
        ("a, k = 1, 0\nb = 7", "out = a + b + k"),
        ("a = k = 0", "out = a + b + k"),
        ("[a, *k] = 1, 0", "out = a + b + k[0]"),
        ("a = 1", "out = 0\nout += a\nout += b"),
        ("out = [0]\nout[0] = a + b\nout = out[0]",),
        ("out = a", "out = out + b"),
        ("with open('/dev/null') as f:\n    a = 1\n    b = (\n        2)\n    out = a + b",),
        ("if True:\n    a = 1; b = 3\n    out = a + b\nelse:\n    out = 0",),
        ("out = 0\nfor n in (a, b):\n    out += n",),
        ("def add(p, q): return p + q", "out = add(a, b)"),
        ("def add(): return a + b", "out = add()"),
        ("def one(): return a\ndef add(): return one() + b", "out = add()"),
        ("a = 1\nb = 5\nout = a + b", "out = None"),
        ("out = None", "out = a + b", "out: int = None"),
        ("k = a", "out = k + b", "k = 100"),
        ("k = a", "out = k + b", "def k(): pass"),
        ("def k(): return a", "out = k() + b", "k = 3"),
        ("out = k + b", "k = a"),
        ("out = a + b", "if a < 0:\n    out = 0"),
        ("def add(): return a + b + k", "k = 0", "out = add()", "k = 5"),
        ("out = (k := a) + b",),
        ("import math as m", "out = int(m.fabs(a)) + b", "m = 5"),
        ("if __name__ == '__main__':\n    k, a = 0, 1\n    out = a + b + k",),
        ("out = [a]\nout.append(b)\nout = sum(out)",),
        ("out: int = a + b",),
        ("x = 1; (a, k), b = (1, 0), 2; out = a + b + k",),
        ("try:\n    a = 1\n    out = a + b\nexcept ValueError:\n    out = 0",),
        ("out = a + b", "print(out)\nassert out == 3\ninput()"),
        ("a = download()\nb = 1 / 0\nout = a + b",),
        ("a += 1\na[0] = 2\nout = a + b",),
    ],
)
def test_our_inputs_take_the_place_of_the_notebooks(cells: tuple[str, ...]) -> None:
    """However the answer is written, it is computed from the supplied inputs."""
    assert values(*cells, a=20, b=3) == {"out": 23}


@pytest.mark.parametrize(
    ("cells", "out"),
    [
        (("a = [0, 0]\nb = 1", "a[b] -= 1\nout = a"), [5, 5]),
        (("a = [0]", "a = a + [b]\nout = a"), [5, 6, 1]),
        (("a = [0]", "a.append(b)\nout = list(a)"), [5, 6, 1]),
        (("a = [0]", "a += [b]\na += [b]\nout = a"), [5, 6, 1, 1]),
        (("a = [0]\nb = 0", "a, b = a[::-1], b + 1\nout = [*a, b]"), [6, 5, 2]),
        # Preparations of the notebook's own values are not applied to our inputs.
        (("a = [0]", "a = a + [9]", "out = a"), [5, 6]),
        (("a = [0]\na = a + [9]\nout = a",), [5, 6]),
    ],
)
def test_an_answer_may_go_on_with_an_input(cells: tuple[str, ...], out: list[int]) -> None:
    """In the answer's own cell, a change to an input is a part of the answer."""
    assert values(*cells, a=[5, 6], b=1) == {"out": out}


def test_only_what_is_needed_is_in_a_slice() -> None:
    """Other variables, later values, tests and prints are not in the slice."""
    assert slices("k = 1", "k = 2\nother = 3\nprint(k)", "out = k\nassert out", "k = 4") == {
        "out": ["k = 2", "out = k"]
    }


def test_lines_stay_where_inputs_are_taken_out() -> None:
    """Assignments to inputs leave `pass` and empty lines, so that later lines keep their numbers."""
    assert slices("with f():\n    a = (1 +\n         2); k = 3  # dummy\n    out = k") == {
        "out": ["with f():\n    pass; k = 3  # dummy\n\n    out = k"]
    }


def test_positions_after_a_semicolon_are_right() -> None:
    """A statement that does not begin its line is edited in the right place."""
    assert slices("ñ = 1; a, k = 1, 2\nout = k") == {"out": ["_, k = 1, 2", "out = k"]}


def test_an_answer_left_empty_is_absent() -> None:
    """A template's `out = None`, or a variable that is assigned only inside a function, is not an answer."""
    assert slices("out = None", "def f():\n    out = 1") == {}


def test_functions_that_a_slice_calls_are_in_the_program() -> None:
    """The program holds the functions that the slices call, even when no question asks for them."""
    found = program("def g(x): return x\ndef f(x): return g(x)\ndef h(): pass", "out = f(a)")
    assert {name for s in found.statements for name in s.binds} == {"f", "g"}
    assert found.snippets["q"].needs == {"f"}


def test_suffixed_names_are_the_variants() -> None:
    """`out_x` answers the variant `_x`; a variant without an assignment is absent, and the plain name is ignored."""
    cells = ("out_x = a", "out_y = b\nout_z = a + b", "out = 7")
    assert values(*cells, asked=THREE, a=1, b=2) == {"out_x": 1, "out_y": 2, "out_z": 3}


def test_three_plain_assignments_are_the_variants_in_order() -> None:
    """Each answer is the value of the plain name before the next fresh one, computed with the names of that moment."""
    cells = (
        "out = None",
        "k = 1\nout = a + k",
        "k = 10\nout = a * 0\nout += k\nout = out + a",
        "k = 100\nout = [a]\nout[0] = k\nout.append(b)",
        "k = 7",
    )
    found = program(*cells, asked=THREE).snippets["q"]
    assert found.unsuffixed == ()
    assert found.rename == {"out_x": "out", "out_y": "out", "out_z": "out"}
    assert values(*cells, asked=THREE, a=5, b=6) == {"out_x": 6, "out_y": 15, "out_z": [100, 6]}


@pytest.mark.parametrize("count", [1, 2, 4])
def test_another_number_of_plain_assignments_is_left_open(count: int) -> None:
    """With fewer or more answers than variants, each is a candidate for the judge to try."""
    cells = tuple(f"out = a + {k}" for k in range(count))
    found = program(*cells, asked=THREE).snippets["q"]
    assert found.unsuffixed == tuple(f"out@{k}" for k in range(1, count + 1))
    assert values(*cells, asked=THREE, a=1, b=0) == {f"out@{k}": k for k in range(1, count + 1)}


def test_of_several_candidates_in_one_cell_the_last_one_counts() -> None:
    """A list of guesses in one cell is one answer, and of many cells the last two per variant are candidates."""
    guesses = [f"out = a + {k}" for k in range(10)]
    assert values("\n".join(guesses), asked=THREE, a=1, b=0) == {"out@1": 10}
    assert list(values(*guesses, asked=THREE, a=1, b=0).values()) == [5, 6, 7, 8, 9, 10]


def test_a_missing_suffix_is_looked_for_among_the_plain_names() -> None:
    """With `_y` and `_z` suffixed, the one plain assignment stays a candidate for `_x`."""
    found = program("out = a", "out_y = 2", "out_z = 3", asked=THREE).snippets["q"]
    assert set(found.outputs) == {"out_y", "out_z", "out@1"}


def test_an_output_may_be_another_snippets_input() -> None:
    """2a asks for a value that 2b gets as an input: each snippet has its own inputs."""
    script = b"# %%\nu = a + 1\n# %%\nv = u * 2\n"
    found = build(read_notebook(script, "a.py"), (), {"1": Snippet(("u",), ("a",)), "2": Snippet(("v",), ("a", "u"))})
    assert [s.source for s in found.snippets["2"].outputs["v"]] == ["v = u * 2"]


def test_a_walrus_is_an_assignment_like_any_other() -> None:
    """A `:=` inside another assignment is found as an answer, and one that binds one of our inputs is removed."""
    from grader.assignment import spec
    from grader.notebook.program import build
    from grader.notebook.read import read_notebook

    source = b"dL_dU = hL.T @ (dL_duLm1 := (y_pred - y) / (n := len(y)))\ndL_dc = n * dL_duLm1.mean(0)\n"
    first = spec.Snippet(("dL_duLm1",), ("hL", "y", "y_pred"))
    second = spec.Snippet(("dL_dU", "dL_dc"), ("hL", "y", "y_pred", "dL_duLm1"))
    program = build(read_notebook(source, "a.py"), [], {"2a": first, "2b": second})
    (only,) = program.snippets["2a"].outputs["dL_duLm1"]
    assert ":= (y_pred - y)" in only.source
    before, _ = program.snippets["2b"].outputs["dL_dc"]
    assert before.source == "dL_dU = hL.T @ (((y_pred - y) / (n := len(y)), dL_duLm1)[1])"


def renamed(script: str, aliases: dict[str, str], asked: Snippet = ASKED, **inputs: int) -> dict[str, Any]:
    """The values of the outputs of a notebook whose variables were mapped."""
    found = build(read_notebook(script.encode(), "a.py"), (), {"q": asked}, aliases)
    answers = {}
    for key, part in found.snippets["q"].outputs.items():
        namespace: dict[str, Any] = dict(inputs)
        for statement in part:
            exec(statement.source, namespace)
        answers[key] = namespace[found.snippets["q"].rename[key]]
    return answers


def test_a_mapped_variable_is_the_answer() -> None:
    """An output, its suffixes and an input may have the student's names; the student's own input is replaced."""
    assert renamed("total = a + b", {"out": "total"}, a=2, b=3) == {"out": 5}
    assert renamed("first = 1\nout = first + b", {"a": "first"}, a=2, b=3) == {"out": 5}
    three = renamed("total_x = a\ntotal_y = b\nz = a + b", {"out": "total", "out_z": "z"}, THREE, a=2, b=3)
    assert three == {"out_x": 2, "out_y": 3, "out_z": 5}
    plain = renamed("total = a\ntotal = b\ntotal = 0", {"out": "total"}, THREE, a=2, b=3)
    assert plain == {"out_x": 2, "out_y": 3, "out_z": 0}


def test_a_mapped_variable_that_is_missing_changes_nothing() -> None:
    """What is mapped for a whole class does not disturb a student who used the asked name; a note says it."""
    assert renamed("out = a + b", {"out": "total", "a": "first"}, a=2, b=3) == {"out": 5}
    found = build(read_notebook(b"out = a + b", "a.py"), (), {"q": ASKED}, {"out": "total"})
    assert "total was accepted as the name of out" in found.notes[0].render("en")
