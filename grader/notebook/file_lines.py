"""The lines of the submitted file on which the lines of its cells are."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .raw_cells import MARKER, decoded, is_script, script_text

# The tokens of JSON that tell the position of a string; numbers and words do not matter here.
TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]')
LINE_END = re.compile(r"\r\n|\r|\n")
DEEPEST = 6  # ["worksheets", 0, "cells", 3, "input", 1]

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Positions:
    """For each cell, from 1 as in `read`, the line of the file on which each of its lines begins."""

    cells: tuple[Sequence[int], ...] = ()

    def line(self, cell: int, line: int) -> int:
        """The line of the file, from 1; for a line that the cell does not have, the nearest one."""
        lines = self.cells[cell - 1] if 0 < cell <= len(self.cells) else ()
        return lines[min(max(line, 1), len(lines)) - 1] if lines else 1


def positions(data: bytes, name: str) -> Positions:
    """Read the bytes of an .ipynb or .py file; in a file that cannot be read, every line is 1."""
    text = decoded(data)
    if is_script(text, name):
        return Positions(tuple(_script_cells(script_text(text))))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError, MemoryError):
        return Positions()
    if not isinstance(content, dict):
        return Positions()
    found = _string_lines(text)
    return Positions(tuple(_cell_lines(cell, path, found) for path, cell in _cells(content)))


def _cells(content: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Each cell with its path, in format 4 and in formats 2 and 3, which kept cells in worksheets."""
    lists: list[tuple[Path, Any]] = [(("cells",), content.get("cells"))]
    if not isinstance(content.get("cells"), list) and isinstance(content.get("worksheets"), list):
        sheets = enumerate(content["worksheets"])
        lists = [(("worksheets", w, "cells"), s.get("cells")) for w, s in sheets if isinstance(s, dict)]
    for path, cells in lists:
        for i, cell in enumerate(cells if isinstance(cells, list) else ()):
            yield (*path, i), cell


def _cell_lines(cell: Any, path: Path, found: Mapping[Path, int]) -> list[int]:
    """The line of the file for each line of the cell: the line of the JSON string that holds its first character."""
    if not isinstance(cell, dict):
        return []
    key = "source" if "source" in cell else "input"
    source = cell.get(key)
    if isinstance(source, list):
        parts = [((*path, key, j), part) for j, part in enumerate(source) if isinstance(part, str)]
    else:
        parts = [((*path, key), source)] if isinstance(source, str) else []
    starts, text = [], ""
    for _, part in parts:
        starts.append(len(text))
        text += part
    begins = [0, *(m.end() for m in LINE_END.finditer(text))]
    return [found.get(parts[bisect_right(starts, begin) - 1][0], 1) for begin in begins] if parts else []


def _string_lines(text: str) -> dict[Path, int]:
    """The line of each string value of valid JSON, by its path, down to the depth at which cells keep their source."""
    found: dict[Path, int] = {}
    keys: list[str | int] = []  # of the open containers, the current one last
    line, last, naming = 1, 0, False
    for match in TOKEN.finditer(text):
        token = match[0]
        line += text.count("\n", last, match.start())
        last = match.start()
        if token in "{[":
            naming = token == "{"
            keys.append("" if naming else 0)
        elif token in "}]":
            keys.pop()
        elif token == ",":
            inner = keys[-1]
            naming = isinstance(inner, str)
            if isinstance(inner, int):
                keys[-1] = inner + 1
        elif token == ":":
            naming = False
        elif naming:
            keys[-1] = json.loads(token) if len(keys) <= DEEPEST else ""
        elif len(keys) <= DEEPEST:
            found[tuple(keys)] = line
    return found


def _script_cells(text: str) -> Iterator[range]:
    """The cells of a script as `read` splits it: the lines before the first mark, if not blank, then one per mark."""
    marks = list(MARKER.finditer(text))
    first = text[: marks[0].start()] if marks else text
    if first.strip():
        yield range(1, 2 + first.rstrip("\n").count("\n"))
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    line = last = 0
    for mark, end in zip(marks, ends, strict=False):
        begin = mark.end() + text.startswith("\n", mark.end())
        line += text.count("\n", last, begin) + (not last)
        last = begin
        yield range(line, line + max(1, text[begin:end].rstrip("\n").count("\n") + 1))
