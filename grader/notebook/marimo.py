"""Scripts of marimo, whose cells are functions: the same lines in percent format."""

from __future__ import annotations

import ast
import re

from .effects import FUNCTIONS
from .magics import parse

MARK = re.compile(r"^\s*\w+\s*=\s*marimo\.App\(", re.MULTILINE)


def is_marimo(text: str) -> bool:
    """Whether a script was written by marimo."""
    return MARK.search(text) is not None and re.search(r"^import marimo\b", text, re.MULTILINE) is not None


def as_percent(text: str) -> str:
    """The script with a mark above each cell and the body of its function below; every line keeps its number.

    A script that does not parse stays as it is.
    """
    tree = parse(text)
    if tree is None:
        return text
    lines = text.split("\n")
    kept = [""] * len(lines)
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if node.decorator_list:
                _cell(node, lines, kept)
            case ast.With(body=body) if _of_app(node.items[0].context_expr) == "setup":
                _copy(body, lines, kept, node.lineno)
            case ast.Expr(value=ast.Call(args=[ast.Constant(value=str(source)), *_])) if (
                _of_app(node.value) == "_unparsable_cell"
            ):
                kept[node.lineno - 1] = "# %%"
                for number, line in enumerate(source.split("\n")[: node.end_lineno or 0]):
                    place = node.value.args[0].lineno - 1 + number  # type: ignore[attr-defined]
                    if place > node.lineno - 1:
                        kept[place] = line.removeprefix("    ")
    return "\n".join(kept)


def _cell(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, lines: list[str], kept: list[str]) -> None:
    kind = _of_app(node.decorator_list[0])
    first = node.decorator_list[0].lineno
    if kind in ("function", "class_definition"):
        kept[first - 1] = "# %%"
        kept[node.lineno - 1 : node.end_lineno] = lines[node.lineno - 1 : node.end_lineno]
    elif kind == "cell" and isinstance(node, FUNCTIONS):
        body = node.body[:-1] if isinstance(node.body[-1], ast.Return) else node.body
        text = _markdown(body)
        if text is None:
            _copy(body, lines, kept, first)
        else:
            kept[first - 1] = "# %% [markdown]"
            kept[first] = " ".join(text.split())


def _copy(body: list[ast.stmt], lines: list[str], kept: list[str], mark: int) -> None:
    """Put the lines of a body, with the comments above it, at the margin below a mark."""
    kept[mark - 1] = "# %%"
    if not body:
        return
    indent = " " * body[0].col_offset
    for place in range(mark, body[-1].end_lineno or 0):
        line = lines[place]
        if place >= body[0].lineno - 1 or line.startswith(f"{indent}#"):
            kept[place] = line.removeprefix(indent)
    for decorated in body[:1]:
        for above in getattr(decorated, "decorator_list", ()):
            kept[above.lineno - 1] = lines[above.lineno - 1].removeprefix(indent)


def _markdown(body: list[ast.stmt]) -> str | None:
    """The text of a cell that is only `mo.md("...")`."""
    match body:
        case [ast.Expr(value=ast.Call(func=ast.Attribute(attr="md"), args=[ast.Constant(value=str(text))]))]:
            return text
        case _:
            return None


def _of_app(node: ast.expr) -> str:
    """ "cell" for `app.cell` and `app.cell(...)`."""
    called = node.func if isinstance(node, ast.Call) else node
    return called.attr if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) else ""
