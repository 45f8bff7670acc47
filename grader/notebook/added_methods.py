"""Methods that a class gets after its definition: by setattr, decorators, helpers, or assignments in functions."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from .effects import FUNCTIONS, named, root, walk
from .statements import DEFINITIONS, Statement

FIRST_PARAMETER = frozenset({"patch"})  # decorators that find the class in the annotation of the first parameter


@dataclass(frozen=True)
class Added:
    """A method that a statement adds; `function` is the global name of its function, "" where it is not known."""

    owner: str
    method: str
    function: str = ""


@dataclass(frozen=True)
class _Change:
    """A place in a helper that sets an attribute; `method` and `function` are "" where they come from outside."""

    owner: str
    method: str = ""
    function: str = ""


@dataclass
class _Known:
    """The names of the notebook that matter here."""

    classes: frozenset[str]
    functions: frozenset[str]
    helpers: dict[str, tuple[_Change, ...]] = field(default_factory=dict)
    ready: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # `add = add_to_class(FFNN)`


def added_methods(statements: Sequence[Statement]) -> list[tuple[Added, ...]]:
    """For each statement, the methods that it adds to classes of the notebook when it runs."""
    nodes = [s.node for s in statements]
    classes = frozenset(n.name for n in nodes if isinstance(n, ast.ClassDef))
    if not classes:
        return [()] * len(nodes)
    known = _Known(classes, frozenset(n.name for n in nodes if isinstance(n, FUNCTIONS)))
    for node in nodes:
        if isinstance(node, DEFINITIONS):
            changes = tuple(_changes(node, classes))
            if changes:
                known.helpers[node.name] = changes
        elif isinstance(node, ast.Assign) and "setattr" in _names([node.value]):  # `put = setattr`
            known.helpers |= {t.id: (_Change(""),) for t in node.targets if isinstance(t, ast.Name)}
    return [tuple(dict.fromkeys(_added(node, known))) for node in nodes]


def _changes(helper: ast.stmt, classes: frozenset[str]) -> Iterator[_Change]:
    """The attributes of its arguments and of the classes that the code inside a function or class sets."""
    inside = walk(helper)
    # An object that the function makes is not a class of the notebook, and `self.x = ...` is what every method does.
    outside = classes | {node.arg for node in inside if isinstance(node, ast.arg)}
    for node in inside:
        match node:
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner), attr=method)], value=value):
                if owner in outside and owner != "self":
                    yield _Change(owner, method, value.id if isinstance(value, ast.Name) else "")
            case ast.Call() if _sets(node) and root(node.args[0]) in outside:
                first, name, value = node.args
                method = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""
                yield _Change(root(first) or "", method, value.id if isinstance(value, ast.Name) else "")


def _sets(call: ast.Call) -> bool:
    """Whether a call is `setattr(owner, name, value)` or `type.__setattr__(owner, name, value)`."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return len(call.args) == 3 and name in ("setattr", "__setattr__")


def _added(node: ast.stmt, known: _Known) -> Iterator[Added]:
    if isinstance(node, FUNCTIONS):
        for decorator in node.decorator_list:
            yield from _by_decorator(decorator, node, known)
        return
    if isinstance(node, ast.ClassDef):
        for decorator in node.decorator_list:
            yield from _by_helper(root(decorator) or "", [node.name], [], [], known)
        return
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=args, keywords=keywords)):
            known.ready[name] |= known.classes & set(_names([*args, *(k.value for k in keywords)]))
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            for target, value in zip(targets, values, strict=False):
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    yield from _for([target.value.id], target.attr, [*_names([value])], known)
    inside = walk(node)
    for inner in inside:
        match inner:
            case ast.Assign(targets=[ast.Attribute(value=owner, attr=method)], value=value) if named(owner):
                yield from _for([named(owner)], method, [*_names([value])], known)
            case ast.Call() if not _sets(inner):
                yield from _by_call(inner, known)
    setting = [inner for inner in inside if isinstance(inner, ast.Call) and _sets(inner)]
    if setting:
        yield from _by_setattr(setting, inside, known)


def _by_decorator(decorator: ast.expr, node: ast.stmt, known: _Known) -> Iterator[Added]:
    """`@add_to_class(FFNN)`, `@FFNN.register`, `@add` after `add = add_to_class(FFNN)`, `@patch` and `self: FFNN`."""
    assert isinstance(node, FUNCTIONS)
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else root(called) or ""
    first = root(called) or ""
    arguments = [*decorator.args, *(k.value for k in decorator.keywords)] if isinstance(decorator, ast.Call) else []
    owners = [n for n in _names(arguments) if n in known.classes]
    owners += [first] if first in known.classes else sorted(known.ready[first])
    if name in FIRST_PARAMETER and (node.args.posonlyargs or node.args.args):
        annotation = [*node.args.posonlyargs, *node.args.args][0].annotation
        said = [inner for inner in walk(annotation)] if annotation else []
        owners += [n for n in (*_names(said), *_texts(said)) if n in known.classes]
    yield from _for(owners, node.name, [node.name], known)
    if first in known.helpers:
        yield from _by_helper(first, owners, [node.name], _texts(arguments), known)


def _by_setattr(calls: Sequence[ast.Call], inside: Sequence[ast.AST], known: _Known) -> Iterator[Added]:
    """`setattr(FFNN, "backward", f)`; in `for f in (forward, backward): setattr(FFNN, f.__name__, f)` all are added."""
    variable = []
    for call in calls:
        receiver, name, value = call.args
        owner = root(receiver) or ""
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield from _for([owner], name.value, [*_names([value])], known)
        else:
            variable.append(owner)
    owners = [owner for owner in dict.fromkeys(variable) if owner in known.classes]
    functions = [n.id for n in inside if isinstance(n, ast.Name) and n.id in known.functions] if owners else []
    for function in dict.fromkeys(functions):
        yield from _for(owners, function, [function], known)
    for text in _texts(inside) if functions else ():
        yield from _for(owners, text, functions[:1], known)


def _by_call(call: ast.Call, known: _Known) -> Iterator[Added]:
    arguments = [*call.args, *(k.value for k in call.keywords)]
    names = list(_names(arguments))
    owners = [n for n in names if n in known.classes]
    functions = [n for n in names if n in known.functions]
    first = root(call.func) or ""
    if isinstance(call.func, ast.Call):  # add_to_class(FFNN)(backward)
        inner = [n for n in _names(call.func.args) if n in known.classes]
        for name in functions:
            yield from _for(inner, name, [name], known)
    elif isinstance(call.func, ast.Name) and call.func.id == "type" and len(call.args) == 3:
        bases = [n for n in _names(call.args[1:2]) if n in known.classes]
        if isinstance(call.args[2], ast.Dict) and isinstance(call.args[0], ast.Constant):
            for key, value in zip(call.args[2].keys, call.args[2].values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(value, ast.Name):
                    yield from _for(bases, key.value, [value.id], known)
    elif first in known.helpers:
        yield from _by_helper(first, owners, functions, _texts(arguments), known)
    elif known.ready[first]:
        for name in functions:
            yield from _for(sorted(known.ready[first]), name, [name], known)


def _by_helper(
    helper: str, owners: Sequence[str], functions: Sequence[str], texts: Sequence[str], known: _Known
) -> Iterator[Added]:
    """The methods that a call of the notebook's own helper adds."""
    for change in known.helpers.get(helper, ()):
        found = [change.owner] if change.owner in known.classes else owners
        given = [change.function] if change.function in known.functions else functions
        if change.method:
            yield from _for(found, change.method, given, known)
        elif texts:
            yield from _for(found, texts[0], given, known)
        else:
            for name in given:
                yield from _for(found, name, [name], known)


def _for(owners: Iterable[str], method: str, functions: Sequence[str], known: _Known) -> Iterator[Added]:
    function = next((name for name in functions if name in known.functions), "")
    for owner in owners:
        if owner in known.classes:
            yield Added(owner, method, function)


def _names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names in expressions, also in lists."""
    for outer in nodes:
        yield from (node.id for node in walk(outer) if isinstance(node, ast.Name))


def _texts(nodes: Iterable[ast.AST]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
