"""Mechanical changes of the solution, to find what its tests do not see: what no test catches is listed as advice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..assignment.course import Hunk, Mistake, Source
from ..assignment.names import FUNCTIONS, parse
from ..assignment.patches import patched
from ..assignment.slips import Slip
from ..assignment.spec import Assignment, Question
from ..errors import AssignmentError
from ..messages import Text
from .salts import at_work, batched, each

SWAPPED = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.MatMult: "*", ast.Pow: "*", ast.FloorDiv: "/",
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.And: "or", ast.Or: "and",
}  # fmt: skip
SIGNS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**", ast.FloorDiv: "//",
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.And: "and", ast.Or: "or",
}  # fmt: skip
AXES = {"dim", "axis"}


@dataclass(frozen=True)
class Change:
    """One change: the place of the old text in a source, and the new text; "" drops a statement."""

    start: int
    end: int
    new: str


def survivors(assignment: Assignment, processes: int) -> list[str]:
    """A sentence for each mechanical change that no test of its question catches."""
    asked = [q for q in assignment.questions if q.tests and not q.attempted]
    if assignment.mistakes:  # those that were asked for
        asked = [q for q in asked if any(m.question == q.id for m in assignment.mistakes)]
    own = [mutant for question in asked for mutant in mutants(assignment, question)]
    missed = each(replace(assignment, mistakes=tuple(own)), processes, _missed, [question.id for question in asked])
    known = {mutant.name: mutant for mutant in own}
    return [_said(known[name]) for names in missed for name in names]


def _said(mutant: Mistake) -> str:
    source, hunk = mutant.source, mutant.hunks[0]
    line = source.line + source.code.count("\n", 0, hunk.span[1])
    whole = source.code.splitlines()[line - source.line].strip()
    change = f"`{hunk.old[0]}` as `{hunk.new[0]}`" if hunk.new else f"without `{hunk.old[0]}`"
    where = f" in `{whole}`" if whole != hunk.old[0] else ""
    return f"{source.file}, line {line}: no test of {mutant.question} catches {change}{where}"


def _missed(id: str) -> list[str]:
    """The mutants of a question that pass in all cases of all tests, in a pool's process."""
    mistakes, checks = at_work(id)
    left = [m.name for m in mistakes]
    for check, case in [(check, case) for check in checks if check.share > 0 for case in check.cases]:
        ran = [one for some in batched([(name,) for name in left]) for one in check.with_mistakes(case, some)]
        if ran:
            left = [n for n, one in zip(left, ran, strict=True) if all(passed for _, passed, _ in one.results)]
    return left


def mutants(assignment: Assignment, question: Question) -> Iterator[Mistake]:
    """The mechanical changes of a question's solution that parse, each as a known mistake."""
    for number, source in enumerate(question.solution):
        for k, change in enumerate(sorted(set(changes(source, assignment, question)), key=lambda c: c.start)):
            old = source.code[change.start : change.end]
            hunk = Hunk((old,), (change.new,) if change.new else (), span=(number, change.start, change.end))
            mutant = Mistake(f"{question.id}-{number}-{k}", question.id, Text(), source, hunks=(hunk,))
            try:
                if [s.code for s in patched(question, [mutant])] != [s.code for s in question.solution]:
                    yield mutant
            except (AssignmentError, Slip):
                continue  # the changed text does not parse


def changes(source: Source, assignment: Assignment, question: Question) -> Iterator[Change]:
    """The changes of the functions that the question asks for, or that no other question asks for."""
    at = _Offsets(source.code)
    others = {name for q in assignment.questions if q.id != question.id for name in q.names} - set(question.names)
    for node in parse(source).body:
        if isinstance(node, ast.ClassDef):
            theirs = node.name in others
            for inner in node.body:
                name = f"{node.name}.{getattr(inner, 'name', '')}"
                if isinstance(inner, FUNCTIONS) and (name in question.names or not (theirs or name in others)):
                    yield from _within(inner, at)
        elif isinstance(node, FUNCTIONS):
            if node.name not in others:
                yield from _within(node, at)
        elif question.snippets:
            yield from _within(node, at)


def _within(top: ast.stmt, at: _Offsets) -> Iterator[Change]:
    bodies = top.body if isinstance(top, FUNCTIONS) else [top]
    for node in (inner for statement in bodies for inner in ast.walk(statement)):
        if isinstance(node, ast.BinOp):
            yield from at.between(node.left, node.right, node.op)
        elif isinstance(node, ast.BoolOp):
            yield from at.between(node.values[0], node.values[1], node.op)
        elif isinstance(node, ast.Compare):
            yield from at.between(node.left, node.comparators[0], node.ops[0])
        elif isinstance(node, ast.Constant):
            yield from at.constant(node)
        elif isinstance(node, ast.keyword) and node.arg in AXES and ast.unparse(node.value) in ("0", "1"):
            yield Change(*at.span(node.value), "1" if ast.unparse(node.value) == "0" else "0")
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            yield from at.swapped(node.args[0], node.args[1])
        elif isinstance(node, (ast.Assign, ast.AugAssign)) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        ):
            yield Change(*at.span(node), "")


class _Offsets:
    """The places of nodes in a code: the parser counts lines and bytes, and the changes need characters."""

    def __init__(self, code: str) -> None:
        self._code = code
        self._lines = code.splitlines(keepends=True)

    def span(self, node: ast.AST) -> tuple[int, int]:
        return (self._at(node.lineno, node.col_offset),  # type: ignore[attr-defined]
                self._at(node.end_lineno, node.end_col_offset))  # type: ignore[attr-defined]  # fmt: skip

    def _at(self, line: int, column: int) -> int:
        before = self._lines[line - 1].encode()[:column].decode()
        return sum(len(text) for text in self._lines[: line - 1]) + len(before)

    def between(self, left: ast.expr, right: ast.expr, operator: ast.AST) -> Iterator[Change]:
        """Another operator between two operands."""
        if type(operator) in SWAPPED:
            end, start = self.span(left)[1], self.span(right)[0]
            sign = SIGNS[type(operator)]
            where = self._code.find(sign, end, start)
            if where >= 0:
                yield Change(where, where + len(sign), SWAPPED[type(operator)])

    def constant(self, node: ast.Constant) -> Iterator[Change]:
        start, end = self.span(node)
        if isinstance(node.value, bool):
            yield Change(start, end, str(not node.value))
        elif isinstance(node.value, (int, float)):
            yield Change(start, end, str(node.value + 1))

    def swapped(self, first: ast.expr, second: ast.expr) -> Iterator[Change]:
        """The first two arguments of a call in the other order."""
        (start, middle), (later, end) = self.span(first), self.span(second)
        one, two = self._code[start:middle], self._code[later:end]
        if one != two and not any(isinstance(a, ast.Starred) for a in (first, second)):
            yield Change(start, end, two + self._code[middle:later] + one)
