"""Find the logins in the names of students' repositories, "tarea2-ana", among folders of any names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from .platform_names import impersonal
from .submitted_file import Found

REPOSITORIES = "-submissions"  # what GitHub Classroom's tool calls the folder of all repositories
NUMBERED = re.compile(r"[A-Za-z][-\d]*\d")  # a login, not a word about the work
MARKS = ((".git",), (".github",))  # folders that a clone has


def logins(name: str, folders: Mapping[str, Sequence[Found]], *, listed: bool) -> dict[str, str]:
    """The login by folder, for the folders in the folder `name` that are repositories.

    `listed`: a list of GitHub Classroom is next to them. Each folder is looked at by itself. It is a repository if its
    name begins as another one does, with a word about the work, or if it is a clone.
    """
    if name.endswith(REPOSITORIES):
        prefix = name.removesuffix(REPOSITORIES) + "-"
        if any(n.startswith(prefix) for n in folders):
            return {n: n.removeprefix(prefix) for n in folders if n.startswith(prefix)}
    cloned = {n for n, files in folders.items() if listed or any(f.parts[1:2] in MARKS for f in files)}
    shared = Counter(beginning for n in folders if not impersonal(n) for beginning in _beginnings(n))
    clones = Counter(beginning for n in cloned for beginning in _beginnings(n))
    result = {}
    for folder in folders:
        found = ""
        for beginning in _beginnings(folder):
            rest = folder.removeprefix(beginning)
            if impersonal(rest) and not NUMBERED.fullmatch(rest) and folder not in cloned:
                continue
            count = shared[beginning]
            says = _says_what(beginning) and (count > 1 or (folder in cloned and impersonal(beginning)))
            if not says and clones[beginning] < 2:
                continue
            # A course's repositories begin with "dl2026-tarea2-", and two of their students with "dl2026-tarea2-la-".
            if not found or _says_what(beginning) or 2 * clones[beginning] > clones[found] > 0:
                found = beginning
        if found:
            result[folder] = folder.removeprefix(found)
    return result


def _beginnings(folder: str) -> Iterator[str]:
    """The beginnings of a name that end with a dash, the shortest first."""
    return (folder[: dash.end()] for dash in re.finditer("-", folder[:-1]))


def _says_what(beginning: str) -> bool:
    """Whether a beginning ends with a word about the work, "tarea-2-"; "la-" may be a part of a login."""
    last = beginning[:-1].rpartition("-")[2]
    return impersonal(last) and (len(last) > 2 or not last.isalpha()) and last != ""
