"""The effects of a statement's calls: tables that the notebook's functions, decorators and subclasses fill."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from .effects import MUTATORS, reads, root, targets, walk
from .statements import DEFINITIONS, Statement

Name = tuple[str, str]  # the path of a module ("" for the notebook), and a global name there


class ChangedElsewhere:
    """The statements that change the objects of global names when they run, through the submission's own functions.

    `anotar(sig, d_sig)`, `@derivada_de(sig)` and `class DSig(Derivada)` change a table that no target names. Names lead
    to functions, and functions to statements: together these are as long as the submission, while every name with every
    statement could be its square.
    """

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._changed_by: defaultdict[Name, dict[Name, None]] = defaultdict(dict)
        self._run_in: defaultdict[Name, list[int]] = defaultdict(list)
        functions: set[Name] = set()
        brought: dict[Name, Name] = {}
        for statement in statements:
            node, module = statement.node, statement.module
            if isinstance(node, DEFINITIONS):
                for name in _changes(node):
                    self._changed_by[module, name][module, node.name] = None
                    functions.add((module, node.name))
            brought |= {(module, b.name): (b.module, b.original) for b in statement.brings}
        # A training run at top level changes tables too, so only definitions and calls are kept for such a change.
        for index, statement in enumerate(statements) if functions else ():
            if isinstance(statement.node, (*DEFINITIONS, ast.Expr)):
                for run in _run_by(statement.node):
                    here = (statement.module, run)
                    function = here if here in functions else brought.get(here, here)
                    if function in functions:
                        self._run_in[function].append(index)

    def take(self, name: Name) -> Iterator[int]:
        """The places of the statements that change a name; a statement is given once for each function that it runs."""
        for function in self._changed_by.get(name, ()):
            yield from self._run_in.pop(function, ())


def _changes(node: ast.stmt) -> set[str]:
    """The global names whose objects the code inside a definition changes; a class is changed by its own methods."""
    free = reads(node)
    changed: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, ast.Assign | ast.AugAssign | ast.AnnAssign):
            changed |= {root(t) or "" for t in targets(inner) if not isinstance(t, ast.Name)}
        elif isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in MUTATORS:
            changed.add(root(inner.func.value) or "")
        elif isinstance(inner, ast.Global):
            changed |= set(inner.names)
    own = {node.name} if isinstance(node, ast.ClassDef) and changed & {node.name, "cls"} else set()
    return changed & (free | own) | own


def _run_by(node: ast.stmt) -> set[str]:
    """The functions and classes that run with a statement: called ones, decorators, and the bases of a class."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        heads = [*node.decorator_list, *(node.bases if isinstance(node, ast.ClassDef) else [])]
        return {root(h.func if isinstance(h, ast.Call) else h) or "" for h in heads}
    return {root(c.func) or "" for c in walk(node) if isinstance(c, ast.Call)}
