"""The syntax that IPython adds to Python (magics, shell lines, help marks), removed from a cell line by line."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

# The transform runs only on cells that do not parse and in which some line looks like IPython's syntax:
# importing nbconvert costs half a second, and the untouched cells of a template do not parse either.
SUSPECT = re.compile(r"^[ \t]*(?:[%!?]|>>>|In \[)|=[ \t]*[%!]|\?[ \t]*$", re.MULTILINE)
# IPython reads the whole cell again for each such line, at up to 4 microseconds per character: 40 lines in a cell of
# 7,500 characters cost a second. Beyond that the cell stays as it is, and the parts that parse are kept later.
MAX_WORK = 300_000
KEEPS_BODY = frozenset({"capture", "prun", "time", "timeit"})
OTHER_LANGUAGE = frozenset(
    {"!", "HTML", "R", "SVG", "bash", "bigquery", "cmd", "cython", "file", "html", "javascript", "js",
     "latex", "markdown", "perl", "powershell", "pypy", "python", "python2", "python3", "ruby", "script",
     "sh", "shell", "sql", "svg", "sx", "system", "writefile", "writetemplate"}
)  # fmt: skip
CALL = "get_ipython()"
# A cell that writes a module, and a line that runs another file here; `%load` leaves that file's text in the cell.
WRITES = re.compile(
    r"""\s*%%(?:writefile|file)\s(?P<options>(?:[ \t]*-{1,2}\w+)*)[ \t]*"""
    r"""(?P<path>"[^"\n]+\.py"|'[^'\n]+\.py'|\S+\.py)[ \t]*$""",
    re.MULTILINE,
)
RUNS = re.compile(r"""(?P<indent>[ \t]*)%(?:run|load)\s(?:[ \t]*-\w+)*[ \t]*(?P<path>"[^"\n]+"|'[^'\n]+'|[^\s;]+)""")
RUN_FILE = "__run__"  # the function that a line `%run other.ipynb` calls in plain Python


def unquoted(path: str) -> str:
    """A path as a magic takes it, without quotes."""
    return path.strip("\"'")


@dataclass(frozen=True)
class PlainPython:
    """Plain Python with as many lines as the cell, its tree, and the lines that were dropped."""

    python: str
    tree: ast.Module | None  # None: it does not parse
    dropped: tuple[str, ...] = ()
    writes: str = ""  # the path of the module that the cell writes (`%%writefile red.py`); the Python is the module's
    appends: bool = False


def parse(python: str) -> ast.Module | None:
    """The syntax tree; None when there is none for any reason: errors, null bytes, monstrous nesting."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes such as "\d" do not matter to the grader
        try:
            return ast.parse(python)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def plain_python(source: str) -> PlainPython:
    """The plain Python of a cell; a cell that cannot be repaired is returned as it is."""
    python = source.replace("\r\n", "\n").replace("\r", "\n")
    tree = parse(python)
    if tree is not None:
        return PlainPython(python, tree)
    written = WRITES.match(python)
    if written:
        body = "\n" * (python.count("\n", 0, written.end()) + 1) + python[written.end() + 1 :]
        appends = "-a" in written["options"].split() or "--append" in written["options"].split()
        return PlainPython(body, parse(body), (), unquoted(written["path"]), appends)
    python = _dedented(python)
    dropped: list[str] = []
    if SUSPECT.search(python):
        python = _without_magics(python, dropped)
    return PlainPython(python, parse(python), tuple(dropped))


def _dedented(python: str) -> str:
    """The code without the indentation of its first line, which IPython ignores too."""
    indent = re.match(r"(?:[ \t]*\n)*([ \t]+)\S", python)
    return re.sub(rf"^{indent[1]}", "", python, flags=re.MULTILINE) if indent else python


def _without_magics(python: str, dropped: list[str]) -> str:
    lines = python.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    cell_magic = re.match(r"%%(\S+)", lines[first])
    if cell_magic:
        dropped.append(lines[first].strip())
        lines[first] = ""
        body = "\n".join(lines)
        name = cell_magic[1]
        if name in KEEPS_BODY or (name not in OTHER_LANGUAGE and parse(body) is not None):
            return _without_magics(body, dropped) if SUSPECT.search(body) else body
        return "\n" * (len(lines) - 1)
    if len(SUSPECT.findall(python)) * len(python) > MAX_WORK:
        return python
    from nbconvert.filters import ipython2python

    try:
        transformed = str(ipython2python(python)).split("\n")  # type: ignore[no-untyped-call]
    except Exception:  # a broken cell may make IPython's tokenizer raise anything; the cell stays as it is
        return python
    return "\n".join(_aligned(lines, transformed, dropped))


def _aligned(lines: list[str], transformed: list[str], dropped: list[str]) -> list[str]:
    """The transformed lines, each at the place of its original line.

    IPython drops blank lines at the top, and joins a shell line with its continuation after a backslash; any other
    line stays one line.
    """
    kept: list[str] = []
    coming = iter(transformed)
    started = continued = False
    for line in lines:
        if continued or not (started or line.strip()):
            kept.append("")
            continued = continued and line.endswith("\\")
            continue
        started = True
        new = next(coming, "")
        if CALL in new and CALL not in line:
            continued = line.endswith("\\")
            new = _replacement(line, dropped)
        kept.append(new)
    return kept


def _replacement(line: str, dropped: list[str]) -> str:
    """The Python that replaces a line for IPython: `%time x = f()` becomes `x = f()`, other lines do nothing."""
    runs = RUNS.match(line)
    if runs:
        return f"{runs['indent']}{RUN_FILE}({unquoted(runs['path'])!r})"
    dropped.append(line.strip())
    timed = re.match(r"(\s*)%time\s+(.+)", line)
    if timed:
        return timed[1] + timed[2]
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass" if indent else ""
