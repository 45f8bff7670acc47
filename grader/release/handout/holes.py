"""The holes of a notebook: what is left of a solution once the bodies of its functions are gone."""

from __future__ import annotations

import ast
import builtins
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from ...assignment.course import Source
from ...assignment.names import FUNCTIONS, NAMED, binds, parse
from ...assignment.slips import Place
from ...assignment.spec import Snippet
from ...errors import AssignmentError

KEEP = re.compile(r"\s*#\s*keep\s*$")
INTERFACE = {"property", "staticmethod", "classmethod", "dataclass", "abstractmethod", "setter", "overload"}
# Methods that a framework calls, so that a student has to write them although no test mentions them.
CALLED = {"forward"}
BUILTINS = frozenset(dir(builtins))


def hole(
    sources: Iterable[Source], names: Sequence[str], *, known: Collection[str] = (), later: Collection[str] = (),
    title: str = "",
) -> str:  # fmt: skip
    """The functions, classes ("Class.method" for methods) and constants of a solution that are asked for, emptied.

    Signatures, docstrings, annotations and the lines that end in `# keep` stay. `known` are the names that the
    notebook has so far: a class among them is extended by the methods asked for. `later` are names that a later
    question asks for; they are left out. `title` is a comment above the first definition. "" if nothing is asked for.
    """
    hollow = _Hollow(tuple(names), set(known), set(later))
    pieces = [piece for source in sources for piece in hollow.pieces(source)]
    if not pieces:
        return ""
    comment = f"# {title}\n" if title else ""
    head = "\n".join(hollow.imports)
    apart = {(True, True): "\n"}  # two lines of constants stand together
    text = pieces[0]
    for above, below in pairwise(pieces):
        text += apart.get((_is_line(above), _is_line(below)), "\n\n\n") + below
    return "\n\n\n".join(filter(None, (head, comment + text)))


def snippet_hole(snippet: Snippet, *, inputs: str, title: str = "") -> str:
    """The variables that are asked for, each None. `inputs` are the words before the names that are given."""
    outputs = [output + variant for variant in snippet.variants or ("",) for output in snippet.outputs]
    lines = [f"# {title}"] if title else []
    lines += [f"# {inputs}: {', '.join(snippet.inputs)}"] if snippet.inputs else []
    return "\n".join([*lines, *(f"{output} = None" for output in outputs)])


def _is_line(piece: str) -> bool:
    return "\n" not in piece and not piece.endswith(":")


class _Hollow:
    def __init__(self, names: Sequence[str], known: set[str], later: set[str]) -> None:
        self.names, self.known, self.later = names, known, later - set(names)
        self.tops = {name for name in names if "." not in name}
        self.methods: dict[str, set[str]] = {}
        for owner, _, method in (name.partition(".") for name in names if "." in name):
            self.methods.setdefault(owner, set()).add(method)
        self.imports: list[str] = []

    def pieces(self, source: Source) -> Iterator[str]:
        self.source, self.lines = source, source.code.splitlines()
        tree = parse(source)
        self.makers = {name: node for node in tree.body for name in binds(node)}
        for node in tree.body:
            if isinstance(node, NAMED):
                yield from self.definition(node)
            elif kept := self.kept([node]):
                self.provide(node)
                self.known |= binds(node)
                yield "\n".join(kept)
            elif not isinstance(node, (ast.Import, ast.ImportFrom)):
                for name in sorted(binds(node) & self.tops - self.known, key=self.names.index):
                    self.known.add(name)
                    yield f"{name} = None"
            self.known |= binds(node) if isinstance(node, NAMED) and node.name in self.tops else set()

    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[str]:
        asked = node.name in self.tops or node.name in self.methods
        if not asked:
            return
        if isinstance(node, FUNCTIONS):
            yield from self.constants(node)
            yield self.checked(self.function(node), node)
        elif node.name in self.known and node.name not in self.tops:
            shown = [f for f in node.body if isinstance(f, FUNCTIONS) and f.name in self.methods[node.name]]
            body = "\n\n".join(self.function(f) for f in shown)
            yield self.checked(f"class {node.name}({node.name}):\n{body}", node)
        else:
            yield from self.bases(node)
            yield self.checked(self.class_(node), node)

    def checked(self, text: str, node: ast.stmt) -> str:
        try:
            ast.parse(text)
        except SyntaxError as error:
            place = Place(self.source.file, self.source.line + node.lineno - 1)
            name = getattr(node, "name", "")
            raise AssignmentError(f"{place}: the lines of {name} that end in `# keep` are no program by themselves "
                                  f"({error.msg}): also keep the lines that they belong to") from error  # fmt: skip
        return text

    # Definitions -----------------------------------------------------------------------------------------------------

    def class_(self, node: ast.ClassDef) -> str:
        blocks: list[str] = []
        fields: list[str] = []
        asked = self.methods.get(node.name, set())
        for part in node.body:
            if isinstance(part, FUNCTIONS):
                special = part.name.startswith("__") and part.name.endswith("__")
                if part.name in asked or (
                    (special or part.name in CALLED) and f"{node.name}.{part.name}" not in self.later
                ):
                    blocks.append(self.function(part))
            elif kept := self.kept([part]):
                fields += kept
            elif isinstance(part, ast.AnnAssign):
                fields.append(self.field(part))
        indent = " " * (node.body[0].col_offset if node.body[0].lineno > node.lineno else node.col_offset + 4)
        docstring = self.docstring(node)
        if not blocks and not fields:
            blocks = [f"{indent}pass"]
        inner = "\n\n".join(["\n".join([*docstring, *fields]), *blocks] if docstring or fields else blocks)
        return "\n".join([*self.decorators(node), *self.header(node), inner])

    def field(self, part: ast.AnnAssign) -> str:
        """An annotated field of a class, with its value if that is a constant."""
        value = part.value if isinstance(part.value, ast.Constant) else None
        annotation = part.annotation if self.resolved([part.annotation]) else ast.Name("object")
        return " " * part.col_offset + ast.unparse(ast.AnnAssign(part.target, annotation, value, part.simple))

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        text = [*self.decorators(node), *self.header(node), *self.docstring(node)]
        kept = self.kept(node.body[1:] if self.docstring(node) else node.body)
        own = [line for line in kept if not line.strip().startswith("#")]
        if not own:
            first = node.body[0]
            indent = first.col_offset if first.lineno > node.lineno else node.col_offset + 4
            kept.append(" " * indent + "pass")
        return "\n".join([*text, *kept])

    def decorators(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[str]:
        """The decorators that belong to the interface, and those with `# keep`; the others are part of the answer."""
        for decorator in node.decorator_list:
            rows = range(decorator.lineno - 1, decorator.end_lineno or decorator.lineno)
            call = decorator.func if isinstance(decorator, ast.Call) else decorator
            name = call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "")
            if name in INTERFACE or KEEP.search(self.lines[rows[-1]]):
                self.provide(decorator)
                yield from (KEEP.sub("", self.lines[row]) for row in rows)

    def header(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
        """The lines from `def` or `class` to the colon, without annotations that the notebook cannot evaluate."""
        if isinstance(node, ast.ClassDef):
            for part in (*node.bases, *node.keywords):
                self.provide(part)
            return self.to_colon(node)
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        arguments += [a for a in (node.args.vararg, node.args.kwarg) if a is not None]
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.provide(default)
        strange = [a for a in arguments if a.annotation is not None and not self.resolved([a.annotation])]
        returns = node.returns is None or self.resolved([node.returns])
        if not strange and returns:
            return self.to_colon(node)
        for argument in strange:
            argument.annotation = None
        node.returns = node.returns if returns else None
        bare = ast.parse("def f(): pass").body[0]
        assert isinstance(bare, ast.FunctionDef)
        bare.name, bare.args, bare.returns = node.name, node.args, node.returns
        word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        written = ast.unparse(bare).splitlines()[0].removeprefix("def")
        return [" " * node.col_offset + word + written]

    def to_colon(self, node: ast.stmt) -> list[str]:
        text = "\n".join(self.lines[node.lineno - 1 :])
        depth = 0
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.OP:
                depth += (token.string in "([{") - (token.string in ")]}")
                if token.string == ":" and not depth:
                    lines = text.splitlines()[: token.end[0]]
                    lines[-1] = lines[-1][: token.end[1]]
                    return lines
        raise AssertionError("a definition has a colon")

    def docstring(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[str]:
        first = node.body[0]
        if ast.get_docstring(node, clean=False) is None:
            return []
        if first.lineno == node.lineno:
            return [" " * (node.col_offset + 4) + ast.unparse(first)]
        return [KEEP.sub("", line) for line in self.lines[first.lineno - 1 : first.end_lineno]]

    # Lines that end in `# keep` ---------------------------------------------------------------------------------------

    def kept(self, body: Sequence[ast.stmt]) -> list[str]:
        """The lines of these statements that stay, whole statements at least, with `pass` where a block is empty."""
        if not body:
            return []
        first = min([body[0].lineno, *(d.lineno for d in getattr(body[0], "decorator_list", ()))])
        above = first - 1
        while above > 0 and self.lines[above - 1].strip().startswith("#"):  # comments above the first statement
            above -= 1
        rows = range(above, body[-1].end_lineno or body[-1].lineno)
        marked = {row for row in rows if KEEP.search(self.lines[row])}
        for node in (n for statement in body for n in ast.walk(statement) if isinstance(n, ast.stmt)):
            last = (node.end_lineno or node.lineno) - 1
            block = bool(getattr(node, "body", None))
            if block:  # its header is kept by itself
                last = node.lineno + len(self.to_colon(node)) - 2
            if marked & set(range(node.lineno - 1, last + 1)):
                marked |= set(range(node.lineno - 1, last + 1))
                if not block:
                    self.provide(node)
        kept = [KEEP.sub("", self.lines[row]) for row in sorted(marked)]
        found: list[str] = []
        for k, line in enumerate(kept):
            found.append(line)
            below = next((other for other in kept[k + 1 :] if other.strip() and not other.strip().startswith("#")), "")
            if re.match(r"\s*(for|while|if|elif|else|with|try|except|finally|def|class|async)\b.*:\s*(#.*)?$", line):
                indent = len(line) - len(line.lstrip())
                if len(below) - len(below.lstrip()) <= indent:
                    found.append(" " * (indent + 4) + "pass")
        return found

    # Names that the rest of the solution provides ---------------------------------------------------------------------

    def resolved(self, annotations: Sequence[ast.expr]) -> bool:
        """Whether the notebook can evaluate these annotations; the imports that they need are added."""
        names = {n.id for a in annotations for n in ast.walk(a) if isinstance(n, ast.Name)}
        needed = {name for name in names if name not in self.known | BUILTINS}
        if any(not isinstance(self.makers.get(name), (ast.Import, ast.ImportFrom)) for name in needed):
            return False
        for name in sorted(needed):
            self.import_(name)
        return True

    def provide(self, node: ast.AST) -> None:
        """Add the imports of the solution that this code needs."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(self.makers.get(part.id), (ast.Import, ast.ImportFrom)):
                self.import_(part.id)

    def import_(self, name: str) -> None:
        if name in self.known:
            return
        self.known.add(name)
        node = self.makers[name]
        assert isinstance(node, (ast.Import, ast.ImportFrom))
        alias = next(a for a in node.names if (a.asname or a.name.split(".")[0]) == name)
        written = ast.Import([alias]) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, [alias], 0)
        line = ast.unparse(written)
        beginning = f"from {getattr(node, 'module', '')} import "
        for k, other in enumerate(self.imports):
            if other.startswith(beginning):
                self.imports[k] = f"{other}, {line.removeprefix(beginning)}"
                return
        self.imports.append(line)

    def constants(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
        """The constants of the solution that defaults of a signature name."""
        for default in (*node.args.defaults, *node.args.kw_defaults):
            for part in ast.walk(default) if default is not None else ():
                maker = self.makers.get(part.id) if isinstance(part, ast.Name) else None
                if isinstance(maker, (ast.Assign, ast.AnnAssign)) and not binds(maker) <= self.known:
                    self.known |= binds(maker)
                    self.provide(maker)
                    yield "\n".join(self.lines[maker.lineno - 1 : maker.end_lineno])

    def bases(self, node: ast.ClassDef) -> Iterator[str]:
        """The base classes that the solution itself defines, emptied too; and the constants in its signatures."""
        for base in node.bases:
            maker = self.makers.get(base.id) if isinstance(base, ast.Name) else None
            if isinstance(maker, ast.ClassDef) and maker.name not in self.known | self.tops:
                yield from self.bases(maker)
                yield self.class_(maker)
                self.known.add(maker.name)
        for part in node.body:
            if isinstance(part, FUNCTIONS):
                yield from self.constants(part)
