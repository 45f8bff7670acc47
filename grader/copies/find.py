"""List the likely copies of a class: read the submissions, compare them, and gather the lines that match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue

import msgspec

from ..assignment.spec import Assignment
from ..intake.submissions import HandedIn, Submission, collect_class
from ..judging.reading import read_program, too_deep
from ..judging.reading_process import ReadingFailed, ReadingProcess
from ..messages import Message, say
from ..notebook.handed_in import code_files
from ..notebook.raw_cells import UnreadableNotebook
from .compare import Comparison, Pair, clusters
from .prints import Fingerprints, Line, Work

# Lines count as evidence if at most one in so many of the others has them.
RARE = 10
LEAST_EVIDENCE = 0.02  # of the score; a question with less is not named
SHOWN = 100  # likely pairs whose lines are gathered
LARGEST_GROUP = 8  # works of a group whose members may have worked together; a larger one is a section of the class
NEAREST = 5  # pairs below the threshold that are listed


class Author(msgspec.Struct, frozen=True):
    """Who handed in a work: one student, or a group."""

    students: tuple[str, ...]
    slugs: tuple[str, ...]  # in the names of their pages
    file: str
    earlier: bool = False  # of a folder of earlier years


class Block(msgspec.Struct, frozen=True):
    """Neighbouring lines of both works that match: first and last, as indices of the works' lines."""

    a: tuple[int, int]
    b: tuple[int, int]


class QuestionShare(msgspec.Struct, frozen=True):
    """How much of a question's rare code is also in the other work, and how much of the score comes from it: 0 to 1."""

    question: str  # "" for code that no answer reaches
    share: float
    evidence: float


class LikelyCopy(msgspec.Struct, frozen=True):
    """Two works that share more than chance explains, and the evidence."""

    a: Author
    b: Author
    score: float
    share: float  # of the rare code of the smaller work, 0 to 1
    questions: tuple[QuestionShare, ...]  # most evidence first
    blocks: tuple[Block, ...] = ()  # of the first SHOWN pairs
    lines: tuple[tuple[Line, ...], tuple[Line, ...]] = ((), ())


class Unread(msgspec.Struct, frozen=True):
    """A submission that was not compared, and why."""

    student: str
    why: Message


class Copies(msgspec.Struct, frozen=True):
    """The outcome for a class. It is a list of pairs to look at, and changes no grade."""

    compared: int  # works of this class
    earlier: int  # works of earlier years
    threshold: float | None  # None: the class is too small to derive one
    median: float  # of the scores of all pairs
    pairs: tuple[LikelyCopy, ...]  # highest score first
    nearest: tuple[LikelyCopy, ...]  # below the threshold, without evidence
    clusters: tuple[tuple[Author, ...], ...]  # connected by likely pairs, largest first
    unread: tuple[Unread, ...] = ()


Step = Callable[[int, int], None]  # works read, all works


@dataclass(frozen=True)
class _Given:
    """A work to read, and who handed it in."""

    author: Author
    group: str
    submission: Submission

    @property
    def files(self) -> tuple[HandedIn, ...]:
        """The files, read now."""
        one = self.submission.loaded()
        return one.files or (HandedIn(one.file, one.data, one.modified),)


def find_copies(
    assignment: Assignment,
    submissions: Path,
    against: Sequence[Path] = (),
    *,
    roster: Path | None = None,
    lanes: int = 1,
    step: Step = lambda done, total: None,
) -> Copies:
    """The likely copies within a class, and between it and the works of earlier years below `against`.

    Each submission is read in a process with limits. Raises UsageError where there is nothing to read.
    """
    mine = list(_given(collect_class(submissions, roster).submissions, earlier=False))
    before = [one for folder in against for one in _given(collect_class(folder).submissions, earlier=True)]
    works: list[Work] = []
    read: list[_Given] = []
    unread: list[Unread] = []
    for given, found in zip([*mine, *before], _read(assignment, [*mine, *before], lanes, step), strict=True):
        if isinstance(found, Work):
            works.append(found)
            read.append(given)
        elif not given.author.earlier:
            unread.append(Unread(", ".join(given.author.students), found))
    current = sum(not one.author.earlier for one in read)
    return _compared(works, read, current, tuple(unread))


def _given(submissions: Sequence[Submission], *, earlier: bool) -> Iterator[_Given]:
    """Each work once: the members of a group have the same file."""
    by_file: dict[str, list[Submission]] = {}
    for s in submissions:
        if not s.absent:
            by_file.setdefault(s.file, []).append(s)
    for file, members in by_file.items():
        one = members[0]
        yield _Given(
            Author(tuple(m.student for m in members), tuple(m.slug for m in members), file, earlier),
            one.person.group,
            one,
        )


def _read(assignment: Assignment, given: Sequence[_Given], lanes: int, step: Step) -> Iterator[Work | Message]:
    """The works in their order; for one that cannot be read, the reason."""
    make = partial(_made, assignment, Fingerprints(assignment))
    lanes = max(1, min(lanes, len(given)))
    free: SimpleQueue[ReadingProcess] = SimpleQueue()
    with ExitStack() as opened:
        for _ in range(lanes):
            process = opened.enter_context(ReadingProcess(assignment, make=make))
            process.start()  # before there are threads
            free.put(process)

        def read(one: _Given) -> Work | Message:
            process = free.get()
            try:
                name = one.author.file
                return msgspec.msgpack.decode(process.made(code_files(one.files), name), type=Work)
            except UnreadableNotebook as error:
                return error.message
            except ReadingFailed:
                return say("the grader failed to read {file}", file=name)
            finally:
                free.put(process)

        with ThreadPoolExecutor(lanes) as pool:
            for done, found in enumerate(pool.map(read, given), 1):
                step(done, len(given))
                yield found


def _made(assignment: Assignment, prints: Fingerprints, files: Sequence[HandedIn], name: str) -> bytes:
    try:
        return msgspec.msgpack.encode(prints.of(read_program(files, name, assignment)))
    except RecursionError as error:
        raise UnreadableNotebook(too_deep(name)) from error


def _compared(works: Sequence[Work], read: Sequence[_Given], current: int, unread: tuple[Unread, ...]) -> Copies:
    sizes = Counter(one.group for one in read)
    groups = [one.group if sizes[one.group] <= LARGEST_GROUP else "" for one in read]
    apart = {
        (a, b) for a in range(current) for b in range(a + 1, current) if groups[a] and groups[a] == groups[b]
    }  # fmt: skip
    comparison = Comparison(works, current, apart)
    threshold = comparison.threshold()
    ranked = comparison.ranked(threshold)
    likely = [pair for pair in ranked if comparison.is_likely(pair, threshold)]
    nearest = [pair for pair in ranked if not comparison.is_likely(pair, threshold)][:NEAREST]
    groups_of = clusters(likely)
    member = {k: set(group) for group in groups_of for k in group}
    authors = [one.author for one in read]

    def found(pair: Pair, blocks: tuple[Block, ...] = ()) -> LikelyCopy:
        return LikelyCopy(
            authors[pair.a], authors[pair.b], round(pair.score, 2), round(pair.share, 3),
            _questions(comparison, pair), blocks,
            (tuple(works[pair.a].lines), tuple(works[pair.b].lines)) if blocks else ((), ()),
        )  # fmt: skip

    return Copies(
        current,
        len(works) - current,
        threshold and round(threshold, 2),
        round(comparison.usual()[0], 2),
        tuple(
            found(pair, _blocks(comparison, pair, member[pair.a]) if k < SHOWN else ()) for k, pair in enumerate(likely)
        ),
        tuple(map(found, nearest)),
        tuple(tuple(authors[k] for k in group) for group in groups_of),
        unread,
    )


def _questions(comparison: Comparison, pair: Pair) -> tuple[QuestionShare, ...]:
    shared = comparison.shared(pair)
    total = sum(part.score for part in shared) or 1.0
    found = [QuestionShare(p.question, round(p.share, 3), round(p.score / total, 3)) for p in shared]
    return tuple(sorted((q for q in found if q.evidence >= LEAST_EVIDENCE), key=lambda q: -q.evidence))


def _blocks(comparison: Comparison, pair: Pair, cluster: set[int]) -> tuple[Block, ...]:
    """The matching lines; those that many other works have too are left out."""
    limit = max(1, len(comparison.works) // RARE)
    common = {
        hash for hash in comparison.common(pair.a, pair.b)
        if sum(k not in cluster for k in comparison.holders[hash]) <= limit
    }  # fmt: skip
    there = {p.hash: p for p in comparison.works[pair.b].prints}
    lines = comparison.works[pair.a].lines
    found: list[Block] = []
    for here in sorted((p for p in comparison.works[pair.a].prints if p.hash in common), key=lambda p: p.first):
        other = there[here.hash]
        last = found[-1] if found else None
        near = last and here.first <= last.a[1] + 1 and last.b[0] - 1 <= other.last and other.first <= last.b[1] + 1
        if last and near and lines[last.a[0]].question == lines[here.first].question:
            a, b = last.a, last.b
            found[-1] = Block((a[0], max(a[1], here.last)), (min(b[0], other.first), max(b[1], other.last)))
        else:
            found.append(Block((here.first, here.last), (other.first, other.last)))
    return tuple(found)
