"""The students' notebook of Tarea 2, made of statement and holes, in Spanish or English, whole or in part.

`grade release` writes it to student_template/tarea2.ipynb. The notebook runs from top to bottom as it is. Only
question 0 is answered in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grader.authoring import Assignment, Question, cells, points

from .holes import HOLES, hole

# A cell belongs to the question after the "q" of its id, or to the part whose number it ends with.
ORDER = (
    *("intro", "preparacion", "puntos", "notacion", "imports"),
    *("q0-texto", "q0-codigo", "q0-red", "q0-check"),
    "parte1",
    *("q1a-texto", "q1a-formulas", "q1a-codigo", "q1a-check"),
    *("q1b-texto", "q1b-codigo", "q1b-check"),
    *("q1c-texto", "q1c-codigo", "q1c-check"),
    "parte2",
    *("q2a-texto", "q2a-codigo", "q2a-check"),
    *("q2b-texto", "q2b-codigo", "q2b-check"),
    *("q2c-texto", "q2c-relu", "q2c-celu", "q2c-swish", "q2c-check"),
    "parte3",
    *("q3a-texto", "q3a-codigo", "q3a-check0", "q3a-check"),
    *("q3b-texto", "q3b-codigo", "q3b-check"),
    *("q3c-texto", "q3c-codigo", "q3c-check"),
    "parte4",
    *("q4a-texto", "q4a-codigo", "q4a-check"),
    *("q4b-texto", "q4b-codigo", "q4b-check"),
    *("q4c-texto", "q4c-codigo", "q4c-check", "q4c-prueba"),
    *("q4d-texto", "q4d-codigo", "q4d-comparacion", "q4d-check"),
    *("q4e-texto", "q4e-codigo", "q4e-informe", "q4e-check"),
)

# The class that 3a completes is the network of question 0. Without 3a it is given and checked in question 0.
WITHOUT_3A = ("q0-red", "q0-check")
CHECKED_IN_3A = "q3a-check0"

# Questions that the words or the code of a question build on, beyond those that its points need.
BUILDS_ON = {"1c": ("1b",), "2b": ("2a",), "3b": ("3a",), "3c": ("3a",), "4d": ("4c",)}


def selected(assignment: Assignment, questions: Sequence[str] = ()) -> tuple[str, ...]:
    """The ids of these questions, of all that they build on, and of question 0, in the table's order.

    No ids mean all; AssignmentError for an unknown one.
    """
    pending = [q.id for q in assignment.only(questions)]
    found = {"0"}
    while pending:
        id = pending.pop()
        if id not in found:
            found.add(id)
            pending += [*assignment.question(id).needs, *BUILDS_ON.get(id, ())]
    return tuple(q.id for q in assignment.questions if q.id in found)


def build(
    assignment: Assignment, language: str = "es", questions: Sequence[str] = (), repository: str = ""
) -> NotebookNode:
    """The notebook, the same on every call: cell ids are those of ORDER and no output is stored.

    It has the questions that `selected` returns for `questions`. `repository` is the address from which Colab fetches
    the checks.
    """
    kept = [assignment.question(id) for id in selected(assignment, questions)]
    texts = _statement(language)
    generated = {
        "preparacion": cells.set_up(language, repository=repository, folder=assignment.name),
        "puntos": points.table(kept, language),
        CHECKED_IN_3A: cells.self_check_cell("0", language),
        **{f"q{q.id}-check": cells.self_check_cell(q.id, language) for q in kept},
    }
    titles = {f"q{q.id}-texto": _title(q, language) for q in kept}
    titles["intro"] = f"# {assignment.title.render(language)}"
    made = []
    for id in ORDER:
        if not _belongs(id, {q.id for q in kept}):
            continue
        source = generated.get(id) or texts.get(id) or hole(id, language)
        source = "\n\n".join(filter(None, (titles.get(id), source.strip("\n"))))
        code = id in HOLES or id == "preparacion" or "-check" in id
        made.append(new_code_cell(source=source, id=id) if code else new_markdown_cell(source=source, id=id))
    notebook: NotebookNode = new_notebook(
        cells=made,
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language": language,
            "language_info": {"name": "python"},
        },
    )
    notebook.nbformat_minor = 5  # the first minor version with cell ids
    nbformat.validate(notebook)
    return notebook


def text(assignment: Assignment, language: str = "es", questions: Sequence[str] = (), repository: str = "") -> str:
    """The content of the .ipynb file."""
    return f"{nbformat.writes(build(assignment, language, questions, repository))}\n"


def _belongs(id: str, kept: set[str]) -> bool:
    if id in WITHOUT_3A:
        return "3a" not in kept
    if part := re.fullmatch(r"parte(\d)", id):
        return any(question.startswith(part[1]) for question in kept)
    question = re.match(r"q(\w+)-", id)
    return question is None or question[1] in kept


def _title(question: Question, language: str) -> str:
    """The heading of a question: question 0 has the level of a part, the others are inside one."""
    level = "##" if question.id == "0" else "###"
    return f"{level} {question.id}. {question.title.render(language)} ({points.worth(question, language)})"


def _statement(language: str) -> Mapping[str, str]:
    """The text cells by id. In the file each cell begins with its id in a comment."""
    file = Path(__file__).with_name(f"statement_{language}.md")
    parts = re.split(r"^<!-- ([\w-]+) -->$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))
