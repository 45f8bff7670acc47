"""Read the cells of one question."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import AssignmentError
from ..messages import Text
from .course import Example, Mistake, NotebookCell, RubricItem, Source, StandIn, Test
from .headers import NUMBER, Languages, words
from .names import IMPORTS, assigned, binds, defined, definition, identifiers, methods, parse
from .patches import changes, hunks, located, patched
from .percent import Cell
from .read_test import mentioned, read_test
from .slips import Slip, Slips
from .spec import Question, Snippet

NOTEBOOK = ("text", "template", "given")  # the cells that students see


@dataclass
class Reading:
    """The state that the cells of an assignment share while they are read, and the findings for all questions."""

    folder: Path
    slips: Slips
    languages: Languages = Languages()
    names: frozenset[str] = frozenset()  # of `given`, of solutions, of the helpers of all tests
    complete: bool = True  # False if a slip hides some of the names
    all_cells: bool = True  # False if a slip hides some of the cells
    files: set[Path] = field(default_factory=set)
    mistakes: list[Mistake] = field(default_factory=list)
    right: list[Example] = field(default_factory=list)
    narrow: list[Example] = field(default_factory=list)
    hostile: list[Example] = field(default_factory=list)
    taken: dict[tuple[str, str], Cell] = field(default_factory=dict)  # cells of mistakes and examples, by name

    def module(self, name: str) -> Source:
        """A module beside the assignment, without its relative imports."""
        file = self.folder / name
        if not name.endswith(".py") or not file.is_file():
            raise Slip(f"`{name}` is not a module beside the assignment: write a name such as losses.py")
        self.files.add(file)
        source = Source(file.read_text(encoding="utf-8"), name)
        try:
            tree = parse(source)
        except Slip as slip:
            raise Slip(f"{name}, line {slip.line}: {slip}") from None
        lines = source.code.splitlines()
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.level and node.end_lineno:
                lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
        return replace(source, code="\n".join(lines))


def code_of(cell: Cell) -> Source:
    """The code of a cell; it must parse."""
    source = Source(cell.body, cell.file, cell.body_line)
    parse(source)
    return source


def sources_of(cell: Cell, reading: Reading) -> tuple[Source, ...]:
    """The code of a cell, or what its title takes from modules (`solution losses.py`, `helper NAME from a.py`)."""
    if cell.kind == "solution" and ".py" in cell.title:
        return tuple(map(reading.module, words(cell.title)))
    if cell.kind not in ("helper", "stand-in"):
        return (code_of(cell),)
    listed, _, file = cell.title.partition(" from ")
    source, names = reading.module(file.strip()) if file else code_of(cell), words(listed)
    if not names:
        raise Slip(f"the {cell.kind} has no name: write `# %% {cell.kind} NAME`")
    found = tuple(definition(source, name.split(".")[-1]) for name in names)
    return found if file or (cell.kind == "stand-in" and len(names) > 1) else (source,)


def notebook_cells(cells: Iterable[Cell], reading: Reading) -> list[NotebookCell]:
    """The texts and the code of the student's notebook."""
    found: list[NotebookCell] = []
    halves: dict[str, str] = {}  # of the text that is being read, by language
    languages = reading.languages.names
    cells = [cell for cell in cells if cell.kind in NOTEBOOK]
    for cell, below in zip(cells, [*cells, None][1:], strict=True):
        with reading.slips.at(cell.place):
            if cell.kind != "text":
                found.append(NotebookCell("code", code=code_of(cell).code, file=cell.file, line=cell.line))
                continue
            language = cell.title or (languages[0] if len(languages) == 1 else "")
            if language not in languages:
                raise Slip(f"the assignment is not in `{cell.title}`: write `# %% text {languages[0]} [markdown]`")
            halves[language] = "\n".join(text for text, _ in cell.comments()).strip()
            if len(halves) == len(languages):
                text = Text(halves.get("es", ""), halves.get("en", ""))
                found.append(NotebookCell("text", text, file=cell.file, line=cell.line))
                halves = {}
            elif below is None or below.kind != "text" or below.title in halves:
                other = next(name for name in languages if name not in halves)
                halves = {}
                raise Slip(f"the text is in one language: write `# %% text {other} [markdown]` below it")
    return found


def read_question(cells: list[Cell], before: list[Cell], reading: Reading) -> Question | None:
    """The question of a title cell and the cells below it, `before` above it; None if a slip leaves nothing to read."""
    with reading.slips.at(cells[0].place):
        return _Question(cells[0], cells[1:], reading).read(before)
    return None


class _Question:
    def __init__(self, title: Cell, cells: list[Cell], reading: Reading) -> None:
        self.title, self.cells, self.reading, self.slips = title, cells, reading, reading.slips
        self.id, self.colon, self.named = (part.strip() for part in title.title.partition(":"))

    def each(self, kind: str) -> Iterator[Cell]:
        return (cell for cell in self.cells if cell.kind == kind)

    def collected(self, kind: str, read: Any) -> tuple[Any, ...]:
        """The results of `read` for the cells of a kind; a cell with a slip is left out."""
        found: list[Any] = []
        for cell in self.each(kind):
            with self.slips.at(cell.place):
                result = read(cell)
                found += result if isinstance(result, (tuple, list)) else [result]
        return tuple(found)

    def read(self, before: list[Cell]) -> Question:
        title, known = self.title, len(self.slips.sentences)
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,16}", self.id) or not self.colon:
            raise Slip(f"`{title.title}` is not an id without spaces and a title: write `# %% question ID: SPANISH | "
                       "ENGLISH`")  # fmt: skip
        text = self.reading.languages.text(self.named)
        if "points" not in title.headers:
            raise Slip("the question says no points: write `points: 0.75`, or `points: 0.75 + 0.25 by hand`")
        kinds, headers = {cell.kind for cell in self.cells}, title.headers.keys()
        whole = self.reading.all_cells
        if whole and "test" in kinds and "solution" not in kinds and not headers & {"names", "needs", "runs"}:
            raise Slip("the question has tests and no solution: add a cell `# %% solution`")
        solution = self.collected("solution", lambda cell: sources_of(cell, self.reading))
        helpers = self.collected("helper", lambda cell: sources_of(cell, self.reading))
        if len(self.slips.sentences) > known:
            return Question(self.id, text, reviewed=1)  # the slips of its code are told first
        (points, reviewed), (needs, carried) = title.get("points"), title.get("needs")
        tests, snippets = self.tests(helpers, points > 0), self.snippets(solution)
        question = Question(
            self.id, text, points, reviewed,
            bonus=title.get("bonus"), optional=title.get("optional"), file=title.file, line=title.line,
            solution=solution, helpers=helpers, tests=tests, snippets=snippets, needs=needs, carried=carried,
            names=() if snippets else self.names(solution, tests, helpers), forbidden=title.get("forbidden"),
            again=title.get("again"), limit_s=title.get("limit"), runs=title.get("runs"),
            figures=title.get("figures"), attempted=title.get("attempted"),
            rubric=self.collected("rubric", self.rubric), cells=self.notebook(bool(solution)),
            before=tuple(notebook_cells(before, self.reading)),
            stand_ins=self.collected("stand-in", self.stand_ins),
            accepts=dict(self.collected("accepts", lambda cell: [(self.label(cell), code_of(cell))])),
        )  # fmt: skip
        self.compare(question)
        if whole and "test" not in kinds and not question.figures and (points or not reviewed):
            raise Slip("the question has no test: add a cell `# %% test SPANISH | ENGLISH`, or write points by hand")
        self.reading.right += self.collected("right", lambda cell: self.alternative(cell, question))
        self.reading.narrow += self.collected("narrow", lambda cell: self.alternative(cell, question))
        self.reading.hostile += self.collected("hostile", self.hostile)
        if solution:
            self.mistakes(question)
        return question

    def compare(self, question: Question) -> None:
        """Slips between cells: other answers that answer nothing, a rubric with other points than the title."""
        body = [node for source in question.solution for node in parse(source).body]
        solved = set().union(*(binds(node) for node in body if not isinstance(node, IMPORTS)))
        for cell in (*self.each("right"), *self.each("narrow"), *self.each("accepts")):
            with self.slips.at(cell.place):
                if solved and not _is_diff(cell) and not solved & identifiers(parse(code_of(cell))):
                    raise Slip("the cell replaces nothing of the solution: define " + " or ".join(sorted(solved)))
        for cell in self.each("stand-in"):
            with self.slips.at(cell.place):
                names = words(cell.title.partition(" from ")[0]) if self.reading.complete else ()
                if strange := [name for name in names if name.split(".")[0] not in self.reading.names]:
                    raise Slip(f"no solution defines {strange[0]}: name what the stand-in replaces")
        total, by_hand = sum(item.points for item in question.rubric), question.reviewed
        readable = question.rubric and (question.points or by_hand)  # otherwise that slip is told
        for cell in self.each("rubric") if readable else ():
            with self.slips.at(cell.place):
                if abs(total - by_hand) > 1e-9:
                    raise Slip(f"the rubric has {total:g} points, and the question {by_hand:g} by hand: change one")

    # Headers -----------------------------------------------------------------------------------------------------

    def snippets(self, solution: tuple[Source, ...]) -> dict[str, Snippet]:
        inputs, variants = self.title.get("inputs"), self.title.get("variants")
        names = [name for source in solution if inputs for name in assigned(parse(source))]
        bases = [next((name.removesuffix(v) for v in variants if name.endswith(v)), name) for name in names]
        outputs = self.title.get("outputs") or tuple(dict.fromkeys(n for n in bases if n not in inputs))
        return {self.id: Snippet(outputs, inputs, variants)} if inputs else {}

    def names(
        self, solution: tuple[Source, ...], tests: tuple[Test, ...], helpers: tuple[Source, ...]
    ) -> tuple[str, ...]:
        trees = list(map(parse, solution))
        known = set().union(*(binds(n) for tree in trees for n in tree.body if not isinstance(n, IMPORTS)),
                            *map(methods, trees))  # fmt: skip
        asked: tuple[str, ...] = self.title.get("names")
        if trees and (missing := [name for name in asked if name not in known]):
            raise Slip(f"`names` asks for {missing[0]}, which the solution does not define: correct the name",
                       self.title.lines["names"])  # fmt: skip
        sources = [*(test.source for test in tests), *helpers]
        return asked or mentioned(list(map(parse, sources)), [case for test in tests for case in test.cases], known)

    # Cells -------------------------------------------------------------------------------------------------------

    def notebook(self, solved: bool) -> tuple[NotebookCell, ...]:
        """The cells of the notebook; the hole comes after the first text and the code below it."""
        found = notebook_cells(self.cells, self.reading)
        if solved and not any(self.each("template")):
            place = next((k for k, cell in enumerate(found, 1) if cell.kind == "text"), 0)
            while place < len(found) and found[place].kind == "code":
                place += 1
            found.insert(place, NotebookCell("hole"))
        return tuple(found)

    def tests(self, helpers: tuple[Source, ...], earns: bool) -> tuple[Test, ...]:
        own = set().union(*(defined(parse(source)) for source in helpers), {"torch", "math"})
        known = self.reading.names | own if self.reading.complete else None
        titles: list[str] = []

        def read(cell: Cell) -> Test:
            titles.append(cell.title)
            if cell.title in titles[:-1]:
                raise Slip("two tests of the question have this title: change one")
            return read_test(cell, len(titles), known, self.reading.languages, earns)

        return self.collected("test", read)

    def rubric(self, cell: Cell) -> list[RubricItem]:
        items = []
        for written, line in cell.comments():
            points, _, text = (part.strip() for part in written.partition(":"))
            if written.strip() and not (re.fullmatch(NUMBER, points) and text):
                raise Slip("a line of a rubric is points and a text: write `# 0.25: SPANISH | ENGLISH`", line)
            items += [RubricItem(float(points), self.reading.languages.text(text, line))] if text else []
        return items

    def stand_ins(self, cell: Cell) -> list[StandIn]:
        names, home = words(cell.title.partition(" from ")[0]), cell.get("stays home")
        sources = sources_of(cell, self.reading)
        return [StandIn((name,), source, home) for name, source in zip(names, sources, strict=True)]

    def label(self, cell: Cell, name: str | None = None) -> str:
        name = cell.title if name is None else name
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name if cell.kind == "wrong" else name.lower()):
            raise Slip(f"`{name}` is not a name: write small letters, digits and hyphens, as in no-zero-grad")
        other = self.reading.taken.setdefault((cell.kind, name), cell)
        if other is not cell:
            there = f"line {other.line} of {other.file}"
            raise Slip(f"two {cell.kind} cells are called {name}, the other in {there}: change one")
        return name

    def alternative(self, cell: Cell, question: Question) -> Example:
        """Code that replaces names of the solution, or a diff of it."""
        name = self.label(cell)
        if not _is_diff(cell):
            return Example(name, self.id, code_of(cell))
        places = tuple(located(h, question.solution, f"question {self.id}") for h in hunks(cell))
        example = Example(name, self.id, Source(cell.body, cell.file, cell.body_line), hunks=places)
        try:
            patched(question, [example])
        except AssignmentError as error:  # the text of `patched` has a place of its own
            raise Slip(str(error).partition(": ")[2] or str(error)) from error
        return example

    def hostile(self, cell: Cell) -> Example:
        found = re.fullmatch(r"([^:]+?)\s*:\s*([\d.]+) points?", cell.title)
        if found is None:
            raise Slip("the hostile answer says no points: write `# %% hostile NAME: 0 points`")
        return Example(self.label(cell, found[1]), self.id, code_of(cell), float(found[2]))

    # Mistakes ----------------------------------------------------------------------------------------------------

    def mistakes(self, question: Question) -> None:
        seen: dict[tuple[str, ...], str] = {}
        titles = {half.strip() for test in self.each("test") for half in test.title.split(" | ")}
        for cell in self.each("wrong"):
            with self.slips.at(cell.place):
                mistake = self.mistake(cell, question)
                text = tuple(source.code for source in patched(question, [mistake]))
                if text in seen:
                    raise Slip(f"{mistake.name} and {seen[text]} are the same mistake: keep one")
                seen[text] = mistake.name
                if not mistake.also and (strange := [title for title in mistake.fails if title not in titles]):
                    raise Slip(f"`fails` names the test {strange[0]}, which the question lacks: write one of its "
                               "titles", cell.lines["fails"])  # fmt: skip
                self.reading.mistakes.append(mistake)

    def mistake(self, cell: Cell, question: Question) -> Mistake:
        name, _, hint = (part.strip() for part in cell.title.partition(":"))
        label, languages = self.label(cell, name), self.reading.languages
        halves = [cell.get(language) for language in languages.names]
        if not (hint or all(halves)) or (hint and any(halves)):
            raise Slip(f"the mistake {name} has no hint: write `# es: ...` and `# en: ...` below its title")
        diff = _is_diff(cell)
        mistake = Mistake(
            label, self.id, languages.text(hint) if hint else Text(halves[0], halves[-1]),
            Source(cell.body, cell.file, cell.body_line), code="" if diff else code_of(cell).code,
            hunks=tuple(located(h, question.solution, f"question {self.id}") for h in hunks(cell)) if diff else (),
            also=cell.get("also"), fails=cell.get("fails"), points=cell.get("points"), says=cell.get("says"),
            raises=cell.get("raises"), repeats=cell.get("repeats"),
        )  # fmt: skip
        try:
            found = replace(mistake, changes=changes(question, mistake))
        except AssignmentError as error:  # the text of `patched` has a place of its own
            raise Slip(str(error).partition(": ")[2] or str(error)) from error
        if not found.changes:
            raise Slip(f"the mistake {name} changes no function of the solution: change its `+` lines")
        return found


def _is_diff(cell: Cell) -> bool:
    return cell.raw or all(not t.strip() or t.startswith("#") for t in cell.body.splitlines())
