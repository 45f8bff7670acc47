"""The statements of a test with everything that it says through `d` replaced: by the case's values, or by a draw."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from ..assignment.cases import Case

LITERAL_ENTRIES = 24
DIGITS = 4
# The code that takes the place of a draw, from its arguments.
RECIPES = {
    "normal": "torch.randn({shape})",
    "uniform": "torch.rand({shape})",
    "away_from_zero": "(lambda t: t + 0.1 * t.sign())(1.5 * torch.randn({shape}))",
    "probabilities": "torch.randn({shape}).softmax(1)",
    "classes": "torch.randint({1}, ({0},))",
    "integers": "torch.randint({low}, {high}, ({shape},))",
    "permutation": "torch.randperm({0})",
    "one_hot": "torch.eye({1})[torch.randint({1}, ({0},))]",
}
# Methods of `d` that become another expression of their arguments.
PLAIN = {
    "real": "torch.as_tensor({0})",
    "fill": "{0}",
    "parameters": "torch.cat([p.detach().reshape(-1) for p in {0}.parameters()])",
    "gradients": "[(name, p.grad) for name, p in {0}.named_parameters()]",
    "watch": "watch({0}, {1})",
    "tensor": "torch.as_tensor({0})",
    "unchanged": "{0}",
    "folder": "tempfile.mkdtemp()",
    "file": "{0}",
    "seed": "torch.manual_seed(0)",
}


class Writer(ast.NodeTransformer):
    """Replaces everything that a test says through `d`."""

    def __init__(
        self,
        case: Case,
        drawn: Mapping[str, torch.Tensor],
        given: Mapping[str, Any],
        answer: Sequence[str],
        outputs: Sequence[str],
        language: str,
    ) -> None:
        self._case = case
        self._drawn = drawn
        self._given = given
        self._answer = answer
        self._outputs = outputs
        self._language = language
        self.random = False
        self.double = False  # draws are float64
        self.with_d: set[str] = set()
        self._moves: set[str] = set()  # names that `d.moves` and `d.uses` fill; only a recorder can
        self._returns = True
        self.printing: set[str] = set()  # helpers that print their evidence
        self._prints = True

    def body(self, statements: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The statements of the test."""
        made: list[ast.stmt] = []
        for statement in statements:
            found = self.visit(copy.deepcopy(statement))
            made += found if isinstance(found, list) else [found]
        return made

    def helper(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """A helper that takes `d`; it goes on returning what it returns."""
        self._returns, self._prints = False, node.name in self.printing
        try:
            node.body = self.body(node.body)
        finally:
            self._returns = self._prints = True
        return node

    # Evidence is printed

    def visit_Expr(self, node: ast.Expr) -> Any:
        if isinstance(node.value, (ast.Yield, ast.YieldFrom)) and not self._prints:
            return self.generic_visit(node)
        match node.value:
            case ast.YieldFrom(value=ast.Call(func=ast.Name(id=name)) as call) if name in self.printing:
                return ast.Expr(self.visit(call))
            case ast.Yield(value=ast.Tuple(elts=[name, value])):
                if used_names([value]) & self._moves:
                    return []
                return [self._print(self._name(name), self.visit(value))]
            case ast.YieldFrom(value=ast.Call(func=ast.Attribute(value=ast.Name(id="d"), attr="snippet")) as call):
                return self._snippet(call)
            case ast.YieldFrom(
                value=ast.GeneratorExp(
                    generators=[
                        ast.comprehension(
                            iter=ast.Call(func=ast.Attribute(value=ast.Name(id="d"), attr="snippet")) as call
                        )
                    ]
                )
            ):
                return self._snippet(call)
            case ast.YieldFrom(value=pairs):
                return ast.parse(f"for pair in {ast.unparse(self.visit(pairs))}:\n    print(*pair)").body
        if _asks(node.value, "fill"):
            made = self.visit(node.value)
            return [] if isinstance(made, ast.Name) else ast.Expr(made)  # `net` alone does nothing
        return self.generic_visit(node)

    def visit_Try(self, node: ast.Try) -> Any:
        """A look at the arguments that ends the test with `d.missing`: without it, the call below it fails."""
        bodies = [handler.body for handler in node.handlers]
        if not all(len(body) == 1 and isinstance(body[0], ast.Expr) and _asks(body[0].value, "missing")
                   for body in bodies):  # fmt: skip
            return self.generic_visit(node)
        return self.body([statement for statement in node.body if not _is_look(statement)])

    def visit_Return(self, node: ast.Return) -> Any:
        if not self._returns or node.value is None:
            return self.generic_visit(node) if node.value is not None else ast.Pass()
        if isinstance(node.value, ast.Dict) and all(key is not None for key in node.value.keys):
            pairs = zip(node.value.keys, node.value.values, strict=True)
            return [self._print(self._name(key), self.visit(value)) for key, value in pairs if key is not None]
        return [self._print(self.visit(node.value))]

    def visit_With(self, node: ast.With) -> Any:
        if not all(_asks(item.context_expr, "moves") or _asks(item.context_expr, "uses") for item in node.items):
            return self.generic_visit(node)
        self._moves |= used_names([item.optional_vars for item in node.items if item.optional_vars])
        return self.body(node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        before, self._returns = self._returns, False
        try:
            return self.generic_visit(node)
        finally:
            self._returns = before

    def _print(self, *values: ast.expr) -> ast.stmt:
        return ast.Expr(ast.Call(ast.Name("print", ast.Load()), list(values), []))

    def _name(self, node: ast.expr) -> ast.expr:
        """A name of evidence in the language of the page."""
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        bar = next((k for k, p in enumerate(parts) if isinstance(p, ast.Constant) and "|" in str(p.value)), None)
        if bar is None:
            return self.visit(node)  # type: ignore[no-any-return]
        es, _, en = str(parts[bar].value).partition("|")  # type: ignore[attr-defined]
        spanish = self._language == "es"
        half = [*parts[:bar], ast.Constant(es.rstrip())] if spanish else [ast.Constant(en.lstrip()), *parts[bar + 1 :]]
        return self.visit(half[0] if len(half) == 1 else ast.JoinedStr(half))  # type: ignore[no-any-return]

    def _snippet(self, call: ast.Call) -> list[ast.stmt]:
        """The inputs, the student's lines and the outputs that the test returns for the solution."""
        made = []
        for keyword in call.keywords:
            value = self.visit(keyword.value)
            if keyword.arg is not None:
                made += ast.parse(f"{keyword.arg} = {ast.unparse(value)}").body
            else:
                made += ast.parse(f"globals().update({ast.unparse(value)})").body
        for line in self._answer:
            made += ast.parse(line).body
        return made + [self._print(ast.Constant(name), ast.Name(name, ast.Load())) for name in self._outputs]

    # Values of the case

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        if isinstance(node.value, ast.Name) and node.value.id == "d":
            if node.attr in self._case.sizes:
                return ast.parse(repr(self._case.sizes[node.attr]), mode="eval").body
            if node.attr == "given":
                items = ", ".join(f"{name!r}: {self._literal(value)}" for name, value in self._given.items())
                return ast.parse("{" + items + "}", mode="eval").body
        return self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        match node:
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id="d"), attr="given"), slice=ast.Constant(value=str(name))
            ) if name in self._given:
                return ast.parse(self._literal(self._given[name]), mode="eval").body
        return self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        known = _constant(self.visit(copy.deepcopy(node.test)))
        return self.generic_visit(node) if known is None else self.visit(node.body if known else node.orelse)

    def visit_If(self, node: ast.If) -> Any:
        known = _constant(self.visit(copy.deepcopy(node.test)))
        return self.generic_visit(node) if known is None else self.body(node.body if known else node.orelse)

    def visit_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Name) and node.func.id in self.with_d:
            node.args = node.args[1:]
            return self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "list" and len(node.args) == 1:
            made = self.visit(node.args[0])
            if isinstance(made, ast.Tuple):
                return ast.List(made.elts, ast.Load())
            return ast.Call(node.func, [made], [])
        match node.func:
            case ast.Attribute(value=ast.Name(id="d"), attr=str(method)):
                return self._method(method, node)
            case ast.Attribute(value=ast.Name(id=call), attr="bound"):  # of a call that `d.watch` kept
                return ast.parse(f"dict(zip({[ast.literal_eval(a) for a in node.args]}, {call}))", mode="eval").body
            case ast.Attribute(value=ast.Attribute(value=ast.Name(id="d"), attr="numpy"), attr=str(method)):
                made = self._method(method, node)
                return ast.parse(f"{ast.unparse(made)}.numpy()", mode="eval").body
        return self.generic_visit(node)

    def _method(self, method: str, node: ast.Call) -> ast.expr:
        if method in self._case.sizes:  # d.f(x), where f is a size
            return self.generic_visit(node)  # type: ignore[return-value]
        args = [part for a in node.args for part in _unpacked(self.visit(a))]
        named = {k.arg: ast.unparse(self.visit(k.value)) for k in node.keywords if k.arg}
        shown = [ast.unparse(a) for a in args]
        text = self._text(method, args, shown, named)
        return ast.parse(text, mode="eval").body

    def _text(self, method: str, args: Sequence[ast.expr], shown: Sequence[str], named: Mapping[str, str]) -> str:
        if method in RECIPES:
            return self._draw(method, args, shown, named)
        if method in PLAIN:
            if method == "fill":
                self.random = True
            return PLAIN[method].format(*shown)
        match method:
            case "name" | "own":
                default = f", {shown[1]}" if shown[1:] else ""
                plain = _is_name(args[0]) and not default
                return str(args[0].value) if plain else f"globals().get({shown[0]}{default})"  # type: ignore[attr-defined]
            case "names":
                literal = args[0].value if isinstance(args[0], ast.Constant) else None
                if isinstance(literal, str):
                    return f"[{', '.join(literal.split())}]"
                return f"[globals()[name] for name in {shown[0]}.split()]"
            case "until":
                self.random = True
                shapes = ", ".join(shown[2:])
                return f"({shown[0]})(*(torch.randn(*shape) for shape in ({shapes},)))"
            case "missing":
                return str(args[0].value) if _is_name(args[0]) else f"globals()[{shown[0]}]"  # type: ignore[attr-defined]
            case "replay" | "raised":
                keywords = [f"{key}={value}" for key, value in named.items()]
                return f"{shown[0]}({', '.join([*shown[1:], *keywords])})"
            case "snippet":
                return "[]"
        return f"d.{method}({', '.join(shown)})"

    def _draw(self, method: str, args: Sequence[ast.expr], shown: Sequence[str], named: Mapping[str, str]) -> str:
        tensor = self._drawn_once(method, shown, named)
        if tensor is not None:
            return self._literal(tensor)
        self.random = True
        filled = {"low": named.get("low", "0"), "high": named.get("high", "10")}
        recipe = RECIPES[method].format(*shown, shape=", ".join(shown), **filled)
        if self.double and method not in ("classes", "integers", "permutation"):
            recipe = f"{recipe}.double()"
        return f"{named['scale']} * {recipe}" if method == "normal" and "scale" in named else recipe

    def _drawn_once(self, method: str, shown: Sequence[str], named: Mapping[str, str]) -> torch.Tensor | None:
        """The tensor of this draw if it is short and no other draw has its kind."""
        try:
            numbers = ast.literal_eval(f"({', '.join(shown)},)") if shown else ()
            sizes = tuple(x for n in numbers for x in (n if isinstance(n, tuple) else (n,)))
        except (ValueError, SyntaxError):
            return None
        kind = {"one_hot": "one-hot", "away_from_zero": "away from zero"}.get(method, method)
        words = (
            str(sizes) if method in ("normal", "uniform", "away_from_zero", "integers") else " ".join(map(str, sizes))
        )
        own = [key for key in self._drawn if key.startswith(f"{kind} {words}")]
        tensor = self._drawn[own[0]] if len(own) == 1 and own[0].endswith("#1") else None
        return tensor if tensor is not None and tensor.numel() <= LITERAL_ENTRIES else None

    def _literal(self, value: Any) -> str:
        if not isinstance(value, torch.Tensor):
            return repr(value)
        if value.numel() > LITERAL_ENTRIES:
            self.random = True
            shape = ", ".join(map(str, value.shape))
            if not value.is_floating_point():
                return f"torch.randint({int(value.max()) + 1}, ({shape},))"
            return f"torch.randn({shape})"
        dtype = ", dtype=torch.float64" if self.double and value.is_floating_point() else ""
        return f"torch.tensor({_rounded(value.tolist())}{dtype})"


def used_names(nodes: Sequence[ast.AST]) -> set[str]:
    """The names in the statements, read or bound."""
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


def _constant(node: ast.expr) -> bool | None:
    """Whether a condition holds; None if that is not known before the notebook runs."""
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Compare(left=ast.Constant(value=a), ops=[ast.Eq()], comparators=[ast.Constant(value=b)]):
            return bool(a == b)
    return None


def _asks(node: ast.expr, method: str) -> bool:
    """Whether this is `d.method(...)`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="d"), attr=found)):
            return found == method
    return False


def _is_look(node: ast.stmt) -> bool:
    """Whether this is `inspect.signature(...).bind(...)`."""
    match node:
        case ast.Expr(ast.Call(func=ast.Attribute(attr="bind"))):
            return True
    return False


def _unpacked(node: ast.expr) -> list[ast.expr]:
    """The entries of `*(4, 3)`; any other argument as it is."""
    return node.value.elts if isinstance(node, ast.Starred) and isinstance(node.value, ast.Tuple) else [node]


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).isidentifier()


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return round(value, DIGITS) if isinstance(value, float) else value
