"""The slices of a notebook that compute asked variables from inputs that we supply."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from ..assignment import spec
from .effects import IMPORTS, root, targets, walk
from .statements import DEFINITIONS, Statement

# Each candidate is one more evaluation for the judge and one more guess for the student. So many cells per variant may
# assign a plain name: an answer and an earlier try.
CELLS_PER_VARIANT = 2
NO_CELL = 0  # the place of a statement of ours


@dataclass(frozen=True)
class SnippetProgram:
    """For each output, the statements that compute it, as of its place in the notebook.

    Outputs with variants have keys such as "dL_duk_relu". Where a notebook assigns the plain name and it is unclear
    to which variant an assignment belongs, the slices are "dL_duk@1", "dL_duk@2", ... in `unsuffixed`.
    """

    outputs: Mapping[str, tuple[Statement, ...]]
    rename: Mapping[str, str] = field(default_factory=dict)  # key of an output -> the student's variable
    unsuffixed: tuple[str, ...] = ()
    needs: frozenset[str] = frozenset()  # names that the slices take from the program
    module: str = ""  # the path of the student's module whose statements these are; "" for the notebook


def snippet(
    statements: Sequence[Statement], asked: spec.Snippet, aliases: Mapping[str, str] = MappingProxyType({})
) -> SnippetProgram:
    """Find the slices of the outputs of `asked`; outputs that the notebook never assigns are absent.

    `aliases` maps asked variables to the student's: outputs, also with their suffix, and inputs. A variable that the
    notebook does not assign is ignored.
    """
    bound = {name for statement in statements for name in statement.names}
    given = {name: own for name in asked.inputs if (own := aliases.get(name, name)) != name and own in bound}
    slicer = _Slicer(statements, frozenset((*asked.inputs, *given.values())))

    def answers(output: str, variant: str = "") -> tuple[str, list[int]]:
        """The student's variable and the places of its values."""
        own = own_variable(output, variant, aliases)
        return (own, slicer.answers(own)) if own in bound else (output + variant, slicer.answers(output + variant))

    places: dict[str, tuple[str, int]] = {}  # key -> variable, index of the statement
    unsuffixed: list[str] = []
    for output in asked.outputs:
        if not asked.variants:
            variable, found = answers(output)
            if found:
                places[output] = (variable, found[-1])
            continue
        missing = []
        for variant in asked.variants:
            variable, found = answers(output, variant)
            if found:
                places[output + variant] = (variable, found[-1])
            else:
                missing.append(output + variant)
        unclear, plain = answers(output) if missing else (output, [])
        if len(plain) == len(asked.variants):
            in_order = dict(zip((output + variant for variant in asked.variants), plain, strict=True))
            places |= {key: (unclear, in_order[key]) for key in missing}
        else:
            by_cell = {slicer.statements[index].cell: index for index in plain}  # the last one of each cell counts
            last = list(by_cell.values())[-CELLS_PER_VARIANT * len(asked.variants) :]
            candidates = {f"{output}@{k}": (unclear, index) for k, index in enumerate(last, start=1)}
            unsuffixed += candidates
            places |= candidates
    slices = {key: slicer.slice(variable, index) for key, (variable, index) in places.items()}
    first = [_given_by_own_name(given)] if given else []
    return SnippetProgram(
        {key: (*first, *part) for key, part in slices.items()},
        {key: variable for key, (variable, _) in places.items()},
        tuple(unsuffixed),
        frozenset(slicer.needs),
        statements[0].module if statements else "",
    )


def own_variable(output: str, variant: str, aliases: Mapping[str, str]) -> str:
    """The student's variable for an output; a mapped plain name has the suffixes of the asked one."""
    return aliases.get(output + variant) or aliases.get(output, output) + variant


def _given_by_own_name(given: Mapping[str, str]) -> Statement:
    """The statement of ours that gives inputs the student's names."""
    source = "\n".join(f"{own} = {name}" for name, own in given.items())
    return Statement(source, NO_CELL, 1, frozenset(given.values()), reads=frozenset(given))


class _Slicer:
    """Backward slices over the top-level statements of one notebook."""

    def __init__(self, statements: Sequence[Statement], inputs: frozenset[str]) -> None:
        self.statements = statements
        self.inputs = inputs
        self.needs: set[str] = set()
        self._made: dict[str, set[int]] = {}
        self._places: dict[tuple[str, int], list[int]] = {}
        self.by_name: defaultdict[str, list[int]] = defaultdict(list)
        for index, statement in enumerate(statements):
            if not is_none(statement.node):
                for name in statement.names:
                    self.by_name[name].append(index)

    def answers(self, name: str) -> list[int]:
        """The last statement that works on each fresh value of `name`.

        `dL_duk[uk < 0] = 0` and `dL_duk = dL_duk * mask` continue with the value before them.
        """
        places: list[int] = []
        for index in self.by_name[name]:
            if places and not self._is_fresh(index, name):
                places[-1] = index
            else:
                places.append(index)
        return places

    def slice(self, name: str, index: int) -> list[Statement]:
        """The statements that give `name` the value that it has after statement `index`, in order of execution."""
        chosen: set[int] = set()
        kept: defaultdict[int, set[str]] = defaultdict(set)  # inputs that a statement changes further
        seen: set[tuple[str, int]] = set()
        pending = [(name, index)]
        while pending:
            wanted, before = pending.pop()
            if (wanted, before) in seen:
                continue
            seen.add((wanted, before))
            is_input = wanted in self.inputs and wanted != name
            place = self._changed(wanted, before, index) if is_input else self._binding(wanted, before)
            if place is None:
                continue
            if is_input:
                kept[place].add(wanted)
            if self._is_program(wanted, place):
                self.needs.add(wanted)
                continue
            if not self._is_fresh(place, wanted):
                pending.append((wanted, place - 1))
            if place not in chosen:
                chosen.add(place)
                # A function reads its globals when it is called, not where it is defined.
                end = index if isinstance(self.statements[place].node, DEFINITIONS) else place - 1
                pending += [(read, end) for read in self.statements[place].reads]
        # A cell further down was executed earlier, so it comes first.
        order = sorted(chosen, key=lambda place: (place <= index, place))
        slice = (_without_inputs(self.statements[place], self.inputs - {name} - kept[place]) for place in order)
        return [statement for statement in slice if statement]

    def _binding(self, name: str, before: int) -> int | None:
        """The last statement up to a place that works on `name`; when there is none, the last in the notebook."""
        known = self.by_name.get(name)
        if not known:
            return None
        earlier = bisect_right(known, before)
        return known[earlier - 1] if earlier or before < 0 else known[-1]

    def _changed(self, name: str, before: int, index: int) -> int | None:
        """The last statement up to a place that changes one of our inputs, as `y_pred[rows, labels] -= 1` does.

        Only statements in the answer's cell count, and only for an input that another cell makes. Elsewhere a notebook
        prepares its own values, and our inputs replace these.
        """
        cell = self.statements[index].cell
        made = self._made_in(name)
        here = self._places_in(name, cell) if made and cell not in made else ()
        earlier = bisect_right(here, before)
        return here[earlier - 1] if earlier else None

    def _made_in(self, name: str) -> set[int]:
        """The cells that give a name a fresh value."""
        if name not in self._made:
            places = self.by_name.get(name, ())
            self._made[name] = {self.statements[place].cell for place in places if self._is_fresh(place, name)}
        return self._made[name]

    def _places_in(self, name: str, cell: int) -> list[int]:
        """The statements of a cell that work on a name, in order."""
        if (name, cell) not in self._places:
            places = self.by_name.get(name, ())
            self._places[name, cell] = [place for place in places if self.statements[place].cell == cell]
        return self._places[name, cell]

    def _is_fresh(self, place: int, name: str) -> bool:
        statement = self.statements[place]
        return name in statement.binds and name not in statement.reads

    def _is_program(self, name: str, place: int) -> bool:
        """Whether the slice takes `name` from the program, which defines all functions, classes and imports.

        The slice has its own definition when the name means something else further down, or when the function reads
        one of our inputs as a global.
        """
        if not isinstance(self.statements[place].node, (*DEFINITIONS, *IMPORTS)):
            return False
        return self._is_defined(name) and name not in self._readers_of_inputs

    def _is_defined(self, name: str) -> bool:
        places = self.by_name.get(name)
        if not places:
            return False
        return isinstance(self.statements[places[-1]].node, (*DEFINITIONS, *IMPORTS))

    @cached_property
    def _readers_of_inputs(self) -> set[str]:
        """The definitions that read our inputs as global names, directly or through other definitions."""
        readers: defaultdict[str, list[str]] = defaultdict(list)
        for name, places in self.by_name.items():
            if self._is_defined(name):
                for place in places:
                    for read in self.statements[place].reads:
                        readers[read].append(name)
        found: set[str] = set()
        pending = list(self.inputs)
        while pending:
            fresh = set(readers[pending.pop()]) - found
            found |= fresh
            pending += fresh
        return found


def is_none(node: ast.stmt) -> bool:
    """Whether a statement is the untouched line of a template, `dL_dU = None`."""
    match node:
        case ast.Assign(value=ast.Constant(value=None)) | ast.AnnAssign(value=ast.Constant(value=None)):
            return True
        case _:
            return False


def _without_inputs(statement: Statement, inputs: frozenset[str]) -> Statement | None:
    """The statement without its own assignments to our inputs; None when nothing is left. No line moves."""
    if not statement.names & inputs:
        return statement
    if _assigns_only(statement.node, inputs):
        return None
    walruses = (node for node in walk(statement.node) if isinstance(node, ast.NamedExpr))
    edits: list[tuple[ast.stmt | ast.expr, str]] = [
        # The value is still computed, because it may bind other names, as in (g := (p - y) / (n := len(y))).
        (w, f"({ast.unparse(w.value)}, {w.target.id})[1]")
        for w in walruses
        if w.target.id in inputs
    ]
    pending: list[ast.AST] = [statement.node]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.stmt) and _assigns_only(node, inputs):
            edits.append((node, "pass"))
        elif isinstance(node, ast.Assign):
            names = [leaf for leaf in targets(node) if isinstance(leaf, ast.Name)]
            edits += [(leaf, "_") for leaf in names if leaf.id in inputs]
        elif not isinstance(node, DEFINITIONS):
            blocks = (ast.stmt, ast.ExceptHandler)
            pending += [child for child in ast.iter_child_nodes(node) if isinstance(child, blocks)]
    return replace(statement, source=_edited(statement, edits)) if edits else statement


def _assigns_only(node: ast.stmt, inputs: frozenset[str]) -> bool:
    found = targets(node)
    return bool(found) and all(root(target) in inputs for target in found)


def _edited(statement: Statement, edits: list[tuple[ast.stmt | ast.expr, str]]) -> str:
    """The source with nodes replaced by text; a node of several lines leaves its line breaks behind."""
    lines = statement.source.encode().split(b"\n")
    # The first line of a statement after a semicolon was cut, so its columns count from the cut.
    cut = statement.node.col_offset if statement.line == statement.node.lineno else 0
    for node, text in sorted(edits, key=lambda edit: (edit[0].lineno, edit[0].col_offset), reverse=True):
        first, last = node.lineno - statement.line, (node.end_lineno or node.lineno) - statement.line
        start = node.col_offset - (cut if first == 0 else 0)
        end = (node.end_col_offset or 0) - (cut if last == 0 else 0)
        tail = lines[last][end:]
        lines[first + 1 : last + 1] = [b""] * (last - first)
        lines[first] = lines[first][:start] + text.encode() + tail
    return b"\n".join(lines).decode()
