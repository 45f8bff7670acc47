"""The reader of a whole submission: it chooses the notebooks that hold answers, and adds modules and other files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from ..assignment.spec import Assignment
from ..choices import BEYOND, COPY_READ, NOT_READ, OLDER, READ_TOGETHER
from ..content import CHECKPOINT, Kind, kind_of
from ..messages import Message, say
from .definitions import Definition, definitions
from .effects import IMPORTS, walk
from .magics import parse
from .modules import FILE, Modules, below, file_of_spec, file_that_runs, loaded_by_call
from .raw_cells import UnreadableNotebook, decoded
from .read import EMPTY, MAX_CODE, Cell, Notebook, read_notebook
from .snippets import is_none
from .statements import DEFINITIONS, split
from .template import is_template

# Notebooks and modules that are considered, the newest ones.
MOST_PARTS = 60
NAMED_FILES = 5  # files named in a sentence; the others are counted
# The files of the grader in a clone of the students' repository, and files of tools; they are not the student's work.
OURS = re.compile(r"(?:^|/)(?:checks/checks\.json|grader/__init__\.py)$")
NOT_ANSWERS = re.compile(r"(?:^|/)(?:conftest|setup|noxfile)\.py$|(?:^|/)\.", re.IGNORECASE)


class File(Protocol):
    """A file of a submission (intake.submissions.HandedIn)."""

    @property
    def path(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    @property
    def modified(self) -> float: ...


@dataclass(frozen=True)
class _Copy:
    """A copy that Jupyter keeps of a notebook, at the path of the notebook."""

    path: str
    kept: File

    @property
    def data(self) -> bytes:
        return self.kept.data

    @property
    def modified(self) -> float:
        return self.kept.modified


AnyFile = TypeVar("AnyFile", bound=File)


@dataclass(frozen=True)
class _Part:
    """A notebook or a module of the submission."""

    file: File
    read: Notebook

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def is_module(self) -> bool:
        return not self.read.language and self.path.lower().endswith(".py")


def code_files(files: Sequence[AnyFile], *, copies: bool = False) -> list[AnyFile]:
    """The notebooks and the Python of a submission, by name or content, without files of the grader and of tools.

    `copies`: with those that Jupyter keeps of notebooks, which `read_files` needs where a notebook is damaged.
    """
    kept = [f for f in _own(files) if copies and CHECKPOINT.search(f.path)]
    return [f for f in _own(files) if not NOT_ANSWERS.search(f.path) and _is_code(f)] + kept


def delivered(
    files: Sequence[File], notebook: Notebook, written: Iterable[tuple[str, bytes]]
) -> tuple[tuple[str, bytes], ...]:
    """The files that the submission's code may read, [(path from the notebook's folder, bytes)], smallest first.

    `written` are files that cells write. The notebook itself is not among them.
    """
    found = {below(notebook.path, f.path): f.data for f in _own(files) if f.path != notebook.path} | dict(written)
    return tuple(sorted(found.items(), key=lambda file: (len(file[1]), file[0])))


def read_files(
    files: Sequence[File],
    name: str,
    assignment: Assignment,
    template: frozenset[str] = frozenset(),
    asked_for: str = "",
) -> Notebook:
    """The code files of a submission as one notebook; UnreadableNotebook says why nothing of them can be read.

    `name` is the shown path of the file that the submission is listed under. `template` is what the students' notebook
    holds. `asked_for` is the path of the notebook that a person named: it counts as the newest one.
    """
    parts, unreadable = _parts(f for f in files if not CHECKPOINT.search(f.path))
    copied = _read_copies(files, parts, unreadable)
    if not parts:
        nothing = say("{name} contains no notebook and no Python: hand in the .ipynb file.", name=name)
        raise next(iter(unreadable.values()), UnreadableNotebook(nothing))
    if len(parts) == 1:
        only = parts[0]
        notes = (*copied, *_not_read(unreadable), *only.read.notes)
        shown = _shown(name, only.path, files)
        return replace(only.read, name=shown, path=only.path, notes=notes)
    parts = sorted(parts, key=lambda part: _age(part.file, asked_for))
    beyond, parts = parts[:-MOST_PARTS], parts[-MOST_PARTS:]
    asked = _Asked(assignment, template)
    chosen = _chosen(parts, asked, asked_for)
    main = chosen.programs[-1] if chosen.programs else None
    last = main or parts[-1]
    own = [note for part in chosen.programs for note in part.read.notes]
    notes = (*copied, *_not_read(unreadable), *_beyond(beyond), *chosen.notes, *own)
    programs = chosen.programs[-1:] if _clash(chosen.programs, asked) else chosen.programs
    modules = [part for part in parts if part not in programs and part not in chosen.left_out]
    return replace(
        last.read,
        name=_shown(name, last.path, files),
        path=last.path if main else "",
        cells=_joined(programs, modules),
        notes=notes,
    )


def _read_copies(files: Sequence[File], parts: list[_Part], unreadable: dict[str, UnreadableNotebook]) -> list[Message]:
    """Read Jupyter's copies of the notebooks that are damaged, or of all where nothing else can be read.

    They join the parts under the notebooks' own paths; a note tells each.
    """
    copies = [_Copy(CHECKPOINT.sub(r"\1\2.ipynb", f.path), f) for f in files if CHECKPOINT.search(f.path)]
    found, _ = _parts(copy for copy in copies if copy.path in unreadable or not parts)
    for part in found:
        unreadable.pop(part.path, None)
    parts += found
    kept = {copy.path: copy.kept.path for copy in copies}
    return [replace(COPY_READ, values={"copy": kept[part.path], "file": part.path}) for part in found]


def _not_read(unreadable: Mapping[str, UnreadableNotebook]) -> list[Message]:
    """Notes about damaged files; an empty one next to others is no loss."""
    lost = [file for file, error in unreadable.items() if error.message.template not in EMPTY]
    return [replace(NOT_READ, values={"file": file}) for file in lost]


def _beyond(parts: Sequence[_Part]) -> list[Message]:
    """A note about code files that are too many."""
    more = f" (+{len(parts) - NAMED_FILES})" if len(parts) > NAMED_FILES else ""
    names = ", ".join(part.path for part in parts[:NAMED_FILES]) + more
    return [replace(BEYOND, values={"files": names})] if parts else []


def _own(files: Sequence[AnyFile]) -> list[AnyFile]:
    """The files without those of the grader that lie in a clone of the students' repository."""
    folders = {f.path[: f.path.rindex("/") + 1] for f in files if OURS.search(f.path)}
    return [f for f in files if not any(f.path.startswith(folder) for folder in folders)]


def _parts(files: Iterable[File]) -> tuple[list[_Part], dict[str, UnreadableNotebook]]:
    parts, unreadable = list[_Part](), dict[str, UnreadableNotebook]()
    for file in files:
        try:
            parts.append(_Part(file, read_notebook(file.data, file.path)))
        except UnreadableNotebook as error:
            # An empty `__init__.py` is a module, too.
            if file.path.endswith(".py") and not file.data.strip():
                parts.append(_Part(file, Notebook(file.path, (Cell(1, "code", ""),))))
            else:
                unreadable[file.path] = error
    return parts, unreadable


def _is_code(file: File) -> bool:
    """Whether a file is a notebook or Python, by its name or its content."""
    return bool(FILE.search(file.path)) or kind_of(file.data) in (Kind.NOTEBOOK, Kind.PYTHON)


def _shown(name: str, path: str, files: Iterable[File]) -> str:
    """The shown path of a chosen file, from that of another file of the submission."""
    known = max((f.path for f in files if name.endswith(f.path)), key=len, default="")
    return name.removesuffix(known) + path if known else name


def _age(file: File, asked_for: str) -> tuple[object, ...]:
    """The key that sorts files, newest last: by copies of Jupyter, time, copy number, name; the named one is last."""
    stem = FILE.sub("", file.path)
    number = re.search(r"(?:\((\d+)\)|-Copy(\d+)|-(\d+))$", stem)
    parts = re.split(r"(\d+)", stem)
    return (
        file.path == asked_for,
        "-checkpoint" not in file.path,
        file.modified,
        int(next(filter(None, number.groups()))) if number else 0,
        [(0, int(p), "") if i % 2 else (1, 0, p.lower()) for i, p in enumerate(parts)],
    )


@dataclass(frozen=True)
class _Chosen:
    """The notebooks that make up the program, oldest first, and those that are not used."""

    programs: tuple[_Part, ...]
    left_out: tuple[_Part, ...] = ()
    notes: tuple[Message, ...] = ()


def _chosen(parts: Sequence[_Part], asked: _Asked, asked_for: str) -> _Chosen:
    """Choose among notebooks and modules, oldest first; a notebook that a person named is always chosen.

    Others are added to the named one if something is answered there.
    """
    notebooks = [part for part in parts if not part.is_module]
    used = _uses(parts)
    if not notebooks:
        named = [part for part in parts if part.path == asked_for]
        if named:
            return _Chosen(tuple(named))
        roots = [part for part in parts if not any(part.path in used[o.path] for o in parts if o is not part)]
        return _Chosen(tuple(roots) if len(roots) == 1 else ())
    # A notebook that another one runs or imports is a part of that one.
    roots = [n for n in notebooks if not any(n.path in used[o.path] and o.path not in used[n.path] for o in parts)]
    if len(roots) == 1 and len(notebooks) == len(parts):
        return _Chosen(tuple(roots))
    needed = _needed(parts, used)
    answers = {part.path: asked.answers(part, needed[part.path]) for part in roots}
    kept: list[_Part] = []
    for part in reversed(roots):
        own = answers[part.path]
        others = [answers[o.path] for o in roots if o is not part]
        is_statement = own.holes and any(own.written <= o.written and own.holes & o.written for o in others)
        adds = own.written - {name for k in kept for name in answers[k.path].written}
        if part.path == asked_for or (adds and not is_statement):
            kept.insert(0, part)
    kept = [part for part in kept if part.path == asked_for and not answers[part.path].written] or kept
    kept = kept or [part for part in roots if not answers[part.path].holes][-1:]  # experiments with modules, say
    if not kept and any(asked.answers(part, needed[part.path]).written for part in parts if part.is_module):
        return _Chosen((), tuple(roots))
    kept = kept or roots[-1:]
    left_out = tuple(part for part in roots if part not in kept)
    same = [_code_of(part) for part in kept]
    older = [p for p in left_out if answers[p.path].written and not answers[p.path].holes and _code_of(p) not in same]
    notes = []
    if len(kept) > 1:
        notes.append(replace(READ_TOGETHER, values={"files": ", ".join(p.path for p in kept)}))
    if older:
        notes.append(replace(OLDER, values={"files": ", ".join(p.path for p in older), "last": kept[-1].path}))
    return _Chosen(tuple(kept), left_out, tuple(notes))


def _code_of(part: _Part) -> list[str]:
    return [cell.source for cell in part.read.cells if cell.kind == "code"]


def _clash(parts: Sequence[_Part], asked: _Asked) -> bool:
    """Whether notebooks define a helper of the same name differently: then each keeps its own names."""
    known: dict[str, tuple[_Part, str]] = {}
    for part in parts if len(parts) > 1 else ():
        for statement in split(part.read).statements:
            if isinstance(statement.node, DEFINITIONS) and statement.node.name not in asked.owners:
                text = ast.dump(statement.node)
                owner, before = known.setdefault(statement.node.name, (part, text))
                if owner is not part and before != text:
                    return True
                known[statement.node.name] = (part, text)
    return False


def _uses(parts: Sequence[_Part]) -> Mapping[str, frozenset[str]]:
    """The files that each notebook or module imports or runs itself."""
    modules = Modules(Notebook("", _joined((), parts)))
    return {part.path: frozenset(_used_by(part, modules)) for part in parts}


def _used_by(part: _Part, modules: Modules) -> Iterator[str]:
    for cell in part.read.cells:
        for node in walk(cell.tree) if cell.tree is not None else ():
            path: str | None = None
            if isinstance(node, IMPORTS):
                found = (modules.imported(node, alias, part.path) for alias in node.names)
                yield from (imported.path for imported in found if imported is not None)
            elif name := loaded_by_call(node):
                path = modules.named(name, part.path)
            elif (name := file_that_runs(node)) or (isinstance(node, ast.Call) and (name := file_of_spec(node)[1])):
                path = modules.file(name, part.path)
            if path is not None:
                yield path


def _needed(parts: Sequence[_Part], used: Mapping[str, frozenset[str]]) -> Mapping[str, list[_Part]]:
    """The other files that each one uses, directly or through others: reading all of them for each would be quadratic.

    A file that Python cannot read may use any.
    """
    by_path = {part.path: part for part in parts}
    broken = {p.path for p in parts if any(c.tree is None and c.python.strip() for c in p.read.cells)}
    found = {}
    for part in parts:
        reached, pending = {part.path}, [part.path]
        while pending:
            path = pending.pop()
            # A name may stand for a file that a cell writes.
            new = by_path.keys() & (by_path.keys() if path in broken else used[path]) - reached
            reached |= new
            pending += new
        found[part.path] = [other for other in parts if other.path in reached and other is not part]
    return found


def _alone(part: _Part, others: Sequence[_Part]) -> Notebook:
    """One part as the program, others as modules."""
    return replace(part.read, cells=_joined([part], others), path=part.path)


@dataclass(frozen=True)
class _Answers:
    written: frozenset[str]  # asked names and variables in which something is written
    holes: frozenset[str]  # those that are as empty as in the template


class _Asked:
    """What an assignment asks for, and what it hands out."""

    def __init__(self, assignment: Assignment, template: frozenset[str]) -> None:
        self.template = template
        self.names = {name for q in assignment.questions for name in q.names}
        self.owners = {name.partition(".")[0] for name in self.names}
        snippets = [s for q in assignment.questions for s in q.snippets.values()]
        self.outputs = set[str]().union(*(s.names_of(output) for s in snippets for output in s.outputs))

    def answers(self, part: _Part, others: Sequence[_Part]) -> _Answers:
        found = split(_alone(part, others))
        defined: Mapping[str, Definition] = definitions(found.statements)
        written, holes = set[str](), set[str]()
        for name in self.names:
            place = defined.get(name)
            if place is not None:
                given = (place.is_function or place.is_class) and is_template(place.node, self.template)
                (holes if given else written).add(name)
        for statement in found.statements:
            (holes if is_none(statement.node) else written).update(statement.names & self.outputs)
        return _Answers(frozenset(written), frozenset(holes - written))


def _joined(programs: Sequence[_Part], modules: Sequence[_Part]) -> tuple[Cell, ...]:
    """The cells of the programs, oldest first, then those of the modules, numbered throughout."""
    cells: list[Cell] = []
    for part in programs:
        named = len(programs) > 1 or part.is_module
        for cell in part.read.cells:
            number = len(cells) + 1
            file, place = (part.path, 0 if part.is_module else cell.number) if named else ("", 0)
            cells.append(replace(cell, number=number, file=cell.file or file, place=0 if cell.file else place))
    for part in modules:
        whole = [_as_one(part)] if part.is_module else part.read.cells
        for k, cell in enumerate(whole):
            place = 0 if part.is_module or cell.file else cell.number
            own = {"number": len(cells) + 1, "file": cell.file or part.path, "place": place}
            cells.append(replace(cell, **own, module=cell.module or part.path, appends=cell.appends or k > 0))  # type: ignore[arg-type]
    return tuple(cells)


def _as_one(part: _Part) -> Cell:
    """A module as one cell, whose lines are those of the file."""
    text = decoded(part.file.data).replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_CODE:
        return Cell(1, "code", text)
    return Cell(1, "code", text, text, tree=parse(text))
