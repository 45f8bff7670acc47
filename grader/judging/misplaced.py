"""Whether a submission seems to belong to another assignment, by the names that it defines."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..assignment.load import load_assignment
from ..assignment.spec import Assignment
from ..errors import GraderError
from ..messages import Message, Text, say
from ..notebook.program import Program
from ..notebook.read import Notebook
from ..notebook.similar_names import near_names

# A share of the asked names that somebody may define by chance: another course's `softmax`. Where no other assignment
# is known, one such name is the most; who solved two questions and nothing else has answered.
ALMOST_NOTHING = 0.1
# Own functions and classes that are much else; a notebook without functions has as much in so many variables.
MUCH_ELSE = 5
MANY_VARIABLES = 15
DEFINES = re.compile(r"^[ \t]*(?:async )?(?:def|class)[ \t]+(\w+)", re.MULTILINE)
# The share of another assignment's names from which on it is named, and from which on it explains similar names too:
# one course's `gradient_check` is another one's `chequeo_gradiente`.
LIKELY = 0.3
CLEAR = 0.5


@dataclass(frozen=True)
class Misplaced:
    """A submission for another assignment; `likely` is that one's title, empty when it is not installed here."""

    likely: Text
    found: int  # the asked names that it defines
    asked: int

    def told(self) -> Message:
        """The sentence for the student."""
        if self.likely:
            return say(
                "This seems to belong to another assignment, {title}: it defines {found} of the {asked} names that "
                "are asked for here. Hand in your answers to this assignment.",
                title=self.likely, found=self.found, asked=self.asked,
            )  # fmt: skip
        return say(
            "This seems to belong to another assignment: it defines {found} of the {asked} names that are asked for "
            "here. Hand in your answers to this assignment.",
            found=self.found, asked=self.asked,
        )  # fmt: skip


def misplaced(program: Program, notebook: Notebook, assignment: Assignment) -> Misplaced | None:
    """None unless the program defines almost nothing of what is asked, and much else.

    A template defines what is asked, though it is empty, and so does an answer under a similar name, in a class, in a
    text cell, or in a cell that Python cannot read.
    """
    asked = asked_names(assignment)
    defined = _names(program) | {name for cell in notebook.cells for name in DEFINES.findall(cell.source)}
    found = asked & defined
    few = ALMOST_NOTHING * len(asked)
    if len(found) > few:
        return None
    likely, share = _likely(assignment, defined)
    similar = {name for name in asked - found if share < CLEAR and near_names(program, name)}
    if len(found) + len(similar) > (few if share >= CLEAR else min(few, 1)):
        return None
    own = program.definitions.items()
    written = sum(d.is_function or d.is_class for name, d in own if "." not in name and name not in asked)
    variables = sum(not isinstance(d.node, (ast.Import, ast.ImportFrom)) for name, d in own if "." not in name)
    if written < MUCH_ELSE and variables < MANY_VARIABLES:
        return None
    return Misplaced(likely, len(found), len(asked))


def asked_names(assignment: Assignment) -> frozenset[str]:
    """The functions, classes and variables that an assignment asks for, without methods."""
    names = {name.partition(".")[0] for question in assignment.questions for name in question.names}
    snippets = [s for question in assignment.questions for s in question.snippets.values()]
    # Of a snippet with variants, `dL_duk_relu` and `dL_duk` are the same output.
    return frozenset(names | {output for snippet in snippets for output in snippet.outputs})


def _names(program: Program) -> frozenset[str]:
    """All that a program defines, a method also by its own name."""
    outputs = {key.partition("@")[0] for snippet in program.snippets.values() for key in snippet.outputs}
    variants = {name for snippet in program.snippets.values() for name in snippet.rename.values()}
    return frozenset({name.rpartition(".")[2] for name in program.definitions} | outputs | variants)


def _likely(assignment: Assignment, defined: frozenset[str]) -> tuple[Text, float]:
    """The title of the installed assignment of whose names most are defined, and the share of them; empty if few."""
    shares = {
        title: len(asked & defined) / len(asked)
        for title, asked in _neighbours(assignment.folder).items()
        if asked
    }  # fmt: skip
    best = max(shares, key=lambda title: shares[title], default=Text())
    share = shares.get(best, 0.0)
    return best if share >= LIKELY else Text(), share


@cache
def _neighbours(folder: Path | None) -> Mapping[Text, frozenset[str]]:
    """The titles and names of the assignments in folders next to this one's; broken ones are left out."""
    found: dict[Text, frozenset[str]] = {}
    for file in sorted(folder.parent.glob("*/assignment.py")) if folder is not None else ():
        if file.parent != folder:
            try:
                other = load_assignment(file)
            except (GraderError, OSError):
                continue
            found[other.title] = asked_names(other)
    return found
