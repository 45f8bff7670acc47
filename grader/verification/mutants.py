"""Mechanical changes of the solution, to find what its tests do not see: what no test catches is listed as advice."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..assignment.course import Hunk, Mistake, Source
from ..assignment.names import FUNCTIONS, parse
from ..assignment.patches import patched
from ..assignment.spec import Assignment, Question
from ..errors import AssignmentError
from ..messages import Text
from .salts import Step, at_work, batched, each

OPERATORS = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.MatMult: ("@", "*"),
    ast.Pow: ("**", "*"), ast.FloorDiv: ("//", "/"), ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"), ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.And: ("and", "or"), ast.Or: ("or", "and"),
}  # fmt: skip
AXES = {"dim", "axis"}


@dataclass(frozen=True)
class Change:
    """One change: the lines of a source that it replaces, from 0, the last one excluded; the text before and after."""

    first: int
    last: int
    lines: tuple[str, ...]
    old: str
    new: str


def survivors(assignment: Assignment, questions: Sequence[Question], processes: int, step: Step) -> list[str]:
    """A sentence for each mechanical change of these questions that no test of its question catches."""
    asked = [question for question in questions if question.tests and not question.attempted]
    own = [mutant for question in asked for mutant in mutants(assignment, question)]
    changed, ids = replace(assignment, mistakes=tuple(own)), [question.id for question in asked]
    missed = each(changed, processes, _missed, ids, step)
    known = {mutant.name: mutant for mutant in own}
    return [_said(known[name]) for names in missed for name in names]


def _said(mutant: Mistake) -> str:
    source, hunk = mutant.source, mutant.hunks[0]
    first = hunk.span[1]
    change = f"`{hunk.old[0]}` as `{hunk.new[0]}`" if hunk.new[0] else f"without `{hunk.old[0]}`"
    whole = source.code.splitlines()[first].strip()
    where = f" in `{whole}`" if whole != hunk.old[0] else ""
    return f"{source.file}, line {source.line + first}: no test of {mutant.question} catches {change}{where}"


def _missed(id: str) -> list[str]:
    """The mutants of a question that pass in all cases of all tests, in a pool's process."""
    mistakes, checks = at_work(id)
    left = [m.name for m in mistakes]
    for check in (check for check in checks if check.share > 0):
        for case in check.cases:
            ran = [one for some in batched([(name,) for name in left]) for one in check.with_mistakes(case, some)]
            if ran:
                left = [n for n, one in zip(left, ran, strict=True) if all(passed for _, passed, _ in one.results)]
    return left


def mutants(assignment: Assignment, question: Question) -> Iterator[Mistake]:
    """The mechanical changes of a question's solution that parse, each as a known mistake."""
    for number, source in enumerate(question.solution):
        for k, change in enumerate(sorted(set(changes(source, assignment, question)), key=lambda c: c.first)):
            span = (number, change.first, change.last)
            hunk = Hunk((change.old,), (change.new,), span=span, lines=change.lines)
            mutant = Mistake(f"{question.id}-{number}-{k}", question.id, Text(), source, hunks=(hunk,))
            with contextlib.suppress(AssignmentError):  # the changed text does not parse
                patched(question, [mutant])
                yield mutant


def changes(source: Source, assignment: Assignment, question: Question) -> Iterator[Change]:
    """The changes of the functions that the question asks for, or that no other question asks for."""
    at = _Lines(source.code)
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


def _within(top: ast.stmt, at: _Lines) -> Iterator[Change]:
    bodies = top.body if isinstance(top, FUNCTIONS) else [top]
    for node in (inner for statement in bodies for inner in ast.walk(statement)):
        if isinstance(node, ast.BinOp):
            yield from at.operator(node.left, node.right, node.op)
        elif isinstance(node, ast.BoolOp):
            yield from at.operator(node.values[0], node.values[1], node.op)
        elif isinstance(node, ast.Compare):
            yield from at.operator(node.left, node.comparators[0], node.ops[0])
        elif isinstance(node, ast.Constant):
            yield from at.constant(node)
        elif isinstance(node, ast.keyword) and node.arg in AXES and ast.unparse(node.value) in ("0", "1"):
            line, start, _, end = at.span(node.value)
            yield at.replaced(line, start, end, "1" if ast.unparse(node.value) == "0" else "0")
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            yield from at.swapped(node.args[0], node.args[1])
        elif isinstance(node, (ast.Assign, ast.AugAssign)) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        ):
            yield at.dropped(node)


class _Lines:
    """The lines of a source, and changes of parts of them."""

    def __init__(self, code: str) -> None:
        self._lines = code.splitlines()

    def _column(self, line: int, offset: int) -> int:
        """The parser counts bytes."""
        return len(self._lines[line - 1].encode()[:offset].decode())

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int, int, int]:
        """The first line and column of a node, and the last ones."""
        end, offset = node.end_lineno or node.lineno, node.end_col_offset or 0
        return node.lineno, self._column(node.lineno, node.col_offset), end, self._column(end, offset)

    def replaced(self, line: int, start: int, end: int, new: str) -> Change:
        """Another text in one line."""
        text = self._lines[line - 1]
        return Change(line - 1, line, (text[:start] + new + text[end:],), text[start:end], new)

    def dropped(self, node: ast.stmt) -> Change:
        first, column, last, _ = self.span(node)
        return Change(first - 1, last, (" " * column + "pass",), self._lines[first - 1].strip(), "")

    def operator(self, left: ast.expr, right: ast.expr, operator: ast.AST) -> Iterator[Change]:
        """Another operator between two operands."""
        (*_, line, end), (other, start, *_) = self.span(left), self.span(right)
        sign, new = OPERATORS.get(type(operator), ("", ""))
        where = self._lines[line - 1].find(sign, end, start) if sign and line == other else -1
        if where >= 0:
            yield self.replaced(line, where, where + len(sign), new)

    def constant(self, node: ast.Constant) -> Iterator[Change]:
        line, start, _, end = self.span(node)
        if isinstance(node.value, bool):
            yield self.replaced(line, start, end, str(not node.value))
        elif isinstance(node.value, (int, float)):
            yield self.replaced(line, start, end, str(node.value + 1))

    def swapped(self, first: ast.expr, second: ast.expr) -> Iterator[Change]:
        """The first two arguments of a call in the other order."""
        (line, start, _, middle), (_, later, last, end) = self.span(first), self.span(second)
        text = self._lines[line - 1]
        one, two = text[start:middle], text[later:end]
        if line == last and one != two and not any(isinstance(a, ast.Starred) for a in (first, second)):
            yield self.replaced(line, start, end, two + text[middle:later] + one)
