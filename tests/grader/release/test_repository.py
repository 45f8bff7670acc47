"""`grade release` writes the same bytes each time, and nothing of the solution or of hidden cases."""

from __future__ import annotations

import ast
import json
import math
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import load
from grader.assignment.course import Source
from grader.assignment.spec import Assignment
from grader.errors import AssignmentError, UsageError
from grader.release.repository import Release, address_of, build_wheel, contents, write_repository

from ..released import small

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "student_template"
ASSIGNMENT = load.load_assignment(load.default_folder())
PACKAGE = Release("es", package="tensorgrade")
# Functions of fewer nodes reveal nothing: `return self.n`.
TELLING = 14


@pytest.fixture(scope="module")
def released() -> Mapping[str, bytes]:
    return contents(ASSIGNMENT, Release("es"))


@pytest.fixture(scope="module")
def released_small() -> Mapping[str, bytes]:
    return contents(small(), PACKAGE)


def test_the_same_assignment_gives_the_same_bytes(released_small: Mapping[str, bytes]) -> None:
    """A second release changes nothing, so that a changed repository means a changed source."""
    assert contents(small(), PACKAGE) == released_small


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
    if isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool):
        return math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-7)
    return type(a) is type(b) and bool(a == b)


def test_a_changed_number_is_seen(released: Mapping[str, bytes]) -> None:
    """The comparison above notices a changed recorded value."""
    changed = json.loads(released["checks/checks.json"])
    test = next(q for q in changed["questions"] if q["id"] == "1b")["tests"][0]
    next(v for v in test["cases"][0]["draws"].values())["tensor"][2][0] += 1e-3
    assert not alike(changed, json.loads(released["checks/checks.json"]))


def test_the_files_of_a_release(released_small: Mapping[str, bytes]) -> None:
    """A notebook per language, the checks with their data files, the texts and the workflow; no code of the course."""
    assert set(released_small) == {
        "small.ipynb", "small_en.ipynb", "checks/checks.json", "checks/heights.csv", "README.md", "requirements.txt",
        "pytest.ini", ".gitignore", ".github/workflows/self-check.yml",
    }  # fmt: skip


def test_chosen_questions_agree_in_the_notebook_and_in_the_checks() -> None:
    """--questions 2 brings 1, on which 2 builds, and no other question."""
    files = contents(small(), replace(PACKAGE, questions=("2",)))
    assert [q["id"] for q in json.loads(files["checks/checks.json"])["questions"]] == ["1", "2"]
    cells = json.loads(files["small.ipynb"])["cells"]
    assert [id for id in "1234567" if any(f'check("{id}")' in "".join(c["source"]) for c in cells)] == ["1", "2"]
    assert "checks/heights.csv" not in files


# Nothing of the solution -----------------------------------------------------------------------------------------


def functions(text: str) -> Iterator[str]:
    """Each telling function in a piece of Python, as a tree without its name and docstring; of other text, nothing."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body
            if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
                body = body[1:]
            if sum(1 for statement in body for _ in ast.walk(statement)) >= TELLING:
                yield ast.dump(ast.Module(body, []))


def texts(value: Any) -> Iterator[str]:
    """The texts in JSON; the lines of a notebook's cell are one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list):
        if value and all(isinstance(line, str) for line in value):
            yield "".join(value)
        for inner in value:
            yield from texts(inner)


def released_texts(files: Mapping[str, bytes]) -> list[str]:
    found: list[str] = []
    for name, data in files.items():
        text = data.decode()
        found += texts(json.loads(text)) if name.endswith((".json", ".ipynb")) else [text]
    return found


def given(assignment: Assignment) -> list[str]:
    """The code that students get on purpose: what is given, helpers, templates, and stand-ins that travel."""
    cells = [c.code for q in assignment.questions for c in (*q.cells, *q.before)]
    sources = [*assignment.given, *assignment.helpers, *(h for q in assignment.questions for h in q.helpers)]
    stand_ins = [s.source.code for q in assignment.questions for s in q.stand_ins if not s.stays_home]
    return [*cells, *(s.code for s in sources), *stand_ins]


def revealed(assignment: Assignment, files: Mapping[str, bytes]) -> set[str]:
    """The lines longer than 20 characters and the functions of the solution that stand in released files.

    A signature, a decorator, an import, a line that is kept, and a line that students get on purpose do not count.
    """
    sources = [s.code for q in assignment.questions for s in q.solution]
    sources += [s.source.code for q in assignment.questions for s in q.stand_ins if s.stays_home]
    known = {line.strip() for code in given(assignment) for line in code.splitlines()}
    released = released_texts(files)
    lines = {line.strip() for code in sources for line in _statements(code)} - known
    found = {line for line in lines if len(line) > 20 and any(line in text for text in released)}
    ours = {tree for code in given(assignment) for tree in functions(code)}
    theirs = {tree for text in released for tree in functions(text)} - ours
    return found | {tree for code in sources for tree in functions(code) if tree in theirs}


def _statements(code: str) -> Iterator[str]:
    """The lines of bodies and of top-level statements that students do not get: no signatures, no docstrings."""
    lines = code.splitlines()
    hidden: set[int] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            hidden |= set(range(first, node.body[0].lineno))
            if isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
                hidden |= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            hidden.add(node.lineno)
    yield from (
        text for k, text in enumerate(lines, 1)
        if k not in hidden and not text.rstrip().endswith("# keep") and not text.strip().startswith("#")
    )  # fmt: skip


def test_nothing_of_the_solution_is_released(
    released: Mapping[str, bytes], released_small: Mapping[str, bytes]
) -> None:
    """No line of it that is longer than 20 characters, and no body of a function, whatever its name."""
    assert revealed(ASSIGNMENT, released) == set()
    assert revealed(small(), released_small) == set()


def test_a_line_and_a_function_of_the_solution_are_seen(released_small: Mapping[str, bytes]) -> None:
    """The search above finds what it looks for, in the checks, in a notebook and in a text."""
    code = small().question("1").solution[0].code.replace("standardise", "harmless")
    for name in released_small:
        if name.endswith((".json", ".ipynb")):
            content = json.loads(released_small[name])
            data = json.dumps({**content, "more": [code]}).encode()
        else:
            data = released_small[name] + code.encode()
        found = revealed(small(), {name: data})
        assert "centred_columns = X - X.mean(dim=0)" in found
        if name.endswith((".json", ".ipynb")):  # elsewhere the code is part of another text
            assert any(text.startswith("Module(") for text in found)


def test_a_release_with_a_function_of_the_solution_is_refused() -> None:
    """The author reads where it stands."""
    question = small().question("1")
    leaking = replace(question, helpers=(Source(question.solution[0].code.replace("standardise", "harmless")),))
    table = replace(small(), questions=tuple(leaking if q is question else q for q in small().questions))
    with pytest.raises(AssignmentError, match="harmless"):
        contents(table, PACKAGE)


def test_nothing_of_hidden_cases_is_released(released_small: Mapping[str, bytes]) -> None:
    """No size of a hidden case, and no title or tolerance of a test that has only hidden ones."""
    for name, data in released_small.items():
        for text in ("N=543", "0.0123", "0.0456", "hidden only", "solo escondida", "@hidden", '"N":543', '"N":11'):
            assert text not in data.decode(), (name, text)


# Writing ---------------------------------------------------------------------------------------------------------


def test_a_release_replaces_an_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    """Files of an earlier release that are no longer part of it go; a folder with other things in it is refused."""
    folder = tmp_path / "course"
    write_repository(small(), folder, PACKAGE)
    (folder / "notes.txt").write_text("mine")
    (folder / "checks" / "old.csv").write_text("1")
    written = write_repository(small(), folder, PACKAGE)
    assert all(path.is_file() for path in written)
    assert (folder / "notes.txt").exists()
    assert not (folder / "checks" / "old.csv").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="empty folder"):
        write_repository(small(), other, PACKAGE)


def test_another_language_is_refused() -> None:
    """The assignment knows its languages."""
    english = replace(small(), languages=("en",), language="en")
    with pytest.raises(UsageError, match="--lang en"):
        contents(english, PACKAGE)


def test_the_wheel_is_this_package_alone(tmp_path: Path) -> None:
    """It has no assignment in it, and the same sources give the same bytes."""
    import zipfile

    first = build_wheel(tmp_path)
    names = zipfile.ZipFile(first).namelist()
    assert any(name == "grader/self_check/checks_json.py" for name in names)
    assert not any(name.startswith(("reference", "tests")) for name in names)
    data = first.read_bytes()
    assert build_wheel(tmp_path).read_bytes() == data


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://github.com/course/tarea2.git", "https://github.com/course/tarea2"),
        ("https://eva:ghp_secret@github.com/course/tarea2", "https://github.com/course/tarea2"),
        ("git@github.com:course/tarea2.git", "https://github.com/course/tarea2"),
        ("ssh://git@gitlab.example.org:22/a/b/tarea2.git", "https://gitlab.example.org/a/b/tarea2"),
        ("/srv/git/tarea2.git", ""),
        ("", ""),
    ],
)
def test_the_address_of_a_repository_comes_from_git(tmp_path: Path, origin: str, address: str) -> None:
    """Of a clone, without its token; a folder within a repository has none, since that one is not the students'."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    if origin:
        subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", origin], check=True)
    (tmp_path / "below").mkdir()
    assert address_of(tmp_path) == address
    assert address_of(tmp_path / "below") == ""


def test_a_release_into_a_clone_opens_in_colab(tmp_path: Path) -> None:
    """Without any option: the README links Colab, and the first cell fetches the repository."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    address = "git@github.com:course/small.git"
    subprocess.run(["git", "-C", str(tmp_path), "remote", "add", "origin", address], check=True)
    write_repository(small(), tmp_path, PACKAGE)
    notebook = next(tmp_path.glob("*.ipynb")).name
    link = f"https://colab.research.google.com/github/course/small/blob/main/{notebook}"
    assert link in (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "git clone -q --depth 1 https://github.com/course/small" in (tmp_path / notebook).read_text(encoding="utf-8")
