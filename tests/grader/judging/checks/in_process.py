"""Students that run in this process, and checks of their answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from grader.assignment.cases import Case, Draw
from grader.assignment.spec import Probe
from grader.judging.checks import Values
from grader.judging.local_implementation import LocalImplementation
from grader.judging.reference_side import ReferenceSide
from grader.judging.student_side import StudentSide
from grader.messages import Text
from grader.notebook.read import Cell, Notebook
from grader.results import Finding, Verdict
from grader.sandbox.verbs import Implementation

TITLE = Text("valores", "values")
PUBLIC = Case(Text("pública", "public"), seed=1, public=True, sizes={"B": 4})
HIDDEN = Case(Text("oculta", "hidden"), seed=2, sizes={"B": 6})


def double(x: torch.Tensor) -> torch.Tensor:
    return 2 * x


def total(x: torch.Tensor) -> torch.Tensor:
    return x.sum(0)


class Linear(torch.nn.Module):
    """x (B, 3) -> x W (B, 2), with the gradient of the sum of its outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.W = torch.nn.Parameter(torch.ones(3, 2))
        self.b = torch.nn.Parameter(torch.ones(2))

    def backward(self, x: torch.Tensor) -> None:
        self.W.grad = x.sum(0)[:, None].expand(3, 2).contiguous()
        self.b.grad = torch.full((2,), float(len(x)), dtype=self.b.dtype)


NAMES: dict[str, Any] = {"double": double, "total": total, "Linear": Linear}


def both(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    x = draw.normal("x", draw["B"], 3)
    return {"double": f.call("double", x), "total": f.call("total", x)}


def gradients(f: Implementation, draw: Draw) -> Mapping[str, Any]:
    net = f.new("Linear")
    f.invoke(net, "backward", draw.normal("x", draw["B"], 3))
    return {f"{p.name}.grad": p.grad for p in f.parameters(net)}


def reference() -> LocalImplementation:
    return LocalImplementation(NAMES, {})


def sides(**changes: Any) -> StudentSide:
    return StudentSide(reference().changed(changes), ReferenceSide(reference, "salt"))


def check(probe: Probe = both, *cases: Case, kind: type[Values] = Values, **more: Any) -> Values:
    return kind(TITLE, probe, cases or (PUBLIC, HIDDEN), **more)


def verdicts(findings: tuple[Finding, ...]) -> dict[str, Verdict]:
    return {f.result: f.verdict for f in findings}


def notebook(*cells: Cell) -> Notebook:
    return Notebook("ana.ipynb", cells)


def code(source: str, figures: int = 0) -> Cell:
    return Cell(1, "code", source, python=source, figures=figures)
