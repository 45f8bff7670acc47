"""The questions that a notebook answers as the solution does, so that they need not be judged again.

`grade verify` judges hundreds of notebooks that differ from the solution in a line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache

from ..assignment.names import binds
from ..assignment.spec import Assignment, Question
from ..notebook.needed import is_always_kept
from ..notebook.program import Program
from ..notebook.statements import Statement

WORD = re.compile(r"\w+")


def unchanged(assignment: Assignment, before: Program, now: Program) -> frozenset[str]:
    """The questions whose answers are the same in both programs, with all that they use and that their tests name."""
    changed = changes(before, now)
    if any(map(_reaches_all, changed)):
        return frozenset()
    names = _reached(changed, [*before.statements, *now.statements])
    return frozenset(q.id for q in assignment.questions if _is_same(assignment, q, names, before, now))


def _is_same(assignment: Assignment, question: Question, changed: set[str], before: Program, now: Program) -> bool:
    if question.runs or question.attempted or question.figures:
        return False  # these depend on the whole notebook
    if changed & _words(assignment, question):
        return False
    for key in question.snippets:
        ours, theirs = before.snippets[key], now.snippets[key]
        if theirs.needs & changed or ours.rename != theirs.rename or ours.unsuffixed != theirs.unsuffixed:
            return False
        if any(_sources(own) != _sources(theirs.outputs.get(name, ())) for name, own in ours.outputs.items()):
            return False
    return True


def _reaches_all(statement: Statement) -> bool:
    """Whether a statement is an import, or changes a setting of torch."""
    nodes = ast.parse(statement.source).body  # a program may come without its trees
    return any(is_always_kept(replace(statement, node=node)) for node in nodes)


def changes(before: Program, now: Program) -> list[Statement]:
    """The statements that only one of the two has, or that stand in another place."""
    ours, theirs = list(before.statements), list(now.statements)
    matcher = SequenceMatcher(None, _sources(ours), _sources(theirs), autojunk=False)
    return [
        statement
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
        for statement in (*ours[a:b], *theirs[c:d])
    ]


def headings(statements: Iterable[Statement]) -> frozenset[str]:
    """What others see of the functions and classes that these statements define: names, arguments, bases."""
    nodes = [node for statement in statements for node in ast.walk(ast.parse(statement.source))]
    functions = {f"{n.name}({ast.unparse(n.args)})" for n in nodes if isinstance(n, ast.FunctionDef)}
    classes = {f"{n.name}({[ast.unparse(base) for base in n.bases]})" for n in nodes if isinstance(n, ast.ClassDef)}
    return frozenset(functions | classes)


def _reached(changed: Iterable[Statement], statements: Iterable[Statement]) -> set[str]:
    """The names that the changed statements bind or change, and those that other statements make of them."""
    names = {name for statement in changed for name in statement.names}
    rest = list(statements)
    while more := [s for s in rest if s.reads & names and not s.names <= names]:
        names |= {name for statement in more for name in statement.names}
    return names


def _words(assignment: Assignment, question: Question) -> set[str]:
    """The words of the question's names, tests and sizes, and of the helpers that these name.

    Each of them may name a part of an answer. Words of docstrings and comments do not count.
    """
    texts = [repr(dict(case.sizes)) for test in question.tests for case in test.cases]
    words = set(WORD.findall(" ".join([*texts, *question.names])))
    words = words.union(*(own for test in question.tests for _, own in _statements(test.source.code)))
    helpers = [part for source in (*assignment.helpers, *question.helpers) for part in _statements(source.code)]
    while more := [own for names, own in helpers if not own <= words and (not names or names & words)]:
        words = words.union(*more)
    return words


@cache
def _statements(code: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """For each statement of a helper or a test: the names that it binds, and its words."""
    return tuple((frozenset(binds(node)), frozenset(WORD.findall(_bare(node)))) for node in ast.parse(code).body)


def _bare(statement: ast.stmt) -> str:
    """The statement without docstrings and comments."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node, clean=False) is not None:
            node.body[0] = ast.Pass()
    return ast.unparse(statement)


def _sources(statements: Iterable[Statement]) -> list[str]:
    return [statement.source for statement in statements]
