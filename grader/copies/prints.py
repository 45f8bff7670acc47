"""The fingerprints of a submission: hashes of runs of tokens, winnowed, each with its lines and its question."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

import msgspec

from ..assignment.spec import Assignment
from ..forbidden.find import reached_lines
from ..judging.reading import Parsed
from ..notebook.program import Program
from ..notebook.read import Notebook, read_notebook
from ..notebook.statements import Statement, split
from .tokens import tokens

# A print is a run of so many tokens. One of so many neighbouring runs is kept, so a common part of RUN + WINDOW - 1
# tokens, two lines or so, leaves a common print wherever it stands.
RUN = 8
WINDOW = 4
ELSEWHERE = ""  # the question of code that no answer reaches
LONGEST_LINE = 300  # characters that are shown

Place = tuple[int, int]  # cell, line


class Line(msgspec.Struct, frozen=True):
    """A line of a submission's code."""

    cell: int  # as people count it; 0 in a file without cells
    line: int
    text: str
    question: str = ELSEWHERE
    file: str = ""


class Print(msgspec.Struct, frozen=True):
    """A hash of neighbouring tokens, and the lines of the first and of the last one, as indices of `Work.lines`."""

    hash: int
    first: int
    last: int


class Work(msgspec.Struct, frozen=True):
    """The code of a submission for the comparison; each hash occurs once, where it is met first."""

    lines: list[Line]
    prints: list[Print]


class Fingerprints:
    """Takes the fingerprints of submissions, without those of the students' notebook and of given code."""

    def __init__(self, assignment: Assignment) -> None:
        self._questions = assignment.questions
        names = {part for q in assignment.questions for name in q.names for part in name.split(".")}
        snippets = [snippet for q in assignment.questions for snippet in q.snippets.values()]
        self._asked = frozenset(names).union(*(snippet.variables for snippet in snippets))
        parts = [_of_template(assignment.template)]
        for source in assignment.given:
            parts.append(tuple(Statement("", 1, node.lineno, node=node) for node in ast.parse(source.code).body))
        self._given = frozenset(
            hash for part in parts for hash in _hashes([word for word, _ in _stream(part, self._asked)])
        )

    def of(self, parsed: Parsed) -> Work:
        notebook = parsed.notebook
        questions = self._questions_of(parsed.program)
        lines: list[Line] = []
        index: dict[Place, int] = {}
        for cell in notebook.cells:
            for number, text in enumerate(cell.source.splitlines(), 1) if cell.kind == "code" else ():
                if text.strip():
                    place = notebook.at(cell.number, number)
                    index[cell.number, number] = len(lines)
                    question = questions.get((cell.number, number), ELSEWHERE)
                    lines.append(Line(place.cell, place.line, text[:LONGEST_LINE], question, place.file))
        stream = list(_stream(_statements(notebook), self._asked))
        found: dict[int, Print] = {}
        for hash, at in _winnowed(_hashes([word for word, _ in stream]), WINDOW):
            rows = [index[place] for _, place in stream[at : at + RUN] if place in index]
            if rows and hash not in self._given:
                found.setdefault(hash, Print(hash, min(rows), max(rows)))
        return Work(lines, list(found.values()))

    def _questions_of(self, program: Program) -> dict[Place, str]:
        """The question of each line that an answer reaches; of several questions, the first one."""
        found: dict[Place, str] = {}
        earlier: set[str] = set()
        for question in self._questions:
            for lines in reached_lines(program, question, earlier):
                for line in range(lines.first, lines.last + 1):
                    found.setdefault((lines.cell, line), question.id)
            earlier.update(question.names)
        return found


def _of_template(template: Path | None) -> tuple[Statement, ...]:
    if template is None or not template.is_file():
        return ()
    return _statements(read_notebook(template.read_bytes(), template.name))


def _statements(notebook: Notebook) -> tuple[Statement, ...]:
    modules = dict.fromkeys(cell.module for cell in notebook.cells if cell.module)
    return split(notebook, tuple(modules)).statements


def _stream(statements: Sequence[Statement], asked: Set[str]) -> Iterator[tuple[str, Place]]:
    for statement, found in zip(statements, tokens([s.node for s in statements], asked), strict=True):
        for token in found:
            yield token.word, (statement.cell, token.line)


def _hashes(words: Sequence[str]) -> list[int]:
    """The hash of each run of RUN words; of fewer words, one hash of all."""
    runs = range(max(1, len(words) - RUN + 1)) if words else ()
    return [
        int.from_bytes(hashlib.blake2b("\0".join(words[k : k + RUN]).encode(), digest_size=7).digest()) for k in runs
    ]


def _winnowed(hashes: Sequence[int], window: int) -> Iterator[tuple[int, int]]:
    """The smallest hash of each window, the last of equals, with its position; each position once."""
    last = -1
    for start in range(max(1, len(hashes) - window + 1)) if hashes else ():
        at = min(range(start, min(start + window, len(hashes))), key=lambda k: (hashes[k], -k))
        if at != last:
            yield hashes[at], at
            last = at
