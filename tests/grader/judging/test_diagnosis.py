"""Known mistakes lose points in their question and are named, and a right answer gets no name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from grader.assignment import load
from grader.assignment.course import Mistake
from grader.assignment.patches import patched
from grader.assignment.spec import Assignment
from grader.judging.diagnosis import Explanation, diagnosed, explain
from grader.judging.scoring import fraction
from grader.messages import Text

from ...tiny import ROOT
from .in_process import Here, Sides, asked, sides

# The search itself -----------------------------------------------------------------------------------------------

TWO = """# %% solution
import torch

def double(x):
    return 2 * x

def square(x):
    return x * x

def same(x):
    return x.abs()
"""
KNOWN = """# %% wrong triples: Twice. [raw]
# - 2 * x
# + 3 * x
# %% wrong cubes: Square. [raw]
# - x * x
# + x * x * x
# %% wrong both: Both. [raw]
# - 2 * x
# + 3 * x
# - x * x
# + x * 1
# %% wrong raises: It. [raw]
# - 2 * x
# + x.no_such()
# %% wrong short: All. [raw]
# - 2 * x
# + x[:2]
# %% wrong nan: Numbers. [raw]
# - 2 * x
# + x * float("nan")
# %% wrong again: Twice. [raw]
# - 2 * x
# + x + 2 * x
# %% wrong equal: Twice. [raw]
# - 2 * x
# + x + x
"""
RIGHT = TWO.removeprefix("# %% solution\n")


def cell_of(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f'# %% test values\n@public("public", n=3)\n@hidden("hidden", n=4)\ndef test(d):\n{lines}'


APART = "x = torch.arange(1.0, d.n + 1)\nyield 'double', double(x)\nyield 'square', square(x)"
NESTED = "yield 'nested', double(square(torch.arange(1.0, d.n + 1)))"
THREE = f"{APART}\nyield 'same', same(x)"


def changed(double: str = "2 * x", square: str = "x * x", same: str = "x.abs()") -> str:
    made = RIGHT.replace("2 * x", double).replace("x * x\n", f"{square}\n").replace("x.abs()", same)
    return f"from math import nan\n{made}"


def found(source: str, *names: str, test: str = APART, n: int = 3) -> dict[str, tuple[str, ...]]:
    """The names that explain each wrong result in the first case, with these mistakes in this order."""
    made = sides(asked(cell_of(test).replace("n=3", f"n={n}"), KNOWN, solution=TWO))
    evidence = made.judged(source)[0].evidence
    assert evidence is not None
    explanations = explain(named(made.table, *names), evidence, set())
    return {name: explanation.names for name, explanation in explanations.items()}


def named(table: Assignment, *names: str) -> list[Mistake]:
    return [next(m for m in table.mistakes if m.name == name) for name in names]


def test_the_mistake_that_gives_the_same_values_is_found() -> None:
    """The mistake may be anywhere in the list; the first one that fits counts."""
    source = changed("3 * x")
    assert found(source, "triples") == {"double": ("triples",)}
    assert found(source, "short", "both", "triples") == {"double": ("triples",)}
    assert found(source, "triples", "again") == {"double": ("triples",)}
    assert found(source, "again", "triples") == {"double": ("again",)}


def test_a_mistake_has_to_explain_every_result() -> None:
    """A mistake that also changes a right result of the student does not count."""
    assert found(changed("3 * x"), "both") == {}
    assert found(changed("3 * x", "x + 0"), "triples") == {}
    assert found(changed("3 * x", "x + 0"), "triples", "both") == {"double": ("both",), "square": ("both",)}


def test_two_mistakes_in_two_results_are_named_each_in_its_own() -> None:
    """A student with two mistakes reads two hints, each at its result."""
    source = changed("3 * x", "x ** 3")
    assert found(source, "both", "cubes", "triples") == {"double": ("triples",), "square": ("cubes",)}


def test_two_mistakes_have_to_explain_all_that_is_wrong() -> None:
    """If neither mistake explains a third result, no result is explained."""
    assert set(found(changed("3 * x", "x ** 3"), "triples", "cubes", test=THREE)) == {"double", "square"}
    assert found(changed("3 * x", "x ** 3", "-x"), "triples", "cubes", test=THREE) == {}


def test_two_mistakes_that_meet_in_one_result_are_named_together() -> None:
    """A pair is found if neither mistake alone produces the student's value."""
    source = changed("3 * x", "x ** 3")
    assert found(source, "triples", "cubes", test=NESTED) == {"nested": ("cubes", "triples")}
    assert found(source, "triples", "short", test=NESTED) == {}


@pytest.mark.parametrize(("size", "names"), [(5, {"double": ("triples",)}), (3, {})])
def test_a_known_mistake_is_named_beside_an_unknown_one(size: int, names: dict[str, tuple[str, ...]]) -> None:
    """The mistake is named if it produces many of the numbers: a few may agree by chance."""
    assert found(changed("3 * x", "x + 7"), "cubes", "triples", n=size) == names


def test_two_hints_follow_each_other() -> None:
    """The two hints are joined in both languages."""
    table = asked(cell_of(APART), KNOWN, solution=TWO)
    assert Explanation(tuple(named(table, "triples", "cubes"))).hint == Text("Twice. Square.", "Twice. Square.")


def test_other_wrong_values_are_explained_by_nothing() -> None:
    """The diagnosis does not guess."""
    everything = ("triples", "both", "short", "raises", "cubes")
    assert found(changed("3 * x + 0.1"), *everything) == {}
    assert found(changed("x * nan"), *everything) == {}
    assert found(changed("3 * x", "x * x + 0.1"), *everything) == {}


def test_nan_is_explained_by_a_mistake_that_gives_nan() -> None:
    """The NaN entries must be in the same places."""
    assert found(changed("x * nan"), "triples", "nan") == {"double": ("nan",)}
    assert found(changed("2 * x * torch.tensor([nan, 1, 1])"), "nan") == {}


def test_right_values_need_no_explanation() -> None:
    """Nothing is named even if a mistake reproduces the right values."""
    assert found(changed(), "equal") == {}


def test_a_mistake_that_raises_explains_nothing() -> None:
    """The search continues after such a mistake."""
    assert found(changed("3 * x"), "raises", "triples") == {"double": ("triples",)}


def test_a_result_that_the_student_lacks_plays_no_role() -> None:
    """The results that exist are explained."""
    source = changed("3 * x").replace("    return x * x\n", "    raise ValueError\n")
    assert found(source, "both") == {"double": ("both",)}


# Names that remain after all cases are compared --------------------------------------------------------------------

VALUE = """# %% solution
import torch

def value(x):
    total = x.sum()
    return total / 1
"""
SIZES = """# %% test values
# hint: In general.
@public("one", n=2)
@hidden("two", n=3)
@hidden("three", n=4)
def test(d):
    return {"value": value(torch.arange(1.0, d.n + 1))}
"""
MISTAKES = {
    "mean": ("x.sum()", "x.mean()"),
    "half": ("total / 1", "total / 2"),
    "third": ("total / 1", "total / 3"),
    "nothing": ("total / 1", "total * float('nan')"),
    "strange": ("total / 1", "total * float('nan') if len(x) == 2 else total"),
    "one-more": ("total / 1", "total + 1 if len(x) == 2 else total"),
    "minus": ("x.sum()", "-x.sum()"),
    "fifth": ("total / 1", "total / 5"),
}


@pytest.fixture(scope="module")
def sums() -> Sides:
    cells = [f"# %% wrong {name}: {name}. [raw]\n# - {old}\n# + {new}\n" for name, (old, new) in MISTAKES.items()]
    return sides(asked(SIZES, *cells, solution=VALUE))


def stands(made: Sides, value: str, *names: str) -> list[tuple[str, ...]]:
    """The names in each case for a student who returns this value, after all cases are compared."""
    entries = made.judged(f"from math import nan\n\ndef value(x):\n    return {value}\n")
    return [f.misconceptions for e in diagnosed(entries, named(made.table, *names)) for f in e.findings]


def test_a_mistake_that_fits_one_case_by_its_size_is_not_named(sums: Sides) -> None:
    """A mean over two entries is half of their sum; over three it is not."""
    assert stands(sums, "x.mean()", "half", "mean") == [("mean",)] * 3
    assert stands(sums, "x.mean()", "half") == [()] * 3
    assert stands(sums, "x.sum() / 2", "mean", "third") == [()] * 3


def test_a_mistake_that_would_show_where_the_student_is_right_is_not_named(sums: Sides) -> None:
    """A student who is wrong only for three entries did not take the mean."""
    assert stands(sums, "x.sum() / 3 if len(x) == 3 else x.sum()", "mean", "third") == [()] * 3


def test_nan_names_nothing_where_something_else_is_unexplained(sums: Sides) -> None:
    """One NaN looks like another; a student whose every answer is NaN made the mistake that always leads to NaN."""
    assert stands(sums, "x.sum() * nan", "nothing") == [("nothing",)] * 3
    assert stands(sums, "x.sum() * nan if len(x) == 2 else x.sum() + 7", "strange") == [()] * 3


def test_one_number_names_nothing_where_something_else_is_unexplained(sums: Sides) -> None:
    """One equal number may be chance."""
    assert stands(sums, "x.sum() + 1 if len(x) == 2 else x.sum()", "one-more") == [("one-more",), (), ()]
    assert stands(sums, "x.sum() + (1 if len(x) == 2 else 7)", "one-more") == [()] * 3


def test_a_pair_for_one_number_needs_a_second_one(sums: Sides) -> None:
    """Among many pairs, one may produce a single number by chance."""
    assert stands(sums, "-x.sum() / 5", "minus", "fifth") == [("fifth", "minus")] * 3
    assert stands(sums, "-x.sum() / 5 if len(x) == 2 else x.sum()", "minus", "fifth") == [()] * 3


def test_a_name_that_does_not_stand_leaves_the_hint_of_the_test(sums: Sides) -> None:
    """Without a confirmed name, the test's hint remains."""
    entries = sums.judged("def value(x):\n    return x.sum() / 2\n")
    (alone,) = diagnosed(entries[:1], named(sums.table, "mean"))
    assert alone.findings[0].misconceptions == ("mean",)
    assert alone.findings[0].hint.en == "mean."
    assert {f.hint.en for e in diagnosed(entries, named(sums.table, "mean")) for f in e.findings} == {"In general."}


def test_nothing_is_named_where_the_solution_itself_would_be_wrong() -> None:
    """A test may look at something that only a student's machine shows: then every mistake looks like the answer."""
    test = "# %% test values\n@public(n=3)\n@hidden(n=4)\ndef test(d):\n    return {'y': value(d.normal(d.n)) * 0}\n\n"
    expected = "def expected(d, seen):\n    return {'y': 1.0}\n"
    made = sides(asked(test + expected, "# %% wrong half: Half. [raw]\n# - / 1\n# + / 2\n", solution=VALUE))
    source = VALUE.removeprefix("# %% solution\n").replace("/ 1", "/ 2")
    entries = diagnosed(made.judged(source), list(made.table.mistakes))
    assert [f.misconceptions for e in entries for f in e.findings] == [(), ()]
    assert not any(f.passed for e in entries for f in e.findings)


# Mistakes that are known alone, as in the public checks ------------------------------------------------------------

PAIR = """# %% solution
import torch

def both(x):
    first = 2 * x
    second = x * x
    return first, second

def other(x):
    return x.neg()
"""
PAIR_TEST = """x = torch.arange(1.0, d.n + 3)
first, second = both(x)
yield 'first', first
yield 'second', second
yield 'third', other(x)"""
PAIR_WRONG = (
    "# %% wrong first: F. [raw]\n# - 2 * x\n# + 3 * x\n# %% wrong second: S. [raw]\n# - x * x\n# + x ** 3\n"
    "# %% wrong other: O. [raw]\n# - x.neg()\n# + x.abs()\n"
)


def beside(source: str, *, alone: bool) -> set[str]:
    made = sides(asked(cell_of(PAIR_TEST), PAIR_WRONG, solution=PAIR))
    mistakes = [replace(m, alone=alone) for m in made.table.mistakes if m.name != "other"]
    entries = diagnosed(made.judged(source)[:1], mistakes)
    return {name for e in entries for f in e.findings for name in f.misconceptions}


def test_a_mistake_known_alone_is_not_named_where_two_may_have_been_made() -> None:
    """A wrong result is not explained, and another mistake in the same function spoils it."""
    right = PAIR.removeprefix("# %% solution\n")
    unknown = right.replace("2 * x", "3 * x").replace("x * x", "x + 7")
    assert beside(unknown, alone=False) == {"first"}
    assert beside(unknown, alone=True) == set()
    assert beside(right.replace("2 * x", "3 * x"), alone=True) == {"first"}
    assert beside(right.replace("2 * x", "3 * x").replace("x.neg()", "x + 7"), alone=True) == {"first"}


# Tarea 2 ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tarea2() -> Sides:
    return sides(load.load_assignment(ROOT / "reference" / "tarea2"))


def code_of(table: Assignment, id: str, mistakes: Sequence[Mistake] = ()) -> str:
    """A student's whole notebook: the solution with these mistakes in a question."""
    question = table.question(id)
    own = {(s.file, s.line): s.code for s in (patched(question, mistakes) if mistakes else question.solution)}
    codes = [source.code for source in table.given]
    done: set[tuple[str, int]] = set()
    for other in table.questions:
        for source in () if other.snippets else other.solution:
            place = (source.file, source.line)
            if place not in done:
                done.add(place)
                codes.append(own.get(place, source.code))
    lines = [line for code in codes for line in code.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(("from .", "from __future__")))


def test_a_right_answer_is_given_no_misconception(tarea2: Sides) -> None:
    """The solution in the student's place has full points and no mistake."""
    source = code_of(tarea2.table, "1a")
    for id in ("0", "1a", "1b", "1c", "3a", "4a"):
        entries = diagnosed(tarea2.judged(source, id), [m for m in tarea2.table.mistakes if m.question == id])
        assert not {name for e in entries for f in e.findings for name in f.misconceptions}, id
        assert all(f.passed for e in entries for f in e.findings if f.scored), id
        assert fraction(entries) == 1.0, id


@pytest.mark.parametrize(
    "names",
    [
        # In different results, and in one result in which neither produces the student's value.
        ("backward-no-mean", "backward-bias-first-example"),
        ("d-swish-without-beta", "d-celu-alpha-sign"),
        # In one function.
        ("softmax-over-first", "softmax-of-minus"),
        ("forward-first-activation", "forward-without-output-bias"),
        ("celoss-sum", "celoss-swapped"),
        ("celoss-sign", "celoss-base-2"),
        ("celoss-mean-of-all", "celoss-never-stable"),
        ("categorical-from-one", "categorical-never-stable"),
        ("sgd-lr-squared", "sgd-skips-last"),
    ],
    ids=" and ".join,
)
def test_two_mistakes_in_one_question_are_both_named(tarea2: Sides, names: tuple[str, str]) -> None:
    """These two names are found, and no others."""
    mistakes = named(tarea2.table, *names)
    id = mistakes[0].question
    entries = tarea2.judged(code_of(tarea2.table, id, mistakes), id)
    found = diagnosed(entries, [m for m in tarea2.table.mistakes if m.question == id])
    assert {name for e in found for f in e.findings for name in f.misconceptions} == set(names)


def test_the_notebook_of_the_tests_above_runs(tarea2: Sides) -> None:
    """Without its names nothing could be wrong."""
    assert Here(code_of(tarea2.table, "1b")).runs == []
