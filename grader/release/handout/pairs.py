"""Comments and docstrings of a notebook's code in one language: `# ES | EN` becomes `# ES` or `# EN`."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
CLOSING = {")": "(", "]": "[", "}": "{"}


def in_language(code: str, language: str) -> str:
    """The code with each comment, and each line of a docstring, that is a pair in this language."""
    lines = code.split("\n")
    try:
        found = [*_comments(code), *_docstrings(code)]
    except (SyntaxError, tokenize.TokenError):  # a magic
        found = []
    for row, start, end in sorted(found, reverse=True):
        lines[row] = lines[row][:start] + _half(lines[row][start:end], language) + lines[row][end:]
    return "\n".join(lines)


def _comments(code: str) -> Iterator[tuple[int, int, int]]:
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            sign = len(token.string) - len(token.string.lstrip("# "))
            yield token.start[0] - 1, token.start[1] + sign, token.end[1]


def _docstrings(code: str) -> Iterator[tuple[int, int, int]]:
    lines = code.split("\n")
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, DEFINITIONS) or ast.get_docstring(node, clean=False) is None:
            continue
        text = node.body[0]
        for row in range(text.lineno - 1, text.end_lineno or text.lineno):
            quoted = re.fullmatch(r"(\s*(?:[rRuU]?(?:\"\"\"|'''|\"|'))?)(.*?)((?:\"\"\"|'''|\"|')?\s*)", lines[row])
            if quoted:
                yield row, quoted.end(1), quoted.start(3)


def _half(text: str, language: str) -> str:
    """The half of a pair, or a text that is not a pair: the bar of `P(a | b)` or of `x: int | None` makes none."""
    halves = [half.strip() for half in re.split(r"\s\|\s", text)]
    if len(halves) != 2 or not all(map(_whole, halves)) or "None" in halves:
        return text
    return halves[0] if language == "es" else halves[1]


def _whole(half: str) -> bool:
    """Whether no bracket, formula or code word begins in one half and ends in the other."""
    open_: list[str] = []
    for letter in half:
        if letter in CLOSING.values():
            open_.append(letter)
        elif letter in CLOSING and (not open_ or open_.pop() != CLOSING[letter]):
            return False
    return bool(half) and not open_ and half.count("$") % 2 == 0 and half.count("`") % 2 == 0
