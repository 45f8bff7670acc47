"""Turn the likely copies of a class into the content of their page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..assignment.spec import Assignment
from ..messages import say
from ..report.copies_page import CodeLine, CopiesPage, PairView, Part
from ..report.words import number
from .find import Author, Copies, LikelyCopy
from .prints import ELSEWHERE, Line

AROUND = 2  # lines before and after those that match
NAMED = 4  # questions in one line

BESIDE = say("code outside the answers")


def copies_page(copies: Copies, assignment: Assignment, language: str) -> CopiesPage:
    """The page of a class."""
    titles = {q.id: f"{q.id} {q.title.render(language)}" for q in assignment.questions}
    titles[ELSEWHERE] = BESIDE.render(language)

    def view(k: int, pair: LikelyCopy) -> PairView:
        times = f"{pair.score / copies.threshold:.1f}" if copies.threshold else ""
        named = [f"{q.question or titles[ELSEWHERE]} {q.share:.0%}" for q in pair.questions[:NAMED]]
        return PairView(
            f"pair-{k}", label(pair.a, language), label(pair.b, language), (pair.a.file, pair.b.file), times,
            f"{pair.share:.0%}", tuple(named), tuple(_parts(pair, titles, language)),
        )  # fmt: skip

    return CopiesPage(
        assignment.title.render(language),
        language,
        copies.compared,
        copies.earlier,
        tuple(view(k, pair) for k, pair in enumerate(copies.pairs, 1)),
        sum(not pair.blocks for pair in copies.pairs),
        tuple(view(0, pair) for pair in copies.nearest),
        tuple(tuple(label(author, language) for author in group) for group in copies.clusters if len(group) > 2),
        tuple((one.student, one.why.render(language)) for one in copies.unread),
        number(copies.threshold) if copies.threshold is not None else "",
        number(copies.median),
    )


def label(author: Author, language: str) -> str:
    """The students of a work; of an earlier year with its note."""
    students = ", ".join(author.students)
    return say("{students} (earlier year)", students=students).render(language) if author.earlier else students


def _parts(pair: LikelyCopy, titles: Mapping[str, str], language: str) -> Iterator[Part]:
    """The matching lines by the question of the first work, most evidence first, with a few lines around them."""
    a, b = pair.lines
    found = {a[block.a[0]].question for block in pair.blocks}
    for question in dict.fromkeys(id for id in (*(q.question for q in pair.questions), *titles) if id in found):
        numbered = [(k, block) for k, block in enumerate(pair.blocks, 1) if a[block.a[0]].question == question]
        here = _marked([(k, block.a) for k, block in numbered])
        there = _marked([(k, block.b) for k, block in numbered])
        yield Part(titles[question], tuple(_excerpt(a, here, language)), tuple(_excerpt(b, there, language)))


def _marked(places: Sequence[tuple[int, tuple[int, int]]]) -> dict[int, int]:
    """Line -> number of its block, the first one."""
    found: dict[int, int] = {}
    for k, (first, last) in places:
        for line in range(first, last + 1):
            found.setdefault(line, k)
    return found


def _excerpt(lines: Sequence[Line], marked: Mapping[int, int], language: str) -> Iterator[CodeLine]:
    near = [(k, m) for m in marked for k in range(m - AROUND, m + AROUND + 1) if 0 <= k < len(lines)]
    before: int | None = None
    for k in sorted({k for k, m in near if _cell(lines[k]) == _cell(lines[m])}):
        line = lines[k]
        if before is None or k != before + 1 or _cell(line) != _cell(lines[before]):
            yield CodeLine("", _place(line, language))
        yield CodeLine(str(line.line), line.text, marked.get(k, 0))
        before = k


def _cell(line: Line) -> tuple[int, str]:
    return line.cell, line.file


def _place(line: Line, language: str) -> str:
    """The cell, with the name of the file if there are several."""
    cell = say("cell {cell}", cell=line.cell).render(language) if line.cell else ""
    return ", ".join(filter(None, (line.file, cell)))
