"""Check the imports between files, and forbidden calls in the grader. Sources are read, and nothing is imported."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A folder may import its own files and these folders, and no others. A line names only folders above it, so
# imports point one way. "shared" stands for the modules that lie in grader/ itself, except the three that have a line.
FOLDERS = {
    "shared": "",  # errors, messages, results, files
    "sandbox.inside": "",  # the student's process: it sees nothing of the grader but this folder
    "sandbox": "shared sandbox.inside",
    "assignment": "shared sandbox",
    "intake": "shared",
    "notebook": "shared assignment sandbox.inside",  # whose packages are replaced by stand-ins
    "forbidden": "assignment notebook sandbox.inside",
    "judging": "shared assignment forbidden intake notebook sandbox sandbox.inside",
    "report": "shared assignment notebook",
    "exchange": "shared assignment intake notebook report",
    "self_check": "shared assignment exchange intake judging notebook report sandbox sandbox.inside",
    "release": "shared assignment exchange judging sandbox.inside self_check",
    "copies": "shared assignment exchange forbidden intake judging notebook report",
    "run": "shared assignment exchange intake judging notebook release report sandbox",
    "verification": "shared assignment forbidden intake judging notebook release report sandbox sandbox.inside",
    "desk": "shared assignment copies intake notebook report run",
    "doctor": "shared sandbox",
    "__init__": "self_check",
    "commands": "shared assignment copies desk doctor exchange judging release report run sandbox self_check "
    "verification",
    "cli": "shared commands",
}
TOP = ("cli", "doctor", "__init__")  # modules of grader/ that have a line of their own

# Packages that the worker may import besides the standard library, torch and its own folder.
WORKERS_EXTRAS = {
    "sandbox.inside.warmup": {"numpy"},  # comes with torch; its generator is seeded as torch's is
}
# Packages that a file of reference/ may import besides the standard library, torch and the files next to it. Nothing of
# the grader is among them: an assignment is text that the grader reads.
REFERENCES_EXTRAS = {
    "redes.assignment": {"numpy", "sklearn"},  # the notebook of the course begins with them
    "redes.exercises": {"sklearn"},
    "tarea2.images": {"sklearn"},  # the small data set of 4e
}
# Files below tests/grader/ that test no module of their name, each with the reason.
NO_MODULE = {
    "desk/test_browser.py": "opens the whole desk in a browser",
    "notebook/test_cost.py": "counts what all of reading costs",
    "report/test_browser.py": "opens pages of several modules in a browser",
    "report/test_locale.py": "reads the catalog in grader/locale/, which holds no Python",
    "sandbox/test_fuzz.py": "sends hostile bytes to the wire, the connection and the remote side",
    "sandbox/test_gpu.py": "needs a GPU or a stand-in for one, in several modules",
    "sandbox/test_isolation.py": "tries what student code can reach, whatever module keeps it out",
}
EXECUTES = {"eval", "builtins.eval", "torch.load", "numpy.load", "np.load"}  # data that they are given
MAY_PRINT = {"run.progress", "self_check.in_notebook"}


# Reading the sources ---------------------------------------------------------------------------------------------


def modules(root: Path, package: str) -> dict[str, Path]:
    """Dotted name without the package -> file; a package itself is "name.__init__"."""
    folder = root / package
    return {".".join(f.relative_to(folder).with_suffix("").parts): f for f in sorted(folder.rglob("*.py"))}


def tree(file: Path) -> ast.Module:
    return parsed(file.read_text(encoding="utf-8"))[0]  # type: ignore[return-value]


def nodes(file: Path) -> tuple[ast.AST, ...]:
    return parsed(file.read_text(encoding="utf-8"))


@cache  # by text: the copies below differ from the sources in a line or two
def parsed(source: str) -> tuple[ast.AST, ...]:
    """All nodes, the module first."""
    return tuple(ast.walk(ast.parse(source)))


def dotted(node: ast.AST) -> str:
    """`np.load` as it is written; "" stands for what is neither a name nor an attribute."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports(root: Path, package: str, name: str, file: Path) -> set[str]:
    """The modules that a file imports, wherever in the file and for whatever purpose, in full: "torch.nn"."""
    here = [package, *name.split(".")]
    found = set()
    for node in nodes(file):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*(here[: len(here) - node.level] if node.level else []), *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                path = root.joinpath(*inner.split("."))
                found.add(inner if path.with_suffix(".py").is_file() or (path / "__init__.py").is_file() else base)
    return found


def folder_of(name: str) -> str | None:
    """The line of FOLDERS that a module belongs to; None for a module of a folder without a line."""
    if "." not in name:
        return name if name in TOP else "shared"
    fitting = [folder for folder in FOLDERS if name.startswith(f"{folder}.")]
    return max(fitting, key=len, default=None)


def own(root: Path, imported: str, package: str = "grader") -> str:
    """The name of a package's module as `modules` has it; a folder counts as its __init__."""
    name = imported.removeprefix(package).lstrip(".")
    folder = root.joinpath(package, *name.split(".")) if name else root / package
    return ".".join(filter(None, [name, "__init__" if (folder / "__init__.py").is_file() else ""]))


# The rules -------------------------------------------------------------------------------------------------------


def wrong_imports(root: Path) -> list[str]:
    """One sentence per import that the table does not allow."""
    wrong = []
    graph = {name: imports(root, "grader", name, file) for name, file in modules(root, "grader").items()}
    for name, imported in graph.items():
        here = folder_of(name)
        if here is None:
            wrong.append(f"grader.{name} lies in a folder that FOLDERS does not list")
            continue
        for other in sorted(imported):
            if other.split(".")[0] in ("reference", "tests"):
                wrong.append(f"grader.{name} imports {other}: the engine knows no assignment")
            elif other.split(".")[0] == "grader":
                there = folder_of(own(root, other))
                if there != here and there not in (*FOLDERS[here].split(), "__init__"):
                    wrong.append(f"grader.{name} imports {other}, which FOLDERS does not allow")
            elif here == "sandbox.inside":
                extras = WORKERS_EXTRAS.get(name, set())
                if other.split(".")[0] not in {"torch", *sys.stdlib_module_names, *extras}:
                    wrong.append(f"grader.{name} runs in the student's process and imports {other}")
    references = {name: imports(root, "reference", name, file) for name, file in modules(root, "reference").items()}
    for name, imported in references.items():
        for other in sorted(imported):
            package = other.split(".")[0]
            if package == "reference":
                if other.split(".")[1:2] != name.split(".")[:1]:
                    wrong.append(f"reference.{name} imports {other}, which lies in another assignment")
            elif package not in {"torch", *sys.stdlib_module_names, *REFERENCES_EXTRAS.get(name, set())}:
                wrong.append(f"reference.{name} imports {other}, which is not for assignments")
    return wrong + cycles(graph, root, "grader") + cycles(references, root, "reference")


def cycles(graph: dict[str, set[str]], root: Path, package: str) -> list[str]:
    """A sentence for each module of the package that imports itself by way of others."""
    inner = {n: {own(root, o, package) for o in others if o.split(".")[0] == package} for n, others in graph.items()}
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
            found.append(f"{package}.{name} imports itself by way of others")
    return found


def wrong_calls(root: Path) -> list[str]:
    """One sentence per call that would execute data, bypass escaping, or print where nothing should be printed."""
    wrong = []
    for name, file in modules(root, "grader").items():
        for other in sorted(imports(root, "grader", name, file)):
            if other.split(".")[0] in ("pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib"):
                wrong.append(f"grader.{name} imports {other}")
        for node in nodes(file):
            if isinstance(node, (ast.Name, ast.Attribute)):
                used = dotted(node)
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
    """The modules, public functions and public classes of the grader without a docstring."""
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


def stray_tests(root: Path) -> list[str]:
    """One sentence per test file without a module of its name, and per exception that is not needed."""
    folder = root / "tests" / "grader"
    files = {file.relative_to(folder).as_posix(): file for file in sorted(folder.rglob("test_*.py"))}
    strange = {
        name
        for name, file in files.items()
        if not (root / "grader" / file.relative_to(folder)).with_name(file.name.removeprefix("test_")).is_file()
    }
    wrong = [f"tests/grader/{name} names no module: call it after the module that it tests" for name in sorted(strange)
             if name not in NO_MODULE]  # fmt: skip
    return wrong + [f"tests/grader/{name} needs no exception" for name in NO_MODULE if name not in strange]


# The tests -------------------------------------------------------------------------------------------------------


def test_each_folder_imports_only_what_its_line_allows() -> None:
    """Imports point one way, no file imports itself by way of others, and the worker knows nothing of the grader."""
    assert wrong_imports(ROOT) == []


def test_each_line_names_only_folders_above_it() -> None:
    """The lines are in the order of the imports, so two folders cannot import each other."""
    seen: set[str] = set()
    for folder, allowed in FOLDERS.items():
        assert set(allowed.split()) <= seen, folder
        seen.add(folder)


def test_nothing_executes_data_or_prints_or_switches_escaping_off() -> None:
    """Bytes of students are never unpickled, their text never becomes markup, and few modules print."""
    assert wrong_calls(ROOT) == []


def test_everything_public_says_what_it_is() -> None:
    """Modules, functions and classes of the grader have a docstring."""
    assert without_docstring(ROOT) == []


def test_the_table_holds_nothing_that_is_gone() -> None:
    """The table names only folders that exist, and only imports that are used."""
    names = modules(ROOT, "grader")
    used: dict[str, set[str]] = {folder: set() for folder in FOLDERS}
    for name, file in names.items():
        here = folder_of(name)
        assert here is not None
        ours = {o for o in imports(ROOT, "grader", name, file) if o.split(".")[0] == "grader"}
        used[here] |= {str(folder_of(own(ROOT, other))) for other in ours}
    assert {folder for folder in FOLDERS if folder not in {folder_of(name) for name in names}} == set()
    unused = {(folder, other) for folder in FOLDERS for other in FOLDERS[folder].split() if other not in used[folder]}
    assert unused == set()
    assert set(WORKERS_EXTRAS) <= set(names)
    references = modules(ROOT, "reference")
    for name, extras in REFERENCES_EXTRAS.items():
        assert extras <= {o.split(".")[0] for o in imports(ROOT, "reference", name, references[name])}, name


def test_tests_are_where_their_module_is() -> None:
    """tests/grader/judging/test_judge.py tests grader/judging/judge.py."""
    assert stray_tests(ROOT) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources, in which a test can plant what should be found."""
    for package in ("grader", "reference"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "locale"))
    return tmp_path


PLANTED = [
    ("grader/judging/compare.py", "from ..run.class_run import grade", "grader.judging.compare imports grader.run"),
    ("grader/notebook/read.py", "from . import program", "grader.notebook.read imports itself by way of others"),
    ("grader/report/words.py", "def f():\n    from ..exchange import github", "report.words imports grader.exchange"),
    ("grader/results.py", "import grader.judging.judge", "grader.results imports grader.judging.judge, which FOLDERS"),
    ("grader/results.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .assignment import spec",
     "grader.results imports grader.assignment.spec, which FOLDERS"),
    ("grader/new/file.py", '"""One more."""', "grader.new.file lies in a folder that FOLDERS does not list"),
    ("grader/judging/judge.py", "from reference.tarea2 import losses", "the engine knows no assignment"),
    ("grader/sandbox/inside/worker.py", "import rich", "in the student's process and imports rich"),
    ("grader/sandbox/inside/worker.py", "from ...messages import say", "inside.worker imports grader.messages"),
    ("grader/sandbox/inside/recorders.py", "from .. import lane", "inside.recorders imports grader.sandbox.lane"),
    ("grader/sandbox/inside/stand_ins.py", "import numpy", "in the student's process and imports numpy"),
    ("reference/tarea2/losses.py", "from grader.run.class_run import grade", "losses imports grader.run"),
    ("reference/tarea2/losses.py", "import grader.results", "reference.tarea2.losses imports grader.results"),
    ("reference/tarea2/losses.py", "import numpy", "reference.tarea2.losses imports numpy, which is not for assign"),
    ("reference/tarea2/part1.py", "import grader", "reference.tarea2.part1 imports grader"),
    ("reference/tarea2/losses.py", "from reference.redes import assignment", "which lies in another assignment"),
    ("reference/tarea2/losses.py", "from . import gradient_check", "losses imports itself by way of others"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "source", "complaint"), PLANTED, ids=[f"{p[0]}: {p[1][:30]}" for p in PLANTED])
def test_a_planted_import_is_found(copy: Path, file: str, source: str, complaint: str) -> None:
    """The rule above can fail."""
    plant(copy / file, source)
    assert any(complaint in sentence for sentence in wrong_imports(copy)), wrong_imports(copy)


def test_a_line_in_the_wrong_order_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule about the order of the lines can fail."""
    monkeypatch.setitem(FOLDERS, "sandbox.inside", "judging")
    with pytest.raises(AssertionError, match=r"sandbox\.inside"):
        test_each_line_names_only_folders_above_it()


MISDEEDS = [
    ("grader/judging/judge.py", "import pickle", "grader.judging.judge imports pickle"),
    ("grader/judging/judge.py", "from cloudpickle import loads", "grader.judging.judge imports cloudpickle"),
    ("grader/judging/judge.py", "x = torch.load('f')", "grader.judging.judge uses torch.load"),
    ("grader/judging/judge.py", "x = eval('1')", "grader.judging.judge uses eval"),
    ("grader/report/words.py", "from markupsafe import Markup\nx = Markup('<b>')", "grader.report.words uses Markup"),
    ("grader/judging/judge.py", "print('here')", "grader.judging.judge prints"),
    ("grader/report/templates/parts.html.j2", "{{ student |safe }}", "parts.html.j2 switches escaping off"),
    ("grader/report/templates/new.html.j2", "{% autoescape false %}", "new.html.j2 switches escaping off"),
]


@pytest.mark.parametrize(("file", "source", "complaint"), MISDEEDS, ids=[m[1].splitlines()[-1] for m in MISDEEDS])
def test_a_planted_misdeed_is_found(copy: Path, file: str, source: str, complaint: str) -> None:
    """The rule about calls can fail."""
    plant(copy / file, source)
    assert any(complaint in sentence for sentence in wrong_calls(copy)), wrong_calls(copy)


@pytest.mark.parametrize("source", ["def f():\n    return 1", "class C:\n    x = 1", "async def g():\n    pass"])
def test_a_planted_silence_is_found(copy: Path, source: str) -> None:
    """The rule about docstrings can fail. Names that begin with an underscore need none."""
    plant(copy / "grader/judging/scoring.py", source.replace("def ", "def _").replace("class ", "class _"))
    assert without_docstring(copy) == []
    plant(copy / "grader/judging/judge.py", source)
    assert len(without_docstring(copy)) == 1


@pytest.mark.parametrize("file", ["judging/test_renamed.py", "test_judge.py", "checks/test_scoring.py"])
def test_a_planted_test_without_a_module_is_found(copy: Path, file: str) -> None:
    """The rule about the places of tests can fail, also for a module of that name in another folder."""
    for name in NO_MODULE:
        plant(copy / "tests" / "grader" / name, "")
    plant(copy / "tests" / "grader" / "judging" / "test_judge.py", "")
    assert stray_tests(copy) == []
    plant(copy / "tests" / "grader" / file, "")
    assert [sentence.split()[0] for sentence in stray_tests(copy)] == [f"tests/grader/{file}"]


def test_an_exception_that_is_not_needed_is_found(copy: Path) -> None:
    """The copy has none of the test files, so no exception is needed."""
    assert len(stray_tests(copy)) == len(NO_MODULE)


def plant(file: Path, source: str) -> None:
    """Append lines to a file of the copy, or make it."""
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{before}\n{source}\n", encoding="utf-8")
