"""Apply known mistakes to a question's solution: all hunks are found in the original text and replaced together."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, pairwise, product
from os.path import commonprefix
from typing import NamedTuple

from ..errors import AssignmentError
from .course import Hunk, Mistake, Source
from .names import FUNCTIONS, binds, lines_of, methods, parse, tree_of
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


class _Unit(NamedTuple):
    """Lines that can be parsed by themselves: a statement outside functions, or a method."""

    first: int  # from 0
    last: int  # the last one excluded
    names: frozenset[str]
    home: str  # the class of a method


class _Text(NamedTuple):
    lines: list[str]
    bare: list[str]  # without indentation and `# keep`
    starts: list[int]  # of each line, and the end
    units: list[_Unit]
    places: dict[str, tuple[int, int]]  # the lines of functions, methods and classes


@lru_cache(maxsize=64)
def _text(source: Source) -> _Text:
    lines = source.code.splitlines()
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    units, places = [], {"": (0, len(lines))}
    for node in parse(source).body:
        first, last = lines_of(node)
        bound = _bound(node)
        places |= dict.fromkeys(bound, (first - 1, last))
        for inner in node.body if isinstance(node, ast.ClassDef) else ():
            begin, end = lines_of(inner)
            if isinstance(inner, FUNCTIONS):
                places[f"{node.name}.{inner.name}"] = begin - 1, end
                units.append(_Unit(begin - 1, end, frozenset({f"{node.name}.{inner.name}"}), node.name))
        units.append(_Unit(first - 1, last, bound, ""))
    return _Text(lines, [_bare(line) for line in lines], starts, units, places)


def _bound(node: ast.stmt) -> frozenset[str]:
    """The names that a statement binds, "FFNN.backward" too if it is assigned."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    return frozenset(binds(node) | {ast.unparse(t) for t in targets if isinstance(t, ast.Attribute)})


def _bare(line: str) -> str:
    return KEEP.sub("", line).strip()


def located(hunk: Hunk, sources: Sequence[Source], question: str) -> Hunk:
    """The hunk with its span in the solution; a text that stands there twice or never is a slip."""
    spans: list[tuple[int, int, int]] = []
    for number, source in enumerate(sources):
        text = _text(source)
        first, last = text.places.get(hunk.address, (0, 0))
        starts, size = text.starts, len(hunk.old)
        if size == 1:
            at = source.code.find(hunk.old[0], starts[first], starts[last])
            while at >= 0:
                line_end = starts[bisect_right(starts, at)] - 1
                spans.append((number, at, line_end if len(hunk.new) > 1 else at + len(hunk.old[0])))
                at = source.code.find(hunk.old[0], at + len(hunk.old[0]), starts[last])
            continue
        bare = [_bare(line) for line in hunk.old]
        found = [k for k in range(first, last - size + 1) if text.bare[k : k + size] == bare]
        exact = [k for k in found if all(a.rstrip() == b for a, b in zip(text.lines[k:], hunk.old))]  # noqa: B905
        spans += [(number, starts[k], starts[k + size] - 1) for k in exact or found]
    if len(spans) == 1:
        return replace(hunk, span=spans[0])
    if not any(hunk.address in _text(source).places for source in sources):
        raise Slip(f"the solution of {question} has no {hunk.address}: write `# in` and one of its functions or "
                   "methods", hunk.line)  # fmt: skip
    below = " and the lines below it stand" if len(hunk.old) > 2 else " and the line below it stand"
    shown = f"`{hunk.old[0].strip()}`{below if hunk.old[1:] else ' stands'}"
    if not spans:
        where = f"{hunk.address} of {question}" if hunk.address else f"the solution of {question}"
        raise Slip(f"{shown} nowhere in {where}: copy a line of it, or a part of one line", hunk.line)
    lines = [f"line {sources[n].line + sources[n].code[:at].count(chr(10))} of {sources[n].file}" for n, at, _ in spans]
    raise Slip(f"{shown} {len(spans)} times, in {' and '.join(lines)}: write more of the line, a context line, or "
               "`# in NAME` above it", hunk.line)  # fmt: skip


# Applying --------------------------------------------------------------------------------------------------------


def overlap(a: Mistake, b: Mistake) -> bool:
    """Whether two mistakes of one question change the same text, so that they make no pair."""
    if a.code or b.code:
        return bool(a.changes & b.changes)
    return any(h.span[0] == g.span[0] and h.span[1] < g.span[2] and g.span[1] < h.span[2]
               for h in a.hunks for g in b.hunks)  # fmt: skip


def patched(question: Question, mistakes: Sequence[Mistake]) -> tuple[Source, ...]:
    """The question's solution with all hunks of these mistakes; code of a mistake becomes a further source."""
    sources = [replace(source, code=code) for source, code, _ in _applied(question, mistakes)]
    return (*sources, *(replace(m.source, code=m.code) for m in mistakes if m.code))


def changes(question: Question, mistake: Mistake) -> frozenset[str]:
    """The functions, methods and other top-level names that a mistake changes; of a snippet, the question's id."""
    if question.snippets:
        return frozenset(question.snippets)
    if mistake.code:  # `def backward` beside `FFNN.backward = backward` is not a name of the solution
        tree = parse(replace(mistake.source, code=mistake.code))
        names = methods(tree).union(*map(_bound, tree.body))
        known = set().union(*(_text(source).places for source in question.solution))
        return frozenset({name for name in names if name in known or "." in name} or names)
    return frozenset().union(*(names for _, _, names in _applied(question, [mistake])))


def _applied(question: Question, mistakes: Sequence[Mistake]) -> list[tuple[Source, str, frozenset[str]]]:
    """Each source of the solution, its text with the hunks of the mistakes, and the names that they change."""
    every = [located(h, question.solution, question.id) if h.span[0] < 0 else h for m in mistakes for h in m.hunks]
    names = " and ".join(m.name for m in mistakes)
    done = []
    for number, source in enumerate(question.solution):
        here = sorted((h for h in every if h.span[0] == number), key=lambda h: h.span)
        place = Place(mistakes[0].source.file, mistakes[0].source.line, question.id) if mistakes else ""
        if any(a.span[2] > b.span[1] for a, b in pairwise(here)):
            raise AssignmentError(f"{place}: two hunks of {names} change the same text: make them one hunk")
        found = _edited(source, tuple(here))
        if found is None:
            raise AssignmentError(f"{place}: the solution with {names} does not parse: change its `+` lines")
        done.append((source, *found))
    return done


@lru_cache(maxsize=1024)
def _edited(source: Source, here: tuple[Hunk, ...]) -> tuple[str, frozenset[str]] | None:
    """The text with these hunks, and the names that they change. Only the functions that they touch are parsed."""
    text, code, changed = _text(source), source.code, set[str]()
    whole = _Unit(0, len(text.lines), frozenset(), "")
    parts: dict[_Unit, list[Hunk]] = {}
    for hunk in here:
        first, last = _touched(text, hunk)
        inside = [u for u in text.units if u.first < last and first < u.last]
        homes = {u.home for u in inside}
        changed |= set().union(*(u.names for u in inside if u.names.isdisjoint(homes)))
        parts.setdefault(next((u for u in inside if u.first <= first and last <= u.last), whole), []).append(hunk)
    if any(a.last > b.first for a, b in pairwise(sorted(parts))):
        parts = {whole: list(here)}
    for unit in sorted(parts, reverse=True):
        start, end = text.starts[unit.first], min(text.starts[unit.last], len(code))
        found = _tried(source.code, start, end, parts[unit], "class _:\n" if unit.home else "")
        if found is None:
            return None
        new, tree = found
        bound = {f"{unit.home}{name[1:]}" for name in methods(tree)} if unit.home else methods(tree)
        changed |= (bound if unit.home else bound.union(*map(_bound, tree.body))) - text.places.keys()
        code = code[:start] + new + code[end:]
    return code, frozenset(changed if code != source.code else ())


def _touched(text: _Text, hunk: Hunk) -> tuple[int, int]:
    """The lines that a hunk changes, without context; beside lines that it only adds, the line of context."""
    first = bisect_right(text.starts, hunk.span[1]) - 1
    above, below = (len(commonprefix([hunk.old[::step], hunk.new[::step]])) for step in (1, -1))
    start = min(above, len(hunk.old) - 1)
    return first + start, first + max(len(hunk.old) - below, start + 1)


def _tried(code: str, start: int, end: int, here: list[Hunk], before: str) -> tuple[str, ast.Module] | None:
    """This part of the code with the hunks: a deleted line goes; it becomes `pass` if the part does not parse then."""
    gone = [k for k, h in enumerate(here) if not h.new and _whole(code, h)]
    choices = product("-p", repeat=len(gone)) if len(gone) <= MOST_DELETIONS_TRIED else [("p",) * len(gone)]
    for choice in choices:
        filled = {k for k, kind in zip(gone, choice, strict=True) if kind == "p"}
        text = code[:end]
        for k in reversed(range(len(here))):
            first, last, new = _edit(code, here[k], k in filled)
            text = text[:first] + new + text[last:]
        with suppress(SyntaxError, ValueError):
            return text[start:], tree_of(before + text[start:])
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
