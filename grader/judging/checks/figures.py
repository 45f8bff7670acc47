"""Judge that figures exist: in the saved outputs of the notebook, or code that makes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...assignment.cases import Case
from ...messages import Text, say
from ...results import Finding, Verdict
from ..student_side import StudentSide
from .check import NO_CASE, Judged

# The calls by which matplotlib, seaborn, pandas and plotly draw, as methods or imported by name.
DRAWS = re.compile(r"\b(?:plot|semilog[xy]|loglog|scatter|imshow|lineplot|errorbar|fill_between|add_trace)\s*\(")
FIGURES = Text("figuras", "figures")


@dataclass(frozen=True, eq=False)
class Figures:
    """The notebook shows at least one figure. A person reads the figure itself."""

    count: int = 1
    title: Text = Text("hay figuras", "there are figures")
    cases: tuple[Case, ...] = (NO_CASE,)
    share: float = 0.0
    per_case: bool = False
    hint: Text = Text()
    refines: bool = False

    def weight(self, result: str) -> float:
        return 1.0

    def judge(self, student: StudentSide, case: Case) -> Judged:
        saved = sum(cell.figures for cell in student.notebook.cells)
        drawing = [cell.place or cell.number for cell in student.notebook.cells if DRAWS.search(cell.python)]
        if saved:
            found = say("saved figures in the notebook: {count}", count=saved)
        elif drawing:
            found = say("cell {cell} draws a figure, but the notebook has no saved figure", cell=drawing[0])
        else:
            none = say("there is no saved figure and no code that draws one")
            return self.refuse(student, case, Finding(Verdict.MISSING, none))
        return self.refuse(student, case, Finding(Verdict.PASSED, found, compared=saved or len(drawing)))

    def refuse(self, student: StudentSide, case: Case, finding: Finding) -> Judged:
        shown = finding.with_(check=self.title, case=case.title, scored=self.share > 0, result="figures", label=FIGURES)
        return Judged(self, case, (shown,))
