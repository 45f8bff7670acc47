"""CONTRIBUTING's recipes for a statement and for an export format name every file that has to change.

Each recipe is followed on copies of the sources: the addition works, and it does not work if one of the files is left
out. A copy is tried in a process of its own, forked from one that has torch.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from .tiny import ROOT, notebook

# A new file as text, or the replaced text of an existing file.
Edits = Mapping[str, str | Sequence[tuple[str, str]]]


def files_of(page: str, title: str, name: str) -> list[str]:
    """The files that a recipe names, with the name of what is added in place of NAME."""
    recipe = page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    found = re.findall(r"`((?:grader|tests)/[\w/]+\.py|README\.md|docs/authoring\.md)`", recipe)
    return list(dict.fromkeys(file.replace("NAME", name) for file in found))


PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
STATEMENT_FILES = files_of(PAGE, "Add a statement", "rounded")
CLASS_FILES = files_of(PAGE, "Add an export format", "roll")
CHECK_FILES = files_of(PAGE, "Add an export format", "tap")

# A statement: a value is right when it is rounded.

STATEMENT: Edits = {
    "grader/judging/statements.py": [
        ("def holds(",
         'def rounded(value, right, label, decimals=0):\n    """`value` equals `right` when both are rounded."""\n'
         '    both = {"value": value, "right": right, "decimals": decimals}\n'
         '    return {"kind": "rounded", "label": label, "weight": 1.0, **both}\n\n\n'
         "def holds("),
        ("(at_most, at_least,", "(rounded, at_most, at_least,"),
    ],
    "grader/judging/checks/result.py": [
        ('    if kind in ("at_most", "at_least", "between"):\n',
         '    if kind == "rounded":\n'
         '        value, right = (round(float(s[side]), s["decimals"]) for side in ("value", "right"))\n'
         '        verdict = Verdict.PASSED if value == right else Verdict.FAILED\n'
         '        message = say("{name} is {value}, expected {right}", name=label, value=value, right=right)\n'
         '        category = say("{name} is not within the bound", name=label)\n'
         "        return Result(name, value, Comparison(verdict, message, category, 1), right, weight)\n"
         '    if kind in ("at_most", "at_least", "between"):\n'),
    ],
    "grader/assignment/read_test.py": [('{"at_most", "at_least",', '{"rounded", "at_most", "at_least",')],
    "docs/authoring.md": [("at_most(", "rounded(1.2, 1, 'x'), at_most(")],
}  # fmt: skip

TABLE = """
# %% assignment tiny: Tarea mínima | Tiny assignment
# scale: chile 1 to 7, 1 decimals
# %% question 1: El doble | Twice
# points: 2
# %% text es [markdown]
# `double(t)` devuelve el doble de `t`.
# %% text en [markdown]
# `double(t)` returns twice `t`.
# %% solution
def double(t):
    return 2 * t
# %% test valores | values
@public("un vector | a vector", n=3)
@hidden("otro vector | another vector", n=4)
def test(d):
    return {{"double": double(d.normal(d.n).round()).sum()}}
{judge}
# %% wrong not-doubled: Falta el factor. | The factor is missing. [raw]
# - 2 * t
# + t + 1
"""
JUDGE = """
def judge(d, seen, right):
    yield rounded(seen["double"], right["double"], "double", decimals=2)
"""

# The commands that are tried on a copy, in FOLDER. The first lines release the assignment.
RELEASED = """
from pathlib import Path

from grader.assignment import load
from grader.release.repository import Release, write_repository

here = Path(FOLDER)
table = load.load_assignment(here / "table")
write_repository(table, here / "released", Release("en", package="tensorgrade"))
"""
TRY_STATEMENT = (
    RELEASED
    + """
from grader.judging.judge import Judge
from grader.judging.reading import read_file
from grader.sandbox.lane_forked_here import ForkedLane
from grader.sandbox.levels import Level
from grader.self_check.check import Asked, SelfCheck

# Right, right when it is rounded, wrong after rounding to two decimals only, wrong.
answers = {"": "passed", " + 0.001": "passed", " + 0.04": "failed", " + 1": "failed"}
documented = "rounded(" in (here / "docs" / "authoring.md").read_text()
assert documented

judge = Judge(table, "salt")
released = here / "released" / "checks"
with (
    ForkedLane(Level.NONE, table.limits, sources=judge.sources()) as lane,
    SelfCheck(released, warm=True, fork=True) as own,
):
    for more, verdict in answers.items():
        data = f"def double(t):\\n    return 2 * t{more}\\n".encode()
        (instructor,) = judge.judge(read_file(data, "a.py", table), lane).questions
        (student,) = own.run(Asked(data, "a.py")).questions
        assert (instructor.verdict, student.verdict) == (verdict, verdict), (more, instructor, student)
        assert [f.passed for f in student.findings] == [verdict == "passed"], student
"""
)

# A format for a class: a line per student.

ROLL: Edits = {
    "grader/exchange/roll.py": '''
"""roll.txt: one line per student."""


def roll(results):
    """The names, in which a line break is a space."""
    return "".join(" ".join(result.student.split()) + "\\n" for result in results)
''',
    "grader/run/outputs.py": [
        ("from ..exchange.grades_csv import GradesCsv\n",
         "from ..exchange.grades_csv import GradesCsv\nfrom ..exchange.roll import roll\n"),
        ("    newest = ", "    lines = []\n    newest = "),
        ("        table.add(result)\n", "        table.add(result)\n        lines.append(roll([result]))\n"),
        ("    table.write(options.out",
         '    write_atomically(options.out / "roll.txt", lines)\n    table.write(options.out'),
    ],
    "README.md": [("| `grades.csv` |", "| `roll.txt` | a line per student |\n| `grades.csv` |")],
    "tests/grader/exchange/test_roll.py": '''
from grader.exchange.roll import roll
from grader.results import Status, SubmissionResult


def test_a_name_is_one_line():
    assert roll([SubmissionResult("Ana\\nBea", "a.ipynb", Status.GRADED, "tiny", "es")]) == "Ana Bea\\n"
''',
}  # fmt: skip
TRY_ROLL = """
import sys
from pathlib import Path

from grader import cli

here = Path(FOLDER)
(here / "class").mkdir()
(here / "class" / "ana.ipynb").write_bytes(b"")  # it cannot be read, so nothing is judged
argv = ["grade", here / "class", "--assignment", here / "table", "--out", here / "out", "--sandbox", "none"]
sys.argv = [str(word) for word in argv]
try:
    cli.main()
except SystemExit as ended:
    assert ended.code == 1, ended.code
assert (here / "out" / "roll.txt").read_text() == "ana\\n"
assert list((here / "tests").rglob("test_roll.py"))
assert "`roll.txt`" in (here / "README.md").read_text()
"""

# A format for one notebook: a line per question, by an option of `grade check`.

TAP: Edits = {
    "grader/exchange/tap.py": '''
"""Test Anything Protocol: one line per question."""

from ..results import Verdict


def tap(result):
    """The lines; ids of questions are the assignment's, and nothing of a student's is in them."""
    lines = [f"1..{len(result.questions)}"]
    for number, question in enumerate(result.questions, 1):
        lines.append(f"{'ok' if question.verdict is Verdict.PASSED else 'not ok'} {number} - {question.id}")
    return "".join(line + "\\n" for line in lines)
''',
    "grader/self_check/in_terminal.py": [
        ("from ..exchange import classroom50, github, job_summary\n",
         "from ..exchange import classroom50, github, job_summary, tap\n"),
        ("    json: Path | None = None\n", "    json: Path | None = None\n    tap: Path | None = None\n"),
        ("        if outputs.json is not None:\n",
         "        if outputs.tap is not None:\n            write_atomically(outputs.tap, tap.tap(result))\n"
         "        if outputs.json is not None:\n"),
    ],
    "grader/commands/check.py": [
        ("    json: Path | None = None,\n", "    json: Path | None = None,\n    tap: Path | None = None,\n"),
        ("Outputs(html=html, json=json,", "Outputs(html=html, json=json, tap=tap,"),
    ],
    "README.md": [("`--json FILE`,", "`--json FILE`, `--tap FILE`,")],
    "tests/grader/exchange/test_tap.py": '''
from grader.exchange.tap import tap
from grader.messages import Text
from grader.results import QuestionResult, Status, SubmissionResult, Verdict


def test_a_line_per_question():
    question = QuestionResult("1", Text("# ok 7"), 2, 2, verdict=Verdict.PASSED)
    assert tap(SubmissionResult("# ok 8", "a.ipynb", Status.GRADED, "tiny", "es", (question,))) == "1..1\\nok 1 - 1\\n"
''',
}  # fmt: skip
TRY_TAP = (
    RELEASED
    + """
import sys

from grader import cli

(here / "a.ipynb").write_bytes(NOTEBOOK)
sys.argv = [str(a) for a in
            ("grade", "check", here / "a.ipynb", "--checks", here / "released" / "checks", "--tap", here / "a.tap")]
try:
    cli.main()
except SystemExit as ended:
    assert ended.code == 0, ended.code
assert (here / "a.tap").read_text() == "1..1\\nok 1 - 1\\n"
assert list((here / "tests").rglob("test_tap.py"))
assert "`--tap FILE`" in (here / "README.md").read_text()
"""
)

# Runs a script, and the tests that a recipe asks for, on each copy; what went wrong is left in the copy.
ON_COPIES = """
import os, runpy, sys, traceback
from pathlib import Path

import cyclopts, jinja2, msgspec, rich.console, torch  # once for all copies

script, *folders = sys.argv[1:]
for folder in folders:
    if (pid := os.fork()) == 0:
        error = Path(folder, "error")
        try:
            sys.path.insert(0, folder)
            exec(compile(Path(script).read_text(), script, "exec"), {"FOLDER": folder})
            assert sys.modules["grader"].__file__.startswith(folder)
            tests = [f for file in sorted(Path(folder, "tests").rglob("test_*.py"))
                     for name, f in runpy.run_path(str(file)).items() if name.startswith("test_")]
            for test in tests:
                test()
            error.touch()
        except BaseException:
            error.write_text(traceback.format_exc())
        os._exit(0)
    os.waitpid(pid, 0)
"""


def edited(folder: Path, edits: Edits, files: Sequence[str]) -> Path:
    """A copy of the sources in which these files are edited."""
    shutil.copytree(ROOT / "grader", folder / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", folder)
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "authoring.md", folder / "docs")
    (folder / "tests").mkdir()
    for file in files:
        change, path = edits[file], folder / file
        if isinstance(change, str):
            path.parent.mkdir(parents=True, exist_ok=True)
            assert not path.exists(), f"{file} is there already"
            path.write_text(change.lstrip("\n"), encoding="utf-8")
            continue
        text = path.read_text(encoding="utf-8")
        for old, new in change:
            assert text.count(old) >= 1, f"{file} holds no {old!r} any more: change the edit in this test"
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
    return folder


def followed(
    tmp_path: Path, recipe: Sequence[str], edits: Edits, script: str, table: str, left_out: Sequence[str]
) -> dict[str, str]:
    """The failures when a recipe is followed without one of these files, by file; "" leaves none out."""
    files = [file for file in recipe if file in edits]
    copies = {name: tmp_path / f"copy{n}" for n, name in enumerate(left_out)}
    for name, folder in copies.items():
        edited(folder, edits, [file for file in files if file != name])
        (folder / "table").mkdir()
        (folder / "table" / "assignment.py").write_text(table, encoding="utf-8")
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    said = subprocess.run(
        [sys.executable, "-c", ON_COPIES, tmp_path / "script.py", *copies.values()],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    return {name: (folder / "error").read_text() for name, folder in copies.items()}


PLAIN = TABLE.format(judge="")
FOLLOWED = {
    "a statement": (STATEMENT_FILES, STATEMENT, TRY_STATEMENT, TABLE.format(judge=JUDGE)),
    "a format for a class": (CLASS_FILES, ROLL, TRY_ROLL, PLAIN),
    "a format for one notebook": (
        CHECK_FILES,
        TAP,
        TRY_TAP.replace("NOTEBOOK", repr(notebook("def double(t):\n    return 2 * t"))),
        PLAIN,
    ),
}


@pytest.mark.parametrize("case", FOLLOWED.values(), ids=FOLLOWED)
def test_a_recipe_works_and_needs_each_of_its_files(
    tmp_path: Path, case: tuple[list[str], Edits, str, str]
) -> None:
    """The recipe changes only its files. Without any one of them the addition does not work."""
    files, edits, script, table = case
    errors = followed(tmp_path, files, edits, script, table, ["", *(file for file in files if file in edits)])
    assert errors.pop("") == ""
    assert errors
    assert [file for file, error in errors.items() if not error] == []


def test_a_recipe_names_no_file_that_need_not_change() -> None:
    """Each file that it names has an edit above, and so is left out once."""
    assert set(STATEMENT_FILES) == {*STATEMENT}
    assert {*CLASS_FILES, *CHECK_FILES} <= {*ROLL, *TAP}


def test_a_recipe_that_forgets_a_file_does_not_work(tmp_path: Path) -> None:
    """The first test can fail: on a page without `grader/assignment/read_test.py` a file may not use the statement."""
    page = PAGE.replace("`grader/assignment/read_test.py`", "its module")
    files = files_of(page, "Add a statement", "rounded")
    assert len(files) == len(STATEMENT_FILES) - 1
    _, edits, script, table = FOLLOWED["a statement"]
    assert "rounded" in followed(tmp_path, files, edits, script, table, [""])[""]
