"""`grade release` writes the same bytes each time, and nothing of the solution or of hidden cases."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import load
from grader.assignment.cases import Case
from grader.assignment.spec import Assignment
from grader.errors import UsageError
from grader.release.repository import Release, build_wheel, contents, write_repository

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "student_template"
# Statements of fewer nodes reveal nothing: `return losses`, `self.lr = lr`.
TELLING = 14
# A release of these questions is quick; the whole one is made once for all tests.
SOME = ("1b", "2a", "3a")
ANSWERED = {"0"}  # questions whose answer the template gives
NOT_ASKED = {"__init__", "forward", "zero_grad"}  # the first two are given, the third is for loops that call it

ASSIGNMENT = load.load_assignment(load.default_folder())


@pytest.fixture(scope="module")
def released() -> Mapping[str, bytes]:
    return contents(ASSIGNMENT, Release("es"))


def test_the_same_assignment_gives_the_same_bytes(released: Mapping[str, bytes]) -> None:
    """A second release changes nothing, so that a changed repository means a changed source."""
    again = contents(ASSIGNMENT, Release("es", questions=SOME))
    assert contents(ASSIGNMENT, Release("es", questions=SOME)) == again
    # Files that do not depend on the other questions are the same in the whole release.
    same = {name for name in again if not name.endswith((".ipynb", "README.md", "checks/checks.json"))}
    assert {name: again[name] for name in same} == {name: released[name] for name in same}


def test_what_is_committed_is_what_a_release_makes(released: Mapping[str, bytes]) -> None:
    """student_template/ is up to date; if not: `make template`. Numbers may differ by a processor's rounding."""
    there = {p.relative_to(TEMPLATE).as_posix(): p.read_bytes() for p in TEMPLATE.rglob("*")
             if p.is_file() and p.suffix not in (".whl", ".pyc")}  # fmt: skip
    assert there.keys() == released.keys()
    for name, data in released.items():
        if name.endswith("checks.json"):
            assert alike(json.loads(there[name]), json.loads(data)), f"{name} is not up to date: make template"
        else:
            assert there[name] == data, f"{name} is not up to date: make template"


def alike(a: Any, b: Any) -> bool:
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(alike(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(alike(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-8)
    return type(a) is type(b) and bool(a == b)


def tensors(value: Any) -> list[Any]:
    """The recorded tensors of floats: dtype, shape, entries."""
    if isinstance(value, dict) and "tensor" in value:
        return [value["tensor"]] if value["tensor"][0].startswith("float") and value["tensor"][2] else []
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [tensor for part in parts for tensor in tensors(part)]


def test_a_changed_number_is_seen(released: Mapping[str, bytes]) -> None:
    """The comparison above notices a changed recorded value."""
    changed = json.loads(released["checks/checks.json"])
    tensors(changed["questions"])[0][2][0] += 1e-3
    assert not alike(changed, json.loads(released["checks/checks.json"]))


# Nothing of the solution -----------------------------------------------------------------------------------------


def statements(source: str) -> Iterator[str]:
    """Each telling statement of Python, with names numbered in order of appearance: renaming hides nothing."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not isinstance(node, (ast.ClassDef, ast.Import, ast.ImportFrom)):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            if sum(1 for _ in ast.walk(node)) >= TELLING:
                yield canonical(node)


def canonical(node: ast.stmt) -> str:
    copy = ast.parse(ast.unparse(node)).body[0]
    names: dict[str, str] = {}
    for part in ast.walk(copy):
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            part.name, part.returns, part.decorator_list = "f", None, []
            if isinstance(part.body[0], ast.Expr) and isinstance(part.body[0].value, ast.Constant):
                part.body = part.body[1:] or [ast.Pass()]
        if isinstance(part, ast.arg):
            part.arg, part.annotation = names.setdefault(part.arg, f"n{len(names)}"), None
        if isinstance(part, ast.Name):
            part.id = names.setdefault(part.id, f"n{len(names)}")
    return ast.dump(copy)


def solution() -> Iterator[tuple[str, str]]:
    """The telling statements of the reference with the name of the function, without those that the template has."""
    given = {name for q in ASSIGNMENT.questions if q.id in ANSWERED for name in q.names}
    for question in ASSIGNMENT.questions:
        for source in question.solution:
            for node in ast.walk(ast.parse(source.code)):
                if isinstance(node, ast.FunctionDef) and node.name not in given | NOT_ASKED:
                    for statement in statements(ast.unparse(node)):
                        yield node.name, statement


def sources(files: Mapping[str, bytes]) -> Iterator[tuple[str, str]]:
    """All Python in a release: files, cells of notebooks, texts within JSON, blocks of code in READMEs."""
    for name, data in files.items():
        text = data.decode()
        if name.endswith(".py"):
            yield name, text
        elif name.endswith(".ipynb"):
            yield from ((f"{name} {cell.get('id')}", "".join(cell["source"])) for cell in json.loads(text)["cells"])
        elif name.endswith(".json"):
            yield from ((name, source) for source in strings(json.loads(text)))
        elif name.endswith(".md"):
            yield from ((name, block.partition("\n")[2]) for block in text.split("```")[1::2])


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


# The statement of the assignment itself says how a network is called.
CALLED = "net.backward(x, y, net.forward(x))"


def leaks(files: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """The places in a release with a telling statement of the solution, and the function of the statement."""
    known: dict[str, set[str]] = {}
    for name, statement in solution():
        known.setdefault(statement, set()).add(name)
    known.pop(canonical(ast.parse(CALLED).body[0]), None)
    return {(place, name) for place, text in sources(files) for s in statements(text) for name in known.get(s, ())}


def test_nothing_of_the_solution_is_released(released: Mapping[str, bytes]) -> None:
    """No statement of the reference is in the students' files, by whatever names."""
    assert not leaks(released)


RENAMED = """
def perdida(salida, objetivo, segura=True, minimo=1e-8):
    if segura:
        salida = salida.clamp(min=minimo)
    return -(objetivo * torch.log(salida)).sum(dim=1).mean()
"""


@pytest.mark.parametrize("place", ["checks/more.py", "tarea2.ipynb", "checks/checks.json", "README.md"])
def test_a_renamed_function_of_the_solution_is_found(place: str, released: Mapping[str, bytes]) -> None:
    """The search above finds the reference's own function under other names, wherever it is."""
    text = released.get(place, b"").decode()
    if place.endswith(".ipynb"):
        content = json.loads(text)
        content["cells"][2] |= {"cell_type": "code", "source": [RENAMED]}
        text = json.dumps(content)
    elif place.endswith(".json"):
        content = json.loads(text)
        content["given"].append(RENAMED)
        text = json.dumps(content)
    else:
        text += f"\n```python{RENAMED}```\n" if place.endswith(".md") else RENAMED
    assert "CELoss" in {name for _, name in leaks({place: text.encode()})}


def hidden_cases(assignment: Assignment) -> list[Case]:
    return [case for q in assignment.questions for test in q.tests for case in test.cases if not case.public]


def test_nothing_of_a_hidden_case_is_released(released: Mapping[str, bytes]) -> None:
    """No seed, no title and no sizes of a hidden case are in the students' files."""
    hidden = hidden_cases(ASSIGNMENT)
    assert hidden
    content = json.loads(released["checks/checks.json"])
    cases = [case for q in content["questions"] for test in q.get("tests", ()) for case in test.get("cases", ())]
    assert cases
    assert not {case["seed"] for case in cases} & {case.seed for case in hidden}
    titles = {case["title"]["es"] for case in cases}
    assert not titles & ({case.title.es for case in hidden} - {c.title.es for c in public_cases(ASSIGNMENT)})
    assert not re.search(r"\bsalt\b", b"".join(released.values()).decode())


def public_cases(assignment: Assignment) -> list[Case]:
    return [case for q in assignment.questions for test in q.tests for case in test.cases if case.public]


# Options and refusals --------------------------------------------------------------------------------------------


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    """A release neither mixes with other files nor overwrites them."""
    (tmp_path / "tarea2.ipynb").write_text("mine")
    with pytest.raises(UsageError, match="contains other files"):
        write_repository(ASSIGNMENT, tmp_path, Release("es", package="tensorgrade"))
    assert (tmp_path / "tarea2.ipynb").read_text() == "mine"


def test_a_second_release_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    """A data file that was removed from the assignment is also removed from the students' repository."""
    write_repository(ASSIGNMENT, tmp_path, Release("es", questions=SOME, package="tensorgrade"))
    (tmp_path / "checks" / "old.csv").write_text("1\n")
    write_repository(ASSIGNMENT, tmp_path, Release("es", questions=SOME, package="tensorgrade"))
    assert not (tmp_path / "checks" / "old.csv").exists()


def test_the_wheel_is_the_same_each_time_and_holds_no_assignment(tmp_path: Path) -> None:
    """The wheel has only this package, and its bytes are reproducible."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = build_wheel(tmp_path / "a"), build_wheel(tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    import zipfile

    names = zipfile.ZipFile(first).namelist()
    assert any(name.endswith("grader/self_check/check.py") for name in names)
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"grader", "tensorgrade"}  # code, metadata
    assert any(name.endswith("dist-info/licenses/LICENSE") for name in names)
