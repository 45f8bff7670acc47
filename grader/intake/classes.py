"""Whose is each file of a class: platforms' exports, folders and files by student, archives of all these, mixed."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from ..content import CHECKPOINT, Kind
from ..messages import say
from . import platform_names
from .archives import in_archive
from .exports import Lists, read_lists, receipt
from .people import Person, display_name, printable
from .platform_names import DRIVE_ZIP, IMPERSONAL, Named, impersonal
from .repositories import REPOSITORIES, logins
from .roster import ROSTERS
from .submitted_file import OTHER_ARCHIVES, TARS, Found, link_refused, refused
from .times import iso_time

NOTEBOOKS = (".ipynb",)
SCRIPTS = (".py",)
# Names, in lower case, that computers put next to people's files; names that begin with a dot are skipped as well.
SKIPPED = {"__macosx", "__pycache__", "site-packages", "node_modules", "thumbs.db", "desktop.ini"}
SKIPPED_BEGINNINGS = (".", "~$")
# Files that are nobody's work by themselves.
NO_WORK = ("readme", "names.toml", "conftest.", "__init__.")
# Beside students' files these hold data, lists or notes of the teacher.
TEACHERS = (".csv", ".tsv", ".xls", ".xlsx", ".ods", ".toml", ".yml", ".yaml", ".ini", ".cfg", ".log", ".db",
            ".sqlite", ".lock", ".css", ".js", ".sh")  # fmt: skip
# Folders around students' folders.
AROUND = re.compile(
    r"(?:secci[oó]n(?:es)?|sections?|paralelos?|cursos?|class(?:es)?|course|entregas|submissions|alumn[oa]s|estudiantes|"
    r"students|abgaben|submitted|export|.*[-_ ](?:submissions|entregas|export))(?:[-_ ]?\w{1,3})?",
    re.IGNORECASE,
)
SECTION = re.compile(r"(?:secci[oó]n|section|paralelo|curso|class)[-_ ]?\w{1,3}", re.IGNORECASE)
# Files that hold the time of the submission: nbgrader's, in its folders of all students, and Classroom 50's, in a
# student's repository. Elsewhere a student may have written them.
NBGRADER_FOLDERS = ("submitted", "autograded")
NBGRADER_TIME, CLASSROOM50_TIME = "timestamp.txt", "result.json"
DATETIME = re.compile(rb'"datetime"\s*:\s*"([^"]{,40})"')
STAMP = 2**18  # bytes of such a file
DEPTH = 4  # of folders and archives around a class


@dataclass(frozen=True, slots=True)
class Placed:
    """A file at its path below its student's own folder."""

    path: tuple[str, ...]
    found: Found


@dataclass(frozen=True, slots=True)
class Entry:
    """Something of a student at one place: a folder, or a file by itself."""

    person: Person
    files: tuple[Placed, ...]
    named: Named | None = None  # what the platform's name says
    time: str = ""  # of the submission, ISO 8601
    late: bool | None = None
    attempts: int = 1  # with earlier ones, whose files are not here
    receipt: bool = False  # the platform's own note about an attempt
    by: str = ""  # the name of the group or member who handed it in; "": the student alone


@dataclass
class ClassFiles:
    """The entries of a class, and the files that nobody handed in."""

    entries: list[Entry] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    lone: bool = False  # the folder of one student was given, not that of a class
    rosters: list[tuple[Found, slice]] = field(default_factory=list)  # with the entries found next to it and below


def class_files(files: Sequence[Found], name: str, opened: ExitStack, *, folder: bool) -> ClassFiles:
    """Whose is each file below a folder or archive called `name`; archives stay open as long as `opened` does.

    `folder`: what was given is a folder or an archive, not a student's file.
    """
    walk = _Walk(opened)
    person = _lone_student(files, name) if folder else None
    if person is not None:
        walk.found.entries.append(_entry(person, files, 0))
        walk.found.lone = True
    else:
        walk.level(files, name, "", 0, alone=True)
    return walk.found


class _Walk:
    """The way through folders and archives of a class."""

    def __init__(self, opened: ExitStack) -> None:
        self.opened = opened
        self.found = ClassFiles()

    def level(self, files: Sequence[Found], name: str, section: str, depth: int, *, alone: bool) -> None:
        """Find the students among the files and folders at one level."""
        flat = [f for f in files if len(f.parts) == 1 and not skipped(f.name)]
        folders: dict[str, list[Found]] = {}
        for file in files:
            if len(file.parts) > 1 and not skipped(file.parts[0]):
                folders.setdefault(file.parts[0], []).append(file)
        lists = read_lists(flat)
        rosters = [f for f in flat if f.name in ROSTERS]
        lists_of_names = {*lists.files, *(f.name for f in rosters)}
        flat = [f for f in flat if f.name not in lists_of_names and not f.name.lower().startswith(NO_WORK)]
        before = len(self.found.entries)
        alone = alone and len(folders) + sum(_may_be_work(f) for f in flat) == 1
        repositories = logins(name, folders, listed=lists.github)
        for folder, inside in folders.items():
            stamp = CLASSROOM50_TIME if folder in repositories else ""
            stamp = NBGRADER_TIME if name.lower() in NBGRADER_FOLDERS else stamp
            self._folder(folder, inside, lists, repositories.get(folder, ""), section, depth, stamp, alone=alone)
        self._listed_without_files(lists, {*folders, *(f.name for f in flat)}, section)
        self._flat(flat, bool(folders), section, depth, lists, name if alone and not impersonal(name) else "")
        self.found.rosters += [(roster, slice(before, len(self.found.entries))) for roster in rosters]

    def _folder(
        self,
        name: str,
        files: list[Found],
        lists: Lists,
        login: str,
        section: str,
        depth: int,
        stamp: str,
        *,
        alone: bool,
    ) -> None:
        listed = lists.submissions.get(name)
        named = platform_names.folder(name)
        if listed is not None and listed.people:
            for person in listed.people:
                group = person.group or (name if len(listed.people) > 1 else "")
                person = replace(person, group=group, section=person.section or section)
                self._add(person, files, named=None, time=listed.time, late=listed.late, attempts=listed.attempts)
            return
        if named is not None:
            self._add(replace(named.person, section=section), files, named=named, time=named.time, late=named.late)
            return
        inside = _below(files)
        if inside and depth < DEPTH and _around(name, inside, alone=alone):
            if SECTION.fullmatch(name):
                section = display_name(name)
            self.level(inside, name, section, depth + 1, alone=alone)
            return
        if login:
            login = display_name(login)
            self._add(Person(login, login=login, section=section), files, stamp=stamp)
            return
        self._add(Person(display_name(name), section=section), files, stamp=stamp)

    def _listed_without_files(self, lists: Lists, present: set[str], section: str) -> None:
        """Students whom a platform lists with a submission that is not there."""
        if lists.github:  # lists everybody who accepted the assignment
            return
        for name, listed in lists.submissions.items():
            if name not in present:
                why = say("{file} is listed by the platform, but it is not here: export it again", file=printable(name))
                missing = refused((name, ""), printable(name), why)
                for person in listed.people:
                    self._add(replace(person, section=section), [missing], time=listed.time, late=listed.late)

    def _flat(
        self, files: Sequence[Found], beside_folders: bool, section: str, depth: int, lists: Lists, around: str
    ) -> None:
        """Find whose the files are; `around`: the name of the folder, if only one thing is in it and may be a class."""
        alone = sum(_may_be_work(f) for f in files) == 1 and not beside_folders
        named = _named(files)
        stems = {stem(f.name) for f in files if _may_be_work(f)}
        beside: list[tuple[Person, Found]] = []
        for file in files:
            name = named.get(file.name)
            if name is not None:
                person = replace(name.person, section=section)
                entry = _entry(person, [file], 0, named=name, time=name.time, late=name.late, by_itself=True)
                if name.file:
                    entry = replace(entry, files=(Placed((name.file,), entry.files[0].found),))
                is_receipt = name.platform == "blackboard" and name.typed
                self.found.entries.append(replace(entry, receipt=is_receipt))
                continue
            if file.kind is Kind.ZIP and depth < DEPTH and self._opened(file, section, depth, alone=alone):
                continue
            if listed := lists.submissions.get(file.name):
                for person in listed.people:
                    self._add(person, [file], flat=True, time=listed.time, late=listed.late, attempts=listed.attempts)
                continue
            own = stem(file.name)
            if around and impersonal(own) and _may_be_work(file):
                own = around
            # A browser names the second "ana" "ana (1)"; without a first "ana", "ana (1)" is the student's name.
            first = re.sub(r"\s?\(\d+\)$", "", own)
            person = Person(display_name(first if first in stems else own), section=section)
            if _may_be_work(file):
                self._add(person, [file], flat=True)
            else:
                beside.append((person, file))
        students = {e.person.key for e in self.found.entries}
        rows = any(_may_be_work(f) and f.name not in named for f in files) or bool(named)
        for person, file in beside:
            teachers = file.suffix in TEACHERS or impersonal(stem(file.name))
            if person.key in students or (rows and not teachers and not (beside_folders and not stems)):
                self._add(person, [file], flat=True)
            else:
                self.found.left_out.append(file.shown)

    def _opened(self, file: Found, section: str, depth: int, *, alone: bool) -> bool:
        """Go through an archive of a class; False if it is the archive of one student."""
        with ExitStack() as looked_into:
            inside, name = _unwrapped(in_archive(file, looked_into).files, stem(file.name))
            if not (DRIVE_ZIP.fullmatch(file.name) or _is_class(inside, name, alone=alone)):
                return False
            self.opened.enter_context(looked_into.pop_all())
        self.level(inside, name, section, depth + 1, alone=alone)
        return True

    def _add(
        self,
        person: Person,
        files: Sequence[Found],
        *,
        named: Named | None = None,
        time: str = "",
        late: bool | None = None,
        attempts: int = 1,
        flat: bool = False,
        stamp: str = "",
    ) -> None:
        entry = _entry(person, files, 0 if flat else 1, named=named, time=time, late=late, by_itself=flat)
        entry = replace(entry, time=_stamped(entry, stamp)) if stamp else entry
        self.found.entries.append(replace(entry, attempts=attempts))


def stem(name: str) -> str:
    """The name without its ending, and without a second one: "diego.ipynb.txt" is diego's."""
    first = name
    for ending in (*TARS, ".gz"):
        if first.lower().endswith(ending) and len(first) > len(ending):
            first = first[: -len(ending)]
            break
    else:
        first, ending = os.path.splitext(first)
        if " " in ending:  # "Ana St. John" has no ending
            return name
    second, ending = os.path.splitext(first)
    return second if ending.lower() in (*NOTEBOOKS, *SCRIPTS, ".zip", ".tar", ".json") and second else first


def added(parts: Sequence[str]) -> bool:
    """Whether a path is of something that computers add; Jupyter's copy of a notebook may be all that can be read."""
    names = parts[:-2] if CHECKPOINT.search("/".join(parts)) else parts
    return any(map(skipped, names))


def skipped(part: str) -> bool:
    """Whether a name is of something that computers add."""
    return part.lower() in SKIPPED or part.lower().startswith(SKIPPED_BEGINNINGS)


def _may_be_work(file: Found) -> bool:
    """Whether a file at the level of a class is somebody's work, even if it is packed in a way that we cannot open."""
    return file.suffix in OTHER_ARCHIVES or file.kind in (Kind.NOTEBOOK, Kind.PYTHON, Kind.ZIP)


def _graded(file: Found) -> bool:
    """Whether a file looks like work by its name, without reading it."""
    name = file.name.lower()
    work = file.suffix in (*NOTEBOOKS, *SCRIPTS) or file.is_archive or ".ipynb." in name
    return work and not name.startswith(NO_WORK) and not any(map(skipped, file.parts))


def _below(files: Sequence[Found]) -> list[Found]:
    return [replace(f, parts=f.parts[1:]) for f in files if len(f.parts) > 1 and f.parts[1]]


def _entry(
    person: Person,
    files: Sequence[Found],
    strip: int,
    *,
    named: Named | None = None,
    time: str = "",
    late: bool | None = None,
    by_itself: bool = False,
) -> Entry:
    """The entry of a folder's files without what computers added, or of one file; `strip`: parts above its own path."""
    placed = [Placed(f.parts[strip:], f) for f in files if not added(f.parts[strip:])]
    kept = [Placed(p.path, _own(p.found, strip, by_itself=by_itself)) for p in placed]
    full = any(not p.found.empty for p in kept)
    kept = [p for p in kept if not _ours(p.path, kept) and not (full and p.found.empty)]
    if not kept or (
        all(p.path[-1].lower().startswith(NO_WORK) for p in kept if p.path[-1]) and any(p.path[-1] for p in kept)
    ):
        folder = files[0].shown.rpartition("/")[0] or printable(files[0].parts[0])
        why = say(
            "{file} contains nothing that can be graded", file=printable(folder.split("!")[-1] if kept else folder)
        )
        kept = [Placed(("",), refused((files[0].parts[0], ""), folder, why))]
    return Entry(person, tuple(kept), named, time, late)


def _stamped(entry: Entry, name: str) -> str:
    """The time that the platform wrote into the file `name`, in the student's folder or in that of the assignment."""
    files = [p.found for p in entry.files if p.path[-1] == name and len(p.path) <= 2 and p.found.size < STAMP]
    content = files[0].read() if len(files) == 1 else b""
    text = content if isinstance(content, bytes) else b""
    if name == CLASSROOM50_TIME:
        text = found[1] if b"classroom50/result" in text and (found := DATETIME.search(text)) else b""
    return iso_time(text.decode("latin-1"))


def _ours(path: tuple[str, ...], files: Sequence[Placed]) -> bool:
    """Whether a file came with the assignment: the self-check that students get."""
    if len(path) < 2 or path[0] not in ("checks", "grader"):
        return False
    mark = ("checks", "checks.json") if path[0] == "checks" else ("grader", "__init__.py")
    return any(p.path == mark for p in files)


def _own(file: Found, strip: int, *, by_itself: bool) -> Found:
    """The file, refused if it is a link that leads out of its student's own folder."""
    if file.link is None:
        return file
    place, target = file.link
    depth = len(file.parts) - 1
    if by_itself or (strip and not target.is_relative_to(place.parents[depth - 1])):
        return link_refused(file.parts)
    return file


def _named(files: Sequence[Found]) -> dict[str, Named]:
    """The facts in platforms' names of files that lie directly in a folder, by file name."""
    names = [f.name for f in files]
    named: dict[str, Named] = {}
    for name in names:
        brightspace = platform_names.brightspace(name)
        if brightspace is not None and not brightspace.file:
            brightspace = None
        if found := platform_names.moodle(name) or platform_names.whole_name(stem(name)) or brightspace:
            named[name] = found
    canvas = {n: found for n in names if n not in named and (found := platform_names.canvas(n))}
    wrong = platform_names.not_canvas(canvas)
    named |= {n: found for n, found in canvas.items() if n not in wrong}
    blackboard = platform_names.blackboard(n for n in names if n not in named)
    named |= _with_receipts(blackboard, files)
    return named | platform_names.google(n for n in names if n not in named)


def _with_receipts(named: dict[str, Named], files: Sequence[Found]) -> dict[str, Named]:
    """Blackboard's files with the full names and file names that its receipts give."""
    by_name = {f.name: f for f in files}
    receipts = {(n.person.login, n.time): receipt(by_name[name]) for name, n in named.items() if n.typed}
    people = {login: r for (login, _), r in receipts.items() if r.name}
    result = {}
    for name, found in named.items():
        login = found.person.login
        if login in people:
            told = people[login]
            person = Person(display_name(told.name), login=display_name(told.login or login))
            found = replace(found, person=person)
        originals = receipts[login, found.time].original_names if (login, found.time) in receipts else {}
        result[name] = replace(found, file=originals.get(name, found.file))
    return result


def _platforms(files: Sequence[Found]) -> set[Person]:
    """The people whom platforms' names of files and folders name, where only a class has such names."""
    folders = {f.parts[0] for f in files if len(f.parts) > 1}
    people = {found.person for folder in folders if (found := platform_names.folder(folder))}
    return people | {n.person for n in _named([f for f in files if len(f.parts) == 1]).values()}


def _around(name: str, inside: Sequence[Found], *, alone: bool, depth: int = 0) -> bool:
    """Whether a folder is not a student's but holds students' folders or files."""
    flat = [f for f in inside if len(f.parts) == 1]
    lists = read_lists(flat)
    if lists.submissions or lists.github:
        return True
    folders = {f.parts[0] for f in inside if len(f.parts) > 1}
    named = _named(flat)
    if any(platform_names.folder(folder) for folder in folders) or any(n.platform in SURE for n in named.values()):
        return True
    if len({n.person for n in named.values()}) > 1 or any(n.late for n in named.values()):
        return True
    work = [f for f in inside if _graded(f)]
    tops = {f.parts[0] for f in work if len(f.parts) > 1}
    by_top: dict[str, list[Found]] = {}
    for file in inside:
        if len(file.parts) > 1:
            by_top.setdefault(file.parts[0], []).append(file)
    if depth < DEPTH and not any(len(f.parts) == 1 for f in work):
        for top in tops:
            if _around(top, _below(by_top[top]), alone=False, depth=depth + 1):
                return True
    loose = [f for f in work if len(f.parts) == 1]
    if not loose and len(logins(name, by_top, listed=lists.github)) > 1:
        return True
    personal = [part for part in (*tops, *(stem(f.name) for f in loose)) if not impersonal(part)]
    if AROUND.fullmatch(name) and personal:
        return True
    if _full_names([*tops, *(stem(f.name) for f in loose if f.suffix not in SCRIPTS)]):
        return True
    empty = {f.parts[0] for f in inside if f.empty and len(f.parts) == 2}
    return alone and bool(tops) and len(tops | empty) > 1 and not loose


def _full_names(names: Sequence[str]) -> bool:
    """Whether names are those of many people, most of them with a first and a last name."""
    words = [[w for w in re.split(r"[\s_]+", name) if w] for name in names]
    full = [w for w in words if len(w) > 1 and all(part[0].isalpha() for part in w)]
    known = any(part.casefold() in IMPERSONAL and len(part) > 3 for w in words for part in w)
    return len(names) >= MANY and 4 * len(full) >= 3 * len(names) and not known


MANY = 6  # full names next to each other; a student's notebooks are fewer, or one is called after the assignment

SURE = ("moodle", "blackboard", "brightspace")  # platforms whose names of files cannot be chance


def _unwrapped(files: Sequence[Found], name: str) -> tuple[list[Found], str]:
    """The files of an archive without the folders around all of them, and the innermost of these folders' names."""
    kept = [f for f in files if not skipped(f.parts[0])]
    for _ in range(DEPTH):
        tops = {f.parts[0] for f in kept if not f.empty}
        top = next(iter(tops), "")
        lone = len(tops) == 1 and all(len(f.parts) > 1 for f in kept)
        if not lone or platform_names.folder(top):
            break
        kept, name = _below(kept), top
    return kept, name


def _is_class(files: Sequence[Found], name: str, *, alone: bool) -> bool:
    """Whether an archive holds a class, not the files of one student.

    Next to other submissions (not `alone`) an archive is one student's, unless a platform's names, or the archive's,
    say otherwise.
    """
    flat = [f for f in files if len(f.parts) == 1]
    if read_lists(flat).submissions or any(platform_names.folder(f.parts[0]) for f in files if len(f.parts) > 1):
        return True
    named = _named(flat)
    if any(n.platform in SURE or n.late for n in named.values()):
        return True
    people = {n.person for n in named.values()}
    if people and len(people) > (0 if alone else 1):
        return True
    work = [f for f in files if _graded(f)]
    folders = {f.parts[0] for f in work if len(f.parts) > 1}
    loose = [f for f in work if len(f.parts) == 1]
    if AROUND.fullmatch(name) and any(not impersonal(p) for p in (*folders, *(stem(f.name) for f in loose))):
        return True
    if not alone or _belongs_together(files):
        return False
    notebooks = [f for f in work if f.suffix not in SCRIPTS]
    # One notebook with modules next to it or below it belongs to one student.
    return len(notebooks) > 1 or (not notebooks and len(loose) > 1) or (len(folders) > 1 and not loose)


def _lone_student(files: Sequence[Found], name: str) -> Person | None:
    """The student whose folder was given instead of the class's; None for a class."""
    named = platform_names.folder(name)
    if named is not None:
        return named.person
    if name.endswith(REPOSITORIES):
        return None
    flat = [f for f in files if len(f.parts) == 1 and not skipped(f.name)]
    if read_lists(flat).files or _platforms([f for f in files if not skipped(f.parts[0])]):
        return None
    if (AROUND.fullmatch(name) or impersonal(name)) and sum(map(_may_be_work, flat)) == 1:
        return None  # the file's name says as much
    return Person(display_name(name)) if _belongs_together(files) else None


def _belongs_together(files: Sequence[Found]) -> bool:
    """Whether files and folders next to each other are parts of one work: no name is a person's.

    A name that might be a person's is a module if another file mentions it.
    """
    work = [f for f in files if _graded(f) or (len(f.parts) == 1 and f.kind is not Kind.OTHER and _may_be_work(f))]
    names = {f.parts[0] if len(f.parts) > 1 else stem(f.name): f for f in work if not skipped(f.parts[0])}
    plain = [name for name in names if impersonal(name)]
    others = [name for name in names if not impersonal(name)]
    loose = [name for name in plain if len(names[name].parts) == 1 and not names[name].is_archive]
    if not plain or len(others) > MENTIONED or not (loose or all(map(PART.search, plain))):
        return False
    if _numbered(plain):
        return False
    texts = [data for name in plain if len(names[name].parts) == 1 and isinstance(data := names[name].read(), bytes)]
    return all(any(_mentions(text, other) for text in texts) for other in others)


PART = re.compile(r"part|pregunta|question|problem|ejer|exer|attempt|intento|(?:^|[_ -])[pq](?:#|\d)", re.IGNORECASE)
MENTIONED = 20  # modules that are looked for; a class that is not recognised otherwise has more students


def _mentions(data: bytes, module: str) -> bool:
    word = re.escape(module).encode()
    return re.search(rb"(?:import|from|%run|%load|open\(|exec)[^\n]{0,80}\b" + word + rb"\b", data) is not None


def _numbered(names: Sequence[str]) -> bool:
    """Whether names differ in a number only, as those of numbered students do; "parte1", "parte2" do not count."""
    skeletons = [re.sub(r"\d+|^\w$", "#", re.sub(r"\s?\(\d+\)$|-copy\d*$", "", name)) for name in set(names)]
    repeated = {s for s in skeletons if skeletons.count(s) > 1 and "#" in s}
    return not all(map(PART.search, repeated))
