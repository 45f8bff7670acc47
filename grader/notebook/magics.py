"""The syntax that IPython adds to Python (magics, shell lines, help marks), removed from a cell line by line."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

# Only a cell that does not parse and in which some line looks like IPython's syntax is gone through.
SUSPECT = re.compile(r"^[ \t]*(?:[%!?]|>>>|In \[)|^.*=[ \t]*[%!]|^.*\?[ \t]*$", re.MULTILINE)
KEEPS_BODY = frozenset({"capture", "prun", "time", "timeit"})
OTHER_LANGUAGE = frozenset(
    {"!", "HTML", "R", "SVG", "bash", "bigquery", "cmd", "cython", "file", "html", "javascript", "js",
     "latex", "markdown", "perl", "powershell", "pypy", "python", "python2", "python3", "ruby", "script",
     "sh", "shell", "sql", "svg", "sx", "system", "writefile", "writetemplate"}
)  # fmt: skip
# The prompts that a copied session has in front of its lines, as IPython removes them: how a statement's first line
# begins, and how all of its lines may.
PROMPTS = (
    (re.compile(r">>>(?: |$)"), re.compile(r"(?:>>>|\.\.\.)(?: |$)")),
    (re.compile(r"In \[\d+\]: "), re.compile(r"In \[\d+\]: |\s*\.{3,}: ?")),
)
# The parts of a line that tell where a statement ends.
PART = re.compile(
    r"""(?P<triple>\'\'\'|\"{3})|'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|(?P<comment>\#.*)"""
    r"""|(?P<open>[(\[{])|(?P<close>[)\]}])"""
)
CLOSING = {quotes: re.compile(rf"(?:[^\\]|\\.)*?{quotes}") for quotes in ("'''", '"""')}
CALL = "get_ipython()"  # IPython writes magics, shell lines and help marks so
# A cell that writes a file, and a line that runs one here; a `%load` that has run leaves the text of the file instead.
WRITES = re.compile(
    r"""\s*%%(?:writefile|file)\s(?P<options>(?:[ \t]*-{1,2}\w+)*)[ \t]*"""
    r"""(?P<path>"[^"\n]+"|'[^'\n]+'|\S+)[ \t]*$""",
    re.MULTILINE,
)
# A shell's cell that does nothing but write a file: `cat > red.py <<EOF`.
WRITTEN_BY_SHELL = re.compile(
    r"""\s*%%(?:bash|sh|script bash)[ \t]*\n\s*cat[ \t]*(?:(?P<how>>{1,2})[ \t]*(?P<path>[^\s<>]+)[ \t]*)?"""
    r"""<<-?[ \t]*(?P<quote>['"]?)(?P<end>\w+)(?P=quote)[ \t]*(?:(?P<how2>>{1,2})[ \t]*(?P<path2>[^\s<>]+)[ \t]*)?\n"""
    r"""(?P<body>.*\n)(?P=end)\s*""",
    re.DOTALL,
)
RUNS = re.compile(r"""(?P<indent>[ \t]*)%(?:run|load)\s(?:[ \t]*-\w+)*[ \t]*(?P<path>"[^"\n]+"|'[^'\n]+'|[^\s;]+)""")
LONGEST = 1000  # characters of a line that IPython is asked about: its patterns take the square of that
CELL_MAGIC = "run_cell_magic"  # the method that IPython calls for a cell magic
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
    writes: str = ""  # the path of the file that the cell writes (`%%writefile red.py`); the Python is the module's
    appends: bool = False


def parse(python: str) -> ast.Module | None:
    """The syntax tree; None when there is none for any reason: errors, null bytes, monstrous nesting."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes such as "\d" do not matter to the grader
        try:
            return ast.parse(python)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def as_typed(source: str) -> str:
    """A cell magic as it was typed, for a cell in which nbconvert has made a call of it; any other source unchanged."""
    tree = parse(source) if CELL_MAGIC in source else None
    match tree.body if tree is not None else []:
        case [ast.Expr(value=ast.Call(
            func=ast.Attribute(attr=method),
            args=[ast.Constant(value=str(name)), ast.Constant(value=str(line)), ast.Constant(value=str(body))],
        ))] if method == CELL_MAGIC:  # fmt: skip
            return f"%%{name} {line}".rstrip() + f"\n{body}"
    return source


def plain_python(source: str) -> PlainPython:
    """The plain Python of a cell; a cell that cannot be repaired is returned as it is."""
    python = source.replace("\r\n", "\n").replace("\r", "\n")
    tree = parse(python)
    if tree is not None:
        return PlainPython(python, tree)
    written = WRITES.match(python)
    if written:
        path = unquoted(written["path"])
        above = python.count("\n", 0, written.end()) + 1
        body = "\n" * above + (python[written.end() + 1 :] if path.endswith(".py") else "")
        appends = not {"-a", "--append"}.isdisjoint(written["options"].split())
        return PlainPython(body, parse(body), (), path, appends)
    shell = WRITTEN_BY_SHELL.fullmatch(python)
    path = (shell["path"] or shell["path2"] or "") if shell else ""
    if shell and path.endswith(".py"):
        body = "\n" * python.count("\n", 0, shell.start("body")) + shell["body"]
        return PlainPython(body, parse(body), (), path, ">>" in (shell["how"], shell["how2"]))
    python = _dedented(python)
    dropped: list[str] = []
    if python.strip() and SUSPECT.search(python):
        python = _without_magics(python, dropped)
    return PlainPython(python, parse(python), tuple(dropped))


def _dedented(python: str) -> str:
    """The code without the indentation of its first line, which IPython ignores too."""
    indent = re.match(r"(?:[ \t]*\n)*([ \t]+)\S", python)
    return re.sub(rf"^{indent[1]}", "", python, flags=re.MULTILINE) if indent else python


def _without_magics(python: str, dropped: list[str]) -> str:
    lines = python.split("\n")
    names = []
    first = _first_line(lines, 0)
    while magic := re.match(r"%%(\S+)", lines[first]):
        if magic[1] == "add_to":
            line, lines[first] = lines[first].strip(), ""
            return _added_to(line, "\n".join(lines))
        names.append(magic[1])
        dropped.append(lines[first].strip())
        lines[first] = ""
        first = _first_line(lines, first)
    if not OTHER_LANGUAGE.isdisjoint(names):
        return "\n" * (len(lines) - 1)
    body = "\n".join(_without_line_magics(_without_prompts(lines), dropped))
    # The body of a magic that nobody knows is Python if it looks like it.
    return body if KEEPS_BODY.issuperset(names) or parse(body) is not None else "\n" * (len(lines) - 1)


def _added_to(magic: str, body: str) -> str:
    """The body of a cell with `%%add_to FFNN`, of the package jdc: one more line puts its functions into the class."""
    tree, words = parse(body), magic.split()
    if tree is None or len(words) != 2 or not words[1].isidentifier():
        return body
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return f"{body}\n{'; '.join(f'{words[1]}.{name} = {name}' for name in names)}"


def _first_line(lines: list[str], start: int) -> int:
    """The first line from `start` on that is not blank; the last one if all are."""
    return next((number for number in range(start, len(lines)) if lines[number].strip()), len(lines) - 1)


def _without_prompts(lines: list[str]) -> list[str]:
    for begins, prompt in PROMPTS:
        if any(map(begins.match, lines)):
            lines = [line[found.end() :] if (found := prompt.match(line)) else line for line in lines]
    return lines


def _without_line_magics(lines: list[str], dropped: list[str]) -> list[str]:
    """The lines with those replaced that begin a statement and are IPython's, in one pass.

    nbconvert decides about `x = !ls` and `x?`. Its transform reads a whole cell again for each such line, so it gets
    one line at a time. A shell line goes on after a backslash; the lines that continue it become empty.
    """
    kept: list[str] = []
    quotes = ""  # that a string over several lines waits for
    depth = 0  # of open brackets
    joined = False  # to the line before, by a backslash
    continued = False  # whether the line before is a shell line that goes on
    for line in lines:
        if continued:
            kept.append("")
            continued = line.endswith("\\")
            continue
        if not (quotes or depth or joined) and SUSPECT.match(line) and _is_of_ipython(line):
            kept.append(_replacement(line, dropped))
            continued = line.endswith("\\")
            continue
        quotes, depth, joined = _left_open(line, quotes, depth)
        kept.append(line)
    return kept


def _is_of_ipython(line: str) -> bool:
    if line.lstrip()[:1] in ("%", "!", "?"):  # no statement of Python begins so
        return True
    if len(line) > LONGEST:
        return False
    from nbconvert.filters import ipython2python  # takes a second, and few notebooks need it

    try:
        return CALL not in line and CALL in str(ipython2python(line.rstrip("\\")))  # type: ignore[no-untyped-call]
    except Exception:  # a broken line may make IPython's tokenizer raise anything; the line stays as it is
        return False


def _left_open(line: str, quotes: str, depth: int) -> tuple[str, int, bool]:
    """The quotes and the number of brackets that are open after a line, and whether a backslash joins the next one."""
    place = 0
    comment = False
    while True:
        if quotes:
            closed = CLOSING[quotes].match(line, place)
            if closed is None:
                return quotes, depth, False
            place, quotes = closed.end(), ""
        part = PART.search(line, place)
        if part is None:
            return "", depth, not comment and line.endswith("\\")
        place = part.end()
        if part["triple"]:
            quotes = part["triple"]
        elif part["open"]:
            depth += 1
        elif part["close"]:
            depth = max(depth - 1, 0)
        else:
            comment = comment or part["comment"] is not None


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
