"""The effects of a piece of Python: the global names that it reads, binds and changes, found in its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
IMPORTS = (ast.Import, ast.ImportFrom)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Methods that change a list, set or dict; methods that change a tensor end in an underscore.
MUTATORS = frozenset({"add", "append", "extend", "insert", "setdefault", "update"})

# Fields of syntax trees that hold no expression or statement, but a text, a number, a context or an operator.
TEXTS = frozenset({"ctx", "id", "attr", "arg", "name", "asname", "kind", "type_comment", "level", "module", "op", "ops",
                   "is_async", "simple", "conversion", "rest"})  # fmt: skip


@dataclass(frozen=True)
class Effects:
    """The names that statements read, certainly bind, and change or perhaps bind."""

    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()


_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}  # those that may hold nodes, by the kind of a node


def _fields_of(kind: type[ast.AST]) -> tuple[str, ...]:
    texts = TEXTS - {"name"} if kind.__name__ == "TypeAlias" else TEXTS
    return () if kind is ast.Constant else tuple(name for name in kind._fields if name not in texts)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below, without contexts and operators; several times as fast as ast.iter_child_nodes."""
    found: list[ast.AST] = []
    _add_children(node, found)
    return found


def _add_children(node: ast.AST, found: list[ast.AST]) -> None:
    kind = type(node)
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = _fields_of(kind)
    for name in names:
        value = getattr(node, name, None)
        if type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)


def walk(node: ast.AST) -> list[ast.AST]:
    """The node and all nodes below it except contexts and operators, from the outside in."""
    found = [node]
    for inner in found:  # `found` grows meanwhile
        _add_children(inner, found)
    return found


def effects(node: ast.stmt) -> Effects:
    """The effects of one top-level statement; it also reads the names that its functions read when called."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return Effects(reads(node), frozenset({node.name}))
        case ast.Import() | ast.ImportFrom():
            return Effects(binds=_imported(node))
        case ast.If():
            yes, no = sequence(node.body), sequence(node.orelse)
            certain = yes.binds & no.binds
            perhaps = (yes.binds | no.binds | yes.touches | no.touches) - certain
            return _after(_expressions([node.test]), Effects(yes.reads | no.reads, certain, perhaps))
        case ast.With() | ast.AsyncWith():
            entered = [_bound(item.optional_vars) for item in node.items if item.optional_vars]
            head = _expressions(item.context_expr for item in node.items)
            return _after(_after(head, Effects(binds=_union(entered))), sequence(node.body))
        case ast.For() | ast.AsyncFor():
            head = _after(_expressions([node.iter]), Effects(binds=_bound(node.target)))
            body = _after(head, sequence(node.body + node.orelse))
            return Effects(body.reads, frozenset(), body.binds | body.touches)
        case ast.While():
            body = _after(_expressions([node.test]), sequence(node.body + node.orelse))
            return Effects(body.reads, frozenset(), body.binds | body.touches)
        case ast.Try() | ast.Match() | ast.TryStar():
            # It is unknown which of the blocks run, so a name bound in any of them is only perhaps bound.
            return Effects(reads(node), frozenset(), stores(node) | _touched_below(node))
        case _:
            return _simple(node)


def sequence(body: Sequence[ast.stmt]) -> Effects:
    """The effects of statements that run one after another; a name bound before it is read is not read."""
    read: set[str] = set()
    bound: set[str] = set()
    touched: set[str] = set()
    for statement in body:
        found = effects(statement)
        read |= found.reads - bound
        bound |= found.binds
        touched |= found.touches
    return Effects(frozenset(read), frozenset(bound), frozenset(touched - bound))


def reads(node: ast.AST) -> frozenset[str]:
    """The global names that `node` may read, now or when a function in it is called."""
    return _Scope([node]).loads


def stores(node: ast.AST) -> frozenset[str]:
    """The names that `node` binds in its own scope, anywhere in its blocks."""
    return frozenset(_Scope([node], inside=False).stores)


def root(node: ast.AST) -> str | None:
    """`FFNN` of `FFNN.backward`, `W` of `W[0].data`; None where the chain does not start at a name."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)) and not named(node):
        node = node.value
    return named(node) or None


def named(node: ast.AST) -> str:
    """The global name that an expression is: `FFNN`, `globals()["FFNN"]`; "" for any other expression."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Subscript(value=table, slice=ast.Constant(value=str(name))) if _is_globals(table):
            return name
        case _:
            return ""


def targets(node: ast.stmt) -> list[ast.expr]:
    """The targets of an assignment, tuples taken apart; none for other statements."""
    match node:
        case ast.Assign():
            return [leaf for target in node.targets for leaf in _leaves(target)]
        case ast.AnnAssign(value=None):
            return []
        case ast.AnnAssign() | ast.AugAssign():
            return [node.target]
        case _:
            return []


def patched(node: ast.stmt) -> tuple[str, str, ast.expr] | None:
    """("FFNN", "backward", value) for `FFNN.backward = value` and `setattr(FFNN, "backward", value)`."""
    match node:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner), attr=name)], value=value):
            return owner, name, value
        case ast.Expr(value=ast.Call(
            func=ast.Name(id="setattr"), args=[ast.Name(id=owner), ast.Constant(value=str(name)), value]
        )):  # fmt: skip
            return owner, name, value
        case _:
            return None


def _simple(node: ast.stmt) -> Effects:
    scope = _Scope([node])
    binds: set[str] = set()
    touches: set[str] = set()
    for target in targets(node):
        name = root(target)
        if isinstance(target, ast.Subscript) and _is_globals(target.value):
            binds |= _text(target.slice)
        elif isinstance(target, ast.Name) and not isinstance(node, ast.AugAssign):
            binds.add(target.id)
        elif name:
            touches.add(name)
    loads = scope.loads
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        loads |= {node.target.id}
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        binds |= _bound_by_call(node.value)
        touches |= _changed_by_call(node.value)
    binds |= {inner.target.id for inner in walk(node) if isinstance(inner, ast.NamedExpr)}
    if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete)):
        binds |= scope.stores
    return Effects(loads, frozenset(binds), frozenset(touches - binds))


def _is_globals(node: ast.AST) -> bool:
    """Whether an expression is the table of global names: `globals()`, or at top level `vars()` or `locals()`."""
    match node:
        case ast.Call(func=ast.Name(id="globals" | "vars" | "locals"), args=[], keywords=[]):
            return True
        case _:
            return False


def _text(node: ast.AST | None) -> set[str]:
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def _bound_by_call(call: ast.Call) -> set[str]:
    """The global names that `globals().update(f=...)`, `.update({"f": ...})` and `.__setitem__("f", ...)` bind."""
    match call:
        case ast.Call(func=ast.Attribute(value=table, attr="update")) if _is_globals(table):
            keys = [key for arg in call.args if isinstance(arg, ast.Dict) for key in arg.keys]
            return {k.arg for k in call.keywords if k.arg}.union(*map(_text, keys))
        case ast.Call(func=ast.Attribute(value=table, attr="__setitem__"), args=[key, _]) if _is_globals(table):
            return _text(key)
        case _:
            return set()


def _changed_by_call(call: ast.Call) -> set[str]:
    """The names whose objects a call changes: `W.fill_(0)`, `names.append(x)`, `setattr(A, ...)`, `out=W`."""
    changed = {root(keyword.value) for keyword in call.keywords if keyword.arg == "out"}
    match call.func:
        case ast.Name(id="setattr") if call.args:
            changed.add(root(call.args[0]))
        case ast.Attribute(attr=method, value=receiver):
            if method in MUTATORS or (method.endswith("_") and not method.endswith("__")):
                changed.add(root(receiver))
    return {name for name in changed if name}


def _touched_below(node: ast.AST) -> frozenset[str]:
    """The names that the simple statements inside a compound one change."""
    inner = (child for child in walk(node) if isinstance(child, (ast.Assign, ast.AugAssign, ast.Expr)))
    return _union(_simple(child).touches for child in inner)


def _after(first: Effects, second: Effects) -> Effects:
    binds = first.binds | second.binds
    return Effects(first.reads | (second.reads - first.binds), binds, (first.touches | second.touches) - binds)


def _expressions(nodes: Iterable[ast.expr]) -> Effects:
    scope = _Scope(list(nodes))
    return Effects(scope.loads, frozenset(scope.stores))


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _bound(target: ast.expr) -> frozenset[str]:
    return frozenset(leaf.id for leaf in _leaves(target) if isinstance(leaf, ast.Name))


def _leaves(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [leaf for element in target.elts for leaf in _leaves(element)]
    return [target.value if isinstance(target, ast.Starred) else target]


def _imported(node: ast.Import | ast.ImportFrom) -> frozenset[str]:
    whole = isinstance(node, ast.ImportFrom)
    names = (alias.asname or (alias.name if whole else alias.name.split(".")[0]) for alias in node.names)
    return frozenset(names) - {"*"}


# The nodes that say something about the names of a scope; of other nodes only the nodes below them count.
_MEANINGFUL = frozenset({
    ast.Name, ast.Lambda, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global,
    ast.ExceptHandler, ast.MatchAs, ast.MatchStar, *FUNCTIONS, *COMPREHENSIONS,
})  # fmt: skip


class _Scope:
    """The loads and stores of one scope; inner scopes contribute the names that they take from outside.

    Without `inside` the loads are incomplete: inner scopes, which store nothing here, are left out.
    """

    def __init__(self, nodes: Sequence[ast.AST], inside: bool = True) -> None:
        here: set[str] = set()
        inner: set[str] = set()
        self.stores: set[str] = set()
        self.globals: set[str] = set()
        pending = list(nodes)
        while pending:
            node = pending.pop()
            if type(node) not in _MEANINGFUL:
                pending += children(node)
                continue
            match node:
                case ast.Name(id=name, ctx=ctx):
                    (here if isinstance(ctx, ast.Load) else self.stores).add(name)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                    pending += _outside(node)
                    if not isinstance(node, ast.Lambda):
                        self.stores.add(node.name)
                    if inside:
                        inner |= _free(node)
                case ast.ClassDef():
                    self.stores.add(node.name)
                    pending += [*node.decorator_list, *node.bases, *node.keywords]
                    if inside:
                        inner |= _Scope(node.body).loads  # methods do not see the names of their class
                case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                    if inside:
                        scope = _Scope(children(node))
                        inner |= scope.loads - scope.stores
                case ast.Import() | ast.ImportFrom():
                    self.stores |= _imported(node)
                case ast.Global(names=names):
                    self.globals.update(names)
                case _:
                    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
                        self.stores.add(node.name)
                    pending += children(node)
        self.loads: frozenset[str] = frozenset(here | inner | self.globals)


def _outside(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.AST]:
    """The parts of a function that run where it is defined: decorators, defaults, annotations."""
    parts: list[ast.AST] = [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
    if not isinstance(node, ast.Lambda):
        parts += node.decorator_list
        parts += [argument.annotation for argument in _arguments(node.args) if argument.annotation]
        parts += [node.returns] if node.returns else []
    return parts


def _free(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> frozenset[str]:
    scope = _Scope([node.body] if isinstance(node, ast.Lambda) else node.body)
    local = scope.stores | {argument.arg for argument in _arguments(node.args)}
    return scope.loads - (local - scope.globals)


def _arguments(args: ast.arguments) -> list[ast.arg]:
    starred = [argument for argument in (args.vararg, args.kwarg) if argument]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *starred]
