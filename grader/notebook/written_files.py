"""The files of Python that a notebook's code writes: `Path("red.py").write_text("def celu(x): ...")`."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

MODE = frozenset("wxatb+")
TRIMS = frozenset({"strip", "lstrip", "rstrip", "dedent"})


@dataclass(frozen=True)
class Written:
    """A text that is written into a file; `appends`: after what is in it."""

    path: str
    text: str = ""
    appends: bool = False


def written_files(trees: Iterable[ast.Module]) -> Iterator[Written]:
    """What the code of these cells writes into files of Python, if the text itself is in the code or in a variable."""
    texts: dict[str, str] = {}  # by variable
    files: dict[str, Written] = {}  # open ones, by variable
    for node in (node for tree in trees for node in sorted(filter(_matters, ast.walk(tree)), key=_place)):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                texts.pop(name, None)
                if (text := _text(value, texts)) is not None:
                    texts[name] = text
                if opened := _opened(value, texts):
                    files[name] = opened
            case ast.With(items=items):
                for item in items:
                    if isinstance(item.optional_vars, ast.Name) and (opened := _opened(item.context_expr, texts)):
                        files[item.optional_vars.id] = opened
            case ast.Call(func=ast.Attribute(value=place, attr="write_text"), args=[source, *_]):
                if (path := _path(place, texts)) and (text := _text(source, texts)) is not None:
                    yield Written(path, text)
            case ast.Call(func=ast.Attribute(value=place, attr="write"), args=[source]):
                yield from _into(place, source, "", files, texts)
            case ast.Call(func=ast.Name(id="print"), args=[source], keywords=[ast.keyword(arg="file", value=place)]):
                yield from _into(place, source, "\n", files, texts)


def _matters(node: ast.AST) -> bool:
    return isinstance(node, (ast.Assign, ast.With, ast.Call))


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _into(
    place: ast.expr, source: ast.expr, end: str, files: dict[str, Written], texts: dict[str, str]
) -> Iterator[Written]:
    """What is written into an open file; the next text comes after it. A file with an unknown text is left out."""
    name = place.id if isinstance(place, ast.Name) else ""
    opened = files.get(name) or _opened(place, texts)
    text = _text(source, texts)
    files.pop(name, None)
    if opened is not None and text is not None:
        yield replace(opened, text=text + end)
        files[name] = replace(opened, appends=True)


def _opened(value: ast.expr, texts: dict[str, str]) -> Written | None:
    """The file of Python that `open("red.py", "w")` or `Path("red.py").open("w")` opens to write."""
    match value:
        case ast.Call(func=ast.Name(id="open") | ast.Attribute(attr="open")):
            given = [*value.args, *(k.value for k in value.keywords if k.arg == "mode")]
            modes = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            mode = next((m for m in modes if m and MODE.issuperset(m)), "")
            path = _path(value, texts)
            return Written(path, appends="a" in mode) if path and mode else None
        case _:
            return None


def _path(value: ast.expr, texts: dict[str, str]) -> str:
    """The end of a path in an expression, such as `folder / "red.py"`; "" for none."""
    named = (texts.get(n.id, "") if isinstance(n, ast.Name) else getattr(n, "value", "") for n in ast.walk(value))
    return next((path for path in named if isinstance(path, str) and path.endswith(".py")), "")


def _text(value: ast.expr, texts: dict[str, str]) -> str | None:
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return texts.get(name)
        case ast.Call(func=ast.Attribute(value=inner, attr=trim), args=args) if trim in TRIMS:
            found = _text(args[0] if trim == "dedent" and args else inner, texts)
            return textwrap.dedent(found).lstrip("\n") if found is not None else None
        case _:
            return None
