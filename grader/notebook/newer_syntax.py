"""Syntax of Python versions newer than the running one.

parso's grammars of these versions know type parameters only, so the newer constructs are rewritten in older syntax:
f-strings as PEP 701 reads them (3.12), type parameters and aliases (PEP 695, 3.12; PEP 696, 3.13), `except A, B:` and
t-strings (PEP 758 and PEP 750, 3.14). Code that parses after that was written for the newest version among them.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from .magics import parse

STRING = re.compile(r"(?i)(?<![\w])(?P<prefix>[rbuft]{0,2})(?P<quote>'{3}|\"{3}|'|\")")
TYPED = re.compile(r"\b(?:def|class)\s+\w+\s*(?=\[)")
ALIAS = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(?=[\[=])", re.MULTILINE)
EXCEPT = re.compile(r"^([ \t]*except\*?[ \t]+)([\w.]+(?:[ \t]*,[ \t]*[\w.]+)+)[ \t]*:", re.MULTILINE)
# Each level is gone through once more than the one around it.
DEEPEST = 4
PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Newer:
    """Code for a newer Python: the version, and its tree in older syntax, whose lines do not count."""

    version: str
    tree: ast.Module


class _NotWhole(Exception):
    """A string or bracket that does not end."""


@dataclass
class _Rewriting:
    versions: set[tuple[int, int]] = field(default_factory=set)
    depth: int = 0  # of f-strings within fields of f-strings


def newer(source: str) -> Newer | None:
    """The version that code which does not parse was written for; None when no version explains it."""
    rewriting = _Rewriting()
    try:
        older = _older(source, rewriting)
    except (_NotWhole, RecursionError):
        return None
    version = max(rewriting.versions, default=(0, 0))
    tree = parse(older) if version > sys.version_info[:2] else None
    return Newer(f"{version[0]}.{version[1]}", tree) if tree is not None else None


def _older(source: str, rewriting: _Rewriting) -> str:
    text = _without_types("".join(_plain_strings(source, rewriting)), rewriting)
    aliased = ALIAS.sub(r"\1\2 ", text)
    if aliased != text:
        rewriting.versions.add((3, 12))
    caught = EXCEPT.sub(r"\1(\2):", aliased)
    if caught != aliased:
        rewriting.versions.add((3, 14))
    return caught


def _plain_strings(source: str, rewriting: _Rewriting) -> Iterator[str]:
    """The source without comments and with an empty string for each f-string and t-string; fields are checked."""
    place = 0
    while place < len(source):
        if source[place] == "#":
            place = _line_end(source, place)
            continue
        match = STRING.match(source, place)
        if match is None:
            word = re.compile(r"\w+").match(source, place)
            end = word.end() if word else place + 1
            yield source[place:end]
            place = end
            continue
        prefix = match["prefix"].lower()
        if "f" in prefix or "t" in prefix:
            end = _formatted_end(source, match.end(), match["quote"], rewriting)
            whole = source[place:end]
            if "t" in prefix:
                rewriting.versions.add((3, 14))
            elif parse(whole) is None:
                rewriting.versions.add((3, 12))
            yield "''"
        else:
            end = _plain_end(source, match.end(), match["quote"])
            yield source[place:end]
        place = end


def _line_end(source: str, place: int) -> int:
    end = source.find("\n", place)
    return len(source) if end < 0 else end


def _plain_end(source: str, place: int, quote: str) -> int:
    while place < len(source):
        if source[place] == "\\":
            place += 2
        elif source.startswith(quote, place):
            return place + len(quote)
        elif source[place] == "\n" and len(quote) == 1:
            break
        else:
            place += 1
    raise _NotWhole


def _formatted_end(source: str, place: int, quote: str, rewriting: _Rewriting) -> int:
    """The end of an f-string whose text begins at `place`."""
    while place < len(source):
        if source.startswith(quote, place):
            return place + len(quote)
        character = source[place]
        escape = character == "\\" and source[place + 1 : place + 2] in ("\\", "'", '"', "\n")
        if escape or source.startswith(("{{", "}}"), place):
            place += 2
        elif character == "{":
            rewriting.depth += 1
            if rewriting.depth > DEEPEST:
                raise _NotWhole
            place = _field_end(source, place + 1, rewriting)
            rewriting.depth -= 1
        elif character == "}" or (character == "\n" and len(quote) == 1):
            break
        else:
            place += 1
    raise _NotWhole


def _field_end(source: str, place: int, rewriting: _Rewriting) -> int:
    """The end of a replacement field whose expression begins at `place`; its expression has to be one."""
    begin, open_ = place, []
    while place < len(source):
        character = source[place]
        match = STRING.match(source, place)
        if match is not None:
            formatted = {"f", "t"} & set(match["prefix"].lower())
            place = (
                _formatted_end(source, match.end(), match["quote"], rewriting)
                if formatted
                else _plain_end(source, match.end(), match["quote"])
            )
        elif character == "#":
            place = _line_end(source, place)
        elif character in PAIRS:
            open_.append(PAIRS[character])
            place += 1
        elif open_ and character == open_[-1]:
            open_.pop()
            place += 1
        elif not open_ and (character in ":}" or (character == "!" and source[place + 1 : place + 2] != "=")):
            expression = source[begin:place].rstrip()
            if expression.endswith("=") and not expression.endswith(("==", "<=", ">=", "!=")):
                expression = expression[:-1]
            inner = _older(expression, rewriting)
            if parse(f"({inner}\n)") is None or not inner.strip():
                raise _NotWhole
            return _after_expression(source, place, rewriting)
        else:
            word = re.compile(r"\w+").match(source, place)
            place = word.end() if word else place + 1
    raise _NotWhole


def _after_expression(source: str, place: int, rewriting: _Rewriting) -> int:
    """The end of a field, from the conversion or the format on, which may hold fields itself."""
    while place < len(source):
        if source[place] == "}":
            return place + 1
        place = _field_end(source, place + 1, rewriting) if source[place] == "{" else place + 1
    raise _NotWhole


def _without_types(text: str, rewriting: _Rewriting) -> str:
    """The text without the type parameters of functions, classes and aliases."""
    kept, last = [], 0
    starts = [m.end() for m in TYPED.finditer(text)]
    starts += [m.end() for m in ALIAS.finditer(text) if text.startswith("[", m.end())]
    for start in sorted(starts):
        if start < last:
            continue
        depth, place = 0, start
        for place in range(start, len(text)):
            depth += (text[place] in PAIRS) - (text[place] in PAIRS.values())
            if depth == 0:
                break
        rewriting.versions.add((3, 13) if re.search(r"(?<![=!<>])=(?!=)", text[start:place]) else (3, 12))
        kept.append(text[last:start])
        last = place + 1
    return "".join([*kept, text[last:]])
