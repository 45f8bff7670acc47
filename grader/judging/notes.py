"""Notes for the student about what was found in the notebook, besides its results."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import CallTimedOut, OddAnswer, WorkerError
from ..messages import LANGUAGES, Message, Text, say
from ..notebook.read import Notebook
from ..sandbox.remote import RemoteProgram
from .checks.failures import describe
from .reading import SimilarName, WrittenAnswer


def in_text_cells(written: WrittenAnswer) -> list[Message]:
    """A note for each name that no code cell defines and a text cell does."""
    return [
        say("cell {cell} is a text cell and contains {found}: change it to code", cell=a.cell, found=a.words)
        for a in written.in_text
    ]


def of_answer(written: WrittenAnswer, mutated: Sequence[str], notebook: Notebook) -> list[Message]:
    """Notes on arguments that a function changed, variables that it reads from outside, and names like the asked."""
    notes = [
        say("the function changes its argument {argument} in place, so the caller finds other values in it",
            argument=argument)
        for argument in mutated
    ]  # fmt: skip
    notes += [
        say("{function} reads {variables} from outside: if this changes, so does its result. Make it an argument, "
            "or take it from the inputs", function=function, variables=", ".join(variables))
        for function, variables in written.outside
    ]  # fmt: skip
    return [*notes, *(_similar(one, notebook) for one in written.similar)]


def _similar(similar: SimilarName, notebook: Notebook) -> Message:
    names, found = ", ".join(similar.asked), ", ".join(similar.found)
    if len(similar.asked) > 1:
        return say("{names} are missing; only {found} has a similar name. Write each of them", names=names, found=found)
    if len(similar.found) > 1:
        return say("{name} is missing; these have similar names: {found}. Rename the right one, or ask for the "
                   "names to be accepted", name=names, found=found)  # fmt: skip
    return say("{name} is missing; {found} in {place} has a similar name. Rename it, or ask for the name to be "
               "accepted", name=names, found=found, **notebook.located(similar.cell))  # fmt: skip


def of_loading(student: RemoteProgram, notebook: Notebook) -> dict[tuple[int, int], Message]:
    """The notes about lines that could not be run, by cell and line: one each, however many names a line imports."""
    late: dict[tuple[int, int], Message] = {}
    reasons: dict[tuple[int, int], dict[Text, None]] = {}
    for statement, error in student.load_errors:
        at = (statement.cell, statement.line)
        if isinstance(error, CallTimedOut):
            late[at] = say("{place} did not finish within {seconds} s and was left out",
                           **notebook.located(*at), seconds=f"{error.seconds:g}")  # fmt: skip
        else:
            reasons.setdefault(at, {})[_reason(error)] = None
    failed: dict[tuple[int, int], Message] = {}
    for at, found in reasons.items():
        why = Text(*("; ".join(reason.render(language) for reason in list(found)[:3]) for language in LANGUAGES))
        failed[at] = say("{place} could not be run ({error}); the rest went on", **notebook.located(*at), error=why)
    return {**late, **failed}


def _reason(error: WorkerError) -> Text:
    """The reason for which a line could not be run."""
    _, what = describe(error)
    if isinstance(error, OddAnswer):
        return Text(*(what.render(language) for language in LANGUAGES))
    detail = what.values.get("error") or what.values.get("how") or str(error)
    return detail if isinstance(detail, Text) else Text(str(detail), str(detail))
