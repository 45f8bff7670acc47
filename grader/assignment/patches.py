"""Apply known mistakes to a question's solution: all hunks are found in the original text and replaced together."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, pairwise, product
from typing import NamedTuple

from ..errors import AssignmentError
from .course import Hunk, Mistake, Source
from .names import FUNCTIONS, binds, lines_of, parse
from .percent import Cell
from .slips import Place, Slip
from .spec import Question

KEEP = re.compile(r"\s*#\s*keep\s*$")
MOST_DELETIONS_TRIED = 6  # each doubles the number of texts to parse


class _Line(NamedTuple):
    sign: str  # "-", "+" or " "
    text: str
    number: int


# Reading ---------------------------------------------------------------------------------------------------------


def hunks(cell: Cell) -> tuple[Hunk, ...]:
    """The hunks of a `wrong` cell, not yet found in the solution."""
    blocks: list[tuple[str, list[_Line]]] = [("", [])]
    for text, number in cell.comments():
        if found := re.fullmatch(r"in\s+([\w.]+)", text):
            blocks.append((found[1], []))
        elif not text.strip():
            blocks.append((blocks[-1][0], []))
        elif text[:2] in ("- ", "+ ", "  ") and text[2:].strip():
            blocks[-1][1].append(_Line(text[0], text[2:].rstrip(), number))
        else:
            raise Slip(f"`# {text}` is not a line of a diff: begin it with `# - `, `# + `, `# in ` or `#   `", number)
    found_hunks = tuple(hunk for address, lines in blocks for hunk in _hunks(lines, address))
    if not found_hunks:
        raise Slip("the mistake changes nothing: write a line `# - old text` and a line `# + new text`")
    return found_hunks


def _hunks(lines: list[_Line], address: str) -> list[Hunk]:
    groups: list[list[_Line]] = []
    for k, line in enumerate(lines):
        after = k > 0 and lines[k - 1].sign == "+" and line.sign != "+"
        if not groups or (after and any(other.sign != " " for other in lines[k:])):
            groups.append([])
        groups[-1].append(line)
    for group in groups:
        if group[0].sign == "+":
            raise Slip("a `+` line has no `-` line above it: write the line that it replaces", group[0].number)
        if all(line.sign == " " for line in group):
            raise Slip("the context changes nothing: write a `-` or a `+` line beside it", group[0].number)
    return [
        Hunk(tuple(n.text for n in g if n.sign != "+"), tuple(n.text for n in g if n.sign != "-"), address, g[0].number)
        for g in groups
    ]


# Finding ---------------------------------------------------------------------------------------------------------


def located(hunk: Hunk, sources: Sequence[Source], question: str) -> Hunk:
    """The hunk with its span in the solution; a text that stands there twice or never is a slip."""
    spans = []
    reached = False
    for number, source in enumerate(sources):
        lines = source.code.splitlines()
        first, last = _range(source, hunk.address)
        reached |= last > 0
        inside = range(first, min(last, len(lines)) - len(hunk.old) + 1)
        exact = [k for k in inside if all(a.rstrip() == b for a, b in zip(lines[k:], hunk.old))]  # noqa: B905
        loose = [k for k in inside if all(_bare(a) == _bare(b) for a, b in zip(lines[k:], hunk.old))]  # noqa: B905
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        if len(hunk.old) > 1:
            spans += [(number, starts[k], starts[k + len(hunk.old)] - 1) for k in exact or loose]
            continue
        for k in inside:
            for found in re.finditer(re.escape(hunk.old[0]), lines[k]):
                end = len(lines[k]) if len(hunk.new) > 1 else found.end()
                spans.append((number, starts[k] + found.start(), starts[k] + end))
    if not reached:
        raise Slip(f"the solution of {question} has no {hunk.address}: write `# in` and one of its functions or "
                   "methods", hunk.line)  # fmt: skip
    below = ("", " and the line below it")[len(hunk.old) - 1] if len(hunk.old) < 3 else " and the lines below it"
    shown = f"`{hunk.old[0].strip()}`{below}"
    stand = "stand" if hunk.old[1:] else "stands"
    where = f"{hunk.address} of {question}" if hunk.address else f"the solution of {question}"
    if not spans:
        raise Slip(f"{shown} {stand} nowhere in {where}: copy a line of it, or a part of one line", hunk.line)
    if len(spans) > 1:
        times = "twice" if len(spans) == 2 else f"{len(spans)} times"
        raise Slip(f"{shown} {stand} {times}, in {_places(spans, sources)}: write more of the line, a context line, or "
                   "`# in NAME` above it", hunk.line)  # fmt: skip
    return replace(hunk, span=spans[0])


def _bare(line: str) -> str:
    return KEEP.sub("", line).strip()


def _range(source: Source, address: str) -> tuple[int, int]:
    """The lines of a function, method or class, from 0, the last one excluded; (0, 0) if it is not there."""
    if not address:
        return 0, len(source.code.splitlines())
    body, found = parse(source).body, (0, 0)
    for part in address.split("."):
        node = next((n for n in reversed(body) if part in binds(n)), None)
        if node is None:
            return 0, 0
        first, last = lines_of(node)
        body, found = getattr(node, "body", []), (first - 1, last)
    return found


def _places(spans: list[tuple[int, int, int]], sources: Sequence[Source]) -> str:
    lines: dict[str, list[int]] = {}
    for number, start, _ in spans:
        source = sources[number]
        lines.setdefault(source.file, []).append(source.line + source.code.count("\n", 0, start))
    return " and ".join(
        f"line{'s' if ns[1:] else ''} {', '.join(map(str, ns[:-1]))}{' and ' if ns[1:] else ''}{ns[-1]} of {file}"
        for file, ns in lines.items()
    )


# Applying --------------------------------------------------------------------------------------------------------


def overlap(a: Mistake, b: Mistake) -> bool:
    """Whether two mistakes of one question change the same text, so that they make no pair."""
    if a.code or b.code:
        return bool(a.changes & b.changes)
    return any(h.span[0] == g.span[0] and h.span[1] < g.span[2] and g.span[1] < h.span[2]
               for h in a.hunks for g in b.hunks)  # fmt: skip


def patched(question: Question, mistakes: Sequence[Mistake]) -> tuple[Source, ...]:
    """The question's solution with all hunks of these mistakes; code of a mistake becomes a further source."""
    every = [located(h, question.solution, question.id) if h.span[0] < 0 else h for m in mistakes for h in m.hunks]
    names = " and ".join(m.name for m in mistakes)
    sources = []
    for number, source in enumerate(question.solution):
        here = sorted((h for h in every if h.span[0] == number), key=lambda h: h.span)
        place = Place(mistakes[0].source.file, mistakes[0].source.line, question.id) if mistakes else ""
        if any(a.span[2] > b.span[1] for a, b in pairwise(here)):
            raise AssignmentError(f"{place}: two hunks of {names} change the same text: make them one hunk")
        done = _applied(source, here) if here else source
        if done is None:
            raise AssignmentError(f"{place}: the solution with {names} does not parse: change its `+` lines")
        sources.append(done)
    return (*sources, *(replace(m.source, code=m.code) for m in mistakes if m.code))


def _applied(source: Source, here: list[Hunk]) -> Source | None:
    """The source with these hunks: a deleted line goes; it becomes `pass` if the text does not parse otherwise."""
    code = source.code
    gone = [k for k, h in enumerate(here) if not h.new and _whole(code, h)]
    tried = product("-p", repeat=len(gone)) if len(gone) <= MOST_DELETIONS_TRIED else ("-" * len(gone), "p" * len(gone))
    for choice in tried:
        filled = {k for k, kind in zip(gone, choice, strict=True) if kind == "p"}
        text = code
        for k in reversed(range(len(here))):
            start, end, new = _edit(code, here[k], k in filled)
            text = text[:start] + new + text[end:]
        with suppress(Slip):
            parse(done := replace(source, code=text))
            return done
    return None


def _edit(code: str, hunk: Hunk, filled: bool) -> tuple[int, int, str]:
    _, start, end = hunk.span
    line_start = code.rfind("\n", 0, start) + 1
    line_end = code.find("\n", end) if "\n" in code[end:] else len(code)
    line = code[line_start:line_end].split("\n")[0]
    indent = len(line) - len(line.lstrip())
    if not hunk.new and _whole(code, hunk):
        if filled:
            return line_start, line_end, " " * indent + "pass"
        return line_start, min(line_end + 1, len(code)), ""
    if len(hunk.old) > 1:
        return line_start, end, "\n".join(_lines(code[line_start:end].split("\n"), hunk))
    shift = " " * min(start - line_start, indent)
    first, *more = hunk.new or ("",)
    return start, end, "\n".join([first + code[start + len(hunk.old[0]) : end], *(shift + new for new in more)])


def _lines(lines: list[str], hunk: Hunk) -> list[str]:
    """The new lines: context stays, others are indented as much more than written as the line that they replace."""
    made, k = [], 0
    for new in hunk.new:
        if new in hunk.old[k:]:  # context
            k = hunk.old.index(new, k)
            made.append(lines[k])
            k = min(k + 1, len(lines) - 1)
        else:
            more = len(lines[k]) - len(lines[k].lstrip()) - (len(hunk.old[k]) - len(hunk.old[k].lstrip()))
            made.append(" " * max(0, more) + new)
    return made


def _whole(code: str, hunk: Hunk) -> bool:
    """Whether a hunk takes up whole lines; a comment behind it does not count."""
    _, start, end = hunk.span
    before = code[code.rfind("\n", 0, start) + 1 : start]
    behind = code[end:].split("\n")[0].strip()
    return len(hunk.old) > 1 or (not before.strip() and (not behind or behind.startswith("#")))


def changes(question: Question, mistake: Mistake) -> frozenset[str]:
    """The functions, methods and other top-level names that differ with a mistake; of a snippet, the question's id."""
    if question.snippets:
        return frozenset(question.snippets)
    ours = _meanings(question.solution)
    theirs = _meanings(patched(question, [mistake]))
    differing = {name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name)}
    if mistake.code:  # `def backward` beside `FFNN.backward = backward` is not a name of the solution
        differing = {name for name in differing if name in ours or "." in name} or differing
    return frozenset(differing)


def _meanings(sources: Sequence[Source]) -> dict[str, str]:
    """The code of each name, "FFNN.backward" apart from "FFNN"."""
    return {name: code for source in sources for name, code in _meanings_of(source).items()}


@lru_cache(maxsize=64)
def _meanings_of(source: Source) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in parse(source).body:
        if isinstance(node, ast.ClassDef):
            inner = [n for n in node.body if isinstance(n, FUNCTIONS)]
            found |= {f"{node.name}.{n.name}": ast.dump(n) for n in inner}
            rest = [ast.dump(n) for n in node.body if n not in inner]
            found[node.name] = repr((list(map(ast.dump, (*node.bases, *node.decorator_list))), rest))
        elif isinstance(node, ast.Assign) and all(isinstance(t, ast.Attribute) for t in node.targets):
            found |= {ast.unparse(target): ast.dump(node.value) for target in node.targets}
        else:
            found |= dict.fromkeys(binds(node) or {""}, ast.dump(node))
    return {name: code for name, code in found.items() if name}
