"""Apply known mistakes to a question's solution: all hunks are found in the original text and replaced together."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise, product
from typing import NamedTuple

from ..errors import AssignmentError
from .course import Example, Hunk, Mistake, Source
from .names import FUNCTIONS, binds, lines_of, methods, parse, tree_of
from .percent import Cell
from .slips import Place, Slip
from .spec import Question

KEEP = re.compile(r"\s*#\s*keep\s*$")


def hunks(cell: Cell) -> tuple[Hunk, ...]:
    """The hunks of a `wrong` cell, not yet found in the solution."""
    found: list[Hunk] = []
    address, signs, block = "", "", list[tuple[str, int]]()
    for text, number in [*cell.comments(), ("", 0)]:
        at = re.fullmatch(r"in\s+([\w.]+)", text)
        if text[:2] in ("- ", "+ ", "  ") and text[2:].strip():
            signs += text[0]
            block.append((text[2:].rstrip(), number))
        elif text.strip() and not at:
            raise Slip(f"`# {text}` is not a line of a diff: begin it with `# - `, `# + `, `# in ` or `#   `", number)
        else:  # the block ends; context at its end belongs to the hunk above
            for part in re.finditer(r"\+.*|[ -]+(?:\++(?: +$)?)?", signs):
                if part[0][0] == "+" or part[0].isspace():
                    raise Slip("a part of the diff has no `-` line, or nothing but context: write the line that it "
                               "replaces, and the new one below it", block[part.start()][1])  # fmt: skip
                lines = [*zip(part[0], block[part.start() : part.end()], strict=True)]
                old, new = (tuple(line for sign, (line, _) in lines if sign != other) for other in "+-")
                found.append(Hunk(old, new, address, block[part.start()][1]))
            address, signs, block = at[1] if at else address, "", []
    if not found:
        raise Slip("the mistake changes nothing: write a line `# - old text` and a line `# + new text`")
    return tuple(found)


class _Unit(NamedTuple):
    """Lines that can be parsed by themselves: a statement outside functions, or a method."""

    first: int  # from 0
    last: int  # the last one excluded
    names: frozenset[str]
    home: str  # the class of a method


class _Text(NamedTuple):
    lines: list[str]
    bare: list[str]  # without indentation and `# keep`
    units: list[_Unit]
    places: dict[str, tuple[int, int]]  # the lines of functions, methods and classes


@lru_cache(maxsize=64)
def _text(source: Source) -> _Text:
    lines = source.code.split("\n")
    units, places = [], {"": (0, len(lines))}
    for node in parse(source).body:
        for inner in node.body if isinstance(node, ast.ClassDef) else ():
            if isinstance(inner, FUNCTIONS) and isinstance(node, ast.ClassDef):
                first, last = lines_of(inner)
                units.append(_Unit(first - 1, last, frozenset({f"{node.name}.{inner.name}"}), node.name))
        first, last = lines_of(node)
        units.append(_Unit(first - 1, last, _bound(node), ""))
    places |= {name: (unit.first, unit.last) for unit in units for name in unit.names}
    return _Text(lines, [_bare(line) for line in lines], units, places)


def _bound(node: ast.stmt) -> frozenset[str]:
    """The names that a statement binds, "FFNN.backward" too if it is assigned."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    return frozenset(binds(node) | {ast.unparse(t) for t in targets if isinstance(t, ast.Attribute)})


def _bare(line: str) -> str:
    return KEEP.sub("", line).strip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def located(hunk: Hunk, sources: Sequence[Source], question: str) -> Hunk:
    """The hunk with its lines in the solution; a text that occurs there twice or never is a slip."""
    hits: list[tuple[int, int]] = []
    size = len(hunk.old)
    for number, source in enumerate(sources):
        text = _text(source)
        first, last = text.places.get(hunk.address, (0, 0))
        if size == 1:
            hits += [(number, k) for k in range(first, last) for _ in range(text.lines[k].count(hunk.old[0]))]
            continue
        bare = [_bare(line) for line in hunk.old]
        found = [k for k in range(first, last - size + 1) if text.bare[k : k + size] == bare]
        exact = [k for k in found if all(a.rstrip() == b for a, b in zip(text.lines[k:], hunk.old))]  # noqa: B905
        hits += [(number, k) for k in exact or found]
    if len(hits) == 1:
        number, k = hits[0]
        lines = _new_lines(_text(sources[number]).lines[k : k + size], hunk)
        return replace(hunk, span=(number, k, k + size), lines=lines)
    if not any(hunk.address in _text(source).places for source in sources):
        raise Slip(f"the solution of {question} has no {hunk.address}: write `# in` and one of its functions or "
                   "methods", hunk.line)  # fmt: skip
    stands = (" stands", " and the line below it stand", " and the lines below it stand")[min(size, 3) - 1]
    where = " and ".join(f"line {sources[number].line + k} of {sources[number].file}" for number, k in hits)
    raise Slip(f"`{hunk.old[0].strip()}`{stands} " + (
        f"{len(hits)} times, in {where}: write more of the line, a context line, or `# in NAME` above it" if hits else
        f"nowhere in {hunk.address or 'the solution'} of {question}: copy a line of it, or a part of one line"
    ), hunk.line)  # fmt: skip


def _new_lines(lines: list[str], hunk: Hunk) -> tuple[str, ...]:
    """The lines that replace these: context stays, and others are indented as much more than the hunk is written."""
    if len(lines) == 1:
        before, _, behind = lines[0].partition(hunk.old[0])
        if not hunk.new and (not before.strip() and behind.lstrip()[:1] in ("", "#")):
            return ()
        first, *more = hunk.new or ("",)
        return (before + first + behind, *(" " * min(len(before), _indent(lines[0])) + new for new in more))
    made, k = [], 0
    for new in hunk.new:
        if new in hunk.old[k:]:  # context
            k = hunk.old.index(new, k)
            made.append(lines[k])
            k = min(k + 1, len(lines) - 1)
        else:
            made.append(" " * (_indent(lines[k]) - _indent(hunk.old[k])) + new)
    return tuple(made)


# Applying --------------------------------------------------------------------------------------------------------


def overlap(a: Mistake, b: Mistake) -> bool:
    """Whether two mistakes of one question change the same lines, so that they make no pair."""
    if a.code or b.code:
        return bool(a.changes & b.changes)
    return any(h.span[0] == g.span[0] and h.span[1] < g.span[2] and g.span[1] < h.span[2]
               for h in a.hunks for g in b.hunks)  # fmt: skip


def patched(question: Question, mistakes: Sequence[Mistake | Example]) -> tuple[Source, ...]:
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


def _applied(question: Question, mistakes: Sequence[Mistake | Example]) -> list[tuple[Source, str, frozenset[str]]]:
    """Each source of the solution, its text with the hunks of the mistakes, and the names that they change."""
    every = [located(h, question.solution, question.id) if h.span[0] < 0 else h for m in mistakes for h in m.hunks]
    names, done = " and ".join(m.name for m in mistakes), []
    for number, source in enumerate(question.solution):
        here = sorted((h for h in every if h.span[0] == number), key=lambda h: h.span)
        found = _edited(source, tuple(here))
        if found is None:
            twice = any(a.span[2] > b.span[1] for a, b in pairwise(here))
            raise AssignmentError(
                f"{Place(mistakes[0].source.file, mistakes[0].source.line, question.id)}: "
                + (f"two hunks of {names} change the same line: make them one hunk" if twice else
                   f"the solution with {names} does not parse: change its `+` lines")
            )  # fmt: skip
        done.append((source, *found))
    return done


@lru_cache(maxsize=1024)
def _edited(source: Source, here: tuple[Hunk, ...]) -> tuple[str, frozenset[str]] | None:
    """The text with these hunks, and the names that they change. Only the functions that they touch are parsed."""
    text, changed = _text(source), set[str]()
    lines, whole = [*text.lines], _Unit(0, len(text.lines), frozenset(), "")
    parts: dict[_Unit, list[Hunk]] = {}
    for hunk in here:
        first, last = _touched(hunk)
        inside = [u for u in text.units if u.first < last and first < u.last]
        homes = {u.home for u in inside}
        changed |= set().union(*(u.names for u in inside if u.names.isdisjoint(homes)))
        _, first, last = hunk.span
        parts.setdefault(next((u for u in inside if u.first <= first and last <= u.last), whole), []).append(hunk)
    if any(a.last > b.first for a, b in pairwise(sorted(parts))):
        parts = {whole: list(here)}
    if any(a.span[2] > b.span[1] for a, b in pairwise(here)):
        return None
    for unit in sorted(parts, reverse=True):
        found = _tried(text.lines, unit, parts[unit])
        if found is None:
            return None
        lines[unit.first : unit.last], tree = found
        bound = methods(tree) if unit.home else methods(tree).union(*map(_bound, tree.body))
        changed |= {f"{unit.home}{name[1:]}" if unit.home else name for name in bound} - text.places.keys()
    same = lines == text.lines
    return (source.code, frozenset()) if same else ("\n".join(lines), frozenset(changed))


def _touched(hunk: Hunk) -> tuple[int, int]:
    """The lines that a hunk changes, without context; beside lines that it only adds, the line of context."""
    above, below = (
        next((k for k, (a, b) in enumerate(zip(hunk.old[::step], hunk.new[::step])) if a != b), len(hunk.new))  # noqa: B905
        for step in (1, -1)
    )
    start = min(above, len(hunk.old) - 1)
    return hunk.span[1] + start, hunk.span[1] + max(len(hunk.old) - below, start + 1)


def _tried(lines: list[str], unit: _Unit, here: list[Hunk]) -> tuple[list[str], ast.Module] | None:
    """The lines of a unit with the hunks: a deleted line goes; it becomes `pass` if the unit does not parse then."""
    gone = [h for h in here if not h.lines]
    for choice in product((False, True), repeat=len(gone)):
        new, filled = lines[: unit.last], [h for h, fill in zip(gone, choice, strict=True) if fill]
        for hunk in reversed(here):
            _, first, last = hunk.span
            new[first:last] = [" " * _indent(lines[first]) + "pass"] if hunk in filled else hunk.lines
        with suppress(SyntaxError, ValueError):
            code = "\n".join(new[unit.first :])
            return new[unit.first :], tree_of(f"class _:\n{code}" if unit.home else code)
    return None
