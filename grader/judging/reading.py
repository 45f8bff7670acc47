"""Read a submission without running it: its program, and its answer to each question.

All that reads the text of a student happens here, so that it can happen in a process with limits (reading_process.py).
"""

from __future__ import annotations

import gc
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Protocol

from ..assignment.names import parameters_of
from ..assignment.spec import Aliases, Assignment, Question, Snippet
from ..forbidden.find import Lines, Use, find_forbidden, reached_lines
from ..intake.submissions import HandedIn
from ..messages import Message, say
from ..notebook.broken_cells import Unread, unread
from ..notebook.handed_in import read_files
from ..notebook.holes import AnsweredName, answered, untouched
from ..notebook.outside_variables import ReadsOutside, outside_variables
from ..notebook.program import NO_ALIASES, Program, build
from ..notebook.raw_cells import UnreadableNotebook
from ..notebook.read import Notebook, read_notebook
from ..notebook.similar_names import near_names, near_variables
from ..notebook.statements import Statement
from ..notebook.template import template_of
from ..notebook.text_cells import TextAnswer, text_answers
from ..results import Excerpt
from .environment import Costs, Environment, Missing
from .misplaced import Misplaced, misplaced

MAX_SIMILAR = 3  # names that a note offers for one that is missing


@dataclass(frozen=True)
class SimilarName:
    """Asked names that are missing, and the names in the notebook that are similar to them, best first."""

    asked: tuple[str, ...]  # several: they are all similar to what was found
    found: tuple[str, ...]
    cell: int  # of the first one found


@dataclass(frozen=True)
class WrittenAnswer:
    """The answer of a notebook to one question."""

    attempted: bool  # False: the pattern of an attempt is nowhere in the code
    complete: bool  # all names that the question asks for are defined, and there are some
    empty: bool  # nothing is written where the template has a hole
    excerpts: tuple[Excerpt, ...] = ()
    unread: tuple[Unread, ...] = ()  # missing names, in cells that Python cannot read
    functions: tuple[str, ...] = ()  # the asked functions in which something is written
    lines: tuple[str, ...] = ()  # the statements that answer a snippet question, each once
    similar: tuple[SimilarName, ...] = ()
    uses: tuple[Use, ...] = ()  # of forbidden names
    reached: tuple[Lines, ...] = ()  # the code that the answer consists of
    in_text: tuple[TextAnswer, ...] = ()  # missing names that a text cell defines
    outside: tuple[ReadsOutside, ...] = ()  # variables that its functions read instead of taking arguments
    costs: Costs = Costs()  # what it needs and this machine lacks

    def reaches(self, cell: int, line: int) -> bool:
        """Whether a line belongs to the answer or to a helper that the answer reaches."""
        return any((cell, line) in lines for lines in self.reached)


@dataclass(frozen=True)
class Reading:
    """A submission that was read; its answers by question id.

    The program is without its definitions: each of them holds the source of its statement, so that many names of one
    statement would take many times its size. Without its trees it can be sent as text.
    """

    notebook: Notebook
    program: Program
    answers: Mapping[str, WrittenAnswer]
    environment: Environment = Environment()
    misplaced: Misplaced | None = None  # it seems to belong to another assignment


class Read(Protocol):
    """A reader of submissions: `read_submission` itself, or its process."""

    def __call__(
        self,
        files: Sequence[HandedIn],
        name: str,
        assignment: Assignment,
        aliases: Aliases = NO_ALIASES,
        asked_for: str = "",
        /,
    ) -> Reading: ...


@dataclass(frozen=True)
class Parsed:
    """The code of a submission: its cells, and the program that the answers need."""

    notebook: Notebook
    program: Program


def read_file(data: bytes, name: str, assignment: Assignment) -> Reading:
    """Read a submission of one file; UnreadableNotebook says why that is impossible."""
    return read_submission([HandedIn(name, data, 0.0)], name, assignment)


def read_submission(
    files: Sequence[HandedIn],
    name: str,
    assignment: Assignment,
    aliases: Aliases = NO_ALIASES,
    asked_for: str = "",
) -> Reading:
    """Read the notebooks and modules of a submission; UnreadableNotebook says why that is impossible.

    `name` is the file that people see it listed under; `asked_for` is the path of the notebook that a person named.
    """
    collects = gc.isenabled()
    gc.disable()  # syntax trees have no cycles; looking for some would take a quarter of the time
    try:
        return _read(files, name, assignment, aliases, asked_for)
    except RecursionError as error:
        raise UnreadableNotebook(too_deep(name)) from error
    finally:
        if collects:
            gc.enable()


def too_deep(name: str) -> Message:
    """The sentence about code on which Python's parser fails, or a walk over its tree."""
    return say("{name} cannot be read: its code is nested too deeply for Python.", name=name)


def read_program(
    files: Sequence[HandedIn],
    name: str,
    assignment: Assignment,
    aliases: Aliases = NO_ALIASES,
    asked_for: str = "",
) -> Parsed:
    """The code of a submission, without a look at its answers.

    Raises UnreadableNotebook, and RecursionError for code that is nested too deeply.
    """
    template = _handed_out(assignment.template)
    notebook = read_files(files, name, assignment, template, asked_for)
    names = [name for question in assignment.questions for name in question.names]
    snippets = {k: s for question in assignment.questions for k, s in question.snippets.items()}
    trained = [name for question in assignment.questions if question.runs for name in question.names]
    mapped: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for asked, own in aliases.items():
        function, _, argument = asked.rpartition(".")
        if asked not in names and function in names and isinstance(own, str):
            mapped[function][argument] = own
    arguments = {function: (parameters_of(assignment, function), own) for function, own in mapped.items()}
    aliases = {asked: own for asked, own in aliases.items() if asked in names or "." not in asked}
    return Parsed(notebook, build(notebook, names, snippets, aliases, trained, template, arguments))


def _read(files: Sequence[HandedIn], name: str, assignment: Assignment, aliases: Aliases, asked_for: str) -> Reading:
    parsed = read_program(files, name, assignment, aliases, asked_for)
    notebook, program = parsed.notebook, parsed.program
    in_text = text_answers(notebook)
    own = {part.removesuffix(".py") for cell in notebook.cells for part in Path(cell.module).parts}
    missing = Missing.of(program, {name for question in assignment.questions for name in question.names}, own)
    answers = {}
    earlier: set[str] = set()
    offered: set[str] = set()
    snippets = [snippet for question in assignment.questions for snippet in question.snippets.values()]
    variables = frozenset[str]().union(*(part.variables for part in snippets))
    for question in assignment.questions:
        similar = _similar(question, program, variables, offered)
        offered.update(name for one in similar for name in one.found)
        answers[question.id] = _written(question, notebook, program, earlier, in_text, missing, similar)
        earlier.update(question.names)
    found = misplaced(program, notebook, assignment)
    return Reading(notebook, replace(program, definitions={}, by_module={}), answers, missing.environment(), found)


@cache
def _handed_out(template: Path | None) -> frozenset[str]:
    """The functions of the notebook that students get; empty without one, as on the student's machine."""
    if template is None or not template.is_file():
        return frozenset()
    return template_of(read_notebook(template.read_bytes(), template.name))


def _written(
    question: Question,
    notebook: Notebook,
    program: Program,
    earlier: Set[str],
    in_text: Mapping[str, TextAnswer],
    absent: Missing,
    similar: tuple[SimilarName, ...],
) -> WrittenAnswer:
    excerpts = _excerpts(question, program, notebook)
    tops = dict.fromkeys([*(name.partition(".")[0] for name in question.names), *sorted(_outputs(question))])
    missing = [name for name in question.names if name not in program.definitions]
    lost = {name.partition(".")[0] for name in missing} - program.newer.keys()
    lost = lost.union(*(asked.names_of(output) for output, asked in _missing_outputs(question, program)))
    return WrittenAnswer(
        attempted=_is_attempted(question, notebook),
        complete=bool(question.names) and not missing,
        empty=untouched(_asked(question, excerpts)) if excerpts else _has_empty_outputs(question, notebook),
        excerpts=excerpts,
        unread=tuple(unread(notebook, lost)),
        functions=_functions(question, program),
        lines=_lines(question, program),
        similar=similar,
        uses=find_forbidden(program, notebook, question, earlier),
        reached=reached_lines(program, question, earlier),
        in_text=tuple(in_text[name] for name in tops if name in in_text and name not in program.definitions),
        outside=outside_variables(program, question.names),
        costs=absent.costs(tops, itertools.chain.from_iterable(_snippet_statements(question, program))),
    )  # fmt: skip


def _similar(
    question: Question, program: Program, variables: Collection[str], offered: Collection[str]
) -> tuple[SimilarName, ...]:
    """The names that may be meant for what is missing; each is offered once, so `offered` ones are left out."""
    near = {name: near_names(program, name) for name in question.names if name not in program.definitions}
    near |= {output: near_variables(program, output, variables) for output, _ in _missing_outputs(question, program)}
    places = {d.name: d.cell for found in near.values() for d in found if d.name not in offered}
    fitting = {name: [d.name for d in found if d.name in places] for name, found in near.items()}
    times = Counter(name for found in fitting.values() for name in found)
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, found in fitting.items():
        own = [other for other in found if times[other] == 1]
        if found:
            groups[tuple((own or found[:1])[:MAX_SIMILAR])].append(name)
    return tuple(SimilarName(tuple(names), found, places[found[0]]) for found, names in groups.items())


def _missing_outputs(question: Question, program: Program) -> Iterator[tuple[str, Snippet]]:
    """The outputs of the question's snippets that no statement assigns, with or without a suffix."""
    for key, asked in question.snippets.items():
        part = program.snippets[key]
        found = {output.partition("@")[0] for output in part.outputs} | {part.rename[o] for o in part.outputs}
        yield from ((output, asked) for output in asked.outputs if not found & asked.names_of(output))


def _functions(question: Question, program: Program) -> tuple[str, ...]:
    """The asked functions in which something is written."""
    found = [(name, program.definitions[name]) for name in question.names if name in program.definitions]
    return tuple(
        name
        for name, place in found
        if place.is_function and not untouched(answered(place.source, place.cell, place.line))
    )  # fmt: skip


def _is_attempted(question: Question, notebook: Notebook) -> bool:
    pattern = question.attempted
    code = (re.sub("#.*", "", cell.python) for cell in notebook.cells if cell.kind == "code")
    return not pattern or any(re.search(pattern, written) for written in code)


def _asked(question: Question, excerpts: Sequence[Excerpt]) -> list[AnsweredName]:
    """The names that the answer defines; of a class whose methods are asked for, only these methods."""
    names = [name for e in excerpts for name in answered(e.source, e.cell, e.line)]
    methods = {name.rpartition(".")[2] for name in question.names if "." in name}
    return [name for name in names if name.name in methods] or names


def _has_empty_outputs(question: Question, notebook: Notebook) -> bool:
    """Whether the notebook still has an output of a snippet question as it was handed out: `dL_dU = None`."""
    outputs = _outputs(question)
    cells = [c for c in notebook.cells if c.kind == "code" and any(name in c.python for name in outputs)]
    return any(name.empty and name.name in outputs for c in cells for name in answered(c.python, c.number, 1))


def _outputs(question: Question) -> set[str]:
    """The variables of a snippet question, with and without their suffixes."""
    return set().union(*(s.names_of(output) for s in question.snippets.values() for output in s.outputs))


def _excerpts(question: Question, program: Program, notebook: Notebook) -> tuple[Excerpt, ...]:
    found: dict[tuple[int, int], Excerpt] = {}
    for name in (own for asked in question.names for own in program.joined.get(asked, (asked,))):
        definition = program.definitions.get(name)
        if definition is not None:
            found.setdefault(
                (definition.cell, definition.line),
                Excerpt(definition.cell, definition.line, definition.source),
            )
    for statements in _snippet_statements(question, program):
        for s in statements[-1:]:
            found.setdefault((s.cell, s.line), Excerpt(s.cell, s.line, s.source))
    kept: list[Excerpt] = []
    for place in sorted(found):
        before = kept[-1] if kept else None
        # A class that is asked for contains its methods.
        if before is None or place > (before.cell, before.line + before.source.count("\n")):
            kept.append(found[place])
    at = [notebook.at(e.cell, e.line) for e in kept]
    return tuple(Excerpt(a.cell, a.line, e.source, a.file) for a, e in zip(at, kept, strict=True))


def _snippet_statements(question: Question, program: Program) -> Iterator[Sequence[Statement]]:
    """The statements that answer a snippet question, by output."""
    for key in question.snippets:
        if snippet := program.snippets.get(key):
            yield from snippet.outputs.values()


def _lines(question: Question, program: Program) -> tuple[str, ...]:
    """The statements that answer a snippet question, each once, in the notebook's order."""
    found = {(s.cell, s.line): s.source for some in _snippet_statements(question, program) for s in some}
    return tuple(found[place] for place in sorted(found))
