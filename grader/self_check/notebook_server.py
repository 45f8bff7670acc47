"""The process behind `check("1b")`: a request per line on stdin, an answer per line on stdout, both JSON.

{"folder": the start of the search for checks/, "cells": [source, ...], "questions": [id, ...],
 "language": "" | "es" | "en"}
{"plain": text, "html": fragment}
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import GraderError
from ..intake.submissions import HandedIn
from ..judging.checks.failures import NOT_DEFINED
from ..messages import say
from ..notebook.broken_cells import CANNOT_BE_READ
from ..notebook.program import DEFINED_ANEW
from ..report.cell import html_cell, text_cell
from ..results import SubmissionResult
from . import find_checks
from .beside import files_beside
from .check import Asked, SelfCheck

NAME = "notebook.ipynb"
NOT_RUN = say("{name} is not defined in the cells that you have run: run its cell first")


def main() -> None:
    """Answer until stdin closes."""
    # Printed text must not get between the answers on stdout.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    checks: dict[Path, SelfCheck] = {}
    try:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = _answer(request, checks)
            except GraderError as error:
                answer = {"plain": str(error)}
            print(json.dumps(answer), file=answers, flush=True)
    finally:
        for each in checks.values():
            each.close()


def _answer(request: dict[str, Any], checks: dict[Path, SelfCheck]) -> dict[str, str]:
    folder = find_checks.find(Path(request["folder"]))
    if folder not in checks:
        checks[folder] = SelfCheck(folder, warm=True, fork=not checks).__enter__()
    check = checks[folder]
    language = request["language"] or check.assignment.language
    data = _notebook(request["cells"])
    asked = Asked(data, NAME, tuple(request["questions"]), language, _beside(Path(request["folder"]), data))
    result = check.run(asked)
    result = _of_cells_that_ran(result)
    return {"plain": text_cell(result, language), "html": html_cell(result, language)}


def _of_cells_that_ran(result: SubmissionResult) -> SubmissionResult:
    """The result for a session, in which it is normal to run a cell again: first broken, then repaired."""
    cells = {line.frame.cell for q in result.questions for f in q.findings for line in f.traceback}
    notes = tuple(
        note for note in result.notes
        if note.template != DEFINED_ANEW.template
        and (note.template not in CANNOT_BE_READ or note.values.get("cell") in cells)
    )  # fmt: skip
    questions = tuple(
        replace(q, findings=tuple(
            f.with_(message=replace(NOT_RUN, values=f.message.values))
            if f.message.template == NOT_DEFINED.template else f
            for f in q.findings
        ))
        for q in result.questions
    )  # fmt: skip
    return replace(result, notes=notes, questions=questions)


def _beside(folder: Path, data: bytes) -> tuple[HandedIn, ...]:
    """The files in the notebook's folder; of notebooks only those that its cells name: the others may be itself."""
    files = files_beside(folder / NAME, data)
    named = set(re.findall(r"\w+", data.decode("utf-8", "replace")))
    return tuple(f for f in files if f.path == NAME or Path(f.path).suffix != ".ipynb" or Path(f.path).stem in named)


def _notebook(cells: list[str]) -> bytes:
    """A notebook in which the n-th cell is In[n]."""
    content: list[dict[str, Any]] = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for source in cells
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": content}).encode()


if __name__ == "__main__":
    main()
