"""Names of libraries that a piece of code uses, under the libraries' own dotted names."""

from __future__ import annotations

import ast
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..notebook.definitions import Definition
from ..notebook.effects import FUNCTIONS, IMPORTS, stores, walk
from ..notebook.statements import DEFINITIONS, Statement

TENSOR = "torch.Tensor"
# The keywords of Tensor.backward; a call with any other keyword calls the student's own method.
BACKWARD = frozenset({"gradient", "retain_graph", "create_graph", "inputs"})
# Longer texts are not names of libraries; keeping them would only cost memory.
MAX_NAME_CHARACTERS = 200
# Libraries' names have up to six parts; longer chains of attributes and additions only cost time.
MAX_EXPRESSION_DEPTH = 12
# Methods of one name whose arguments differ. A notebook has one for each of its networks and layers.
MAX_OVERLOADS = 100


@dataclass(frozen=True)
class LibraryUsage:
    """The dotted names with their lines ("torch.Tensor.tanh" for a method of any object), and the names called."""

    names: tuple[tuple[str, int], ...]
    calls: frozenset[str]  # global names and attributes
    scripts: tuple[tuple[str, int], ...] = ()  # texts that TorchScript compiles, whose calls nobody can observe


def library_usage(part: ast.AST, libraries: Libraries) -> LibraryUsage:
    """The use of libraries in one part of a program."""
    return _Reader(libraries).read(part)


def canonical_name(name: str) -> str:
    """The one spelling of a name that torch offers in several: torch.nn.modules.loss.NLLLoss, torch.relu_."""
    parts = name.split(".")
    if parts[:3] == ["torch", "nn", "modules"] and len(parts) > 3:
        parts[2:-1] = []
    if parts[-1].endswith("_") and not parts[-1].endswith("__"):
        parts[-1] = parts[-1].rstrip("_")
    return ".".join(parts)


@dataclass(frozen=True)
class _Taken:
    """The arguments that a method takes after `self`."""

    needed: int
    positional: float
    keywords: frozenset[str | None] | None  # None: any

    @classmethod
    def of(cls, own: ast.arguments) -> _Taken:
        names = [argument.arg for argument in (*own.posonlyargs, *own.args)]
        known = frozenset([None, *names, *(argument.arg for argument in own.kwonlyargs)])
        most = math.inf if own.vararg is not None else len(names)
        return cls(len(names) - len(own.defaults) - 1, most, None if own.kwarg is not None else known)

    def fits(self, positional: int, keywords: frozenset[str | None]) -> bool:
        """Whether a call with these arguments may be meant for the method."""
        enough = self.needed <= positional + len(keywords) and positional <= self.positional
        return enough and (self.keywords is None or keywords <= self.keywords)


ANYTHING = _Taken(0, math.inf, None)  # an attribute that is set


class Libraries:
    """The meanings of a program's global names, and the student's own methods."""

    def __init__(self, statements: Iterable[Statement], definitions: Mapping[str, Definition]) -> None:
        self.definitions = definitions
        self.classes = {name for name, definition in definitions.items() if definition.is_class}
        self._accepted: dict[tuple[str, int, frozenset[str | None]], bool] = {}
        self.names: dict[str, str] = {}
        self.bases: dict[str, tuple[str, ...]] = {}  # `class Adam(Adam)` hides the imported Adam from then on
        self.stars: dict[str, None] = {}  # modules that are imported here too, in the notebook's order
        # The arguments of the student's methods, as an ordered set.
        self.methods: dict[str, dict[_Taken, None]] = {}
        self.learn_methods(definitions)
        for statement in statements:
            self._learn_names(statement)
            self._learn_attributes(statement.node)

    def learn_methods(self, definitions: Mapping[str, Definition]) -> None:
        """Know the student's own methods, also those of the classes of another module."""
        for name, definition in definitions.items():
            if "." in name and isinstance(definition.node, FUNCTIONS):
                self._learn_method(name.split(".")[1], _Taken.of(definition.node.args))

    def learn_from(self, other: Libraries, original: str, name: str) -> None:
        """Give a name that comes from another module the library's name that it has there."""
        meaning = other.name(original) if original else None
        if meaning:
            self.names[name] = meaning

    def name(self, name: str) -> str | None:
        """The dotted name for a global name; None when the name is the student's own or unknown."""
        if name in self.names or name in self.definitions:
            return self.names.get(name)
        for star in reversed(self.stars):
            if name in vars(sys.modules[star]):
                return f"{star}.{name}"
        return None

    def origins(self, name: str) -> tuple[str, ...]:
        """The dotted names of what a global name stands for, or of the bases of a class with that name."""
        meaning = self.name(name)
        return (meaning,) if meaning else self.bases.get(name, ())

    def accepts(self, method: str, positional: int, keywords: frozenset[str | None]) -> bool:
        """Whether a call with these arguments fits one of the student's own methods; each form is tried once."""
        form = (canonical_name(method), positional, keywords)
        if form not in self._accepted:
            own = self.methods.get(form[0], ())
            self._accepted[form] = any(taken.fits(positional, keywords) for taken in own)
        return self._accepted[form]

    def _learn_names(self, statement: Statement) -> None:
        node = statement.node
        blocks = (ast.Try, ast.If, ast.With)
        for inner in walk(node) if isinstance(node, blocks) else (node,):
            if isinstance(inner, IMPORTS):
                for star in stars(inner):
                    self.stars.pop(star, None)
                    self.stars[star] = None
                self.names |= dict(_imported(inner))
            elif isinstance(inner, (ast.Assign, *DEFINITIONS)):
                meaning = _Reader(self).dotted(inner.value) if isinstance(inner, ast.Assign) else None
                if isinstance(inner, ast.ClassDef):
                    self.bases[inner.name] = tuple(filter(None, map(_Reader(self).dotted, inner.bases)))
                for name in stores(inner):
                    if meaning:
                        self.names[name] = meaning
                    else:
                        self.names.pop(name, None)  # from here on the name is the student's own

    def _learn_attributes(self, node: ast.AST) -> None:
        for inner in walk(node):
            if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
                self._learn_method(inner.attr, ANYTHING)

    def _learn_method(self, name: str, taken: _Taken) -> None:
        known = self.methods.setdefault(canonical_name(name), {})
        if len(known) < MAX_OVERLOADS:
            known[taken] = None


class _Reader:
    """The reader of one part: it finds the dotted names that the part's expressions mean."""

    def __init__(self, libraries: Libraries) -> None:
        self.libraries = libraries
        self.local: dict[str, str | None] = {}  # None: a local value, unknown

    def read(self, part: ast.AST) -> LibraryUsage:
        nodes = walk(part)
        self._learn_locals(nodes)
        names: list[tuple[str, int]] = []
        calls: set[str] = set()
        scripts: list[tuple[str, int]] = []
        inner = _types(nodes)  # later also parts of found names: `torch.nn` in `torch.nn.ReLU` is not a separate use
        for node in nodes:  # from the outside in
            if isinstance(node, ast.Call):
                method = self._tensor_method(node)
                if method:
                    names.append((f"{TENSOR}.{method}", node.func.end_lineno or node.lineno))
                if (self.dotted(node.func) or "").startswith("torch.jit."):
                    scripts += [(a.value, node.lineno) for a in walk(node)
                                if isinstance(a, ast.Constant) and isinstance(a.value, str)]  # fmt: skip
            elif isinstance(node, ast.Attribute):
                calls.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, complex):
                names.append(("builtins.complex", node.lineno))  # 1j: a derivative by a complex step has one
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                calls.update({node.id} - self.local.keys())
            elif not isinstance(node, ast.Subscript):
                continue
            dotted = None if node in inner else self.dotted(node)
            if dotted:
                names.append((dotted, node.end_lineno or node.lineno))
                inner.update(walk(node))
        for node in nodes:
            if isinstance(node, FUNCTIONS) and any(self.dotted(d) == "torch.jit.script" for d in node.decorator_list):
                scripts += [(ast.unparse(statement), statement.lineno) for statement in node.body]
        return LibraryUsage(tuple(names), frozenset(calls), tuple(scripts))

    def dotted(self, node: ast.AST, depth: int = 0) -> str | None:
        """The dotted name: `torch.relu` for `T.relu`, `getattr(T, "re" + "lu")`, `T.__dict__["relu"]` if T is torch."""
        if depth > MAX_EXPRESSION_DEPTH:
            return None
        match node:
            case ast.Name(id=name):
                known = self.local[name] if name in self.local else self.libraries.name(name)
                own = name in self.local or name in self.libraries.definitions
                return known or ("builtins.complex" if name == "complex" and not own else None)
            case ast.Attribute(value=value, attr=attr):
                return self._below(value, attr, depth)
            case ast.Call(func=ast.Name(id="getattr"), args=[value, key, *_]):
                return self._below(value, constant(key), depth)
            case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"), args=[key, *_]):
                return constant(key)
            case ast.Call(func=ast.Name() as name, args=[key, *_]) if self.dotted(name) == "importlib.import_module":
                return constant(key)
            case ast.Subscript(value=ast.Attribute(attr="modules") as table, slice=key) if (
                self.dotted(table, depth + 1) == "sys.modules"
            ):
                return constant(key)
            case ast.Subscript(value=ast.Attribute(value=value, attr="__dict__"), slice=key):
                return self._below(value, constant(key), depth)
            case ast.Subscript(value=ast.Call(func=ast.Name(id="vars"), args=[value]), slice=key):
                return self._below(value, constant(key), depth)
            case _:
                return None

    def _below(self, value: ast.AST, attr: str | None, depth: int) -> str | None:
        base = self.dotted(value, depth + 1)
        return f"{base}.{attr}" if base and attr else None

    def _learn_locals(self, nodes: list[ast.AST]) -> None:
        """Learn local names: parameters hide global names; imports and `s = torch.softmax` give a name its meaning."""
        for node in nodes:
            if isinstance(node, ast.arg):
                self.local[node.arg] = None
            elif isinstance(node, FUNCTIONS):
                for statement in node.body:
                    self.local |= dict.fromkeys(stores(statement))
        for node in nodes:
            if isinstance(node, IMPORTS):
                self.local |= dict(_imported(node))
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                meaning = self.dotted(node.value)
                if meaning:
                    self.local[node.targets[0].id] = meaning

    def _tensor_method(self, call: ast.Call) -> str | None:
        """The tensor method that a call may mean, unless the call fits one of the student's own methods."""
        match call.func:
            case ast.Attribute(value=receiver, attr=method):
                pass
            case ast.Call(func=ast.Name(id="getattr"), args=[receiver, key, *_]):
                method = constant(key) or ""
            case _:
                return None
        keywords = {keyword.arg for keyword in call.keywords}
        if method == "backward" and (len(call.args) > 1 or not keywords <= BACKWARD):
            return None
        if self._is_namespace(receiver) or self.libraries.accepts(method, len(call.args), frozenset(keywords)):
            return None
        return method or None

    def _is_namespace(self, receiver: ast.AST) -> bool:
        """Whether the receiver cannot be a tensor, as in np.tanh, Activations.relu, super().backward."""
        match receiver:
            case ast.Call(func=ast.Name(id="super")):
                return True
            case ast.Name(id=name) if name not in self.local and name in self.libraries.classes:
                return True
            case _:
                return self.dotted(receiver) is not None


def _types(nodes: Iterable[ast.AST]) -> set[ast.AST]:
    """The nodes of annotations and of isinstance's second argument: types that are named but not called."""
    found: set[ast.AST] = set()
    for node in nodes:
        match node:
            case ast.arg(annotation=ast.expr() as named) | ast.AnnAssign(annotation=named):
                pass
            case ast.FunctionDef(returns=ast.expr() as named) | ast.AsyncFunctionDef(returns=ast.expr() as named):
                pass
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, named]):
                pass
            case _:
                continue
        parts = walk(named)
        if not any(isinstance(part, ast.Call) for part in parts):
            found.update(parts)
    return found


def constant(node: ast.AST, depth: int = 0) -> str | None:
    """The text of a constant expression: literals, `+` between them, f-strings of literals."""
    if depth > MAX_EXPRESSION_DEPTH:
        return None
    match node:
        case ast.Constant(value=str(text)):
            return text if len(text) <= MAX_NAME_CHARACTERS else None
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [constant(left, depth + 1), constant(right, depth + 1)]
        case ast.JoinedStr(values=values):
            parts = [constant(value, depth + 1) for value in values]
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            parts = [constant(value, depth + 1)]
        case _:
            return None
    known = [part for part in parts if part is not None]
    text = "".join(known)
    return text if len(known) == len(parts) and len(text) <= MAX_NAME_CHARACTERS else None


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    module = getattr(node, "module", None) or ""
    for alias in node.names:
        if len(module) + len(alias.name) > MAX_NAME_CHARACTERS:
            continue  # no library has such a name
        if isinstance(node, ast.ImportFrom):
            yield alias.asname or alias.name, f"{module}.{alias.name}"
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            top = alias.name.split(".")[0]
            yield top, top


def stars(node: ast.AST) -> list[str]:
    """The modules of star imports: ["torch"] for `from torch import *`."""
    match node:
        case ast.ImportFrom(module=str(module), names=[ast.alias(name="*")]) if module in sys.modules:
            return [module]
        case _:
            return []
