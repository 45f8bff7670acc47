"""Near names: which name a student used for an asked one, and names.toml, which accepts it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..assignment.names import parameters_of
from ..assignment.slips import closest
from ..assignment.spec import Aliases, Assignment
from ..errors import UsageError
from ..files import write_atomically
from ..intake.submissions import Submission
from ..results import QuestionResult, SubmissionResult, Verdict

NAMES_FILE = "names.toml"
ALL = "all"  # its section for everybody
HEADER = re.compile(r"^\s*\[(?!\[).*\]\s*(?:#.*)?$")


@dataclass(frozen=True)
class NearName:
    """An asked name that a submission lacks, and the similar ones that it has."""

    student: str
    slug: str
    question: str
    asked: str
    found: tuple[str, ...]


def near_names(results: Iterable[SubmissionResult]) -> list[NearName]:
    """The near names of a class that a person may accept, each once."""
    found: dict[tuple[str, str], NearName] = {}
    for result in results:
        for question in result.questions:
            for asked, others in _named(question):
                near = NearName(result.student, result.slug, question.id, asked, others)
                found.setdefault((result.slug, asked), near)
    return list(found.values())


def _named(question: QuestionResult) -> Iterable[tuple[str, tuple[str, ...]]]:
    missing = [f.message for f in question.findings if f.verdict is Verdict.MISSING]
    for message in (*question.notes, *missing):
        name, found = message.values.get("name"), message.values.get("found")
        if isinstance(name, str) and isinstance(found, str):  # one name is missing; several have `names`
            yield name, tuple(found.split(", "))


def accept(submissions: Path, accepted: Iterable[tuple[str, str, str]]) -> Path:
    """Write [(student, asked name, the student's name)] into names.toml next to the submissions; returns the file.

    Raises UsageError for a file that cannot be read, and where it maps an asked name to another one already.
    """
    file = (submissions if submissions.is_dir() else submissions.parent) / NAMES_FILE
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        tables = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
    for student, asked, used in accepted:
        before = tables.get(student, {}).get(asked) if isinstance(tables.get(student, {}), dict) else None
        if before == used:
            continue
        if before is not None:
            raise UsageError(f"{file} maps {asked} of {student} to {before} already: change it there")
        text = _with_line(text, student, f"{_quoted(asked)} = {_quoted(used)}")
        tables = tomllib.loads(text)
    write_atomically(file, text)
    return file


def _with_line(text: str, section: str, line: str) -> str:
    lines = text.splitlines()
    for place, header in enumerate(lines):
        if HEADER.match(header) and list(tomllib.loads(header)) == [section]:
            return "\n".join([*lines[: place + 1], line, *lines[place + 1 :]]) + "\n"
    above = text.rstrip("\n") + "\n\n" if text.strip() else ""
    return f"{above}[{_quoted(section)}]\n{line}\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def mapped_names(folder: Path, assignment: Assignment, submissions: Sequence[Submission]) -> Mapping[str, Aliases]:
    """The instructor's names.toml: `[all]` for everybody, `["Student"]` for one student; asked name = "name used".

    Several functions may answer for one name: asked name = ["one", "another"]. Arguments are mapped by
    "function.argument" = "name used".

    Raises UsageError for a file that cannot be read, a name that is not asked for and a student who is not there.
    """
    file = (folder if folder.is_dir() else folder.parent) / NAMES_FILE
    if not file.is_file():
        return {}
    try:
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
    asked = {name for question in assignment.questions for name in question.names}
    variables = {
        name for question in assignment.questions for s in question.snippets.values() for name in s.variables
    } - asked
    known = {ALL, *(name for s in submissions for name in (s.student, s.slug))}
    tables = {student: _flat(table) for student, table in tables.items()}
    for student, table in tables.items():
        if isinstance(table, dict) and student not in known:
            advice = closest(student, known, "write the name of a student as grades.csv gives it")
            raise UsageError(f"{file}: there is no student {student}; {advice}")
        if not isinstance(table, dict) or not all(map(_is_name_or_names, table.values())):
            raise UsageError(f'{file}: [{student}] should hold lines such as CELoss = "ce_loss"')
        if several := [name for name in table if name in variables and not isinstance(table[name], str)]:
            raise UsageError(f"{file}: [{student}] gives the variable {several[0]} more than one name")
        arguments = {f"{name}.{own}" for name in asked for own in parameters_of(assignment, name)}
        if unknown := set(table) - asked - variables - arguments:
            raise UsageError(f"{file}: the assignment does not ask for {', '.join(sorted(unknown))}")
    return tables


def _flat(table: object) -> object:
    """A section in which `CELoss.epsilon = "eps"` is an entry like `"CELoss.epsilon"`."""
    if not isinstance(table, dict):
        return table
    found: dict[str, object] = {}
    for name, value in table.items():
        found |= {f"{name}.{inner}": own for inner, own in value.items()} if isinstance(value, dict) else {name: value}
    return found


def _is_name_or_names(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)
    )
