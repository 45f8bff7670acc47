"""Make copies of a submission in disguise: each function changes how a program reads and not what it does."""

from __future__ import annotations

import ast
import builtins
import copy
import random
from collections.abc import Callable, Iterator, Sequence

BUILTINS = frozenset(dir(builtins))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
CELL = "# %%\n"
SYLLABLES = ("ba", "cu", "di", "fo", "gra", "lle", "mi", "no", "pu", "que", "ra", "so", "ti", "vo")


def cells(text: str) -> list[str]:
    """The cells of a script with `# %%` lines."""
    return [part.strip("\n") for part in text.split(CELL) if part.strip()]


def script(parts: Sequence[str]) -> str:
    return "".join(f"{CELL}{part}\n" for part in parts)


def _trees(text: str) -> list[ast.Module]:
    return [ast.parse(part) for part in cells(text)]


def _text(trees: Sequence[ast.Module]) -> str:
    return script([ast.unparse(ast.fix_missing_locations(tree)) for tree in trees])


# One disguise each ---------------------------------------------------------------------------------------------------


def reformatted(text: str, rng: random.Random, asked: frozenset[str]) -> str:
    """Other spaces and line breaks, no comments, no docstrings; other comments."""
    trees = _trees(text)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and ast.get_docstring(node) and len(node.body) > 1:
                node.body = node.body[1:]
    lines = _text(trees).splitlines()
    commented = (line if line == CELL.strip() or rng.random() < 0.8 else f"{line}  # {_word(rng)}" for line in lines)
    return "".join(f"{line}\n" for line in commented)


def renamed(text: str, rng: random.Random, asked: frozenset[str]) -> str:
    """Other names for variables, helpers, parameters and attributes that the student chose."""
    trees = _trees(text)
    chosen: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    chosen.add(name)
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    chosen.add(name)
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    chosen.add(name)
    kept = asked | BUILTINS | {"self", "grad", "data", "targets", "T", "training"}
    new = {name: f"{_word(rng)}{k}" for k, name in enumerate(sorted(chosen)) if name not in kept and name[:2] != "__"}
    for tree in trees:
        for node in ast.walk(tree):
            for field in ("id", "arg", "name", "attr"):
                if isinstance(value := getattr(node, field, None), str) and value in new:
                    setattr(node, field, new[value])
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                node.names = [new.get(name, name) for name in node.names]
    return _text(trees)


def reordered(text: str, rng: random.Random, asked: frozenset[str]) -> str:
    """Functions, methods, and neighbouring statements that do not depend on each other, in another order."""
    trees = _trees(text)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and all(isinstance(inner, FUNCTIONS) for inner in node.body):
                rng.shuffle(node.body)
            body = getattr(node, "body", None)
            if isinstance(body, list):
                _swap(body, rng)
    movable = [k for k, tree in enumerate(trees) if tree.body and all(isinstance(s, FUNCTIONS) for s in tree.body)]
    for tree in (trees[k] for k in movable):
        rng.shuffle(tree.body)
    places = movable.copy()
    rng.shuffle(places)
    moved = dict(zip(movable, [trees[k] for k in places], strict=True))
    return _text([moved.get(k, tree) for k, tree in enumerate(trees)])


def _swap(body: list[ast.stmt], rng: random.Random) -> None:
    """Exchange neighbours that share no name which one of them binds."""
    for k in range(len(body) - 1):
        a, b = body[k : k + 2]
        simple = (ast.Assign, ast.AugAssign)
        if isinstance(a, simple) and isinstance(b, simple) and rng.random() < 0.7:
            bound = _names(a, ast.Store) & (_names(b, ast.Store) | _names(b, ast.Load))
            bound |= _names(b, ast.Store) & _names(a, ast.Load)
            if not bound and not _changes_parts(a) and not _changes_parts(b):
                body[k], body[k + 1] = b, a


def _changes_parts(statement: ast.stmt) -> bool:
    """Whether it assigns an attribute or an item."""
    parts = (n for n in ast.walk(statement) if isinstance(n, ast.Attribute | ast.Subscript))
    return any(isinstance(part.ctx, ast.Store) for part in parts)


def _names(node: ast.AST, ctx: type) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ctx)}


def split_up(text: str, rng: random.Random, asked: frozenset[str]) -> str:
    """Parts of expressions in variables of their own, and the ends of functions in functions of their own."""
    trees = _trees(text)
    for tree in trees:
        body: list[ast.stmt] = []
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and len(node.body) >= 3:
                body.append(_tail(node, rng))
            body.append(node)
        tree.body = body
        for node in ast.walk(tree):
            if isinstance(node, FUNCTIONS):
                node.body = list(_with_variables(node.body, rng))
    return _text(trees)


def _tail(function: ast.FunctionDef, rng: random.Random) -> ast.stmt:
    """Move the last statements of a function into a helper that gets all names they read."""
    at = len(function.body) - max(1, len(function.body) // 2)
    rest = function.body[at:]
    local = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    local |= {name for s in function.body[:at] for name in _names(s, ast.Store)}
    passed = sorted(set().union(*(_names(s, ast.Load) for s in rest)) & local)
    arguments = ast.arguments([], [ast.arg(name) for name in passed], None, [], [], None, [])
    name = f"{_word(rng)}_{_word(rng)}"
    helper = ast.FunctionDef(name, arguments, rest, [], None)
    call = ast.Call(ast.Name(name, ast.Load()), [ast.Name(p, ast.Load()) for p in passed], [])
    function.body = [*function.body[:at], ast.Return(call)]
    return helper


def _with_variables(body: Sequence[ast.stmt], rng: random.Random) -> Iterator[ast.stmt]:
    """`return a * f(b)` becomes `t = f(b); return a * t`."""
    for statement in body:
        if isinstance(statement, ast.Return | ast.Assign) and isinstance(statement.value, ast.BinOp):
            part = statement.value.right
            if isinstance(part, ast.BinOp | ast.Call) and rng.random() < 0.7:
                name = f"{_word(rng)}_{_word(rng)}"
                yield ast.Assign([ast.Name(name, ast.Store())], part, lineno=1)
                statement.value.right = ast.Name(name, ast.Load())
        yield statement


def rewritten(text: str, rng: random.Random, asked: frozenset[str]) -> str:
    """Loops, conditions, comparisons, sums, calls and constants written in another way."""
    trees = _trees(text)
    imports = (n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Import))
    modules = {alias.asname or alias.name for n in imports for alias in n.names}
    return _text([_Rewriter(rng, modules).visit(tree) for tree in trees])


TENSOR_METHODS = ("exp", "log", "sum", "mean", "max", "clamp")


class _Rewriter(ast.NodeTransformer):
    def __init__(self, rng: random.Random, modules: set[str]) -> None:
        self.rng, self.modules = rng, modules

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        if node.orelse and self.rng.random() < 0.7:
            node.test, node.body, node.orelse = ast.UnaryOp(ast.Not(), node.test), node.orelse, node.body
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        other = {ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.GtE: ast.LtE, ast.LtE: ast.GtE}.get(type(node.ops[0]))
        if len(node.ops) == 1 and other and self.rng.random() < 0.7:
            return ast.Compare(node.comparators[0], [other()], [node.left])
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.target, ast.Name) and self.rng.random() < 0.7:
            value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
            return ast.Assign([node.target], value, lineno=1)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult | ast.Add) and self.rng.random() < 0.5:
            return ast.BinOp(node.right, node.op, node.left)
        match node:
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=2)) if self.rng.random() < 0.5:
                return ast.BinOp(node.left, ast.Mult(), copy.deepcopy(node.left))
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node.func:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if name in TENSOR_METHODS:
                if module in self.modules and node.args and self.rng.random() < 0.6:
                    return ast.Call(ast.Attribute(node.args[0], name, ast.Load()), node.args[1:], node.keywords)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, float) and self.rng.random() < 0.5:
            return ast.Constant(node.value * self.rng.choice((1.5, 2.0, 0.9)))
        return node

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.stmt]:
        """`for x in range(n)` becomes a `while` loop where nothing continues it early."""
        self.generic_visit(node)
        match node:
            case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=[bound]), orelse=[]):
                if not any(isinstance(inner, ast.Continue) for inner in ast.walk(node)):
                    step = ast.BinOp(ast.Name(name, ast.Load()), ast.Add(), ast.Constant(1))
                    start = ast.Assign([ast.Name(name, ast.Store())], ast.Constant(0), lineno=1)
                    more = ast.Assign([ast.Name(name, ast.Store())], step, lineno=1)
                    test = ast.Compare(ast.Name(name, ast.Load()), [ast.Lt()], [bound])
                    return [start, ast.While(test, [*node.body, more], [])]
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        """A list comprehension becomes a loop that appends."""
        self.generic_visit(node)
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.ListComp(elt=elt, generators=[one])) if not one.ifs:
                add = ast.Call(ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load()), [elt], [])
                empty = ast.Assign([ast.Name(name, ast.Store())], ast.List([], ast.Load()), lineno=1)
                return [empty, ast.For(one.target, one.iter, [ast.Expr(add)], [], lineno=1)]
        return node


def padded(text: str, rng: random.Random, asked: frozenset[str]) -> str:
    """Statements without effect between the others, and prints."""
    trees = _trees(text)
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, FUNCTIONS):
                body: list[ast.stmt] = []
                for statement in node.body:
                    if rng.random() < 0.3:
                        word = _word(rng)
                        unused = f"{word}_ = None\nif {word}_ is not None:\n    {word}_ = 1"
                        more = (f"print('{word}')", f"{word}_ = 0", unused, f"assert True, '{word}'")
                        body += ast.parse(rng.choice(more)).body
                    body.append(statement)
                node.body = body
    return _text(trees)


def merged(text: str, rng: random.Random, asked: frozenset[str]) -> str:
    """Variables that are read once, in the next statement, are replaced by their values."""
    trees = _trees(text)
    for tree in trees:
        for function in (n for n in ast.walk(tree) if isinstance(n, FUNCTIONS)):
            body: list[ast.stmt] = []
            for statement in function.body:
                match body[-1:]:
                    case [ast.Assign(targets=[ast.Name(id=name)], value=value)]:
                        loads = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
                        inside = [n for n in ast.walk(statement) if n in loads]
                        simple = isinstance(statement, ast.Return | ast.Assign | ast.Expr)
                        if len(loads) == 2 and len(inside) == 1 and simple:
                            body[-1] = _Replace(name, value).visit(statement)
                            continue
                body.append(statement)
            function.body = body
    return _text(trees)


class _Replace(ast.NodeTransformer):
    def __init__(self, name: str, value: ast.expr) -> None:
        self.name, self.value = name, value

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.value if node.id == self.name and isinstance(node.ctx, ast.Load) else node


def other_idioms(text: str, rng: random.Random, asked: frozenset[str]) -> str:
    """`a @ b` as a call, powers as calls, differences as sums, quotients as products, `x.T` as `x.t()`."""
    return _text([_Idioms(rng).visit(tree) for tree in _trees(text)])


class _Idioms(ast.NodeTransformer):
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if self.rng.random() < 0.5:
            return node
        match node.op:
            case ast.MatMult():
                return ast.Call(ast.Attribute(node.left, "matmul", ast.Load()), [node.right], [])
            case ast.Pow():
                return ast.Call(ast.Attribute(node.left, "pow", ast.Load()), [node.right], [])
            case ast.Sub():
                return ast.BinOp(node.left, ast.Add(), ast.UnaryOp(ast.USub(), node.right))
            case ast.Div():
                return ast.BinOp(ast.BinOp(ast.Constant(1), ast.Div(), node.right), ast.Mult(), node.left)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if node.attr == "T" and self.rng.random() < 0.5:
            return ast.Call(ast.Attribute(node.value, "t", ast.Load()), [], [])
        return node


Disguise = Callable[[str, random.Random, frozenset[str]], str]


def _after(*steps: Disguise) -> Disguise:
    def disguise(text: str, rng: random.Random, asked: frozenset[str]) -> str:
        for step in steps:
            text = step(text, rng, asked)
        return text

    return disguise


# By name, from the weakest to the strongest; each includes the renaming of everything from the second one on.
DISGUISES: dict[str, Disguise] = {
    "reformatted": reformatted,
    "renamed": _after(reformatted, renamed),
    "reordered": _after(reformatted, renamed, reordered),
    "split": _after(reformatted, renamed, split_up),
    "rewritten": _after(reformatted, renamed, rewritten),
    "padded": _after(reformatted, renamed, padded),
    # These two were written when the comparison was finished, and nothing was changed for them.
    "merged": _after(reformatted, renamed, merged),
    "other idioms": _after(reformatted, renamed, other_idioms),
    "all": _after(reformatted, rewritten, reordered, split_up, padded, renamed),
}


def partial(
    original: str, honest: str, disguise: Disguise, share: float, rng: random.Random, asked: frozenset[str]
) -> str:
    """The honest work, in which disguised functions and classes of the original make up a share of those asked for."""
    taken = {n.name: n for tree in _trees(disguise(original, rng, asked)) for n in tree.body if _asked(n, asked)}
    mine = _trees(honest)
    length = {n.name: len(ast.unparse(n)) for tree in mine for n in tree.body if _asked(n, asked) and n.name in taken}
    names, chosen = sorted(length), set[str]()
    rng.shuffle(names)
    for name in names:
        if sum(length[c] for c in chosen) < share * sum(length.values()):
            chosen.add(name)
    for tree in mine:
        tree.body = [taken[n.name] if _asked(n, asked) and n.name in chosen else n for n in tree.body]
    return _text(mine)


def _asked(node: ast.stmt, asked: frozenset[str]) -> bool:
    return isinstance(node, (*FUNCTIONS, ast.ClassDef)) and node.name in asked


def _word(rng: random.Random) -> str:
    return "".join(rng.choice(SYLLABLES) for _ in range(3))
