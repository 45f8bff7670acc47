"""The claim that the grader finds answers with forbidden names, in several guises."""

from __future__ import annotations

import sys

from ..assignment.spec import Assignment
from ..forbidden.find import find_forbidden
from ..notebook.program import build
from ..notebook.read import read_notebook
from ..report.verification_page import ClaimOutcome
from ..sandbox.inside.harmless import HARMLESS
from .handed_in import parameters_of

SHORTCUTS = (
    ("called", "def shortcut(*a, **k):\n    return {name}(*a, **k)"),
    ("used under another name", "other = {name}\ndef shortcut(*a, **k):\n    return other(*a, **k)"),
    (
        "imported from its module",
        "from {module} import {last} as other\ndef shortcut(*a, **k):\n    return other(*a, **k)",
    ),
    ("reached with getattr", "def shortcut(*a, **k):\n    return getattr({module}, {first!r} + {second!r})(*a, **k)"),
)
IMPORTED = "from {module} import {last} as "


def found(assignment: Assignment) -> ClaimOutcome:
    """For each question and forbidden name, the grader finds code that uses the name, in several guises."""
    complaints = []
    counted = 0
    asked = [name for question in assignment.questions for name in question.names]
    earlier: set[str] = set()
    for question in assignment.questions:
        if not question.names:
            continue  # snippets: their statements are searched like those of a function
        owner, _, method = question.names[-1].rpartition(".")
        answer = f"{method} = shortcut"
        if owner:
            # With the reference's parameters: `x.backward()` could mean a method that accepts any arguments.
            own = ", ".join(parameters_of(question, question.names[-1]) or ["self"])
            answer = f"class {owner}:\n    def {method}({own}):\n        return shortcut({own})"
        new = [name for name in question.names if "." not in name and name not in earlier]
        for name in question.forbidden:
            sources = [(guise, _shortcut(name, template, answer)) for guise, template in SHORTCUTS]
            sources += [("imported as the answer", _shortcut(name, f"{IMPORTED}{top}")) for top in new[:1]]
            if not any(source for _, source in sources):
                complaints.append(f"{question.id}: no function of {name} could be tried")
            for guise, source in sources:
                if source is None:
                    continue
                counted += 1
                text = f"import {name.partition('.')[0]}\n{source}\n"
                notebook = read_notebook(text.encode(), "shortcut.py")
                program = build(notebook, asked)
                if not find_forbidden(program, notebook, question, earlier):
                    complaints.append(f"{question.id}: {name} is not found when it is {guise}")
        earlier.update(question.names)
    if not any(q.forbidden for q in assignment.questions):
        return ClaimOutcome("no question forbids anything", 1)
    return ClaimOutcome("every forbidden shortcut is found", counted, tuple(complaints))


def _member(module: str) -> str:
    """The dotted name of a public function or class of a module; a made-up name if the module has only submodules."""
    found = sys.modules.get(module)
    members = getattr(found, "__all__", None) or sorted(vars(found) if found is not None else ())
    usable = (n for n in members if n[0] != "_" and n not in HARMLESS and callable(getattr(found, n, None)))
    return f"{module}.{next(usable, 'anything')}"


def _shortcut(name: str, template: str, answer: str = "") -> str | None:
    """The template with a forbidden name, and the answer below it; None if that form makes no sense for the name."""
    if name.endswith(".*"):
        name = _member(name.removesuffix(".*"))
    module, _, last = name.rpartition(".")
    if module == "torch.Tensor":
        return (
            None
            if "import" in template or "getattr" in template or "other" in template
            else f"def shortcut(x, *a):\n    return x.{last}()\n{answer}"
        )
    half = max(len(last) // 2, 1)
    source = template.format(name=name, module=module, last=last, first=last[:half], second=last[half:])
    return f"{source}\n{answer}"
