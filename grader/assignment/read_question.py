"""Read the cells of one question."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..messages import Text
from . import headers
from .course import Example, Mistake, NotebookCell, RubricItem, Source, StandIn
from .forbidden_groups import forbidden_names
from .headers import Languages
from .names import assigned, copied, defined, definition, imported, methods, parse
from .patches import changes, hunks, located, patched
from .percent import Cell
from .read_test import Known, mentioned, read_test
from .slips import Slip, Slips
from .spec import Question, Snippet

NAME = r"[a-z0-9][a-z0-9_-]*"


@dataclass
class Reading:
    """What the cells of an assignment share while they are read."""

    folder: Path
    slips: Slips
    languages: Languages = Languages()
    names: frozenset[str] = frozenset()  # of `given`, of solutions, of the helpers of all tests
    complete: bool = True  # False if a slip hides some of the names
    all_cells: bool = True  # False if a slip hides some of the cells
    files: set[Path] = field(default_factory=set)
    taken: set[tuple[str, str]] = field(default_factory=set)  # names of mistakes and examples

    def module(self, name: str, line: int = 0) -> Source:
        """A module beside the assignment, without its relative imports."""
        file = self.folder / name
        if not name.endswith(".py") or not file.is_file():
            raise Slip(f"`{name}` is not a module beside the assignment: write a name such as losses.py", line)
        self.files.add(file)
        source = Source(file.read_text(encoding="utf-8"), name)
        try:
            tree = parse(source)
        except Slip as slip:
            raise Slip(f"{name}, line {slip.line}: {slip}", line) from None
        lines = source.code.splitlines()
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.level:
                lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
        return replace(source, code="\n".join(lines))


@dataclass(frozen=True)
class QuestionCells:
    """A question, and the entries that the assignment lists for all questions."""

    question: Question
    mistakes: tuple[Mistake, ...] = ()
    right: tuple[Example, ...] = ()
    hostile: tuple[Example, ...] = ()


def code_of(cell: Cell) -> Source:
    """The code of a cell; it must parse."""
    source = Source(cell.body, cell.file, cell.body_line)
    parse(source)
    return source


def solution_of(cell: Cell, reading: Reading) -> tuple[Source, ...]:
    """The code of a solution cell, or the modules that it names."""
    if ".py" in cell.title:
        return tuple(reading.module(name) for name in re.split(r"[\s,]+", cell.title))
    return (code_of(cell),)


def helpers_of(cell: Cell, reading: Reading) -> tuple[Source, ...]:
    """The helpers that a cell defines, or takes from a file."""
    names, _, file = cell.title.partition(" from ")
    if not names.split():
        raise Slip("the helper has no name: write `# %% helper NAME`")
    if file:
        return tuple(definition(reading.module(file.strip()), name) for name in names.split())
    source = code_of(cell)
    if missing := [name for name in names.split() if name not in defined(parse(source))]:
        raise Slip(f"the cell does not define {missing[0]}: write `def {missing[0]}(...)` in it")
    return (source,)


def notebook_cells(cells: Iterable[Cell], reading: Reading, hole: bool) -> tuple[NotebookCell, ...]:
    """The texts and the code of the student's notebook; the hole comes after the first text and the code below it."""
    found: list[NotebookCell] = []
    halves: dict[str, str] = {}  # of the text that is being read, by language
    languages = reading.languages.names
    cells = list(cells)
    for k, cell in enumerate(cells):
        with reading.slips.at(cell.place):
            if cell.kind != "text":
                found.append(NotebookCell("code", code=code_of(cell).code, file=cell.file, line=cell.line))
                continue
            language = cell.title or (languages[0] if len(languages) == 1 else "")
            if language not in languages:
                raise Slip(f"the assignment is not in `{cell.title}`: write `# %% text {languages[0]} [markdown]`")
            halves[language] = "\n".join(line.value for line in cell.comments()).strip()
            if len(halves) == len(languages):
                text = Text(halves.get("es", ""), halves.get("en", ""))
                found.append(NotebookCell("text", text, file=cell.file, line=cell.line))
                halves = {}
            elif k + 1 == len(cells) or cells[k + 1].kind != "text" or cells[k + 1].title in halves:
                other = next(name for name in languages if name not in halves)
                halves = {}
                raise Slip(f"the text is in one language: write `# %% text {other} [markdown]` below it")
    if hole:
        place = next((k for k, cell in enumerate(found, 1) if cell.kind == "text"), 0)
        while place < len(found) and found[place].kind == "code":
            place += 1
        found.insert(place, NotebookCell("hole"))
    return tuple(found)


def read_question(cells: list[Cell], reading: Reading) -> QuestionCells | None:
    """The question of a title cell and the cells below it; None if a slip leaves nothing to read."""
    title, *inner = cells
    id, colon, named = (part.strip() for part in title.title.partition(":"))
    read = _Question(title, inner, reading, id)
    with reading.slips.at(title.place):
        if " " in id:
            raise Slip(f"the id `{id}` has a space: write `{id.replace(' ', '-')}`")
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,16}", id) or not colon:
            raise Slip("the question has no short id or no title: write `# %% question ID: SPANISH | ENGLISH`")
        return read.read(reading.languages.text(named))
    return None


class _Question:
    def __init__(self, title: Cell, cells: list[Cell], reading: Reading, id: str) -> None:
        self.title, self.cells, self.reading, self.id = title, cells, reading, id
        self.slips = reading.slips

    def each(self, *kinds: str) -> Iterator[Cell]:
        return (cell for cell in self.cells if cell.kind in kinds)

    def collected(self, kind: str, read: Any) -> list[Any]:
        """What `read` makes of each cell of a kind; a cell with a slip is left out."""
        found: list[Any] = []
        for cell in self.each(kind):
            with self.slips.at(cell.place):
                result = read(cell)
                found += result if isinstance(result, (tuple, list)) else [result]
        return found

    def read(self, text: Text) -> QuestionCells:
        title, known = self.title, len(self.slips.sentences)
        points, reviewed = headers.points(title)
        builds_on_others = {"names", "needs", "runs"} & title.headers.keys()
        whole = self.reading.all_cells
        if whole and any(self.each("test")) and not any(self.each("solution")) and not builds_on_others:
            raise Slip("the question has tests and no solution: add a cell `# %% solution`")
        solution = tuple(self.collected("solution", lambda cell: solution_of(cell, self.reading)))
        helpers = tuple(self.collected("helper", lambda cell: helpers_of(cell, self.reading)))
        if len(self.slips.sentences) > known:
            return QuestionCells(Question(self.id, text, reviewed=1))  # the slips of its code are told first
        question = Question(
            self.id, text, points, reviewed,
            bonus="bonus" in title.headers, optional="optional" in title.headers,
            solution=solution, helpers=helpers, file=title.file, line=title.line,
            forbidden=forbidden_names(headers.words(title, "forbidden"), headers.line(title, "forbidden")),
            again=headers.number(title, "again", 1.0), limit_s=headers.seconds(title, "limit"),
            runs=headers.value(title, "runs") and headers.one_of(title, "runs", ("training",)),
            figures=int(headers.number(title, "figures", 0)), attempted=self.attempted(),
            rubric=tuple(self.collected("rubric", self.rubric)), **self.needs(),
            cells=notebook_cells(self.each("text", "template", "given"), self.reading,
                                 bool(solution) and not any(self.each("template"))),
        )  # fmt: skip
        question = replace(question, snippets=self.snippets(solution))
        question = replace(question, tests=self.tests(question))
        question = replace(
            question, names=() if question.snippets else self.names(question),
            stand_ins=tuple(self.collected("stand-in", lambda cell: self.stand_ins(cell, solution))),
            accepts=dict(self.collected("accepts", lambda cell: [(self.label(cell), code_of(cell))])),
        )  # fmt: skip
        self.check(question)
        return QuestionCells(
            question,
            self.mistakes(question) if solution else (),
            tuple(self.collected("right", lambda cell: Example(self.label(cell), self.id, code_of(cell)))),
            tuple(self.collected("hostile", self.hostile)),
        )

    # Headers -----------------------------------------------------------------------------------------------------

    def attempted(self) -> str:
        pattern = headers.value(self.title, "attempted")
        try:
            re.compile(pattern)
        except re.error as error:
            line = headers.line(self.title, "attempted")
            raise Slip(f"`{pattern}` is not a regular expression ({error}): correct it", line) from error
        return pattern

    def needs(self) -> dict[str, Any]:
        found = headers.matched(self.title, "needs", r"([\w.,\s-]+?)(?:\s*\(share ([\d.]+)\))?", "0, 1a (share 0.5)")
        if found is None:
            return {}
        return {"needs": tuple(re.split(r"[\s,]+", found[1].strip())), "carried": float(found[2] or 1)}

    def snippets(self, solution: tuple[Source, ...]) -> dict[str, Snippet]:
        inputs = headers.words(self.title, "inputs")
        if not inputs:
            return {}
        variants = headers.words(self.title, "variants")
        names = list(dict.fromkeys(name for source in solution for name in assigned(parse(source))))
        bases = [next((name.removesuffix(v) for v in variants if name.endswith(v)), name) for name in names]
        outputs = headers.words(self.title, "outputs") or tuple(dict.fromkeys(n for n in bases if n not in inputs))
        return {self.id: Snippet(outputs, inputs, variants)}

    def names(self, question: Question) -> tuple[str, ...]:
        trees = [parse(source) for source in question.solution]
        known = set().union(*(defined(tree) - imported(tree) for tree in trees)), set().union(*map(methods, trees))
        if asked := headers.words(self.title, "names"):
            if trees and (missing := [name for name in asked if name not in known[0] | known[1]]):
                raise Slip(f"`names` asks for {missing[0]}, which the solution does not define: correct the name",
                           headers.line(self.title, "names"))  # fmt: skip
            return asked
        sources = [*(test.source for test in question.tests), *question.helpers]
        cases = [case for test in question.tests for case in test.cases]
        return mentioned(list(map(parse, sources)), cases, *known)

    # Cells -------------------------------------------------------------------------------------------------------

    def tests(self, question: Question) -> tuple[Any, ...]:
        found: list[Any] = []
        own = set().union(*(defined(parse(source)) for source in question.helpers))
        known = Known(self.reading.names | own | {"torch", "math"}, self.reading.languages, self.reading.complete)
        for number, cell in enumerate(self.each("test"), 1):
            with self.slips.at(cell.place):
                if any(cell.title == other.title for other in list(self.each("test"))[: number - 1]):
                    raise Slip("two tests of the question have this title: change one")
                found.append(read_test(cell, self.id, number, known, question.points > 0))
        return tuple(found)

    def rubric(self, cell: Cell) -> list[RubricItem]:
        items = []
        for line in cell.comments():
            points, colon, text = line.value.partition(":")
            if not line.value.strip():
                continue
            if not colon or not re.fullmatch(headers.NUMBER, points.strip()):
                raise Slip("a line of a rubric is points and a text: write `# 0.25: SPANISH | ENGLISH`", line.line)
            items.append(RubricItem(float(points), self.reading.languages.text(text.strip(), line.line)))
        return items

    def stand_ins(self, cell: Cell, solution: tuple[Source, ...]) -> list[StandIn]:
        listed, _, file = cell.title.partition(" from ")
        names, home = re.split(r"[\s,]+", listed.strip()), "stays home" in cell.headers
        if not listed.strip():
            raise Slip("the stand-in has no name: write `# %% stand-in NAMES`")
        source = self.reading.module(file.strip()) if file else code_of(cell)
        if not file and len(names) == 1:
            definition(source, names[0].split(".")[-1])
            found = [StandIn((names[0],), source, home)]
        else:
            found = [StandIn((name,), definition(source, name.split(".")[-1]), home) for name in names]
        for one in found if not home else ():
            if name := copied(one.source, solution):
                raise Slip(f"the stand-in holds {name} of the solution: write other code, or `# stays home`")
        return found

    def label(self, cell: Cell, name: str | None = None) -> str:
        name = cell.title if name is None else name
        if not re.fullmatch(NAME, name if cell.kind == "wrong" else name.lower()):
            raise Slip(f"`{name}` is not a name: write small letters, digits and hyphens, as in no-zero-grad")
        if (cell.kind, name) in self.reading.taken:
            raise Slip(f"two {cell.kind} cells are called {name}: change one")
        self.reading.taken.add((cell.kind, name))
        return name

    def hostile(self, cell: Cell) -> Example:
        found = re.fullmatch(r"([^:]+?)\s*:\s*([\d.]+) points?", cell.title)
        if found is None:
            raise Slip("the hostile answer says no points: write `# %% hostile NAME: 0 points`")
        return Example(self.label(cell, found[1]), self.id, code_of(cell), float(found[2]))

    # Mistakes ----------------------------------------------------------------------------------------------------

    def mistakes(self, question: Question) -> tuple[Mistake, ...]:
        found: list[Mistake] = []
        seen: dict[tuple[str, ...], str] = {}
        for cell in self.each("wrong"):
            with self.slips.at(cell.place):
                mistake = self.mistake(cell, question)
                text = tuple(source.code for source in patched(question, [mistake]))
                if text in seen:
                    raise Slip(f"{mistake.name} and {seen[text]} are the same mistake: keep one")
                seen[text] = mistake.name
                found.append(mistake)
        return tuple(found)

    def mistake(self, cell: Cell, question: Question) -> Mistake:
        name, colon, hint = (part.strip() for part in cell.title.partition(":"))
        label = self.label(cell, name)
        if not colon or not hint:
            raise Slip(f"the mistake {name} has no hint: write `# %% wrong {name}: SPANISH | ENGLISH [raw]`")
        points = headers.matched(cell, "points", rf"({headers.NUMBER})(?: to ({headers.NUMBER}))?", "0.1 to 0.3")
        diff = cell.markup == "raw" or all(not t.strip() or t.startswith("#") for t in cell.body.splitlines())
        mistake = Mistake(
            label, self.id, self.reading.languages.text(hint), Source(cell.body, cell.file, cell.body_line),
            hunks=tuple(located(h, question.solution, f"question {self.id}") for h in hunks(cell)) if diff else (),
            code="" if diff else code_of(cell).code,
            also=headers.words(cell, "also"), fails=headers.parts(cell, "fails"),
            points=(float(points[1]), float(points[2] or points[1])) if points else None,
            says=headers.value(cell, "says").strip('"'), raises=headers.value(cell, "raises"),
        )  # fmt: skip
        try:
            found = replace(mistake, changes=changes(question, mistake))
        except Slip:
            raise
        except Exception as error:  # the text of `patched` has a place of its own
            raise Slip(str(error).partition(": ")[2] or str(error)) from error
        if not found.changes:
            raise Slip(f"the mistake {name} changes no function of the solution: change its `+` lines")
        titles = {half.strip() for test in self.each("test") for half in test.title.split(" | ")}
        if not mistake.also and (strange := [title for title in mistake.fails if title not in titles]):
            raise Slip(f"`fails` names the test {strange[0]}, which the question lacks: write one of its titles",
                       headers.line(cell, "fails"))  # fmt: skip
        return found

    # The whole question ------------------------------------------------------------------------------------------

    def check(self, question: Question) -> None:
        marked = question.figures or (question.reviewed and not question.points)
        if self.reading.all_cells and not any(self.each("test")) and not marked:
            raise Slip("the question has no test: add a cell `# %% test SPANISH | ENGLISH`, or write points by hand")
        if question.snippets and not question.solution:
            return
        for cell in self.each("helper"):
            with self.slips.at(cell.place):
                for helper in helpers_of(cell, self.reading):
                    if name := copied(helper, question.solution):
                        raise Slip(f"the helper holds {name} of the solution and travels: write other code")
