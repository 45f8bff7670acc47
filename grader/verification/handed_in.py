"""The solution, a known mistake or an example as a notebook that a student could have handed in."""

from __future__ import annotations

import ast
from functools import cache

from ..assignment.course import Example, Mistake
from ..assignment.patches import patched
from ..assignment.spec import Assignment, Question


def solution_notebook(assignment: Assignment, change: Mistake | Example | None = None, *, short: bool = False) -> bytes:
    """A percent-format notebook that answers with the solution, with a mistake or with another right answer.

    With a change, or when it is to be `short`, the last questions are left out if a mistake could not lose points
    there: a solution may train for long.
    """
    cells = [source.code for source in assignment.given]
    changed: dict[tuple[str, int], str] = {}
    more: list[str] = []
    if change is not None:
        question = assignment.question(change.question)
        places = {(s.file, s.line) for s in question.solution}
        for s in patched(question, [change]):
            if (s.file, s.line) in places:
                changed[s.file, s.line] = s.code
            else:
                more.append(s.code)
    done: set[tuple[str, int]] = set()
    asked = assignment.questions
    own = change.question if change is not None else None
    if change is not None or short:
        counts = [k for k, q in enumerate(asked) if q.id == own or any(t.share > 0 for t in q.tests)]
        asked = asked[: max(counts, default=-1) + 1]
    for question in asked:
        for source in question.solution:
            place = (source.file, source.line)
            if place not in done:
                done.add(place)
                cells.append(changed.get(place, source.code))
        if question.id == own:
            cells += more
    return _notebook(cells)


def hostile_notebook(assignment: Assignment, example: Example) -> bytes:
    """A notebook whose only answer is this code."""
    return _notebook([*(source.code for source in assignment.given), example.source.code])


def _notebook(cells: list[str]) -> bytes:
    return "\n".join(f"# %%\n{_flat(cell)}" for cell in cells).encode()


@cache
def _flat(code: str) -> str:
    """The code without imports of the assignment's other modules, whose code is in the same notebook."""
    gone = {
        line
        for node in ast.parse(code).body
        if isinstance(node, ast.ImportFrom) and (node.level or node.module == "__future__")
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return "\n".join(text for number, text in enumerate(code.split("\n"), 1) if number not in gone)


def parameters_of(question: Question, name: str) -> list[str]:
    """The parameters of an asked function or method, as the solution writes them; [] if it has none."""
    owner, _, method = name.rpartition(".")
    for source in question.solution:
        body = ast.parse(source.code).body
        if owner:
            body = next((n.body for n in reversed(body) if isinstance(n, ast.ClassDef) and n.name == owner), [])
        for node in reversed(body):
            if isinstance(node, ast.FunctionDef) and node.name == method:
                return [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    return []
