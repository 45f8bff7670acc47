"""The assignment of public checks judges without a solution and without a fork; a damaged file is a sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.assignment import load
from grader.assignment.load import load_assignment
from grader.errors import AssignmentError
from grader.judging.author import Place
from grader.judging.author_side import AuthorStopped
from grader.release.handout.notebook import notebook_text
from grader.release.record import record
from grader.results import Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.self_check.checks_json import write
from grader.self_check.recorded_assignment import Released, load_checks, released

from ...in_lane import judge_bytes
from .. import students
from ..released import checks, handed_out

# A system without fork, and without the modules that only Unix has.
ELSEWHERE = """
import json, os, sys
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None
import grader.self_check.check as check
from pathlib import Path
del os.fork

class Elsewhere:
    platform = "win32"
    def __getattr__(self, name):
        return getattr(sys, name)

check.sys = Elsewhere()
with check.SelfCheck(Path("checks")) as own:
    assert type(own._lane).__name__ == "OwnLane"
    for name in ("right", "wrong", "blank"):
        result = own.run(check.Asked(Path(f"{name}.ipynb").read_bytes(), f"{name}.ipynb"))
        print(json.dumps([name, result.fault, {q.id: [q.verdict, q.points] for q in result.questions}]))
"""


@pytest.fixture(scope="module")
def home() -> Released:
    return released(checks())


def test_the_authors_functions_answer_without_a_solution(home: Released) -> None:
    """`judge` and `expected` run here; trials, which need the solution, have no answer."""
    author = home.judge().references.author
    seen = {"replay": [(1.0, 0)], "n": 1}
    found = author.ask("assess", 5.0, Place("2", 0, 0), {"Y": home_tensor(), "forma | shape": [400, 2]})
    assert [s["label"] for s in found["statements"]] == ["media | mean", "desviación | deviation"]
    assert found["fault"] == ""
    assert author.ask("accepted", 5.0, Place("6", 0, 0), "centimetres") == {"altura | height": 167.5}
    assert author.ask("accepted", 5.0, Place("1", 0, 0), "centimetres") == {}
    for verb in ("trial", "references", "reference"):
        with pytest.raises(AuthorStopped):
            author.ask(verb, 5.0, Place("3", 0, 0), ["sum-of-epoch"], seen)


def home_tensor() -> object:
    import torch

    return torch.zeros(400, 2)


def test_known_mistakes_are_alone(home: Released) -> None:
    """Their recorded results are there, none is tried with another one, and names of the solution's parts are not."""
    known = home.judge().references.known
    first = Place("1", 0, 0)
    assert {names for place, names in known if place == first} == {(), ("all-entries",), ("no-root",)}
    assert all(m.alone and not m.hunks and not m.code for m in home.assignment.mistakes)
    assert {m.name: set(m.changes) for m in home.assignment.mistakes if m.question == "1"} == {
        "all-entries": {"standardise"}, "no-root": {"standardise"}
    }  # fmt: skip


def test_each_judge_has_its_own_known_results(home: Released) -> None:
    """Results of known mistakes on a student's rows stay with the judge that computed them."""
    home.judge().references.known.clear()
    assert home.judge().references.known


def test_without_fork_and_without_a_solution_all_is_judged(tmp_path: Path) -> None:
    """On a system such as Windows right answers pass, wrong ones fail, and holes are not answered."""
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], cwd=handed_out(tmp_path / "course"), env=students.environment(),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    right, wrong, blank = (json.loads(line) for line in done.stdout.splitlines())
    assert [fault for _, fault, _ in (right, wrong, blank)] == ["", "", ""]
    elsewhere = {"4": ["skipped", 0.0], "5": ["skipped", 0.0]}
    assert right[2] == {**{id: ["passed", 1.0] for id in "12367"}, **elsewhere}
    assert blank[2] == {**{id: ["missing", 0.0] for id in "12367"}, **elsewhere}
    assert {id: verdict for id, (verdict, _) in wrong[2].items() if id in "12367"} == dict.fromkeys("12367", "failed")


def test_holes_of_methods_and_of_snippets_are_not_answered() -> None:
    """A class whose other methods are given, and variables that are None as in the template."""
    table = load_assignment(load.default_folder())
    home = released(record(table, "es", ("2b", "3a")))
    blank = notebook_text(table, "es", ("0", "1a", "2b", "3a"), "").encode()
    with Lane(Level.NONE, table.limits) as lane:
        found = judge_bytes(home.judge(), blank, "a.ipynb", lane)
    said = {q.id: (q.verdict, q.points, {f.message.template for f in q.findings}) for q in found.questions}
    assert said["2b"] == said["3a"] == (Verdict.MISSING, 0.0, {"not answered"})


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    """The sentence names the file."""
    with pytest.raises(AssignmentError, match=r"checks\.json cannot be read: No such file"):
        load_checks(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [('"format":3', '"format":99'), ('"def test(d)', '"def test d'), ('"float32",[6,3]', '"float32",[6,4]'),
     ('"question":"1"', '"question":7'), ('"needs":["1"]', '"needs":["9"]'), ("{", "[")],
)  # fmt: skip
def test_a_damaged_file_is_a_sentence(tmp_path: Path, old: str, new: str) -> None:
    """A format that is too new, code that does not parse, a tensor of another size, a question that is not there."""
    text = write(checks()).decode()
    assert old in text
    (tmp_path / "checks.json").write_text(text.replace(old, new, 1))
    with pytest.raises(AssignmentError) as caught:
        load_checks(tmp_path)
    assert "\n" not in str(caught.value).strip()
