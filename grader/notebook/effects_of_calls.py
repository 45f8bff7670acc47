"""The effects of a statement's calls: tables that the notebook's functions, decorators and subclasses fill."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence

from .effects import MUTATORS, reads, root, targets, walk
from .statements import DEFINITIONS, Statement

Name = tuple[str, str]  # the path of a module ("" for the notebook), and a global name there


def changed_elsewhere(statements: Sequence[Statement]) -> list[frozenset[Name]]:
    """For each statement, the global names whose objects the submission's own functions change when it runs.

    `anotar(sig, d_sig)`, `@derivada_de(sig)` and `class DSig(Derivada)` change a table that no target names.
    """
    by_function: defaultdict[Name, set[Name]] = defaultdict(set)
    brought: dict[Name, Name] = {}
    for statement in statements:
        node, module = statement.node, statement.module
        if isinstance(node, DEFINITIONS):
            by_function[module, node.name] |= {(module, name) for name in _changes(node)}
        brought |= {(module, b.name): (b.module, b.original) for b in statement.brings}
    if not any(by_function.values()):
        return [frozenset()] * len(statements)
    result = []
    for statement in statements:
        run = ((statement.module, name) for name in _run_by(statement.node))
        functions = (name if name in by_function else brought.get(name, name) for name in run)
        result.append(frozenset(name for f in functions if f in by_function for name in by_function[f]))
    return result


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
