"""The reference or a misconception, written as a notebook that a student could have handed in."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from ..assignment.spec import Assignment, Misconception
from ..errors import AssignmentError

# Loads the assignment's modules from their texts in the worker. A statement that needs the grader raises, since the
# worker does not have it; it is left out, and so are the statements that need its names. The file name is the cell of
# the texts, so that the recorders take the code for a student's.
LOADER = """
import __future__
import ast, importlib, importlib.abc, importlib.util, sys

class Sources(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, texts):
        self.texts = texts
    def find_spec(self, name, path=None, target=None):
        if name in self.texts:
            inside = any(other.startswith(name + ".") for other in self.texts)
            return importlib.util.spec_from_loader(name, self, is_package=inside)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        flags = __future__.annotations.compiler_flag
        for node in ast.parse(self.texts[module.__name__]).body:
            try:
                exec(compile(ast.Module([node], []), "<cell 2>", "exec", flags), module.__dict__)
            except Exception:
                pass

def load(texts):
    sys.meta_path.insert(0, Sources(texts))
    return {name: importlib.import_module(name) for name in texts}
""".strip()


def notebook_of(assignment: Assignment, misconception: Misconception | None = None) -> bytes:
    """A percent-format notebook that answers with the reference, except for the changes of the misconception.

    The reference's functions still call each other unchanged, so that a mistake stays in its own question. Without a
    misconception the notebook has every name of the reference, and so attempts every question. With one it has only the
    names that questions ask for. Raises AssignmentError for a function that has no name in the assignment's folder.
    """
    changes = dict(misconception.changes) if misconception else {}
    asked = {name.partition(".")[0] for question in assignment.questions for name in (*question.names, *changes)}
    names = {n: thing for n, thing in assignment.reference.items() if misconception is None or n in asked}
    package = _package(assignment)
    homes = [thing.__module__ for thing in (*names.values(), *assignment.snippets.values(), *changes.values())]
    cells = [LOADER, f"modules = load({_texts(package, homes)!r})"]
    cells += [f"{name} = {_place(thing, package)}" for name, thing in names.items()]
    for name, change in changes.items():
        owner, _, method = name.partition(".")
        if method:
            cells.append(f"class {owner}({owner}):\n    {method} = {_place(change, package)}")
        elif name in assignment.reference:
            cells.append(f"{name} = {_place(change, package)}")
    for question in assignment.questions:
        for key, snippet in question.snippets.items():
            place = _place(changes.get(key, assignment.snippets[key]), package)
            inputs = ", ".join(f"{name}={name}" for name in snippet.inputs)
            for output in snippet.outputs:
                cells += [
                    f"{output}{variant} = {place}({inputs}).get({output + variant!r})"
                    for variant in snippet.variants or ("",)
                ]
    return "\n".join(f"# %%\n{cell}" for cell in cells).encode()


def _texts(package: str, homes: Iterable[str]) -> dict[str, str]:
    """The sources of these modules and of those that they import from the assignment's folder; the package is first.

    Other modules are left out: to read and run a whole assignment for each notebook takes twice as long as the rest.
    """
    found = {package: ""}
    todo = list(homes)
    while todo:
        name = todo.pop()
        if name not in found and name.startswith(f"{package}."):
            found[name], imported = _source(name)
            # The packages around a module run before it.
            todo += [*imported, name.rpartition(".")[0]]
    return dict(sorted(found.items()))


@cache
def _source(module: str) -> tuple[str, tuple[str, ...]]:
    """The text of a module, and the loaded modules that it may import."""
    loaded = sys.modules[module]
    text = Path(inspect.getsourcefile(loaded) or "").read_text(encoding="utf-8")
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), loaded.__package__)
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return text, tuple(name for name in found if name in sys.modules)


def _package(assignment: Assignment) -> str:
    thing = next(iter((*assignment.reference.values(), *assignment.snippets.values())))
    return str(thing.__module__).partition(".")[0]


def _place(thing: Callable[..., Any], package: str) -> str:
    """An expression for a function or class of the assignment, among the modules in the worker."""
    home = str(getattr(thing, "__module__", None))
    if not home.startswith(f"{package}."):
        raise AssignmentError(f"{thing!r} is not defined in the assignment's folder: define a function there")
    module = sys.modules[home]
    name = getattr(thing, "__qualname__", "")
    if getattr(module, name, None) is not thing:
        name = next((n for n, value in vars(module).items() if value is thing), "")
    if not name:
        raise AssignmentError(f"{thing!r} has no name in its module {module.__name__}: give it one there")
    return f"modules[{module.__name__!r}].{name}"
