"""Answers that are in text or raw cells, where they do not run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .effects import FUNCTIONS
from .holes import is_empty
from .magics import parse
from .read import Notebook

FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n(.*?)^[ \t]*(?:```|~~~)", re.MULTILINE | re.DOTALL)
# A text that begins a definition somewhere; only such texts are parsed.
CODE = re.compile(r"^[ \t]*(?:def|class|async def)\s+\w+|^\w+\s*=[^=]", re.MULTILINE)


@dataclass(frozen=True)
class TextAnswer:
    """A name that a text or raw cell defines, and its first words: "class SGD", "def relu", "dL_dU"."""

    cell: int
    words: str


def text_answers(notebook: Notebook) -> Mapping[str, TextAnswer]:
    """The names that are defined in text and raw cells only as code that a student wrote, the last place of each."""
    found: dict[str, TextAnswer] = {}
    for cell in notebook.cells:
        if cell.kind == "code" or not CODE.search(cell.source):
            continue
        for tree in _trees(cell.source):
            for node in tree.body:
                found |= {name: TextAnswer(cell.number, words) for name, words in _names(node)}
    return found


def _trees(source: str) -> Iterator[ast.Module]:
    """The whole text as Python, or its fenced blocks."""
    whole = parse(source)
    texts = [] if whole is not None else [match[1] for match in FENCE.finditer(source)]
    yield from filter(None, [whole, *map(parse, texts)])
    if whole is None and not texts:
        # Words above or below the code: the part from the first definition on.
        start = re.search(r"^(?:@|def |class |async def )", source, re.MULTILINE)
        tail = parse(source[start.start() :]) if start else None
        if tail is not None:
            yield tail


def _names(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """The names that a statement defines; none for an empty function, as a task's text has it."""
    match node:
        case ast.ClassDef(name=name, body=body):
            methods = [inner for inner in body if isinstance(inner, FUNCTIONS)]
            if any(not is_empty(inner.body) for inner in methods) or (not methods and not is_empty(body)):
                yield name, f"class {name}"
        case ast.FunctionDef(name=name, body=body) | ast.AsyncFunctionDef(name=name, body=body):
            if not is_empty(body):
                yield name, f"def {name}"
        case ast.Assign(targets=targets, value=value) if not isinstance(value, ast.Constant):
            yield from ((t.id, t.id) for t in targets if isinstance(t, ast.Name))
