"""Who imports whom, and what no file of the grader does; read from the sources, nothing is imported."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Imports point down this list, or sideways within a line; a name stands for the modules below it too.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("__init__", "interactive", "messages", "errors", "results", "spec", "files",
     "checks_folder"),
    # What runs in the student's process. The trusted side imports it; it imports nothing of ours but its siblings.
    ("sandbox.__init__", "sandbox.wire", "sandbox.disk", "sandbox.processes", "sandbox.landlock", "sandbox.seccomp",
     "sandbox.limits", "sandbox.inert", "sandbox.recorders", "sandbox.exceptions", "sandbox.child", "sandbox.warmup",
     "sandbox.alone", "sandbox.worker"),
    ("people", "archives", "magics", "notebook", "effects", "statements", "definitions", "snippets", "usage",
     "near_names", "registries", "program", "policy", "moves", "implementation", "compare", "transcript", "positions",
     "part", "recorded"),
    ("trials", "diagnosis", "checks", "scoring", "sandbox.syscalls", "sandbox.filter",
     "sandbox.levels", "sandbox.answers", "sandbox.runnable", "sandbox.connection", "sandbox.lane", "sandbox.own",
     "sandbox.forked", "sandbox.remote", "sandbox.trial"),
    ("assignments", "carried", "judge", "gradebook", "report", "exchange", "intake", "progress", "doctor",
     "solution", "tasks", "attempts", "handout"),
    ("bug_report", "judges", "publication", "public_part", "released", "release"),
    ("run", "selfcheck", "verification"),
    ("verify", "answers", "door"),
    ("pytest_plugin",),
    ("cli",),
)  # fmt: skip

# What the worker may import beside the standard library, torch and its siblings.
WORKERS_EXTRAS = {
    "sandbox.warmup": {"numpy"},  # comes with torch; its generator is seeded as torch's is
}
FOR_REFERENCES = {
    *("messages", "errors", "spec", "checks", "implementation", "moves", "compare", "sandbox.wire", "handout"),
}
EXECUTES = {"eval", "builtins.eval", "torch.load", "numpy.load", "np.load"}  # data that they are given
MAY_PRINT = {"cli", "progress", "interactive"}


# Reading the sources ---------------------------------------------------------------------------------------------


def modules(root: Path, package: str) -> dict[str, Path]:
    """Dotted name without the package -> file; a package itself is "name.__init__"."""
    folder = root / package
    return {".".join(f.relative_to(folder).with_suffix("").parts): f for f in sorted(folder.rglob("*.py"))}


def tree(file: Path) -> ast.Module:
    return parsed(file.read_text(encoding="utf-8"))


@cache  # by text: the copies below differ from the sources in a line or two
def parsed(source: str) -> ast.Module:
    return ast.parse(source)


def at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below but those that only a type checker reads."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            continue
        yield child
        yield from at_run_time(child)


def imports(root: Path, package: str, name: str, file: Path) -> set[str]:
    """The modules that a file imports, wherever in the file, in full: "torch.nn", "grader.sandbox.wire"."""
    here = [package, *name.split(".")]
    found = set()
    for node in at_run_time(tree(file)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*(here[: len(here) - node.level] if node.level else []), *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                path = root.joinpath(*inner.split("."))
                found.add(inner if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file() else base)
    return found


def layer(name: str) -> int | None:
    for number, names in enumerate(LAYERS):
        for listed in names:
            if name == listed or (name.startswith(f"{listed}.") and listed != "sandbox"):
                return number
    return None


def own(root: Path, imported: str) -> str:
    """The name of a grader module as LAYERS has it; a package counts as its __init__."""
    name = imported.removeprefix("grader").lstrip(".")
    folder = root.joinpath("grader", *name.split(".")) if name else root / "grader"
    return ".".join(filter(None, [name, "__init__" if (folder / "__init__.py").is_file() else ""]))


# The rules -------------------------------------------------------------------------------------------------------


def wrong_imports(root: Path) -> list[str]:
    """One sentence per import that the table does not allow."""
    wrong = []
    ours = modules(root, "grader")
    graph = {name: imports(root, "grader", name, file) for name, file in ours.items()}
    for name, imported in graph.items():
        place = layer(name)
        if place is None:
            wrong.append(f"grader.{name} is in no layer: add it to LAYERS")
            continue
        for other in sorted(imported):
            if other.split(".")[0] in ("reference", "tests"):
                wrong.append(f"grader.{name} imports {other}: the engine knows no assignment")
            elif other.split(".")[0] == "grader":
                target = layer(own(root, other))
                if target is not None and target > place:
                    wrong.append(f"grader.{name} imports {other}, which is above it")
    for name in closure("sandbox.worker", graph, root):
        allowed = {"torch", *sys.stdlib_module_names, *WORKERS_EXTRAS.get(name, ())}
        for other in sorted(graph[name]):
            inside = other.startswith("grader.sandbox")
            if not inside and other.split(".")[0] not in allowed:
                wrong.append(f"grader.{name} runs in the student's process and imports {other}")
            if inside and own(root, other) not in LAYERS[1]:
                wrong.append(f"grader.{name} runs in the student's process and imports {other}")
    for name, file in modules(root, "reference").items():
        for other in sorted(imports(root, "reference", name, file)):
            if other.split(".")[0] == "grader" and not any(
                other == f"grader.{a}" or other.startswith(f"grader.{a}.") for a in FOR_REFERENCES
            ):
                wrong.append(f"reference.{name} imports {other}, which is not for assignments")
    return wrong + cycles(graph, root)


def closure(start: str, graph: dict[str, set[str]], root: Path) -> list[str]:
    """The module and all of ours that it imports, transitively."""
    seen, todo = [], [start]
    while todo:
        name = todo.pop()
        if name in graph and name not in seen:
            seen.append(name)
            todo += [own(root, other) for other in graph[name] if other.split(".")[0] == "grader"]
    return sorted(seen)


def cycles(graph: dict[str, set[str]], root: Path) -> list[str]:
    """A sentence for each module that imports itself by way of others."""
    inner = {n: {own(root, o) for o in others if o.split(".")[0] == "grader"} for n, others in graph.items()}
    found = []
    for name in inner:
        seen: set[str] = set()
        todo = list(inner[name])
        while todo:
            other = todo.pop()
            if other not in seen:
                seen.add(other)
                todo += inner.get(other, ())
        if name in seen:
            found.append(f"grader.{name} imports itself by way of others")
    return found


def wrong_calls(root: Path) -> list[str]:
    """One sentence per call that would execute data, bypass escaping, or print where nobody asked."""
    wrong = []
    for name, file in modules(root, "grader").items():
        for other in sorted(imports(root, "grader", name, file)):
            if other.split(".")[0] in ("pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"):
                wrong.append(f"grader.{name} imports {other}")
        for node in ast.walk(tree(file)):
            if isinstance(node, (ast.Name, ast.Attribute)):
                used = ast.unparse(node)
                if used in EXECUTES or "pickle" in used.split("."):
                    wrong.append(f"grader.{name} uses {used} in line {node.lineno}")
                if used.split(".")[-1] == "Markup":
                    wrong.append(f"grader.{name} uses {used} in line {node.lineno}: text of students would be markup")
            printed = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            if printed and name not in MAY_PRINT and not any(k.arg == "file" for k in node.keywords):  # type: ignore[attr-defined]
                wrong.append(f"grader.{name} prints in line {node.lineno}")  # type: ignore[attr-defined]
    for template in sorted((root / "grader").rglob("*.j2")):
        text = template.read_text(encoding="utf-8")
        if re.search(r"\|\s*safe\b|autoescape\s+false|Markup", text):
            wrong.append(f"{template.name} switches escaping off")
    return wrong


def without_docstring(root: Path) -> list[str]:
    """The modules, public functions and public classes of the grader that do not say what they are."""
    wrong = []
    for name, file in modules(root, "grader").items():
        source = tree(file)
        if source.body and not ast.get_docstring(source):
            wrong.append(f"grader.{name}")
        for node in source.body:
            named = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            if named and not node.name.startswith("_") and not ast.get_docstring(node):  # type: ignore[attr-defined,arg-type]
                wrong.append(f"grader.{name}.{node.name}")  # type: ignore[attr-defined]
    return wrong


# The tests -------------------------------------------------------------------------------------------------------


def test_imports_point_down_the_table() -> None:
    """Every module of the grader has its place, and the worker knows nothing of the grader."""
    assert wrong_imports(ROOT) == []


def test_nothing_executes_data_or_prints_or_switches_escaping_off() -> None:
    """Bytes of students are never unpickled, their text never becomes markup, output has one place."""
    assert wrong_calls(ROOT) == []


def test_everything_public_says_what_it_is() -> None:
    """Modules, functions and classes of the grader have a docstring."""
    assert without_docstring(ROOT) == []


def test_the_table_holds_nothing_that_is_gone() -> None:
    """A module that was renamed leaves the table too."""
    names = set(modules(ROOT, "grader"))
    gone = [n for line in LAYERS for n in line if n not in names and f"{n}.__init__" not in names]
    assert gone == []
    assert set(WORKERS_EXTRAS) <= names


def test_the_worker_is_followed_through_its_siblings() -> None:
    """The rule for the student's process looks at all that runs there."""
    graph = {n: imports(ROOT, "grader", n, f) for n, f in modules(ROOT, "grader").items()}
    followed = closure("sandbox.worker", graph, ROOT)
    assert {"sandbox.worker", "sandbox.child", "sandbox.wire", "sandbox.recorders"} <= set(followed)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources, in which a test can plant what should be found."""
    for package in ("grader", "reference"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    return tmp_path


PLANTED = [
    ("grader/compare.py", "from .run import grade", "grader.compare imports grader.run, which is above it"),
    ("grader/messages.py", "from . import spec", "grader.messages imports itself by way of others"),
    ("grader/errors.py", "def f():\n    from .checks import values", "grader.errors imports grader.checks.values"),
    ("grader/results.py", "import grader.judge", "grader.results imports grader.judge, which is above it"),
    ("grader/singular.py", '"""One more."""', "grader.singular is in no layer"),
    ("grader/sandbox/odd.py", '"""One more."""', "grader.sandbox.odd is in no layer"),
    ("grader/judge.py", "from reference.tarea2 import losses", "imports reference.tarea2.losses: the engine knows no"),
    ("grader/sandbox/worker.py", "import rich", "grader.sandbox.worker runs in the student's process and imports rich"),
    ("grader/sandbox/worker.py", "from ..messages import say", "student's process and imports grader.messages"),
    ("grader/sandbox/recorders.py", "from . import lane", "student's process and imports grader.sandbox.lane"),
    ("grader/sandbox/inert.py", "import numpy", "grader.sandbox.inert runs in the student's process and imports numpy"),
    ("reference/tarea2/losses.py", "from grader.judge import Judge", "reference.tarea2.losses imports grader.judge"),
    ("reference/tarea2/losses.py", "import grader.results", "reference.tarea2.losses imports grader.results"),
]


@pytest.mark.parametrize(("file", "source", "complaint"), PLANTED, ids=[f"{p[0]}: {p[1][:30]}" for p in PLANTED])
def test_a_planted_import_is_found(copy: Path, file: str, source: str, complaint: str) -> None:
    """The rule above can fail."""
    plant(copy / file, source)
    assert any(complaint in sentence for sentence in wrong_imports(copy)), wrong_imports(copy)


def test_what_only_a_type_checker_reads_is_no_import(copy: Path) -> None:
    """A complaint less or more would be a reading of the wrong lines."""
    plant(copy / "grader/compare.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .run import grade")
    assert wrong_imports(copy) == wrong_imports(ROOT)


MISDEEDS = [
    ("grader/judge.py", "import pickle", "grader.judge imports pickle"),
    ("grader/judge.py", "from cloudpickle import loads", "grader.judge imports cloudpickle"),
    ("grader/judge.py", "x = torch.load('f')", "grader.judge uses torch.load"),
    ("grader/judge.py", "x = eval('1')", "grader.judge uses eval"),
    ("grader/report/words.py", "from markupsafe import Markup\nx = Markup('<b>')", "grader.report.words uses Markup"),
    ("grader/judge.py", "print('here')", "grader.judge prints"),
    ("grader/report/templates/parts.html.j2", "{{ student |safe }}", "parts.html.j2 switches escaping off"),
    ("grader/report/templates/new.html.j2", "{% autoescape false %}", "new.html.j2 switches escaping off"),
]


@pytest.mark.parametrize(("file", "source", "complaint"), MISDEEDS, ids=[m[1].splitlines()[-1] for m in MISDEEDS])
def test_a_planted_misdeed_is_found(copy: Path, file: str, source: str, complaint: str) -> None:
    """So can this one."""
    plant(copy / file, source)
    assert any(complaint in sentence for sentence in wrong_calls(copy)), wrong_calls(copy)


@pytest.mark.parametrize("source", ["def f():\n    return 1", "class C:\n    x = 1", "async def g():\n    pass"])
def test_a_planted_silence_is_found(copy: Path, source: str) -> None:
    """And this one; what begins with an underscore may be silent."""
    plant(copy / "grader/scoring.py", source.replace("def ", "def _").replace("class ", "class _"))
    assert without_docstring(copy) == []
    plant(copy / "grader/judge.py", source)
    assert len(without_docstring(copy)) == 1


def plant(file: Path, source: str) -> None:
    """Append lines to a file of the copy, or make it."""
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(f"{before}\n{source}\n", encoding="utf-8")
