"""The student's own modules and notebooks that other code of the submission imports or runs, found by their names."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable

from ..sandbox.inside.replaced import ALWAYS, WHEN_MISSING
from .effects import FUNCTIONS, IMPORTS, children, stores, walk
from .magics import RUN_FILE
from .read import Cell, Notebook

# A file of the student with one of these names is imported only for what the file itself defines.
LIBRARIES = frozenset(sys.stdlib_module_names) | {"torch", "numpy"} | ALWAYS | WHEN_MISSING
# The package ipynb imports notebooks: `from ipynb.fs.full.red import FFNN`.
NOTEBOOK_PACKAGE = re.compile(r"^ipynb\.fs\.(?:full|defs)\.")
FILE = re.compile(r"\.(?:py|ipynb)$", re.IGNORECASE)
MAGICS = frozenset({"run_line_magic", "magic", "run_cell_magic"})  # methods of get_ipython()

Parts = tuple[str, ...]


class Modules:
    """The modules of a submission by path, as their cells; a path is below the student's folder, with "/"."""

    def __init__(self, notebook: Notebook) -> None:
        self.cells: dict[str, list[Cell]] = {}
        self.hidden: dict[str, str] = {}  # files that are not imported, because a library has their name
        self._own = [cell for cell in notebook.cells if not cell.module]
        self._home = notebook.path
        self._looked_into: set[str] = set()  # files whose names `_defined` is collecting
        for cell in notebook.cells:
            if cell.module:
                path = joined(notebook.path, cell.module)
                self.cells.setdefault(path, [])
                if not cell.appends:
                    self.cells[path] = []
                self.cells[path].append(cell)
        self._by_last: defaultdict[str, list[tuple[Parts, str]]] = defaultdict(list)
        for path in self.cells:
            parts = tuple(FILE.sub("", path).split("/"))
            for known in (parts, parts[:-1]) if parts[-1] == "__init__" else (parts,):
                if known:
                    self._by_last[known[-1]].append((known, path))

    def __bool__(self) -> bool:
        return bool(self.cells)

    def named(self, dotted: str, beside: str = "") -> str | None:
        """The path of the module that `import dotted` means in the file `beside`; None if it is not the student's.

        Folders before the name do not matter, because students add them to sys.path.
        """
        parts = tuple(NOTEBOOK_PACKAGE.sub("", dotted).split("."))
        return None if parts[0] in LIBRARIES else self._nearest(parts, beside)

    def file(self, path: str, beside: str = "") -> str | None:
        """The file that `%run path` means in the file `beside`: "red.py", "red", "/content/drive/red.py"."""
        suffix = FILE.search(path)
        name = path[: suffix.start()] if suffix else path
        parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))
        for start in range(len(parts)):
            found = self._nearest(parts[start:], beside, suffix[0].lower() if suffix else "")
            if found is not None:
                return found
        return None

    def _nearest(self, parts: Parts, beside: str, suffix: str = "") -> str | None:
        """The module with these last parts of its path: in the folder of `beside` first, a .py before a notebook."""
        here = tuple(beside.split("/")[:-1])
        fitting = [(known, path) for known, path in self._by_last.get(parts[-1], ()) if known[-len(parts) :] == parts]
        fitting = [(k, path) for k, path in fitting if path != beside and path.lower().endswith(suffix)]
        ranks = [(known[: len(here)] != here, len(known), not path.endswith(".py"), path) for known, path in fitting]
        return min(ranks)[-1] if ranks else None

    def imported(self, node: ast.Import | ast.ImportFrom, alias: ast.alias, beside: str) -> Imported | None:
        """The student's module that one name of an import statement comes from."""
        if path := self._in_place_of_library(node, alias, beside):
            taken = "" if isinstance(node, ast.Import) else alias.name
            return Imported(path, module_name(path), taken, for_library=True)
        if isinstance(node, ast.Import):
            path = self.named(alias.name, beside)
            return Imported(path, alias.name) if path else None
        name = absolute(node, beside)
        if node.level and name.partition(".")[0] in LIBRARIES:  # within a package that is named like a library
            below = self._exactly(f"{name}.{alias.name}") if alias.name != "*" else None
            path = below or self._exactly(name)
            return Imported(path, module_name(path), "" if below else alias.name, for_library=True) if path else None
        below = f"{name}.{alias.name}" if name else alias.name
        whole = self.named(name, beside) if name else None
        if whole is not None:
            # A package's module that the package itself does not import.
            inner = self.named(below, beside) if whole.endswith("__init__.py") and alias.name != "*" else None
            return Imported(inner, below) if inner else Imported(whole, name, alias.name)
        inner = self.named(below, beside) if alias.name != "*" else None
        return Imported(inner, below) if inner else None

    def _in_place_of_library(self, node: ast.Import | ast.ImportFrom, alias: ast.alias, beside: str) -> str | None:
        """The file with the name of a library that an import means, if it defines all that is taken from it.

        Python looks next to the notebook first. For any other name the library is meant. A dotted name means the file
        if there is one: no submission has a file in the place of a library's own module, `os/path.py`.
        """
        name = (alias.name if isinstance(node, ast.Import) else node.module if not node.level else "") or ""
        top = name.partition(".")[0]
        if top not in LIBRARIES or top in sys.builtin_module_names:
            return None
        path = self._exactly(name, beside)
        if path is None or path == beside:
            return None
        if name != top:
            return path if isinstance(node, ast.ImportFrom) or alias.asname else None
        defined = self._defined(path)
        if isinstance(node, ast.Import):
            taken = self._taken(alias.asname or name, beside)
        else:
            taken = {alias.name} if alias.name != "*" else self._read(beside) & defined
        if taken and taken <= defined:
            return path
        self.hidden[path] = name
        return None

    def _exactly(self, dotted: str, beside: str = "") -> str | None:
        """The file of a module next to the file `beside`, or below the student's folder."""
        for folder in (beside.rpartition("/")[0], self._home.rpartition("/")[0], ""):
            path = "/".join([*filter(None, [folder]), *dotted.split(".")])
            for file in (f"{path}.py", f"{path}/__init__.py"):
                if file in self.cells:
                    return file
        return None

    def _defined(self, path: str) -> set[str]:
        """The names that a file defines or imports, also with `from .module import *`."""
        if path in self._looked_into:  # files that take all names of each other
            return set()
        self._looked_into.add(path)
        trees = [cell.tree for cell in self.cells[path] if cell.tree is not None]
        found: set[str] = set()
        for node in (inner for tree in trees for inner in tree.body):
            found |= stores(node)
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                other = self.imported(node, node.names[0], path)
                found |= self._defined(other.path) if other is not None else set()
        self._looked_into.remove(path)
        return found

    def _code(self, path: str) -> Iterable[ast.AST]:
        cells = self.cells.get(path) or (self._own if path == self._home else [])
        return (node for cell in cells if cell.tree is not None for node in walk(cell.tree))

    def _taken(self, module: str, beside: str) -> set[str]:
        """The attributes that a file takes from a module."""
        return {
            node.attr for node in self._code(beside)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module
        }  # fmt: skip

    def _read(self, path: str) -> set[str]:
        return {node.id for node in self._code(path) if isinstance(node, ast.Name)}


class Imported:
    """A student's module, the dotted name under which it is imported, and the name taken from it ("" for itself).

    `for_library`: the import names a library, in whose place the student's module is meant.
    """

    def __init__(self, path: str, dotted: str, name: str = "", *, for_library: bool = False) -> None:
        self.path = path
        self.dotted = dotted
        self.name = name
        self.for_library = for_library


def joined(home: str, path: str) -> str:
    """A path that a notebook at `home` names, below the student's folder."""
    parts = [] if path.startswith("/") else home.split("/")[:-1]
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def below(home: str, path: str) -> str:
    """A path of the submission as code in the folder of the notebook `home` sees it."""
    return path.removeprefix(home.rpartition("/")[0] + "/")


def module_name(path: str) -> str:
    """The dotted name of a file that nothing imports."""
    return "student_" + re.sub(r"\W", "_", FILE.sub("", path))


def absolute(node: ast.ImportFrom, beside: str) -> str:
    """The dotted name of the module that `from ... import` names; a relative one counts from the file's folder."""
    if not node.level:
        return node.module or ""
    folders = beside.split("/")[:-1]
    base = folders[: len(folders) - node.level + 1] if node.level > 1 else folders
    return ".".join([*base, *filter(None, [node.module])])


def own_imports(node: ast.AST, *, within_functions: bool) -> list[ast.Import | ast.ImportFrom]:
    """The import statements below a node, also as calls; those in functions, or those that run with the node."""
    found: list[ast.Import | ast.ImportFrom] = []
    for inner in _below(node, within_functions):
        if isinstance(inner, IMPORTS):
            found.append(inner)
        elif name := loaded_by_call(inner):
            found.append(ast.Import([ast.alias(name)]))
    return found


def loaded_by_call(node: ast.AST) -> str:
    """The name in `importlib.import_module("red")` and `__import__("red")`; "" for any other expression."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            return name.lstrip(".")
        case _:
            return ""


def file_of_spec(value: ast.expr) -> tuple[str, str]:
    """The name and the file of `importlib.util.spec_from_file_location("red", "/content/red.py")`; "" for others."""
    match value:
        case ast.Call(func=ast.Attribute(attr=call) | ast.Name(id=call), args=[ast.Constant(value=str(name)), *_]):
            return (name, _opened(value)) if call == "spec_from_file_location" else ("", "")
        case _:
            return "", ""


def spec_that_is_loaded(value: ast.expr) -> str:
    """The variable of a spec in `importlib.util.module_from_spec(spec)`; "" for any other expression."""
    match value:
        case ast.Call(func=ast.Attribute(attr=call) | ast.Name(id=call), args=[ast.Name(id=name)]):
            return name if call == "module_from_spec" else ""
        case _:
            return ""


def file_that_runs(node: ast.AST) -> str:
    """The path in `%run red.py`, `exec(open("red.py").read())` and the like; "" for any other statement."""
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(path))])) if name == RUN_FILE:
            return path
        case ast.Expr(value=ast.Call(
            func=ast.Attribute(attr=method), args=[ast.Constant(value="run" | "load"), ast.Constant(value=str(line))],
        )) if method in MAGICS:  # fmt: skip
            return next((word.strip("\"'") for word in line.split() if not word.startswith("-")), "")
        case ast.Expr(value=ast.Call(func=ast.Name(id="exec"), args=[source], keywords=[])):
            return _opened(source)
        case _:
            return ""


def _opened(source: ast.AST) -> str:
    texts = (inner.value for inner in walk(source) if isinstance(inner, ast.Constant) and isinstance(inner.value, str))
    return next((text for text in texts if FILE.search(text)), "")


def _below(node: ast.AST, within_functions: bool) -> Iterable[ast.AST]:
    pending = [(node, False)]
    while pending:
        inner, inside = pending.pop()
        if inside is within_functions:
            yield inner
        inside = inside or isinstance(inner, (*FUNCTIONS, ast.Lambda))
        pending += [(child, inside) for child in reversed(children(inner))]
