"""The cells of a percent file: kind, title, headers, body, and their places."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .headers import BARE, HEADERS
from .slips import Place, Slip, Slips, closest

KINDS = ("assignment", "given", "helper", "text", "template", "question", "solution", "rubric", "test", "accepts",
         "wrong", "right", "narrow", "hostile", "stand-in")  # fmt: skip
TITLE = re.compile(r"#\s*%%(?:\s+(.*))?$")
MARKUP = re.compile(r"^\[(markdown|md|raw)\]\s*|\s*\[(markdown|md|raw)\]$")
DIFF_LINE = re.compile(r"#(?:$| ?[-+]| in |   )")


@dataclass(frozen=True)
class Cell:
    """One cell: `# %% KIND TITLE`, header lines, body."""

    kind: str
    title: str
    body: str
    file: str
    line: int  # of the title
    body_line: int
    raw: bool = False  # whether editors show it as it is
    headers: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)  # of the headers
    question: str = ""  # the id in the last title of a question

    @property
    def place(self) -> Place:
        """The place of a slip in this cell."""
        test = self.title.split(" | ")[-1].strip() if self.kind == "test" else ""
        return Place(self.file, self.line, self.question, test)

    def get(self, key: str) -> Any:
        """The value of a header, or its default."""
        return self.headers.get(key, HEADERS[self.kind][key].default)

    def comments(self) -> Iterator[tuple[str, int]]:
        """The body's lines without the comment sign, and their numbers; a line that is not a comment is a slip."""
        for number, line in enumerate(self.body.splitlines(), self.body_line):
            if line.strip() and not line.startswith("#"):
                raise Slip(f"a {self.kind} cell holds only comments: begin the line with `# `", number)
            yield line[2:] if line.startswith("# ") else line[1:], number


def split(text: str, file: str, slips: Slips) -> list[Cell]:
    """The cells of a file, in order. Cells with a slip in their title are left out."""
    lines = text.splitlines()
    titles = [(n, m[1] or "") for n, line in enumerate(lines) if (m := TITLE.match(line))]
    ends = [*(n for n, _ in titles), len(lines)]
    for number, line in enumerate(lines[: ends[0]], 1):
        if line.strip() and not line.startswith("#"):
            with slips.at(Place(file, number)):
                raise Slip("there is code above the first cell: write `# %% given` above it")
            break
    cells: list[Cell] = []
    question = ""
    for (start, title), end in zip(titles, ends[1:], strict=True):
        inside = lines[start + 1 : end]
        if not title and all(line.startswith("#") or not line.strip() for line in inside):
            continue  # comments only
        if found := re.match(r"question\s+([^:]*)", title):
            question = found[1].strip()
        with slips.at(Place(file, start + 1, question)):
            cells.append(_cell(title.strip(), inside, Place(file, start + 1, question), slips))
    return cells


def _cell(title: str, lines: list[str], place: Place, slips: Slips) -> Cell:
    markup = MARKUP.search(title)
    kind, _, rest = MARKUP.sub("", title, count=1).strip().partition(" ")
    if kind not in KINDS:
        known = f"write one of {', '.join(KINDS)}"
        raise Slip(f"`{kind}` is not a kind of cell: {closest(kind, KINDS, known)}" if kind else
                   f"the cell has no kind: {known} after `# %%`")  # fmt: skip
    if "{" in title or (not markup and (found := re.search(r"\S+\s*=.*", rest)) and _rewritten(found[0])):
        raise Slip("Jupytext would rewrite the title: put the words around `=` in brackets, and use no `{`")
    first = place.line + 1
    headers: dict[str, Any] = {}
    header_lines: dict[str, int] = {}
    here = Cell(kind, rest.strip(), "", place.file, place.line, first, question=place.question).place
    count, forms = 0, HEADERS.get(kind, {})
    while forms and count < len(lines) and lines[count].startswith("#"):
        if kind == "wrong" and DIFF_LINE.match(lines[count]):
            break
        key, _, value = (part.strip() for part in lines[count][1:].partition(":"))
        line, count = first + count, count + 1
        with slips.at(replace(here, line=line)):
            while forms.get(key, BARE) is not BARE and count < len(lines) and lines[count].startswith("#   "):
                value, count = f"{value} {lines[count][4:].strip()}".strip(), count + 1
            if key in headers:
                raise Slip(f"the header `{key}` is there twice: keep one")
            if key not in forms:
                known = closest(key, forms, f"its headers are {', '.join(forms)}")
                raise Slip(f"`{key}` is not a header of a {kind} cell: {known} (leave an empty line above a comment)")
            headers[key], header_lines[key] = forms[key].default, line
            headers[key] = forms[key].read(key, value)
    raw = markup is not None and "raw" in markup[0]
    body = "\n".join(lines[count:]).rstrip()
    return Cell(kind, rest.strip(), body, place.file, place.line, first + count, raw, headers, header_lines,
                place.question)  # fmt: skip


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
