"""The students' notebook, made of the texts, the given code and the holes of an assignment file."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from contextlib import suppress

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from ...assignment.course import NotebookCell, Source
from ...assignment.names import NAMED, defined, definition, globals_of, identifiers, methods, parse
from ...assignment.slips import Slip
from ...assignment.spec import Assignment, Question
from ...errors import UsageError
from ...messages import Message, say
from . import cells, points
from .forbidden import forbidden
from .holes import hole, snippet_hole
from .pairs import in_language
from .texts import names_of_notebooks

HEADING = re.compile(r"^(#+) ", re.MULTILINE)


def notebook_text(assignment: Assignment, language: str, question_ids: Sequence[str] = (), repository: str = "") -> str:
    """The text of the .ipynb file, the same on every call.

    It has the questions that `selected` returns for these ids. `repository` is the address from which Colab fetches the
    checks.
    """
    return f"{nbformat.writes(_Notebook(assignment, language, question_ids, repository).build())}\n"


def notebooks(
    assignment: Assignment, language: str, question_ids: Sequence[str] = (), repository: str = ""
) -> dict[str, bytes]:
    """A notebook for each language of the assignment, by file name; that in `language` is the first."""
    if language not in assignment.languages:
        raise UsageError(f"the assignment is not in {language!r}: give --lang {' or '.join(assignment.languages)}")
    return {
        name: notebook_text(assignment, each, question_ids, repository).encode()
        for each, name in names_of_notebooks(assignment, language).items()
    }


# The questions -----------------------------------------------------------------------------------------------------


def selected(assignment: Assignment, ids: Sequence[str] = ()) -> tuple[str, ...]:
    """The ids of these questions and of all that they build on, in the order of the assignment; no ids mean all.

    A question builds on those that it needs, and on the first ones that ask for a name which it uses.
    """
    pending = list(assignment.only(ids))
    found: set[str] = set()
    while pending:
        question = pending.pop()
        if question.id not in found:
            found.add(question.id)
            pending += [assignment.question(id) for id in question.needs] + _used(assignment, question)
    return tuple(q.id for q in assignment.questions if q.id in found)


def _used(assignment: Assignment, question: Question) -> list[Question]:
    words, attributes = _words(question)
    seen: set[str] = set()
    found = []
    for other in assignment.questions[: assignment.questions.index(question)]:
        new = {name for name in _asked(other) if name not in seen}
        seen |= new
        if any(name in words or _is_used(name, words, attributes) for name in new):
            found.append(other)
    return found


def _is_used(name: str, words: set[str], attributes: set[str]) -> bool:
    owner, _, method = name.partition(".")
    return bool(method) and owner in words and method in attributes


def _asked(question: Question) -> list[str]:
    """The names that a question asks for: functions, classes, methods, variables."""
    outputs = [o + v for s in question.snippets.values() for v in s.variants or ("",) for o in s.outputs]
    return [*question.names, *outputs]


def _words(question: Question) -> tuple[set[str], set[str]]:
    """The names that a question's solution, tests and template use, and the attributes in them."""
    sources = [Source(cell.code) for cell in question.cells if cell.kind == "code"]
    sources += [test.source for test in question.tests]
    words = {*question.names, *(name.partition(".")[0] for name in question.names)}
    words |= {name for snippet in question.snippets.values() for name in snippet.inputs}
    for source in question.solution:
        if question.snippets:
            sources.append(source)
        for name in {name.partition(".")[0] for name in question.names} & defined(parse(source)):
            sources.append(definition(source, name))
    attributes: set[str] = set()
    for source in sources:
        tree = parse(source)
        words |= globals_of(source)
        inner = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        attributes |= inner
        if inner & {"name", "names"}:
            texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            texts += [v for t in question.tests for c in t.cases for v in c.sizes.values() if isinstance(v, str)]
            words |= {word for text in texts for word in re.findall(r"\w+", text)}
    return words, attributes


def _definitions(code: str) -> tuple[list[str], set[str]]:
    """The functions and classes that a cell defines, with their methods; none if it does something else as well."""
    tree = parse(Source(code))
    if not all(isinstance(node, NAMED) for node in tree.body):
        return [], set()
    return sorted(defined(tree)), methods(tree)


# The cells ---------------------------------------------------------------------------------------------------------


class _Notebook:
    def __init__(self, assignment: Assignment, language: str, ids: Sequence[str], repository: str) -> None:
        self.assignment, self.language, self.repository = assignment, language, repository
        self.kept = set(selected(assignment, ids))
        self.given = {source.code for source in assignment.given}
        self.made: list[NotebookNode] = []
        self.known: set[str] = set()  # the names that the cells so far define
        self.level = 2  # of the titles of questions
        self.moved = self.given_again()  # the later question's id by the question's id and the number of the cell

    def build(self) -> NotebookNode:
        self.introduction()
        asked: set[str] = set()
        begun: list[tuple[str, NotebookCell]] = []  # the introduction of a part, until its first question that is kept
        for question in self.assignment.questions:
            if question.before:
                self.only_given(begun)  # of a part without a question that is kept
                begun = [(f"q{question.id}-before-{k}", cell) for k, cell in enumerate(question.before, 1)]
            if question.id in self.kept:
                for id, cell in begun:
                    self.cell(id, cell)
                    if heading := HEADING.search(cell.text.render(self.language)):
                        self.level = len(heading[1]) + 1
                begun = []
                self.question(question, asked)
                asked |= set(question.names)
            else:
                self.only_given([(f"q{question.id}-{k}", cell) for k, cell in enumerate(question.cells, 2)])
        notebook: NotebookNode = new_notebook(
            cells=self.made,
            metadata={
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language": self.language,
                "language_info": {"name": "python"},
            },
        )
        notebook.nbformat_minor = 5  # the first minor version with cell ids
        nbformat.validate(notebook)
        return notebook

    def introduction(self) -> None:
        """The title and the first text, the set-up, the points, and the other cells."""
        title = f"# {self.assignment.title.render(self.language)}"
        first, others = self.assignment.cells[:1], self.assignment.cells[1:]
        if first and first[0].kind != "text":
            first, others = (), self.assignment.cells
        text = first[0].text.render(self.language) if first else ""
        self.text("intro-1", text if text.startswith("# ") else f"{title}\n\n{text}".strip())
        self.code("set-up", cells.set_up(self.language, repository=self.repository, folder=self.assignment.name))
        self.text("points", self.points())
        for number, cell in enumerate(others, 2):
            self.cell(f"intro-{number}", cell)

    def points(self) -> str:
        """The table of points, and below it what may not be used."""
        kept = [q for q in self.assignment.questions if q.id in self.kept]
        text = points.table(kept, self.language)
        if rows := forbidden(kept):
            titles = [self.words(say("Questions")), self.words(say("May not be used"))]
            table = [titles, ["---", "---"]]
            table += [[", ".join(row.questions), ", ".join(f"`{name}`" for name in row.names)] for row in rows]
            text += "\n\n" + "\n".join("| " + " | ".join(row) + " |" for row in table)
        return text

    def question(self, question: Question, asked: set[str]) -> None:
        title = f"{'#' * self.level} {question.id}. {question.title.render(self.language)} "
        title += f"({points.worth(question, self.language)})"
        id = f"q{question.id}"
        place = False  # for code
        answered = False  # whether a text cell has a place for words
        inner = list(question.cells)
        if inner and inner[0].kind == "text":
            title += f"\n\n{inner[0].text.render(self.language)}"
        self.text(f"{id}-1", title)
        for number, cell in enumerate(inner, 2):
            if (question.id, number - 2) in self.moved:
                names = ", ".join(f"`{name}`" for name in _definitions(cell.code)[0])
                there = self.moved[question.id, number - 2]
                moved = say("{names}: further below, in question {question}.", names=names, question=there)
                self.text(f"{id}-{number}", self.words(moved))
            elif cell.kind == "hole":
                self.code(f"{id}-answer", self.hole(question, asked))
            elif number > 2 or cell.kind != "text":
                self.cell(f"{id}-{number}", cell)
            place = place or cell.kind == "hole" or (cell.kind == "code" and cell.code not in self.given)
            answered = answered or (number > 2 and cell.kind == "text" and self.asks(cell))
        if not place and (question.figures or question.tests or not answered):
            self.code(f"{id}-answer", f"# {self.answer(question)}")
        if question.reviewed and not answered:
            self.text(f"{id}-words", f"**{self.words(say('Your answer'))}:**")
        # The check of an earlier question waits for the last cell of its answer.
        for other in self.assignment.questions:
            last = [later for (waiting, _), later in self.moved.items() if waiting == other.id][-1:] or [other.id]
            if other.id in self.kept and last == [question.id]:
                self.code(f"q{other.id}-check", cells.self_check_cell(other.id, self.language))

    def given_again(self) -> dict[tuple[str, int], str]:
        """The template cells that a later question gives again, with more methods, and the id of that question.

        Students get such a class once: where they complete it, and an answer would otherwise have to be written twice.
        """
        templates = [
            (question, number, cell)
            for question in self.assignment.questions if question.id in self.kept
            for number, cell in enumerate(question.cells) if cell.kind == "code" and cell.code not in self.given
        ]  # fmt: skip
        found: dict[tuple[str, int], str] = {}
        for k, (question, number, cell) in enumerate(templates):
            names, inner = _definitions(cell.code)
            for other, _, later in templates[k + 1 :] if names else ():
                again, more = _definitions(later.code)
                if other is not question and set(names) <= set(again) and inner <= more:
                    found[question.id, number] = other.id
                elif set(names) & identifiers(ast.parse(later.code)):
                    break  # it is used before it would be given
        return found

    def asks(self, cell: NotebookCell) -> bool:
        """Whether a text cell is the place of an answer in words."""
        beginning = cell.text.render(self.language).lstrip("*_ #").casefold()
        return beginning.startswith(self.words(say("Your answer")).casefold())

    def hole(self, question: Question, asked: set[str]) -> str:
        title = self.answer(question)
        if question.snippets:
            return "\n\n".join(
                snippet_hole(snippet, inputs=self.words(say("Given")), title=title)
                for snippet in question.snippets.values()
            )
        questions = self.assignment.questions
        below = questions[questions.index(question) + 1 :]
        names = [name for name in question.names if name not in asked]
        text = hole(
            question.solution, names, known=self.known, title=title,
            later={name for other in below for name in other.names} - set(question.names),
        )  # fmt: skip
        if text:
            return in_language(text, self.language) if len(self.assignment.languages) > 1 else text
        again = self.words(say("Leave the cell as it is if you changed the earlier definition instead."))
        return f"# {title}. {again}" if question.names else f"# {title}"

    def only_given(self, left_out: Sequence[tuple[str, NotebookCell]]) -> None:
        """Of cells that are left out, later questions may use the given code."""
        for id, cell in left_out:
            if cell.kind == "code" and cell.code in self.given:
                self.cell(id, cell)

    # One cell --------------------------------------------------------------------------------------------------------

    def cell(self, id: str, cell: NotebookCell) -> None:
        if cell.kind == "text":
            self.text(id, cell.text.render(self.language))
        else:
            several = len(self.assignment.languages) > 1
            self.code(id, in_language(cell.code, self.language) if several else cell.code)

    def text(self, id: str, source: str) -> None:
        self.made.append(new_markdown_cell(source=source.strip("\n"), id=self.free(id)))

    def code(self, id: str, source: str) -> None:
        self.made.append(new_code_cell(source=source.strip("\n"), id=self.free(id)))
        with suppress(Slip):  # a magic
            self.known |= defined(parse(Source(source)))

    def free(self, id: str) -> str:
        """An id that no cell has yet, of the characters that are allowed in it: questions 1.a and 1_a differ."""
        id = re.sub(r"[^\w-]", "_", id)
        taken = {cell.id for cell in self.made}
        return next(name for k in range(len(self.made) + 1) if (name := id + f"-x{k}" * (k > 0)) not in taken)

    def answer(self, question: Question) -> str:
        return self.words(say("Your answer to {question}", question=question.id))

    def words(self, message: Message) -> str:
        return message.render(self.language)
