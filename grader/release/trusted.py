"""The author's functions that students may have: those that use nothing of the solution."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ..assignment.course import Source, Test
from ..assignment.names import binds, defined, globals_of, lines_of, parse
from ..assignment.spec import Assignment, Question
from ..judging.statements import NAMES

# `given` has run when a case is recorded; `rows` is for known mistakes, whose results are recorded too.
KEPT = ("expected", "judge")
# Methods of `d` that reach the solution by a text.
REACHING = {"name", "names", "own", "missing", "snippet", "watch", "moves", "uses", "replay"}
ALWAYS = {"torch", "math"}


def released_functions(assignment: Assignment, question: Question, test: Test) -> Source | None:
    """The functions `expected` and `judge` of a test, as one source.

    None if one of them uses a name of the solution.
    """
    wanted = [node for node in parse(test.trusted).body if isinstance(node, ast.FunctionDef) and node.name in KEPT]
    if not wanted:
        return Source("")
    helpers = (*assignment.helpers, *question.helpers)
    if any(_reaches_solution(node) for node in wanted):
        return None
    if _used(wanted, helpers) & (_solution_names(assignment) - set(NAMES) - ALWAYS - names_of(helpers)):
        return None
    lines = test.trusted.code.splitlines()
    spans = [lines_of(node) for node in wanted]
    return Source("\n\n\n".join("\n".join(lines[first - 1 : last]) for first, last in spans))


def uses_right(source: Source) -> bool:
    """Whether `judge` looks at what the solution gives, its last argument."""
    judges = [n for n in parse(source).body if isinstance(n, ast.FunctionDef) and n.name == "judge"]
    return any(
        isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id == judge.args.args[2].arg
        for judge in judges
        if len(judge.args.args) > 2
        for node in ast.walk(judge)
    )


def _reaches_solution(function: ast.FunctionDef) -> bool:
    d = function.args.args[0].arg
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in REACHING
        and isinstance(node.value, ast.Name)
        and node.value.id == d
        for node in ast.walk(function)
    )


def _used(functions: Iterable[ast.AST], helpers: Sequence[Source]) -> set[str]:
    """Every name in these functions, and in the helpers that they use."""
    makers = [(binds(node), node) for source in helpers for node in parse(source).body]
    found: set[str] = set()
    todo = [*functions]
    while todo:
        new = globals_of(Source(ast.unparse(todo.pop()))) - found
        found |= new
        todo += [node for bound, node in makers if bound & new]
    return found


def _solution_names(assignment: Assignment) -> set[str]:
    """The names that the solution defines, and those that only it imports."""
    given = names_of(assignment.given)
    found: set[str] = set()
    for source in (s for q in assignment.questions if not q.snippets for s in q.solution):
        for node in parse(source).body:
            imported = isinstance(node, (ast.Import, ast.ImportFrom))
            found |= binds(node) - given if imported else binds(node)
    return found


def names_of(sources: Iterable[Source]) -> set[str]:
    """The names that these sources define."""
    return set().union(*(defined(parse(source)) for source in sources))


def mentions(sources: Iterable[Source], texts: Iterable[str]) -> set[str]:
    """Those of these texts that stand in the sources as strings."""
    strings = {n.value for s in sources for n in ast.walk(parse(s)) if isinstance(n, ast.Constant)}
    return {text for text in texts if text in strings}
