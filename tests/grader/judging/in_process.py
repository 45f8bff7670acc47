"""Small assignments as text, and students that run in this process as they would in the worker."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.assignment.read import read_assignment
from grader.assignment.spec import Assignment, Question
from grader.judging.author import Author, Place
from grader.judging.author_side import AuthorHere
from grader.judging.checks import checks_of
from grader.judging.checks.check import Judged
from grader.judging.checks.from_test import FromTest
from grader.judging.references import References
from grader.judging.student_side import StudentSide
from grader.notebook.read import Cell, Notebook
from grader.results import Finding, Verdict
from grader.sandbox.inside.child import Child
from grader.sandbox.inside.recorders import MoveRecorder, Tripwires
from grader.sandbox.inside.wire import decode
from grader.sandbox.requests import tests_request
from grader.sandbox.test_runs import Came, TestRun, TestSources, error_of

HEAD = "# %% assignment small: Small\n# languages: en\n# scale: 1 to 7, 1 decimals\n# limit: 30 s\n"
TEST = """# %% test values
@public("public", B=4)
@hidden("hidden", B=6)
def test(d):
    x = d.normal(d.B, 3)
    return {"double": double(x), "total": total(x)}
"""
SOLUTION = """# %% solution
import torch

def double(x):
    return 2 * x

def total(x):
    return x.sum(0)
"""
RIGHT = SOLUTION.removeprefix("# %% solution\n")


def assignment(*cells: str, head: str = HEAD) -> Assignment:
    """The assignment that these cells make below the usual first one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "small.py"
        file.write_text("\n".join([head, *cells]), encoding="utf-8")
        return read_assignment(file)


def asked(test: str = TEST, *more: str, solution: str = SOLUTION, head: str = HEAD) -> Assignment:
    """An assignment of one question with this test."""
    return assignment("# %% question 1: One\n# points: 1\n", solution, test, *more, head=head)


class Here:
    """A program whose answers run in this process; what it sends is read as from a worker."""

    def __init__(self, source: str) -> None:
        before = sys.modules["__main__"]
        try:
            self._child = Child(MoveRecorder(), Tripwires(), "cpu")
            exec(compile(source, "<cell 1>", "exec", dont_inherit=True), self._child.names)
        finally:
            sys.modules["__main__"] = before
        self.runs: list[TestRun] = []

    def run_tests(self, sources: TestSources, runs: Sequence[TestRun], timeouts: int = 0) -> Iterator[Came]:
        for number, run in enumerate(runs):
            self.runs.append(run)
            replies: list[Any] = []
            request = tests_request(sources, (), {number: run}, ())
            self._child.run_tests(request, lambda reply, to=replies: to.append(decode(reply)))  # type: ignore[misc]
            came = Came()
            for reply in replies[:-1]:
                came.add(reply["name"], reply["value"], reply["must"])
            came.error = error_of(replies[-1]["end"])
            yield came


def references(table: Assignment, salt: str = "salt") -> References:
    """The author's side in this process."""
    raw: dict[Place, Mapping[str, Any]] = {}
    return References(table, salt, AuthorHere(Author(table, salt, raw)), raw)


@dataclass(frozen=True)
class Sides:
    """A question of a table, and the author's side of it, for any number of students."""

    table: Assignment
    references: References

    def student(self, source: str, id: str = "1") -> StudentSide:
        code = Cell(1, "code", source, python=source)
        program: Any = Here(source)
        return StudentSide(self.table.question(id), self.references, program, Notebook("ana.ipynb", (code,)))

    def lines(self, id: str = "1", convention: str = "") -> list[FromTest]:
        found = checks_of(self.question(id), self.references, convention)
        return [line for line in found if isinstance(line, FromTest)]

    def question(self, id: str = "1") -> Question:
        return self.table.question(id)

    def judged(self, source: str, id: str = "1", convention: str = "") -> list[Judged]:
        """Every case of every test."""
        student = self.student(source, id)
        return [line.judge(student, case) for line in self.lines(id, convention) for case in line.cases]

    def findings(self, source: str, case: int = 0, id: str = "1") -> dict[str, Finding]:
        """The findings of one case of the first test, by their keys."""
        line = self.lines(id)[0]
        return {f.result: f for f in line.judge(self.student(source, id), line.cases[case]).findings}


def sides(table: Assignment) -> Sides:
    return Sides(table, references(table))


def verdicts(findings: Mapping[str, Finding]) -> dict[str, Verdict]:
    return {key: finding.verdict for key, finding in findings.items()}
