"""The questions that a notebook answers as the solution does, so that they need not be judged again.

`grade verify` judges hundreds of notebooks that differ from the solution in a line.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import replace
from difflib import SequenceMatcher

from ..assignment.spec import Assignment, Question
from ..notebook.program import Program, is_always_kept
from ..notebook.statements import Statement

WORD = re.compile(r"\w+")


def unchanged(assignment: Assignment, before: Program, now: Program) -> frozenset[str]:
    """The questions whose answers are the same in both programs, with all that they use and that their tests name."""
    changed = _changed(before.statements, now.statements)
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


def _changed(before: Iterable[Statement], now: Iterable[Statement]) -> list[Statement]:
    """The statements that only one of the two has, or that stand in another place."""
    ours, theirs = list(before), list(now)
    matcher = SequenceMatcher(None, _sources(ours), _sources(theirs), autojunk=False)
    return [
        statement
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
        for statement in (*ours[a:b], *theirs[c:d])
    ]


def _reached(changed: Iterable[Statement], statements: Iterable[Statement]) -> set[str]:
    """The names that the changed statements bind or change, and those that other statements make of them."""
    names = {name for statement in changed for name in statement.names}
    rest = list(statements)
    while more := [s for s in rest if s.reads & names and not s.names <= names]:
        names |= {name for statement in more for name in statement.names}
    return names


def _words(assignment: Assignment, question: Question) -> set[str]:
    """All words of the question's names, tests, helpers and sizes: each may name a part of an answer."""
    sources = [*assignment.helpers, *question.helpers, *(test.source for test in question.tests)]
    texts = [source.code for source in sources]
    texts += [repr(dict(case.sizes)) for test in question.tests for case in test.cases]
    return set(WORD.findall(" ".join([*texts, *question.names])))


def _sources(statements: Iterable[Statement]) -> list[str]:
    return [statement.source for statement in statements]
