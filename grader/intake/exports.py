"""The lists that platforms write next to submissions: of Gradescope, GitHub Classroom and Blackboard."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..content import decoded_text
from .people import Person, display_name
from .submitted_file import Found
from .times import iso_time

LISTED_LIMIT = 32 * 2**20  # bytes of one such file
GRADESCOPE = "submission_metadata.yml"
REPOSITORY = "student_repository_name"  # a column of GitHub Classroom's grades.csv; ours has other ones


@dataclass(frozen=True)
class Listed:
    """A submission in a platform's list: who handed it in, and when."""

    people: tuple[Person, ...]
    time: str = ""  # ISO 8601
    late: bool | None = None
    attempts: int = 1  # with the earlier ones, whose files are not exported


@dataclass(frozen=True)
class Lists:
    """The platforms' lists in a folder, by the name of the folder or file that they describe."""

    submissions: Mapping[str, Listed] = field(default_factory=dict)
    files: frozenset[str] = frozenset()  # the names of the lists themselves
    github: bool = False  # the folder is one of GitHub Classroom


def read_lists(files: Iterable[Found]) -> Lists:
    """The lists among the files that lie directly in a folder."""
    submissions: dict[str, Listed] = {}
    names: set[str] = set()
    github = False
    for file in files:
        if file.name == GRADESCOPE:
            names.add(file.name)
            submissions |= gradescope(_content(file))
        elif file.suffix == ".csv" and REPOSITORY.encode() in (data := _content(file))[:4096]:
            rows = table(data)
            if rows and REPOSITORY in {c.strip() for c in rows[0]}:
                names.add(file.name)
                github = True
                submissions |= _github(rows)
    return Lists(submissions, frozenset(names), github)


def gradescope(data: bytes) -> dict[str, Listed]:
    """The submissions of Gradescope's submission_metadata.yml, by folder; empty if it cannot be read."""
    import yaml  # type: ignore[import-untyped]

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Plain values only: keys are Ruby symbols, and objects of Ruby become texts."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: "")
    Loader.yaml_implicit_resolvers = {}  # a sid of 0123 stays a text
    try:
        content = yaml.load(data, Loader)
    except (yaml.YAMLError, ValueError, RecursionError, UnicodeDecodeError):
        return {}
    result = {}
    for folder, entry in content.items() if isinstance(content, dict) else ():
        if isinstance(entry, dict):
            submitters = _value(entry, "submitters")
            people = tuple(map(_submitter, submitters)) if isinstance(submitters, list) else ()
            history = _value(entry, "history")
            time = iso_time(_text(_value(entry, "created_at")))
            attempts = len(history) + 1 if isinstance(history, list) else 1
            result[str(folder)] = Listed(people, time, attempts=attempts)
    return result


def _submitter(entry: Any) -> Person:
    if not isinstance(entry, dict):
        return Person(display_name(_text(entry)))
    name, id, email = (_text(_value(entry, key)).strip() for key in ("name", "sid", "email"))
    return Person(display_name(name or email or id), display_name(id) if id else "", email=email)


def _text(value: Any) -> str:
    """A plain value; "" for a list or a table, which aliases may make huge."""
    return value if isinstance(value, str) else ""


def _value(entry: Mapping[Any, Any], key: str) -> Any:
    return entry.get(f":{key}", entry.get(key))


def _github(rows: Sequence[Sequence[str]]) -> dict[str, Listed]:
    titles = [c.strip() for c in rows[0]]
    result: dict[str, Listed] = {}
    for row in rows[1:]:
        cells = dict(zip(titles, (c.strip() for c in row), strict=False))
        repository = cells.get(REPOSITORY, "").rpartition("/")[2]
        if repository:
            time = iso_time(cells.get("submission_timestamp", ""))
            team = result[repository].people if repository in result else ()  # a row for each member
            result[repository] = Listed((*team, github_person(cells)), time)
    return result


def github_person(cells: Mapping[str, str]) -> Person:
    """The student of a row of GitHub Classroom; its roster may name people by name, number or address."""
    login, identifier = cells.get("github_username", ""), cells.get("roster_identifier", cells.get("identifier", ""))
    group = cells.get("group_name", "")
    email = identifier if "@" in identifier else ""
    id = identifier if re.fullmatch(r"[\d.-]*\d[\d.-]*[kK]?", identifier) else ""
    name = cells.get("name", "") or ("" if email or id else identifier) or login or identifier
    return Person(display_name(name), id, login, email, group=group)


@dataclass(frozen=True)
class Receipt:
    """The text file that Blackboard adds to each attempt."""

    name: str = ""
    login: str = ""
    time: str = ""
    original_names: Mapping[str, str] = field(default_factory=dict)  # by the name that Blackboard gave the file


def receipt(file: Found) -> Receipt:
    """The content of a receipt: "Name: Ada Lovelace (ada)", "Date Submitted: ...", the files' own names."""
    text = decoded_text(_content(file)) or ""
    who = re.search(r"^(?:Name|Nombre|Nom|Naam)\s*:[ \t]*(.*?)[ \t]*(?:\(([^()\n]+)\))?[ \t]*\r?$", text, re.MULTILINE)
    when = re.search(r"^(?:Date Submitted|Fecha de env[ií]o|Fecha[^:\n]*)\s*:[ \t]*(.+)$", text, re.MULTILINE)
    names = re.findall(
        r"(?:Original filename|Nombre de archivo original)\s*:[ \t]*(.+?)\s*\r?\n\s*"
        r"(?:Filename|Nombre de archivo)\s*:[ \t]*(.+?)\s*(?:\r?\n|$)",
        text,
    )
    return Receipt(
        who[1].strip() if who else "",
        (who[2] or "").strip() if who else "",
        iso_time(when[1]) if when else "",
        {given: original for original, given in names},
    )


def table(data: bytes) -> list[list[str]]:
    """The rows of a CSV file with commas, semicolons or tabs; empty if it is none."""
    text = decoded_text(data)
    if not text:
        return []
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        return []
    return [row for row in rows if any(cell.strip() for cell in row)]


def _content(file: Found) -> bytes:
    if file.size > LISTED_LIMIT:
        return b""
    data = file.read()
    return data if isinstance(data, bytes) else b""
