"""The names in a piece of an assignment's code: those it defines, uses, mentions, and those that nobody defines."""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from .course import Source
from .slips import Slip

if TYPE_CHECKING:
    from .spec import Assignment

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NAMED = (*FUNCTIONS, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)


def tree_of(code: str) -> ast.Module:
    """The tree of a code, without the warnings of the parser."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)


_known_tree = lru_cache(maxsize=256)(tree_of)  # nobody changes a tree


def parse(source: Source) -> ast.Module:
    """The tree of a source; a syntax error is a slip at its line."""
    try:
        return _known_tree(source.code)
    except (SyntaxError, ValueError) as error:
        line = source.line + (getattr(error, "lineno", None) or 1) - 1
        raise Slip(f"the code does not parse ({getattr(error, 'msg', error)}): repair this line", line) from error


def binds(node: ast.AST) -> set[str]:
    """The names that a statement binds outside functions and classes."""
    if isinstance(node, NAMED):
        return {node.name}
    if isinstance(node, IMPORTS):
        return {(alias.asname or alias.name.split(".")[0]) for alias in node.names}
    if isinstance(node, ast.Lambda):
        return set()
    own = {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else set()
    return own.union(*(binds(child) for child in ast.iter_child_nodes(node)))


def defined(tree: ast.Module) -> set[str]:
    """The names that code defines at its top level."""
    return set().union(*(binds(node) for node in tree.body))


def methods(tree: ast.Module) -> set[str]:
    """The methods of the code's classes: "FFNN.backward"."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return {f"{c.name}.{f.name}" for c in classes for f in c.body if isinstance(f, FUNCTIONS)}


def assigned(tree: ast.Module) -> list[str]:
    """The names that plain assignments of a snippet set, in order; loop variables do not count."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign))]
    targets = [target for node in nodes for target in getattr(node, "targets", None) or [node.target]]  # type: ignore[union-attr]
    flat = (n for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
    return list(dict.fromkeys(n.id for n in sorted(flat, key=lambda n: n.lineno) if isinstance(n.ctx, ast.Store)))


def globals_of(source: Source) -> set[str]:
    """The names that code reads and does not bind itself."""

    def read(table: symtable.SymbolTable) -> Iterator[str]:
        top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or top):
                yield symbol.get_name()
        for child in table.get_children():
            yield from read(child)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return set(read(symtable.symtable(source.code, "code", "exec"))) - defined(parse(source))


def unknown(source: Source, known: Iterable[str]) -> dict[str, int]:
    """The names that nobody defines, with the line of their first use."""
    strange = globals_of(source) - set(known) - set(dir(builtins)) - {"__name__", "__file__", "__class__"}
    uses = [n for n in ast.walk(parse(source)) if isinstance(n, ast.Name) and n.id in strange] if strange else []
    return {n.id: source.line + n.lineno - 1 for n in sorted(uses, key=lambda n: n.lineno, reverse=True)}


def identifiers(tree: ast.AST) -> set[str]:
    """Every word of the code that is a name."""
    parts = ("id", "attr", "arg", "name", "module", "asname")
    words = (getattr(node, part, None) for node in ast.walk(tree) for part in parts)
    return {name for word in words if isinstance(word, str) for name in word.split(".")}


def parameters_of(assignment: Assignment, name: str) -> tuple[str, ...]:
    """The parameters of a function, a method or a class of the solution, in order; () without one."""
    owner, _, method = name.partition(".")
    for question in assignment.questions:
        for node in (n for source in question.solution for n in _known_tree(source.code).body):
            if isinstance(node, ast.ClassDef) and node.name == owner:
                wanted = method or "__init__"
                for inner in node.body:
                    if isinstance(inner, FUNCTIONS) and inner.name == wanted:
                        return tuple(a.arg for a in (*inner.args.args[1:], *inner.args.kwonlyargs))
            elif isinstance(node, FUNCTIONS) and node.name == name:
                return tuple(a.arg for a in (*node.args.args, *node.args.kwonlyargs))
    return ()


def calls_of(tree: ast.Module) -> set[str]:
    """The names that code calls or imports, as it writes them: "torch.autograd.grad", "loss.backward"."""
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return calls | {f"{node.module}.{alias.name}" for node in imports for alias in node.names}


def lines_of(node: ast.stmt) -> tuple[int, int]:
    """The first line of a statement, its decorators included, and its last line."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    return first, node.end_lineno or node.lineno


def definition(source: Source, name: str) -> Source:
    """The definition of a name, with the other top-level statements of the source that it uses, in their order."""
    body = parse(source).body
    bound = [binds(node) | _extends(node) for node in body]
    wanted, todo = set[int](), [name]
    if not any(name in binds(node) for node in body):
        raise Slip(f"{source.file or 'the cell'} does not define {name}: write its definition there")
    while todo:
        word = todo.pop()
        for k in (k for k, names in enumerate(bound) if word in names and k not in wanted):
            wanted.add(k)
            todo += identifiers(body[k])
    lines = source.code.splitlines()
    spans = [lines_of(body[k]) for k in sorted(wanted)]
    code = "\n".join("\n".join(lines[first - 1 : last]) for first, last in spans)
    return Source(code, source.file, source.line + spans[0][0] - 1)


def _extends(node: ast.stmt) -> set[str]:
    """The classes of which an assignment such as `FFNN.backward = backward` changes an attribute."""
    owners = [t.value for t in node.targets if isinstance(t, ast.Attribute)] if isinstance(node, ast.Assign) else []
    return {owner.id for owner in owners if isinstance(owner, ast.Name)}
