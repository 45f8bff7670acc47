"""The forbidden names of questions in short: an assignment's table names every spelling of a function."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...assignment.forbidden_groups import ELSEWHERE
from ...assignment.spec import Question

METHODS = "torch.Tensor."
# Modules that serve one purpose: a student reads their name instead of the names in them.
MODULES = ("torch.autograd", "torch.func", "functorch", "torch.nn.grad", "torch.optim")


@dataclass(frozen=True)
class ForbiddenNames:
    """Questions that forbid the same functions, and short names: "relu" for torch.relu_, torch.nn.ReLU and the like."""

    questions: tuple[str, ...]
    names: tuple[str, ...]


def forbidden(questions: Sequence[Question]) -> tuple[ForbiddenNames, ...]:
    """One entry per set of names, in the order of the questions; questions that forbid nothing have no entry."""
    by_names: dict[tuple[str, ...], list[str]] = {}
    for question in questions:
        if question.forbidden:
            by_names.setdefault(_short(question.forbidden), []).append(question.id)
    return tuple(ForbiddenNames(tuple(ids), names) for names, ids in by_names.items())


def _short(names: Iterable[str]) -> tuple[str, ...]:
    """One name for each function: its last part as it is first spelled, or "Tensor.name" if it is only a method.

    Private names, operators and other libraries' names, which nobody uses by chance, are left out.
    """
    elsewhere = {name for names in ELSEWHERE.values() for name in names}
    found: dict[str, str] = {}
    for name in names:
        module = next((module for module in MODULES if name.startswith(f"{module}.")), "")
        if module or "._" in name or name.startswith("torch.ops.aten.") or name in elsewhere:
            found |= {module: module} if module else {}
            continue
        if name.endswith(".*"):
            found[name] = name.removesuffix(".*")
            continue
        last = name.rpartition(".")[2]
        # silu is SiLU, and relu_ is relu; a method that is not also a function keeps its class.
        key = last.replace("_", "").casefold()
        if key not in found or found[key].startswith("Tensor."):
            found[key] = f"Tensor.{last}" if name.startswith(METHODS) else last
    return tuple(found.values())
