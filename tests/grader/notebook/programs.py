"""Programs with a few cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grader.assignment.spec import Aliases
from grader.notebook.program import Program, build
from grader.notebook.read import read_notebook


def program(*cells: str, names: Sequence[str] = ("f",), aliases: Aliases | None = None) -> Program:
    script = "".join(f"# %%\n{cell}\n" for cell in cells)
    return build(read_notebook(script.encode(), "a.py"), names, {}, aliases or {})


def kept(*cells: str, names: Sequence[str] = ("f",)) -> list[str]:
    return [statement.source for statement in program(*cells, names=names).statements]


def run(found: Program) -> dict[str, Any]:
    """The names that a program of these tests defines when it runs."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for statement in found.statements:
        exec(compile("\n" * (statement.line - 1) + statement.source, f"<cell {statement.cell}>", "exec"), namespace)
    return namespace
