"""What a submission needs of the machine that grades it, and which answers suffer where it is not there."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from ..notebook.effects import IMPORTS, walk
from ..notebook.program import Program
from ..notebook.statements import DEFINITIONS, Statement
from ..sandbox.inside.replaced import ALWAYS, WHEN_MISSING
from ..versions import OWN_PYTHON, number

# Modules of the standard library of newer versions, and names in modules that older versions have without them.
NEWER_MODULES: Mapping[str, str] = {"annotationlib": "3.14", "compression": "3.14", "string.templatelib": "3.14"}
NEWER_NAMES: Mapping[str, str] = {
    "typing.TypeAliasType": "3.12", "typing.get_protocol_members": "3.13", "typing.is_protocol": "3.13",
    "typing.NoDefault": "3.13", "typing.ReadOnly": "3.13", "typing.evaluate_forward_ref": "3.14",
    "collections.abc.Buffer": "3.12", "calendar.Month": "3.12", "calendar.Day": "3.12", "inspect.BufferFlags": "3.12",
    "inspect.markcoroutinefunction": "3.12", "sqlite3.autocommit": "3.12", "uuid.uuid7": "3.14", "uuid.uuid6": "3.14",
    "os.process_cpu_count": "3.13", "statistics.kde": "3.13", "statistics.kde_random": "3.13", "math.fma": "3.13",
    "pathlib.UnsupportedOperation": "3.13", "queue.ShutDown": "3.13", "functools.Placeholder": "3.14",
    "concurrent.futures.InterpreterPoolExecutor": "3.14", "heapq.heappush_max": "3.14", "io.Reader": "3.14",
}  # fmt: skip
# Modules that students write themselves. One that was not submitted is not a package that someone could install.
OWN_MODULE = re.compile(
    r"(?i)(utils?|helpers?|func(tions|iones)|misc|modulos?|modules?|modelos?|models?|red(es)?|nets?|networks?|datos"
    r"|data|datasets|activ\w*|entren\w*|train\w*|loss\w*|perdidas?|layers|capas|soluci\w*|solutions?|src|main|code"
    r"|(tarea|tp|hw|homework|assignment|lab|clase|part|parte|p|t|ej|ejercicio)_?\d+\w*|my_\w+|mi_\w+|mis_\w+|ffnn|sgd)"
)


@dataclass(frozen=True)
class Costs:
    """What is missing here of what an answer needs: packages, and a newer Python ("3.12")."""

    packages: tuple[str, ...] = ()
    imitated: tuple[str, ...] = ()  # packages that are replaced by a stand-in, since they are not installed
    python: str = ""

    def __bool__(self) -> bool:
        return bool(self.packages or self.imitated or self.python)


@dataclass(frozen=True)
class Environment:
    """The packages that a submission imports and that are neither installed nor replaced, and the Python it needs."""

    packages: tuple[str, ...] = ()
    python: str = ""


Name = tuple[str, str]  # the path of the student's module, "" for the notebook, and a global name there


@dataclass
class Missing:
    """The names of a program that are not there because of this machine."""

    packages: defaultdict[Name, set[str]] = field(default_factory=lambda: defaultdict(set))
    imitated: defaultdict[Name, set[str]] = field(default_factory=lambda: defaultdict(set))
    python: dict[Name, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)  # names that only a newer Python can read, in any module
    starred: set[str] = field(default_factory=set)  # packages of `from package import *`
    uses: defaultdict[Name, list[Statement]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, program: Program, asked: Collection[str], own: Collection[str] = ()) -> Missing:
        """`asked` are names that questions ask for, `own` the modules that were submitted."""
        missing = cls(unread=program.newer)
        for statement in program.statements:
            for name in statement.names:
                missing.uses[statement.module, name].append(statement)
            for module, original, name in _imported(statement.node) if not statement.brings else ():
                missing._note(module, original, name, statement, asked, own)
        return missing

    def _note(
        self, module: str, original: str, name: str, statement: Statement, asked: Collection[str], own: Collection[str]
    ) -> None:
        top = module.partition(".")[0]
        names = statement.binds if isinstance(statement.node, DEFINITIONS) else {name}
        bound = [(statement.module, one) for one in names]
        version = _newer(module, original)
        if version:
            self.python.update(dict.fromkeys(bound, version))
        if version or top in own or is_there(top):
            return
        if top in WHEN_MISSING:
            for one in bound:
                self.imitated[one].add(top)
        elif not OWN_MODULE.fullmatch(top) and original not in asked:
            if original == "*":
                self.starred.add(top)
                return
            for one in bound:
                self.packages[one].add(top)

    def environment(self) -> Environment:
        """What the whole program needs."""
        packages = {p for found in self.packages.values() for p in found} | self.starred
        versions = {*self.python.values(), *self.unread.values()}
        return Environment(tuple(sorted(packages)), max(versions, key=number, default=""))

    def costs(self, names: Iterable[str], statements: Iterable[Statement] = ()) -> Costs:
        """What is missing of what these names of the notebook and statements need, directly or through other names."""
        pending: list[Name] = [("", name) for name in names]
        for statement in statements:
            pending += [(statement.module, name) for name in (*statement.reads, *statement.binds)]
        seen: set[Name] = set()
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                for statement in self.uses.get(name, ()):
                    pending += [(statement.module, read) for read in statement.reads]
                    pending += [(b.module, b.original) for b in (*statement.brings, *statement.inside) if b.original]
        versions = [self.python[name] for name in seen & self.python.keys()]
        versions += [self.unread[name] for _, name in seen if name in self.unread]
        packages = {p for name in seen & self.packages.keys() for p in self.packages[name]}
        if any(name not in self.uses and not hasattr(builtins, name[1]) for name in seen - {("", "__name__")}):
            packages |= self.starred
        imitated = {p for name in seen & self.imitated.keys() for p in self.imitated[name]}
        return Costs(tuple(sorted(packages)), tuple(sorted(imitated)), max(versions, key=number, default=""))


@cache
def is_there(top: str) -> bool:
    """Whether a module of this name is part of Python, installed, or always replaced."""
    if top in sys.stdlib_module_names or top in ALWAYS:
        return True
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False


def _newer(module: str, name: str) -> str:
    """The version of Python whose standard library has a module or name, if it is newer than this one."""
    version = NEWER_MODULES.get(module) or NEWER_NAMES.get(f"{module}.{name}", "")
    return version if version and number(version) > number(OWN_PYTHON) else ""


def _imported(node: ast.stmt) -> Iterator[tuple[str, str, str]]:
    """(module, name in it, bound name) of each import, also inside functions, except those that a `try` replaces."""
    guarded: set[int] = set()
    found: Sequence[ast.AST] = [node] if isinstance(node, IMPORTS) else walk(node)
    for inner in found:
        if isinstance(inner, ast.Try) and inner.handlers:
            again = {n for h in inner.handlers for body in h.body for n in _bound(body)}
            guarded |= {id(n) for body in inner.body for n in walk(body) if {*_bound(n)} & again}
    for inner in found:
        if id(inner) in guarded:
            continue
        if isinstance(inner, ast.Import):
            yield from ((a.name, "", a.asname or a.name.partition(".")[0]) for a in inner.names)
        elif isinstance(inner, ast.ImportFrom) and not inner.level and inner.module:
            yield from ((inner.module, a.name, a.asname or a.name) for a in inner.names)


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (a.asname or a.name.partition(".")[0] for a in node.names)
    elif isinstance(node, ast.Assign):
        yield from (t.id for t in node.targets if isinstance(t, ast.Name))
