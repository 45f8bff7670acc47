"""Find functions of the solution in what students get: texts, templates, given code, helpers, stand-ins, tests."""

from __future__ import annotations

import ast
import copy
import io
import re
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

from ...assignment.course import NotebookCell, Source
from ...assignment.names import FUNCTIONS, parse
from ...assignment.slips import Place, Slip
from ...assignment.spec import Assignment, Question
from ...errors import AssignmentError

Function = ast.FunctionDef | ast.AsyncFunctionDef
# Shorter bodies, such as `return self.data`, are the same in many programs; they count only under the same name.
TELLING = 9  # statements, expressions, operators
NOTHING = ("pass", "...", "return", "return None", "raise NotImplementedError", "raise NotImplementedError()",
           "super().__init__()")  # fmt: skip


@dataclass(frozen=True)
class Secret:
    """A function of the solution: its name with its class, and the question that asks for it."""

    name: str
    question: str
    file: str


@dataclass(frozen=True)
class Piece:
    """A text or a program that students get, with the words for it and its place."""

    kind: str
    place: Place
    code: str = ""
    prose: str = ""


def check_leaks(assignment: Assignment) -> None:
    """Raise AssignmentError with a sentence for each function of the solution in a cell that students get.

    Functions are the same if their bodies are, whatever the names of functions, arguments and variables; docstrings,
    annotations and comments do not count. Functions that only questions without points ask for are no secret, because
    a template may give them. A stand-in that `stays home` is not looked at.
    """
    by_name, by_body = _secrets(assignment)
    found: list[str] = []
    for piece in _pieces(assignment):
        for name, node, line in _functions(piece):
            secret = by_name.get((name, _canonical(node))) or (_size(node) >= TELLING and by_body.get(_canonical(node)))
            if secret:
                place = Place(piece.place.file, piece.place.line + line, piece.place.question)
                there = "" if name == secret.name else f" under the name {name}"
                found.append(f"{place}: the {piece.kind} holds {secret.name} of the solution of question "
                             f"{secret.question}{there}, and students get it: {_advice(piece.kind)}")  # fmt: skip
    if found:
        raise AssignmentError("\n".join(dict.fromkeys(found)))


def _advice(kind: str) -> str:
    return "write other code, or `# stays home`" if kind == "stand-in" else "take it out, or write it differently"


# The solution ------------------------------------------------------------------------------------------------------


def _secrets(assignment: Assignment) -> tuple[dict[tuple[str, str], Secret], dict[str, Secret]]:
    given = _given_away(assignment.questions)
    asked = {name for question in assignment.questions for name in question.names}
    by_name: dict[tuple[str, str], Secret] = {}
    by_body: dict[str, Secret] = {}
    for question in assignment.questions:
        for source in question.solution:
            for name, node in _named(parse(source)):
                if name not in given and not _is_empty(node):
                    secret = Secret(name, question.id, source.file)
                    if name in asked:
                        by_name.setdefault((name, _canonical(node)), secret)
                    by_body.setdefault(_canonical(node), secret)
    return by_name, by_body


def _given_away(questions: tuple[Question, ...]) -> set[str]:
    """The functions that only questions without points ask for, and the constructors of such classes."""
    free = {name for q in questions if not q.points and not q.reviewed for name in q.names}
    asked = {name for q in questions if q.points or q.reviewed for name in q.names}
    return {*free, *(f"{name}.__init__" for name in free)} - asked


def _named(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, Function]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, FUNCTIONS):
            yield owner + node.name, node
            yield from _named(node)
        elif isinstance(node, ast.ClassDef):
            yield from _named(node, f"{node.name}.")
        else:
            yield from _named(node, owner)


def _body(node: Function) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


def _is_empty(node: Function) -> bool:
    return all(ast.unparse(statement) in NOTHING for statement in _body(node))


def _size(node: Function) -> int:
    parts = (part for statement in _body(node) for part in ast.walk(statement))
    return sum(not isinstance(part, ast.expr_context) for part in parts)


def _canonical(node: Function) -> str:
    """The body as text, with the function's own names numbered in their order."""
    arguments = [a for a in ast.walk(node.args) if isinstance(a, ast.arg)]
    own = {node.name, *(a.arg for a in arguments)}
    body = copy.deepcopy(_body(node))
    for part in (n for statement in body for n in ast.walk(statement)):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            own.add(part.id)
        elif isinstance(part, FUNCTIONS):
            own |= {part.name, *(a.arg for a in ast.walk(part.args) if isinstance(a, ast.arg))}
    numbers: dict[str, str] = {}
    for part in (n for statement in body for n in ast.walk(statement)):
        if isinstance(part, FUNCTIONS):
            part.body, part.decorator_list, part.returns = _body(part) or [ast.Pass()], [], None
            part.name = numbers.setdefault(part.name, f"n{len(numbers)}")
        elif isinstance(part, ast.arg):
            part.arg, part.annotation = numbers.setdefault(part.arg, f"n{len(numbers)}"), None
        elif isinstance(part, ast.Name) and part.id in own:
            part.id = numbers.setdefault(part.id, f"n{len(numbers)}")
    return "\n".join(map(ast.dump, body))


# What students get -------------------------------------------------------------------------------------------------


def _pieces(assignment: Assignment) -> Iterator[Piece]:
    given = {source.code for source in assignment.given}
    yield from _cells(assignment.cells, "", given)
    yield from (_piece("helper", source, "") for source in assignment.helpers)
    for question in assignment.questions:
        yield from _cells((*question.before, *question.cells), question.id, given)
        yield from (_piece("helper", source, question.id) for source in question.helpers)
        yield from (_piece("stand-in", s.source, question.id) for s in question.stand_ins if not s.stays_home)
        for test in question.tests:
            yield from (_piece("test", source, question.id) for source in (test.source, test.trusted) if source.code)


def _cells(cells: tuple[NotebookCell, ...], question: str, given: set[str]) -> Iterator[Piece]:
    for cell in cells:
        if cell.kind == "text":
            for prose in dict.fromkeys((cell.text.es, cell.text.en)):
                yield Piece("text", Place(cell.file, cell.line, question), prose=prose)
        elif cell.kind == "code":
            kind = "given code" if cell.code in given else "template"
            yield _piece(kind, Source(cell.code, cell.file, cell.line + 1), question)


def _piece(kind: str, source: Source, question: str) -> Piece:
    return Piece(kind, Place(source.file, source.line, question), source.code, _words(source.code))


def _words(code: str) -> str:
    """The comments and the long strings of a program, where they stand."""
    lines = [""] * (code.count("\n") + 1)
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT:
                lines[token.start[0] - 1] = re.sub(r"^#+ ?", "", token.string)
            elif token.type == tokenize.STRING and "\n" in token.string:
                for row, text in enumerate(token.string.splitlines(), token.start[0] - 1):
                    lines[row] = text.strip("\"'") if row == token.start[0] - 1 else text
    except (SyntaxError, tokenize.TokenError):
        return code
    return "\n".join(lines)


def _functions(piece: Piece) -> Iterator[tuple[str, Function, int]]:
    """The functions of a piece with their line in it; also those that stand in a text, a comment or a string."""
    try:
        tree = parse(Source(piece.code))
    except Slip:
        tree = ast.Module([], [])
    yield from ((name, node, node.lineno - 1) for name, node in _named(tree))
    lines = piece.prose.splitlines()
    for number, line in enumerate(lines):
        if begin := re.match(r"[\s>`]*(?=(async\s+def|def|class)\b)", line):
            block = [" " * begin.end() + line[begin.end() :]]
            for below in lines[number + 1 :]:
                if below.strip() and len(below) - len(below.lstrip()) <= begin.end():
                    break
                block.append(below)
            # Of a text only its cell has a place: both languages are one piece.
            yield from ((name, node, number if piece.code else 0) for name, node in _parsed(block))


def _parsed(block: list[str]) -> Iterator[tuple[str, Function]]:
    """The functions of the longest beginning of these lines that is a program."""
    while block:
        try:
            return _named(ast.parse(textwrap.dedent("\n".join(block)).rstrip("` \n")))
        except (SyntaxError, ValueError):
            block = block[:-1]
    return iter(())
