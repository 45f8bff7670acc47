"""The cells of a percent file: kind, title, header lines, body, and their places."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .slips import Place, Slip, Slips, closest

# The header lines that each kind of cell may have. The body of the other kinds begins right below the title.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "assignment": ("scale", "language", "languages", "parts", "limit", "load limit", "submission limit", "memory",
                   "preload", "data", "examples", "template"),
    "given": (),
    "helper": (),
    "text": (),
    "template": (),
    "question": ("points", "bonus", "optional", "forbidden", "needs", "names", "again", "limit", "runs", "figures",
                 "attempted", "inputs", "outputs", "variants"),
    "solution": (),
    "rubric": (),
    "test": ("tolerance", "share", "weights", "refines", "per case", "relative error", "dtype", "precision", "hint",
             "limit"),
    "accepts": (),
    "wrong": ("es", "en", "also", "fails", "points", "says", "raises"),
    "right": (),
    "hostile": (),
    "stand-in": ("stays home",),
}  # fmt: skip
BARE = ("bonus", "optional", "refines", "per case", "relative error", "stays home")  # headers without a value
TITLE = re.compile(r"#\s*%%(?:\s+(.*))?$")
MARKUP = re.compile(r"^\[(markdown|md|raw)\]\s*|\s*\[(markdown|md|raw)\]$")
DIFF_LINE = re.compile(r"#(?:$| ?[-+]| in |   )")


class Header(NamedTuple):
    """The value of a header line, and its place."""

    value: str
    line: int


@dataclass(frozen=True)
class Cell:
    """One cell: `# %% KIND TITLE`, header lines, body."""

    kind: str
    title: str
    body: str
    file: str
    line: int  # of the title
    body_line: int
    markup: str = ""  # "markdown", "raw" or ""
    headers: Mapping[str, Header] = field(default_factory=dict)
    question: str = ""  # the id in the last title of a question

    @property
    def place(self) -> Place:
        """The place of a slip in this cell."""
        return _place(self.file, self.line, self.question, self.kind, self.title)

    def comments(self) -> Iterator[Header]:
        """The body's lines without the comment sign; a line that is not a comment is a slip."""
        for number, line in enumerate(self.body.splitlines(), self.body_line):
            if line.strip() and not line.startswith("#"):
                raise Slip(f"a {self.kind} cell holds only comments: begin the line with `# `", number)
            yield Header(line[2:] if line.startswith("# ") else line[1:], number)


def split(text: str, file: str, slips: Slips) -> list[Cell]:
    """The cells of a file, in order. Cells with a slip in their title are left out."""
    lines = text.splitlines()
    titles = [(n, m) for n, line in enumerate(lines) if (m := TITLE.match(line))]
    first = titles[0][0] if titles else len(lines)
    for number, line in enumerate(lines[:first], 1):
        if line.strip() and not line.startswith("#"):
            with slips.at(Place(file, number)):
                raise Slip("code stands above the first cell: write `# %% given` above it")
            break
    cells: list[Cell] = []
    question = ""
    ends = [*(n for n, _ in titles[1:]), len(lines)]
    for (start, title), end in zip(titles, ends, strict=False):
        inside = lines[start + 1 : end]
        if not title[1] and all(line.startswith("#") or not line.strip() for line in inside):
            continue  # comments only
        if found := re.match(r"question\s+([^:]*)", title[1] or ""):
            question = found[1].strip()
        with slips.at(Place(file, start + 1, question)):
            cells.append(_cell(title[1] or "", inside, Place(file, start + 1, question), slips))
    return cells


def _place(file: str, line: int, question: str, kind: str, title: str) -> Place:
    return Place(file, line, question, title.split(" | ")[-1].strip() if kind == "test" else "")


def _cell(title: str, lines: list[str], place: Place, slips: Slips) -> Cell:
    markup = MARKUP.search(title.strip())
    kind, _, rest = MARKUP.sub("", title.strip(), count=1).strip().partition(" ")
    if not kind:
        raise Slip(f"the cell has no kind: write one of {', '.join(HEADERS)} after `# %%`")
    if kind not in HEADERS:
        near = closest(kind, tuple(HEADERS)) or f"write one of {', '.join(HEADERS)}"
        raise Slip(f"`{kind}` is not a kind of cell: {near}")
    if "{" in title or (not markup and (found := re.search(r"\S+\s*=.*", rest)) and _rewritten(found[0])):
        raise Slip("Jupytext would rewrite the title: put the words around `=` in brackets, and use no `{`")
    headers: dict[str, Header] = {}
    count, key = 0, ""
    for text in lines if HEADERS[kind] else ():
        if text.startswith("#   ") and key and key not in BARE:  # the value goes on
            count += 1
            headers[key] = headers[key]._replace(value=f"{headers[key].value} {text[4:].strip()}".strip())
            continue
        key = ""
        if not text.startswith("#") or (kind == "wrong" and DIFF_LINE.match(text)):
            break
        count += 1
        with slips.at(_place(place.file, place.line + count, place.question, kind, rest)):
            key, value = _header(text, kind)
            if key in headers:
                raise Slip(f"the header `{key}` is there twice: keep one")
            headers[key] = Header(value, place.line + count)
    body = "\n".join(lines[count:]).rstrip()
    short = {"md": "markdown"}
    word = (markup[1] or markup[2]) if markup else ""
    editors = short.get(word, word)
    first = place.line + count + 1
    return Cell(kind, rest.strip(), body, place.file, place.line, first, editors, headers, place.question)


def _rewritten(options: str) -> bool:
    """Whether Jupytext, which takes the end of a title for options `key=value`, would write them in another form."""
    if not options or options.split()[-1].isidentifier():
        return bool(options)
    for sign in reversed([k for k, letter in enumerate(options) if letter == "="]):
        start = options[:sign].rstrip().rfind(" ") + 1
        try:
            value = ast.literal_eval(options[sign + 1 :].strip())
        except (ValueError, SyntaxError):
            continue
        same = options[start:] == f"{options[start:sign].strip()}={json.dumps(value, default=str)}"
        return not same or _rewritten(options[:start].strip())
    return False


def _header(text: str, kind: str) -> tuple[str, str]:
    key, _, value = (part.strip() for part in text[1:].partition(":"))
    if key not in HEADERS[kind]:
        known = closest(key, HEADERS[kind]) or f"its headers are {', '.join(HEADERS[kind])}"
        raise Slip(f"`{key}` is not a header of a {kind} cell: {known} (leave an empty line above a comment)")
    if (key in BARE) == bool(value) and key not in ("es", "en", "hint"):
        raise Slip(f"the header `{key}` takes no value: write `# {key}`" if value else
                   f"the header `{key}` has no value: write `# {key}: ...`")  # fmt: skip
    return key, value
