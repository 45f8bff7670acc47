"""Error carried forward: judge a question again with wrong earlier answers replaced by right ones.

A result that passes then was spoilt by the earlier answer alone, which has already cost points in its own question.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from types import MappingProxyType

from ..assignment.spec import Assignment, Question
from ..messages import Message, say
from ..notebook.program import Program
from ..notebook.similar_names import near_words
from ..notebook.statements import Statement
from ..results import Finding, Verdict
from ..sandbox.remote import OWN_CELL
from .checks.check import Judged
from .student_side import StudentSide

NEVER_CARRIED = (Verdict.FORBIDDEN, Verdict.SKIPPED)


NOTHING_SIMILAR: Mapping[str, Sequence[str]] = MappingProxyType({})
Repairs = tuple[tuple[str, str], ...]  # names and their right sources; a name may come twice, then in this order


def repairs(assignment: Assignment, question: Question, right: frozenset[str], program: Program) -> Repairs:
    """The names of wrong answers that `question` builds on, and the sources of right ones.

    A name by which `question` itself is answered is never among them. A name that the wrong question does not ask for
    is another form of its answer (`relu(T, gradient=True)` for `d_relu`): it counts where an asked name is missing.
    """
    head = "".join(f"{ast.unparse(node)}\n" for source in assignment.given for node in _imports(source.code))
    found = []
    for wrong in (q for q in assignment.questions if q.id in question.needs and q.id not in right):
        asked = {name.partition(".")[0] for name in wrong.names}
        other_form = not asked <= _bound(program)
        found += [
            (name, head + stand_in.source.code)
            for stand_in in wrong.stand_ins
            for name in stand_in.names
            if (other_form or name.partition(".")[0] in asked) and not _answers(name, question)
        ]
    return tuple(found)


def replaces_all(wrong: Question, question: Question, names: Set[str]) -> bool:
    """Whether right answers to `wrong` take the place of all these names where `question` is judged again."""
    replaced = {name for stand_in in wrong.stand_ins for name in stand_in.names if not _answers(name, question)}
    asked = {name.partition(".")[0] for name in wrong.names}
    return bool(question.carried and names) and wrong.id in question.needs and names <= replaced & asked


def is_covered(question: Question) -> bool:
    """Whether stand-ins take the place of everything that the question asks for."""
    names = {name for stand_in in question.stand_ins for name in stand_in.names}
    return all(name in names or name.partition(".")[0] in names for name in question.names)


def _answers(name: str, question: Question) -> bool:
    return any(asked == name or asked.startswith(f"{name}.") for asked in question.names)


def _bound(program: Program) -> set[str]:
    """The names of the notebook itself; what a module defines may still be missing there."""
    return {name for statement in program.statements if not statement.module for name in statement.names}


def _imports(code: str) -> list[ast.stmt]:
    """The imports that the notebook begins with, which a stand-in may use."""
    return [node for node in ast.parse(code).body if isinstance(node, (ast.Import, ast.ImportFrom))]


def can_carry(judged: Sequence[Judged], *, answered: bool) -> bool:
    """Whether a failure may come from an earlier answer: not a forbidden name, nor an answer that is absent itself."""
    never = NEVER_CARRIED if answered else (*NEVER_CARRIED, Verdict.MISSING)
    return any(not f.passed and f.verdict not in never for entry in judged for f in entry.findings)


def repaired(program: Program, sources: Repairs, similar: Mapping[str, Sequence[str]] = NOTHING_SIMILAR) -> Program:
    """The program with each of these names bound again right after its last definition, or at the start without one.

    A missing name is replaced under the names too that the student may have meant: `CEloss` for `CELoss`, where nobody
    defines it, and functions with a `similar` name. Functions that give an answer together each get their part of it.
    """
    statements = list(program.statements)
    bound = _bound(program)
    undefined = {name for statement in statements for name in statement.reads} - bound - set(dir(builtins))
    for name, source in sources:
        _bind(statements, name, source)
        if name.partition(".")[0] not in bound:
            for meant in (*near_words(sorted(undefined), name, program.asked), *similar.get(name, ())):
                _bind(statements, meant, f"{source}\n{meant} = {name}\n")
        for k, part in enumerate(program.joined.get(name, ())):
            of_both = f"{part} = lambda *args, _both={name}, **options: _both(*args, **options)[{k}]"
            _bind(statements, part, f"original = None\n{source}\n{of_both}\n")
    return replace(program, statements=tuple(statements))


def _bind(statements: list[Statement], name: str, source: str) -> None:
    owner = name.partition(".")[0]
    # Of two stand-ins for one name the second one wraps the first.
    places = [k for k, s in enumerate(statements) if (owner in s.names or s.stands_for == name) and not s.module]
    if places:
        statements.insert(places[-1] + 1, _ours(statements[places[-1]], source, name))
    elif statements:
        statements.insert(0, _ours(statements[0], source, name))


def _ours(beside: Statement, source: str, name: str) -> Statement:
    # In a cell of its own: a name that our source uses does not count as used by the student.
    return replace(beside, source=source, cell=OWN_CELL, line=1, stands_for=name)


def judged_again(judged: Sequence[Judged], student: StudentSide) -> list[Judged | None]:
    """Each entry with a failure judged on the repaired program, which is `student`; None for the others."""
    return [
        None
        if all(f.passed for f in entry.findings) and not entry.forbidden
        else entry.check.judge(student, entry.case)
        for entry in judged
    ]


def carried_forward(
    judged: Sequence[Judged], again: Sequence[Judged | None], question: Question, earlier: str
) -> list[Judged]:
    """The same entries, where a finding that passes on the repaired program earns the question's share.

    `again` is what `judged_again` found. `earlier` names the wrong questions for the message.
    """
    result = []
    for entry, repaired in zip(judged, again, strict=True):
        if repaired is None:
            result.append(entry)
            continue
        second = {f.result: f for f in repaired.findings}
        if all(f.verdict in (Verdict.PASSED, Verdict.FAILED) for f in repaired.findings):
            # A statement that is made about a fault only: the repaired program does not have the fault.
            second |= {f.result: _without_fault(f) for f in entry.findings if f.result not in second}
        findings = tuple(_carried(f, second.pop(f.result, None), question, earlier) for f in entry.findings)
        findings += tuple(f for f in second.values() if not f.passed)  # what only the repaired program came to show
        # A result that is still wrong shows this question's own mistake best without the earlier ones.
        result.append(replace(entry, findings=findings, evidence=repaired.evidence, forbidden=repaired.forbidden))
    return result


def _without_fault(f: Finding) -> Finding:
    """The finding as it passes: with its names and its place, and nothing of what was wrong."""
    kept = {"check": f.check, "case": f.case, "label": f.label, "public": f.public, "scored": f.scored}
    return Finding(Verdict.PASSED, f.message, f.compared, f.result, **kept)  # type: ignore[arg-type]


def _carried(first: Finding, second: Finding | None, question: Question, earlier: str) -> Finding:
    if first.passed or first.verdict in NEVER_CARRIED or second is None or not second.passed:
        return first
    message = say(
        "right apart from what is wrong or missing in {questions}: it counts {percent} percent",
        questions=earlier, percent=f"{100 * question.carried:g}",
    )  # fmt: skip
    return second.with_(message=message, carried=question.carried)


def note(question: Question, earlier: str, share: float | None) -> Message:
    """The sentence about carried errors; `share` is what the question earns if nothing else is wrong, else None."""
    if share is not None:
        return say(
            "right apart from what is wrong or missing in {questions}: you get {percent} percent of the points here",
            questions=earlier, percent=f"{round(100 * share, 1):g}",
        )  # fmt: skip
    return say(
        "what is wrong only because something is wrong or missing in {questions} counts {percent} percent here; the "
        "rest is a mistake of this question",
        questions=earlier, percent=f"{100 * question.carried:g}",
    )  # fmt: skip
