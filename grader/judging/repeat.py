"""A test on one public case, as lines that a student can run in the notebook: without `d`, and with the case's values.

Short tensors are written out. A longer one becomes a call that draws a similar one, below a line that sets the seed.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..assignment.cases import Case
from ..assignment.course import Test
from .without_d import Writer, used_names

SEED = "torch.manual_seed(0)"
# The function that replaces `d.watch`; it keeps the arguments of each call.
WATCH = """
def watch(thing, name):
    calls, method = [], getattr(thing, name)
    setattr(thing, name, lambda *args, **more: calls.append((*args, *more.values())) or method(*args, **more))
    return calls
"""
# Calls that change nothing and draw nothing.
PLAIN_CALLS = {"dict", "enumerate", "len", "list", "range", "split", "tuple", "zip"}


def repeated(
    test: Test,
    case: Case,
    *,
    drawn: Mapping[str, torch.Tensor],
    given: Mapping[str, Any],
    imports: Sequence[str],
    helpers: Sequence[str],
    answer: Sequence[str] = (),
    outputs: Sequence[str] = (),
    language: str = "es",
) -> str:
    """The lines. `imports` is code whose import lines may be needed, `answer` the student's lines for a snippet."""
    writer = Writer(case, drawn, given, answer, outputs, language)
    writer.double = test.precision == "float64"
    helper_nodes = [n for code in (WATCH, *helpers) for n in ast.parse(code).body if hasattr(n, "name")]
    writer.with_d = {n.name for n in helper_nodes if isinstance(n, ast.FunctionDef) and _takes_d(n)}
    function = ast.parse(test.source.code).body[0]
    assert isinstance(function, ast.FunctionDef)
    writer.printing = _printing([function, *helper_nodes]) & writer.with_d
    body = _without_unused(writer.body(function.body))
    used = used_names(body) - _bound_in_comprehensions(body)
    included: list[ast.stmt] = []
    hoisted: set[str] = set()
    for node in reversed(helper_nodes):
        if node.name in used:
            own = copy.deepcopy(node)
            _without_docstrings(own)
            if node.name in writer.with_d and isinstance(own, ast.FunctionDef):
                own.args.args = own.args.args[1:]
                own = writer.helper(own)
            hoisted |= _hoisted(own)
            included.insert(0, own)
            used |= used_names([own])
    lines = [ast.unparse(ast.fix_missing_locations(n)) for n in (*included, *body)]
    text = "\n".join(lines)
    head = [] if SEED.split("(")[0] not in text and not writer.random else [SEED]
    hoisted |= {m for m in ("contextlib", "tempfile") if any(re.search(rf"\b{m}\.", line) for line in lines)}
    modules = [f"import {', '.join(sorted(hoisted))}"] if hoisted else []
    if "torch" in used or "torch." in text or head:
        modules.append("import torch")
    modules += [line for line in _imports(imports, used) if line not in modules]
    return "\n".join([*modules, *head, *lines])


def _without_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]


def _printing(nodes: Sequence[ast.AST]) -> set[str]:
    """Generators of evidence that are used only as `yield from f(...)`: in a notebook they print."""
    found = {
        n.name for n in nodes
        if isinstance(n, ast.FunctionDef) and any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in ast.walk(n))
    }  # fmt: skip
    every = [part for node in nodes for part in ast.walk(node)]
    direct = [n.value.func.id for n in every if isinstance(n, ast.YieldFrom) and isinstance(n.value, ast.Call)
              and isinstance(n.value.func, ast.Name)]  # fmt: skip
    uses = [n.id for n in every if isinstance(n, ast.Name)]
    return {name for name in found if uses.count(name) == direct.count(name)}


def _hoisted(function: ast.stmt) -> set[str]:
    """The modules that a helper imports first, without these imports."""
    found: set[str] = set()
    while isinstance(function, ast.FunctionDef) and isinstance(function.body[0], ast.Import) and function.body[1:]:
        if any(alias.asname or "." in alias.name for alias in function.body[0].names):
            break
        found |= {alias.name for alias in function.body.pop(0).names}  # type: ignore[attr-defined]
    return found


def _without_unused(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements without imports and plain values that no other statement uses."""
    kept = list(body)
    for statement in reversed(body):
        others = used_names([s for s in kept if s is not statement])
        if (bound := _bound_plainly(statement)) and not bound & others:
            kept.remove(statement)
    return kept


def _bound_plainly(node: ast.stmt) -> set[str]:
    """The names that an import binds, or an assignment whose value calls nothing that matters."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(a.asname or a.name).partition(".")[0] for a in node.names}
    if not isinstance(node, ast.Assign) or not all(isinstance(target, ast.Name) for target in node.targets):
        return set()
    called = {ast.unparse(n.func).rpartition(".")[2] for n in ast.walk(node.value) if isinstance(n, ast.Call)}
    return set() if called - PLAIN_CALLS else {n.id for n in node.targets if isinstance(n, ast.Name)}


def _takes_d(node: ast.FunctionDef) -> bool:
    return bool(node.args.args) and node.args.args[0].arg == "d"


def _bound_in_comprehensions(nodes: Sequence[ast.AST]) -> set[str]:
    return used_names([c.target for node in nodes for c in ast.walk(node) if isinstance(c, ast.comprehension)])


def _imports(sources: Sequence[str], used: set[str]) -> list[str]:
    """The import lines that bind a name in use."""
    found = []
    for source in sources:
        for node in ast.parse(source).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [a for a in node.names if (a.asname or a.name).partition(".")[0] in used]
                if names:
                    found.append(ast.unparse(type(node)(**{**vars(node), "names": names})))
    return found
