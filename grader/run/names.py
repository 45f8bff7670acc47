"""Near names: which name a student used for an asked one, and names.toml, which accepts it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..files import write_atomically
from ..results import QuestionResult, SubmissionResult, Verdict

NAMES_FILE = "names.toml"
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
