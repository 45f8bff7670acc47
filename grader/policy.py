"""Find what a question forbids in the code that answers it, by its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .effects import FUNCTIONS, stores
from .notebook import Notebook
from .program import Program
from .spec import Question
from .statements import DEFINITIONS, Statement

# Switches that compute no gradient, and a wrapper that has done nothing for years.
HARMLESS = frozenset({"Variable", "detect_anomaly", "enable_grad", "inference_mode", "no_grad",
                      "set_detect_anomaly", "set_grad_enabled"})  # fmt: skip
TENSOR = "torch.Tensor."
# What Tensor.backward takes; a call with anything else is a call of the student's own method.
BACKWARD = frozenset({"gradient", "retain_graph", "create_graph", "inputs"})
# Longer constants are no names; folding them would only cost memory.
MAX_NAME = 200


@dataclass(frozen=True)
class Use:
    """A forbidden name, and the line that uses it."""

    name: str  # as the assignment's table writes it
    cell: int
    line: int
    source: str


@dataclass(frozen=True)
class _Part:
    """A piece of the program that answers a question; `owner` is the class it stands in."""

    node: ast.AST
    cell: int
    owner: str = ""


def find_forbidden(program: Program, notebook: Notebook, question: Question) -> tuple[Use, ...]:
    """The uses of what `question` forbids, in its answer and in what that calls.

    What answers another question is left to that question.
    """
    if not question.forbidden:
        return ()
    forbidden = _Forbidden.of(question.forbidden)
    reach = _Reach(program, question)
    names = _imports(program.statements)
    own = _own_methods(program.statements)
    found: dict[tuple[str, int, int], Use] = {}
    for part in reach.parts():
        for name, line in _Reader(names, own, forbidden, program).uses(part.node):
            source = notebook.cells[part.cell - 1].python.split("\n")[line - 1].strip()
            found.setdefault((name, part.cell, line), Use(name, part.cell, line, source))
    return tuple(sorted(found.values(), key=lambda use: (use.cell, use.line, use.name)))


# Which code answers a question ----------------------------------------------------------------------------------


class _Reach:
    """The parts of a program that answer a question, followed by name."""

    def __init__(self, program: Program, question: Question) -> None:
        self.program = program
        self.question = question
        self.seen: set[str] = set()
        self.methods: dict[str, list[str]] = {}  # method -> "Class.method" of every class that has one
        for name in program.definitions:
            if "." in name:
                self.methods.setdefault(name.split(".")[1], []).append(name)

    def parts(self) -> Iterator[_Part]:
        # A question that names a method is answered by it, also when it names the class beside it.
        specific = {name.split(".")[0] for name in self.question.names if "." in name}
        pending: list[_Part] = []
        for name in self.question.names:
            if name not in specific:
                pending += self._named(name)
        for key in self.question.snippets:
            snippet = self.program.snippets.get(key)
            slices = snippet.outputs.values() if snippet else ()
            pending += {(s.cell, s.line): _Part(s.node, s.cell) for part in slices for s in part}.values()
            for name in snippet.needs if snippet else ():
                pending += self._followed(name)
        while pending:
            part = pending.pop()
            yield part
            for node in ast.walk(part.node):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    pending += self._followed(node.id)
                elif isinstance(node, ast.Attribute):
                    for method in self.methods.get(node.attr, ()):
                        pending += self._followed(method)

    def _followed(self, name: str) -> list[_Part]:
        return [] if self._answers_another(name) else self._named(name)

    def _answers_another(self, name: str) -> bool:
        asked, own = self.program.asked, self.question.names
        if name in own or name in asked:
            return name not in own
        owner, _, method = name.partition(".")
        if not method or owner not in asked:
            return False
        if not any(other.startswith(f"{owner}.") for other in asked):
            return owner not in own
        # The class is shared by questions that name its methods: the class as such answers with its construction
        # and its forward pass, any other method belongs to who calls it.
        mine = owner in own and not any(other.startswith(f"{owner}.") for other in own)
        return not mine and (method == "forward" or method.startswith("__"))

    def _named(self, name: str) -> list[_Part]:
        if name in self.seen or name not in self.program.definitions:
            return []
        self.seen.add(name)
        definition = self.program.definitions[name]
        if isinstance(definition.node, ast.ClassDef):
            body = [node for node in definition.node.body if not isinstance(node, FUNCTIONS)]
            level = [*definition.node.decorator_list, *definition.node.bases, *body]
            parts = [_Part(node, definition.cell, name) for node in level]
            for method in [other for other in self.program.definitions if other.startswith(f"{name}.")]:
                shared = any(other.startswith(f"{name}.") for other in self.program.asked)
                if not self._answers_another(method) and not (shared and not _is_class_itself(method)):
                    parts += self._named(method)
            return parts
        if definition.is_function or "." in name:
            return [_Part(definition.node, definition.cell, name.partition(".")[0] if "." in name else "")]
        return [
            _Part(statement.node, statement.cell)
            for statement in self.program.statements
            if name in statement.names and not isinstance(statement.node, (ast.Import, ast.ImportFrom))
        ]


def _is_class_itself(method: str) -> bool:
    short = method.split(".")[1]
    return short == "forward" or short.startswith("__")


# What a piece of code uses --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Forbidden:
    names: frozenset[str]
    below: tuple[str, ...]  # "torch.autograd." forbids everything below
    methods: frozenset[str]

    @classmethod
    def of(cls, entries: Iterable[str]) -> _Forbidden:
        entries = [_canonical(entry) for entry in entries]
        exact = frozenset(entry for entry in entries if not entry.endswith(".*"))
        below = tuple(entry.removesuffix("*") for entry in entries if entry.endswith(".*"))
        methods = frozenset(entry.removeprefix(TENSOR) for entry in exact if entry.startswith(TENSOR))
        return cls(exact, below, methods)

    def entry(self, name: str) -> str | None:
        """The dotted name as it is forbidden, or None."""
        name = _canonical(name)
        last = name.rpartition(".")[2]
        if last in HARMLESS:
            return None
        return name if name in self.names or name.startswith(self.below) else None


def _canonical(name: str) -> str:
    """One spelling for what torch offers under several: torch.nn.modules.loss.NLLLoss, torch.relu_."""
    parts = name.split(".")
    if parts[:3] == ["torch", "nn", "modules"] and len(parts) > 3:
        parts[2:-1] = []
    if parts[-1].endswith("_") and not parts[-1].endswith("__"):
        parts[-1] = parts[-1].rstrip("_")
    return ".".join(parts)


@dataclass
class _Reader:
    """Reads one part: which dotted names its expressions stand for."""

    names: Mapping[str, str]  # global name -> dotted name of what it was imported or assigned from
    own: Mapping[str, Sequence[ast.arguments | None]]  # the student's methods and attributes of this name
    forbidden: _Forbidden
    program: Program
    local: dict[str, str | None] = field(default_factory=dict)  # None: a local value, unknown

    def uses(self, part: ast.AST) -> Iterator[tuple[str, int]]:
        """Forbidden names in `part` with their lines."""
        self._bind_locals(part)
        inner: set[ast.AST] = set()  # the `torch.nn` in `torch.nn.ReLU` is no use of its own
        pending = [part]
        while pending:
            node = pending.pop()
            pending += ast.iter_child_nodes(node)
            if isinstance(node, ast.Call):
                method = self._tensor_method(node)
                if method:
                    yield TENSOR + method, node.func.end_lineno or node.lineno
            if node in inner or not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)):
                continue
            if isinstance(node, (ast.Name, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
                continue
            name = self.dotted(node)
            entry = self.forbidden.entry(name) if name else None
            if entry:
                yield entry, node.end_lineno or node.lineno
                inner |= set(ast.walk(node))

    def dotted(self, node: ast.AST) -> str | None:
        """`torch.nn.functional.relu` for `F.relu`, `getattr(F, "re" + "lu")`, `F.__dict__["relu"]`; else None."""
        match node:
            case ast.Name(id=name):
                return self.local[name] if name in self.local else self._global(name)
            case ast.Attribute(value=value, attr=attr):
                return self._below(value, attr)
            case ast.Call(func=ast.Name(id="getattr"), args=[value, attr, *_]):
                return self._below(value, _constant(attr))
            case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module"), args=[name, *_]):
                return _constant(name)
            case ast.Subscript(value=ast.Attribute(value=value, attr="__dict__"), slice=key):
                return self._below(value, _constant(key))
            case ast.Subscript(value=ast.Call(func=ast.Name(id="vars"), args=[value]), slice=key):
                return self._below(value, _constant(key))
            case _:
                return None

    def _below(self, value: ast.AST, attr: str | None) -> str | None:
        base = self.dotted(value)
        return f"{base}.{attr}" if base and attr else None

    def _global(self, name: str) -> str | None:
        if name in self.names:
            return self.names[name]
        if name in self.program.definitions:
            return None
        # `from torch import *` may have brought it.
        stars = (star for star in self.names if star.startswith("*"))
        found = (f"{self.names[star]}.{name}" for star in stars)
        return next((dotted for dotted in found if self.forbidden.entry(dotted)), None)

    def _bind_locals(self, part: ast.AST) -> None:
        """Parameters hide global names; `s = torch.softmax` and imports inside a function give them meaning."""
        functions = [n for n in ast.walk(part) if isinstance(n, (*FUNCTIONS, ast.Lambda))]
        for function in functions:
            arguments = [n for n in ast.walk(function.args) if isinstance(n, ast.arg)]
            self.local |= {argument.arg: None for argument in arguments}
            if not isinstance(function, ast.Lambda):
                bound = set().union(*(stores(node) for node in function.body))
                self.local |= dict.fromkeys(bound - {f.name for f in functions if not isinstance(f, ast.Lambda)})
        for node in ast.walk(part):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self.local |= dict(_imported(node))
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = self.dotted(node.value)
                if name:
                    self.local[node.targets[0].id] = name

    def _tensor_method(self, call: ast.Call) -> str | None:
        """The forbidden tensor method that a call may be, unless it fits a method of the student's own."""
        match call.func:
            case ast.Attribute(value=receiver, attr=method):
                pass
            case ast.Call(func=ast.Name(id="getattr"), args=[receiver, attr, *_]):
                method = _constant(attr) or ""
            case _:
                return None
        method = _canonical(method)
        if method not in self.forbidden.methods or self._is_module(receiver):
            return None
        keywords = {keyword.arg for keyword in call.keywords}
        if method == "backward" and (len(call.args) > 1 or not keywords <= BACKWARD):
            return None
        if any(_accepts(own, len(call.args), keywords) for own in self.own.get(method, ())):
            return None
        return method

    def _is_module(self, receiver: ast.AST) -> bool:
        """np.tanh, Activations.relu, super().backward: nothing that a tensor has."""
        if isinstance(receiver, ast.Call) and isinstance(receiver.func, ast.Name) and receiver.func.id == "super":
            return True
        if isinstance(receiver, ast.Name) and receiver.id not in self.local:
            definition = self.program.definitions.get(receiver.id)
            if definition and definition.is_class:
                return True
        return self.dotted(receiver) is not None


def _imports(statements: Iterable[Statement]) -> dict[str, str]:
    """What global names stand for: imports, and assignments of what was imported; "*1", "*2" for star imports."""
    found: dict[str, str] = {}
    reader = _Reader(found, {}, _Forbidden.of(()), Program(()))
    for statement in statements:
        node = statement.node
        for inner in ast.walk(node) if isinstance(node, (ast.Try, ast.If, ast.With)) else (node,):
            if isinstance(inner, (ast.Import, ast.ImportFrom)):
                for name, dotted in _imported(inner):
                    found[f"*{len(found)}" if name == "*" else name] = dotted
            elif isinstance(inner, (ast.Assign, *DEFINITIONS)):
                dotted_value = reader.dotted(inner.value) if isinstance(inner, ast.Assign) else None
                for name in statement.binds:
                    if dotted_value:
                        found[name] = dotted_value
                    else:
                        found.pop(name, None)  # the student's own from here on
    return found


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield alias.asname or alias.name, module if alias.name == "*" else f"{module}.{alias.name}"
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            top = alias.name.split(".")[0]
            yield top, top


def _own_methods(statements: Iterable[Statement]) -> dict[str, list[ast.arguments | None]]:
    """What the student's classes define: the arguments of methods; None for attributes that are set."""
    found: dict[str, list[ast.arguments | None]] = {}
    for statement in statements:
        for node in ast.walk(statement.node):
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, FUNCTIONS):
                        found.setdefault(_canonical(inner.name), []).append(inner.args)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.setdefault(_canonical(node.attr), []).append(None)
    return found


def _accepts(own: ast.arguments | None, positional: int, keywords: set[str | None]) -> bool:
    """Whether a method with these arguments can be called so; the first is `self`, static methods may have none."""
    if own is None:
        return True
    names = [argument.arg for argument in (*own.posonlyargs, *own.args)]
    known = {*names, *(argument.arg for argument in own.kwonlyargs)}
    needed = len(names) - len(own.defaults) - 1
    enough = needed <= positional + len(keywords)
    few = own.vararg is not None or positional <= len(names)
    return enough and few and (own.kwarg is not None or keywords <= {*known, None})


def _constant(node: ast.AST) -> str | None:
    """The text of a constant expression: literals, `+` between them, f-strings of literals."""
    match node:
        case ast.Constant(value=str(text)):
            return text if len(text) <= MAX_NAME else None
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            parts = [_constant(left), _constant(right)]
        case ast.JoinedStr(values=values):
            parts = [_constant(value) for value in values]
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            parts = [_constant(value)]
        case _:
            return None
    text = "".join(part or "" for part in parts)
    return text if None not in parts and len(text) <= MAX_NAME else None
