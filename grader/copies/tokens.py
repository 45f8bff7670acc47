"""Turn syntax trees into tokens that renaming, reformatting and rewriting of single expressions do not change."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain

BUILTINS = frozenset(dir(builtins)) - {"print"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.comprehension)
SEQUENCES = (ast.ListComp, ast.SetComp, ast.GeneratorExp)
# Nodes that say nothing about how an answer works.
SILENT = (ast.Pass, ast.Import, ast.ImportFrom, ast.Assert, ast.Delete, ast.Global, ast.Nonlocal, ast.expr_context)
# `b > a` is read as `a < b`.
MIRRORED: dict[type[ast.cmpop], str] = {ast.Gt: "Lt", ast.GtE: "LtE"}
COMMUTES = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)


@dataclass(frozen=True, slots=True)
class Token:
    """What a node does, without the student's names and numbers; and its line."""

    word: str
    line: int


def tokens(trees: Sequence[ast.stmt], asked: Set[str]) -> list[list[Token]]:
    """The tokens of each top-level statement of a submission; of a statement that is nested too deeply, none.

    `asked` are names that all students write, so they are kept; so are the names of builtins and libraries.
    """
    reader = _Reader(trees, asked)
    found = []
    for tree in trees:
        try:
            found.append(list(reader.read(tree)))
        except RecursionError:
            found.append([])
    return found


class _Reader:
    def __init__(self, trees: Sequence[ast.stmt], asked: Set[str]) -> None:
        self.asked = asked
        self.modules: set[str] = set()
        self.taken: dict[str, str] = {}  # name -> its name in the library
        self.own: set[str] = set()  # attributes and methods that the student has named
        self.selves: set[str] = set()
        for node in chain.from_iterable(map(ast.walk, trees)):
            if isinstance(node, ast.Import):
                self.modules |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                self.taken |= {alias.asname or alias.name: alias.name for alias in node.names}
            elif isinstance(node, ast.ClassDef):
                methods = [inner for inner in node.body if isinstance(inner, FUNCTIONS)]
                self.own |= {method.name for method in methods}
                self.selves |= {method.args.args[0].arg for method in methods if method.args.args}
        for node in chain.from_iterable(map(ast.walk, trees)):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and self._is_self(node.value):
                self.own.add(node.attr)
        self.own -= asked

    def _is_self(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id in self.selves

    def read(self, node: ast.AST) -> Iterator[Token]:
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Expr(value=ast.Constant() | ast.Call(func=ast.Name(id="print"))):
                return
            case ast.Name(id=name):
                yield Token(self._name(name), line)
            case ast.Constant(value=value):
                yield Token(repr(value) if value is None or isinstance(value, bool) else "C", line)
            case ast.Attribute(value=value, attr=attr):
                yield Token(self._attribute(attr), line)
                yield from self._receiver(value)
            case ast.Call():
                yield from self._call(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield Token(f"def {node.name}" if node.name in self.asked else "def", line)
                yield from self._all([*node.decorator_list, *getattr(node, "bases", ()), *node.body])
            case ast.Lambda(body=body):
                yield Token("def", line)
                yield from self.read(body)
            case ast.AugAssign(target=target, op=op, value=value):
                # `a += b` is read as `a = a + b`.
                changed = ast.copy_location(ast.BinOp(target, op, value), node)
                yield from self._assign(line, [target], changed)
            case ast.Assign(targets=targets, value=value):
                yield from self._assign(line, targets, value)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    yield from self._assign(line, [target], value)
            case ast.BinOp(left=left, op=op, right=right):
                yield Token(type(op).__name__, line)
                sides = [list(self.read(left)), list(self.read(right))]
                if isinstance(op, COMMUTES):
                    sides.sort(key=lambda side: [token.word for token in side])
                yield from chain.from_iterable(sides)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                mirrored = MIRRORED.get(type(op))
                yield Token(mirrored or type(op).__name__, line)
                yield from self._all([right, left] if mirrored else [left, right])
            case ast.If(test=test, body=body, orelse=other) | ast.IfExp(test=test, body=body, orelse=other):
                parts = [body, other]
                if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
                    test, parts = test.operand, [other, body]
                yield Token("If", line)
                yield from self.read(test)
                for part in parts:
                    yield from self._all(part if isinstance(part, list) else [part])
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                yield from self._all(parts)
            case ast.keyword(value=value) | ast.Starred(value=value) | ast.FormattedValue(value=value):
                yield from self.read(value)
            case _ if not isinstance(node, SILENT):
                yield from self._other(node, line)

    def _other(self, node: ast.AST, line: int) -> Iterator[Token]:
        word = "loop" if isinstance(node, LOOPS) else "seq" if isinstance(node, SEQUENCES) else type(node).__name__
        yield Token(word, line or getattr(getattr(node, "target", None), "lineno", 0))
        yield from self._all(ast.iter_child_nodes(node))

    def _all(self, nodes: Iterable[ast.AST]) -> Iterator[Token]:
        for node in nodes:
            yield from self.read(node)

    def _assign(self, line: int, targets: Sequence[ast.expr], value: ast.expr) -> Iterator[Token]:
        yield Token("=", line)
        yield from self._all(targets)
        yield from self.read(value)

    def _call(self, node: ast.Call) -> Iterator[Token]:
        """`x.exp()`, `torch.exp(x)` and `exp(x)` are read alike."""
        match node.func:
            case ast.Attribute(value=value, attr=attr):
                yield Token(f"{self._attribute(attr)}()", node.lineno)
                yield from self._receiver(value)
            case ast.Name(id=name):
                yield Token(f"{self._name(name)}()", node.lineno)
            case other:
                yield Token("()", node.lineno)
                yield from self.read(other)
        yield from self._all([*node.args, *node.keywords])

    def _receiver(self, node: ast.expr) -> Iterator[Token]:
        inner = node
        while isinstance(inner, ast.Attribute):
            inner = inner.value
        if not (isinstance(inner, ast.Name) and inner.id in self.modules) and not self._is_self(node):
            yield from self.read(node)

    def _name(self, name: str) -> str:
        if name in self.asked or name in BUILTINS:
            return name
        return self.taken.get(name, "V")

    def _attribute(self, name: str) -> str:
        return "V" if name in self.own else name
