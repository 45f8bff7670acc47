"""A release records the public cases of an assignment file, their results, and nothing of the solution."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from grader.assignment.course import Source
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError
from grader.messages import Text
from grader.release.record import public_part, record
from grader.self_check.checks_json import PublicChecks, RecordedCase, write

from ..released import HERE, checks, small


def case(checks: PublicChecks, question: str, number: int = 0) -> RecordedCase:
    return next(q for q in checks.questions if q.id == question).tests[0].cases[number]


def test_public_cases_and_their_results_are_recorded() -> None:
    """Titles, sizes, draws, results, and the wrong results of known mistakes; of hidden cases nothing."""
    found = case(checks(), "1")
    assert (found.title.en, found.sizes) == ("small", {"N": 6, "F": 3})
    assert list(found.draws) == ["normal (6, 3) 3.0 #1"]
    assert list(found.reference.values) == ["X sigue igual | X is unchanged", "Z", "máximo | maximum"]
    assert found.reference.musts == ("X sigue igual | X is unchanged",)
    assert {name: set(wrong) for name, wrong in found.mistakes.items()} == {
        "all-entries": {"Z", "maximum"}, "no-root": {"Z", "maximum"}
    }  # fmt: skip
    assert [len(t.cases) for q in checks().questions for t in q.tests] == [2, 1, 1, 1, 1, 1]


def test_what_given_returned_and_judge_said_is_recorded() -> None:
    """`given` stays at home, and its results travel; so do the labels of the statements, and what `judge` read."""
    found = case(checks(), "2")
    assert set(found.reference.given) == {"scale", "wanted"}
    assert [label for label, _ in found.reference.statements] == ["media | mean", "desviación | deviation"]
    assert found.reference.read == ("Y",)
    assert found.reference.values["Y"] is None  # `judge` reads only the student's
    test = next(q for q in checks().questions if q.id == "2").tests[0]
    assert test.functions == ("judge",)
    assert "def judge(d, seen, right)" in test.trusted
    assert "def given" not in test.trusted


def test_rows_of_a_random_data_set_are_not_recorded() -> None:
    """They are the student's; and no known mistake can be tried on them without the solution."""
    found = case(checks(), "3")
    assert found.reference.values["replay"] is None
    assert not found.tells
    assert not found.mistakes


def test_another_right_convention_is_recorded() -> None:
    """Its values are accepted at home too."""
    assert case(checks(), "6").accepts == {"centimetres": {"altura | height": 167.5}}


def test_what_needs_the_solution_or_is_hidden_is_checked_elsewhere() -> None:
    """Such a question is worth nothing here; the title of a hidden test is not even named."""
    found = {q.id: (q.elsewhere, q.points) for q in checks().questions if not q.tests}
    assert found == {"4": ((Text("dentro", "inside"),), 0.0), "5": ((Text(),), 0.0)}
    part = public_part(small())
    assert [q.id for q in part.questions if q.elsewhere] == ["4", "5"]


def test_a_bound_on_time_is_checked_elsewhere() -> None:
    """The test itself is released; a line next to it says that the time is not checked at home."""
    question = small().question("1")
    changed = replace(question, tests=(replace(question.tests[0], faster_than=20.0), *question.tests[1:]))
    table = replace(small(), questions=tuple(changed if q is question else q for q in small().questions))
    found = public_part(table).question("1")
    assert len(found.tests) == len(public_part(small()).question("1").tests)
    title = question.tests[0].title
    assert found.elsewhere == (Text(f"{title.es}: tiempo", f"{title.en}: time"),)


def test_a_judge_that_fails_without_the_solution_is_found() -> None:
    """A function can reach the solution in ways that its names do not tell; then its test is checked elsewhere."""
    question = small().question("2")
    hidden = question.tests[0].trusted.code.replace(
        "    Y = seen", "    import sys\n    assert sys.modules['solution'].noisy\n    Y = seen"
    )
    test = replace(question.tests[0], trusted=Source(hidden))
    changed = replace(question, tests=(test,))
    table = replace(small(), questions=tuple(changed if q is question else q for q in small().questions))
    found = next(q for q in record(table, "en", ("2",)).questions if q.id == "2")
    assert (found.tests, found.elsewhere) == ((), (test.title,))


def test_a_stand_in_that_stays_home_is_not_released() -> None:
    """Only the other stand-ins travel."""
    found = {q.id: [s.names for s in q.stand_ins] for q in checks().questions if q.stand_ins}
    assert found == {"1": [("standardise",)]}
    assert b"values_that_stay_home" not in write(checks())


def test_data_files_are_named_if_a_test_uses_them() -> None:
    """A file that only hidden tests read stays at home."""
    assert checks().assignment.data == ("heights.csv",)
    assert record(small(), "en", ("1",)).assignment.data == ()


def test_the_same_assignment_gives_the_same_bytes() -> None:
    """A changed file means a changed source."""
    assert write(record(small(), "en", ("1", "3"))) == write(record(small(), "en", ("1", "3")))


def test_a_share_of_the_public_cases_leaves_one_at_least() -> None:
    """--public-share 0.5 keeps half of a test's public cases, and at least one."""
    half = record(small(), "en", ("1", "3"), 0.5)
    assert [len(t.cases) for q in half.questions for t in q.tests] == [1, 1]


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, math.nan])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """A share outside of (0, 1] is an error."""
    with pytest.raises(AssignmentError, match="share"):
        public_part(small(), share=share)


def test_chosen_questions_bring_what_they_build_on() -> None:
    """2 needs 1."""
    assert [q.id for q in public_part(small(), ("2",)).questions] == ["1", "2"]
    with pytest.raises(AssignmentError, match="no test"):
        public_part(small(), ("5",))


# Nothing of the solution -----------------------------------------------------------------------------------------


def functions(text: str) -> Iterator[str]:
    """Each function in a piece of Python, without its name and docstring; of other text, nothing."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            body = node.body if isinstance(node.body, list) else [node.body]
            if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
                body = body[1:]
            yield ast.dump(ast.Module(body, []))  # type: ignore[arg-type]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(key)
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def revealed(assignment: Assignment, file: bytes) -> set[str]:
    """The lines and functions of the solution that stand in a released file; lines that are given do not count."""
    import json

    known = {line.strip() for s in (*assignment.given, *assignment.helpers) for line in s.code.splitlines()}
    sources = [s.code for q in assignment.questions for s in q.solution]
    sources += [s.source.code for q in assignment.questions for s in q.stand_ins if s.stays_home]
    released = list(texts(json.loads(file)))
    found = set()
    for line in {line.strip() for code in sources for line in code.splitlines()} - known:
        if len(line) > 20 and not line.startswith(('"""', "def ", "class ")) and any(line in text for text in released):
            found.add(line)
    theirs = {body for text in released for body in functions(text)}
    return found | {body for code in sources for body in functions(code) if body in theirs}


def test_nothing_of_the_solution_is_released() -> None:
    """No line longer than 20 characters, and no body of a function, whatever its name."""
    assert revealed(small(), write(checks())) == set()


def test_a_line_and_a_function_of_the_solution_are_seen() -> None:
    """The search above finds what it looks for."""
    question = small().question("1")
    leaking = replace(question, helpers=(Source(question.solution[0].code.replace("standardise", "harmless")),))
    table = replace(small(), questions=tuple(leaking if q is question else q for q in small().questions))
    found = revealed(small(), write(record(table, "en", ("1",))))
    assert "centred_columns = X - X.mean(dim=0)" in found
    assert any(text.startswith("Module(") for text in found)


def test_nothing_of_hidden_cases_is_released() -> None:
    """No size, no tolerance and no title of a hidden test, and no size of a hidden case of a public test."""
    file = write(checks()).decode()
    for text in ("543", "0.0123", "0.0456", "hidden", "escondid", "doubled(d"):
        assert text not in re.sub(r"\[[-\d.,e]+\]", "", file), text
    assert '"N":11' not in file
    assert "@hidden" not in file
    assert {q.id for q in checks().questions if q.tests} == set(HERE)
