"""The reason for which a value or a name is absent: a cell that Python cannot read, a line that failed, no `return`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..assignment.spec import Question
from ..errors import Frame
from ..messages import Message, Text, say
from ..notebook.broken_cells import CANNOT_BE_READ
from ..results import Finding, Verdict
from .compare import NOTHING
from .reading import Reading, WrittenAnswer
from .solution import returns_a_value
from .student_side import StudentSide

UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")
Absent = Mapping[str, Message]  # names that the notebook writes and the program lacks, and the note that says why


def absent_names(reading: Reading, failed: Mapping[tuple[int, int], Message]) -> Absent:
    """Names that the notebook writes and the program lacks; `failed` are the notes of lines that did not run."""
    found: dict[str, Message] = {}
    for note in (*reading.notebook.notes, *reading.program.notes):
        if note.template in CANNOT_BE_READ:
            found |= dict.fromkeys(str(note.values.get("names", "")).split(", "), note)
    for statement in reading.program.statements if failed else ():
        if why := failed.get((statement.cell, statement.line)):
            found |= dict.fromkeys(statement.names, why)
    return found


def with_cause(
    finding: Finding, question: Question, written: WrittenAnswer, student: StudentSide, absent: Absent
) -> Finding:
    """The finding with the reason for which a value or a name is missing, where the code shows it."""
    if undefined := UNDEFINED.match(str(finding.message.values.get("error", ""))):
        return finding.with_(cause=absent.get(undefined[1], finding.cause))
    if finding.verdict is not Verdict.MISSING:
        return finding
    if finding.message.template == NOTHING.template:
        return _with_forgotten_return(finding, question, written)
    name = str(finding.message.values.get("name", "")).partition(".")[0]
    fits = written.unread if not name or question.snippets else ()
    one = next(iter(fits or [u for u in written.unread if u.name == name]), None)
    if one is not None:
        at = student.notebook.at(one.cell, one.line)
        where = Text(f"celda {at.cell}, línea {at.line}", f"cell {at.cell}, line {at.line}")
        if at.file:
            where = Text(f"{at.file}, línea {at.line}", f"{at.file}, line {at.line}")
        why = say("{name} cannot be read: {where}: {reason}", name=one.name, where=where, reason=one.reason)
        line = student.trace_line(Frame(one.cell, one.line))
        return finding.with_(verdict=Verdict.RAISED, message=why, traceback=(line,))
    return finding


def _with_forgotten_return(finding: Finding, question: Question, written: WrittenAnswer) -> Finding:
    """A function that is written and gives None is wrong, not missing. Its results often bear its name."""
    functions = written.functions
    name = _name_of(finding)
    names = functions
    if name in (asked.rpartition(".")[2] for asked in (*question.names, *functions)):
        names = tuple(f for f in functions if f.rpartition(".")[2] == name)
    if not names:
        return finding
    names = tuple(f for f in names if returns_a_value(f, question.solution))
    if not names:  # the result is not what a function returns, but what it leaves somewhere
        return finding.with_(verdict=Verdict.FAILED)
    why = say("{name} returns nothing: is a return missing?", name=", ".join(names))
    if len(names) > 1:
        why = say("{result} is None: is a return missing in one of {names}?",
                  result=finding.label or name, names=", ".join(names))  # fmt: skip
    return finding.with_(verdict=Verdict.FAILED, message=why)


def _name_of(finding: Finding) -> str:
    """The name with which a result begins: that of a function, if the test calls it so ("d_swish/dT")."""
    return re.split(r"[^\w.]", finding.result, maxsplit=1)[0]
