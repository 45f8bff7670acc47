"""The part of a submission that answers a question: its cells with their saved outputs, and the files beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..notebook.raw_cells import RawCell, decoded
from ..results import QuestionResult
from ..run.answers import DATA, PICTURES, Answers, Picture, bundles, folded, pictures, text_of
from . import harmless
from .harmless import Html

LONGEST = 6_000  # characters of one printed output
NEAR = 3  # cells; a neighbour that is further away is in the whole notebook only
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Output:
    """One saved output: a text, a table as HTML, or the number of a picture of the cell."""

    text: str = ""
    html: Html | None = None
    picture: int | None = None


@dataclass(frozen=True)
class Cell:
    """A cell as people see it."""

    file: int  # the number of its notebook in the submission
    number: int
    kind: str
    source: str
    given: bool  # as the students' notebook has it
    near: bool = False  # beside the answer
    folded: bool = False  # code of a notebook that does not say where the answer is
    html: Html | None = None  # of a text
    outputs: tuple[Output, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Beside:
    """A file beside the notebook."""

    number: int
    name: str
    size: int
    html: Html | None = None  # of a text in Markdown
    picture: bool = False
    text: str = ""  # of another text
    folded: bool = False  # it holds code or data


class Work(Answers):
    """The notebooks and other files of one submission, as people see them."""

    def cells(self) -> Iterator[Cell]:
        """All cells of all notebooks."""
        for file, (_, cells) in enumerate(self.notebooks):
            for number, cell in enumerate(cells, 1):
                yield self._cell(file, number, cell)

    def answer(self, question: str, result: QuestionResult | None) -> list[Cell]:
        """The cells below the question's heading and those with the code that was judged, in order.

        On both sides the nearest cell that the student wrote is there too; it is `near`.
        """
        places, unknown = self.region(question, result), not self.found(question, result)
        order = [place for place, _ in self.places()]
        here = [n for n, place in enumerate(order) if place in places]
        sides = [self._near(order, places, here[0], -1), self._near(order, places, here[-1], 1)] if here else []
        near = {place for place in sides if place is not None}
        cells = [self._cell(*place, self.notebooks[place[0]][1][place[1] - 1]) for place in sorted(places | near)]
        return [
            replace(cell, near=(cell.file, cell.number) in near, folded=unknown and cell.kind == "code")
            for cell in cells
        ]

    def _near(
        self, order: Sequence[tuple[int, int]], places: set[tuple[int, int]], start: int, step: int
    ) -> tuple[int, int] | None:
        """The nearest cell outside the answer that is not as it was given, a few cells away at most."""
        for n in range(start + step, start + (NEAR + 1) * step, step):
            if 0 <= n < len(order) and order[n] not in places:
                cell = self.notebooks[order[n][0]][1][order[n][1] - 1]
                if folded(cell.source) not in self.given.texts and not self.is_heading(cell):
                    return order[n]
        return None

    def beside(self) -> list[Beside]:
        """The other files of the submission that were not given; texts are shown."""
        found = []
        for number, file in enumerate(self.others):
            name = file.path.lower()
            if file.data in self.given.files:
                continue
            html = harmless.markdown(decoded(file.data)) if name.endswith((".md", ".markdown")) else None
            text = decoded(file.data)[:LONGEST] if name.endswith((".txt", ".tex", ".rst", ".py", ".csv")) else ""
            picture = picture_type(file.data, file.path) is not None
            found.append(Beside(number, file.path, len(file.data), html, picture, text, name.endswith(DATA)))
        return found

    def picture(self, file: int, number: int, place: int) -> Picture | None:
        """A picture by the number of its notebook, its cell and its place there."""
        if 0 <= file < len(self.notebooks) and 0 < number <= len(self.notebooks[file][1]):
            saved = self.notebooks[file][1][number - 1].saved
            found = pictures(saved if isinstance(saved, dict) else {})
            return found[place] if 0 <= place < len(found) else None
        return None

    def _cell(self, file: int, number: int, cell: RawCell) -> Cell:
        saved = cell.saved if isinstance(cell.saved, dict) else {}
        text = cell.source[: harmless.LONGEST]
        return Cell(
            file, number, cell.kind, text, folded(cell.source) in self.given.texts,
            html=harmless.markdown(text) if cell.kind == "markdown" else None,
            outputs=tuple(_outputs(saved)), pictures=tuple(pictures(saved)),
        )  # fmt: skip


def picture_type(data: bytes, name: str) -> str | None:
    """The type of a file that is a picture, by its first bytes; of an SVG by its name."""
    for kind, start in PICTURES.items():
        if start and data.startswith(start):
            return kind
    return "image/svg+xml" if name.lower().endswith(".svg") else None


def _outputs(saved: Mapping[str, Any]) -> Iterator[Output]:
    pictures = 0
    for data in bundles(saved):
        if any(kind in data for kind in PICTURES):
            yield Output(picture=pictures)
            pictures += 1
        elif "text/html" in data:
            yield Output(html=harmless.output_html(text_of(data["text/html"])))
        elif "text/latex" in data:
            yield Output(html=harmless.markdown(text_of(data["text/latex"])))
        else:
            text = (
                text_of(data.get("text/plain")) or text_of(data.get("text")) or "\n".join(_lines(data.get("traceback")))
            )
            if text.strip():
                yield Output(text=ANSI.sub("", text)[:LONGEST])
    attachments = saved.get("attachments")
    for _ in attachments if isinstance(attachments, dict) else ():
        yield Output(picture=pictures)
        pictures += 1


def _lines(value: Any) -> Iterable[str]:
    return [line for line in value if isinstance(line, str)] if isinstance(value, list) else ()


def alike(digests: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """The students with the same answer, for each student who has company."""
    groups: dict[str, list[str]] = {}
    for slug, digest in digests.items():
        if digest:
            groups.setdefault(digest, []).append(slug)
    return {slug: group for group in groups.values() if len(group) > 1 for slug in group}
