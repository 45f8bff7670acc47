"""Read a test cell: the function that travels, its cases, and the functions that stay on the trusted side."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from typing import Any

from ..messages import Text
from .cases import Case
from .course import Source, Test
from .headers import Languages
from .names import lines_of, parse, unknown
from .percent import Cell
from .slips import Slip, closest

# The methods and attributes of `d`; anything else that a test reads from it is a size of the case.
METHODS = frozenset(
    {"name", "names", "own", "missing", "normal", "uniform", "away_from_zero", "probabilities", "classes", "integers",
     "one_hot", "permutation", "numpy", "until", "real", "seed", "fill", "parameters", "gradients", "watch", "moves",
     "uses", "snippet", "replay", "raised", "folder", "file", "tensor", "unchanged", "given"}
)  # fmt: skip
ARGUMENTS = {"test": "d", "given": "d", "expected": "d, seen", "judge": "d, seen, right", "rows": "d, seen"}
STATEMENTS = frozenset(
    {"at_most", "at_least", "near", "between", "holds", "must", "flag", "forbidden", "number", "numbers", "label",
     "same"}
)  # fmt: skip
NO_DICT = (ast.Constant, ast.Tuple, ast.List, ast.Set, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.JoinedStr,
           ast.Lambda, ast.Compare)  # fmt: skip


def read_test(cell: Cell, number: int, known: frozenset[str] | None, languages: Languages, earns: bool) -> Test:
    """One test, the `number`-th of its question. `known`: the names that it may use, None if a slip hides some.

    `earns`: whether the question has points by its tests.
    """
    functions = _functions(cell)
    test, share = functions["test"], cell.get("share")
    cases = tuple(_case(node, cell, f"{cell.question}|{number}|{count}", str(count), languages)
                  for count, node in enumerate(test.decorator_list, 1))  # fmt: skip
    if not cases:
        raise Slip("the test has no case: write `@public(...)` and `@hidden(...)` above `def test(d):`")
    if earns and share > 0 and all(case.public for case in cases):
        raise Slip("a public case that carries points has no hidden twin: add `@hidden(...)`, or write `share: 0`")
    lines = cell.body.splitlines()
    source = Source("\n".join(lines[test.lineno - 1 : test.end_lineno]), cell.file, cell.body_line + test.lineno - 1)
    first, last = lines_of(test)
    others = ["" if first <= k <= last else text for k, text in enumerate(lines, 1)] if len(functions) > 1 else []
    blank = next((k for k, text in enumerate(others) if text.strip()), 0)
    trusted = Source("\n".join(others[blank:]).rstrip(), cell.file, cell.body_line + blank)
    if known is not None:
        check_names(source, known, cell)
        check_names(trusted, known | STATEMENTS, cell)
        own = {node.name for node in ast.walk(test) if isinstance(node, ast.FunctionDef)}
        for name in cell.get("calls"):
            if name.partition(".")[0] not in known | own:
                advice = closest(name, known | own, "write the name of a function that the test sees")
                raise Slip(f"`calls` counts {name}, which nobody defines: {advice}", cell.lines["calls"])
    for function in functions.values():
        _check_sizes(function, cases, cell)
    _check_evidence(test, cell)
    return Test(
        languages.text(cell.title), source, cases,
        trusted=trusted, functions=frozenset(functions.keys() - {"test"}), tolerance=cell.get("tolerance"),
        share=share, weights=cell.get("weights"), refines=cell.get("refines"), per_case=cell.get("per case"),
        relative_error=cell.get("relative error"), exact_dtype=cell.get("dtype") == "exact",
        precision=cell.get("precision"), limit_s=cell.get("limit"), faster_than=cell.get("faster_than"),
        calls=cell.get("calls"),
        hint=languages.text(cell.get("hint"), cell.lines["hint"]) if cell.get("hint") else Text(),
    )  # fmt: skip


def _functions(cell: Cell) -> dict[str, ast.FunctionDef]:
    found: dict[str, ast.FunctionDef] = {}
    for node in parse(Source(cell.body, cell.file, cell.body_line)).body:
        line = cell.body_line + node.lineno - 1
        if not isinstance(node, ast.FunctionDef) or node.name in found:
            raise Slip("a test cell holds only functions, one of a name: move this into `test`, or into a helper cell",
                       line)  # fmt: skip
        if node.name not in ARGUMENTS:
            known = closest(node.name, ARGUMENTS, f"write one of {', '.join(ARGUMENTS)}, or a helper cell")
            raise Slip(f"a test cell has no use for a function `{node.name}`: {known}", line)
        if len(node.args.args) != len(ARGUMENTS[node.name].split(",")):
            raise Slip(f"`{node.name}` takes other arguments: write `def {node.name}({ARGUMENTS[node.name]}):`", line)
        found[node.name] = node
    if "test" not in found:
        raise Slip("the cell has no function `test`: write `def test(d):`")
    return found


def _case(node: ast.expr, cell: Cell, seed: str, count: str, languages: Languages) -> Case:
    line = cell.body_line + node.lineno - 1
    call = node if isinstance(node, ast.Call) else ast.Call(node, [], [])
    kind = call.func.id if isinstance(call.func, ast.Name) else ""
    if kind not in ("public", "hidden"):
        raise Slip(f"`@{ast.unparse(node)}` is not a case: write `@public(...)` or `@hidden(...)`", line)
    sizes = {str(word.arg): _literal(word.value, word.arg, count, line) for word in call.keywords}
    titles = [_literal(word, "the title", count, line) for word in call.args]
    if len(titles) > 1 or not all(isinstance(word, str) for word in titles) or "None" in sizes:
        raise Slip("a case has one title at most, and its sizes have names: write `N=10`", line, count)
    if hidden := METHODS & sizes.keys():
        raise Slip(f"the size {min(hidden)} has the name of d.{min(hidden)}: choose another one", line, count)
    title = ", ".join(f"{name}={value!r}" for name, value in sizes.items()) or kind
    text = languages.text(titles[0], line) if titles else Text(title, title)
    return Case(text, int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") >> 1, kind == "public", sizes)


def _literal(node: ast.expr, name: str | None, count: str, line: int) -> Any:
    try:
        found = ast.literal_eval(node)
        json.dumps(found)
    except (ValueError, TypeError, SyntaxError):
        raise Slip(f"{name or 'a size'} is not a literal that can travel: write a number, a text, or a tuple, list or "
                   "dict of these", line, count) from None  # fmt: skip
    return found


def check_names(source: Source, known: frozenset[str], cell: Cell) -> None:
    """A name that nobody defines is a slip of the cell that the source comes from."""
    for name, line in unknown(source, known).items():
        advice = closest(name, known, "define it in a given or helper cell, or import it inside the function")
        raise Slip(f"nobody defines `{name}`: {advice}", line if source.file == cell.file else 0)


def _check_sizes(function: ast.FunctionDef, cases: tuple[Case, ...], cell: Cell) -> None:
    d = function.args.args[0].arg
    sizes = {size for case in cases for size in case.sizes}
    for node in (n for n in ast.walk(function) if isinstance(n, ast.Attribute) and n.attr not in METHODS):
        if not (isinstance(node.value, ast.Name) and node.value.id == d):
            continue
        line = cell.body_line + node.lineno - 1
        if node.attr not in sizes:
            known = closest(node.attr, METHODS | sizes, f"write `{node.attr}=...` in each case")
            raise Slip(f"`d.{node.attr}` is neither a method of d nor a size of a case: {known}", line)
        for count, case in enumerate(cases, 1):
            if node.attr not in case.sizes:
                raise Slip(f"the case lacks the size {node.attr}: write `{node.attr}=...` in it", line, str(count))


def _check_evidence(test: ast.FunctionDef, cell: Cell) -> None:
    last, ends = test.body[-1], (ast.Return, ast.Yield, ast.YieldFrom)
    value = last.value if isinstance(last, ast.Return) else None
    if isinstance(value, NO_DICT) or not any(isinstance(node, ends) for node in ast.walk(test)):
        what = f"`{ast.unparse(value)}`, not a dict" if value else "no evidence"
        line = cell.body_line + (value or test).lineno - 1
        raise Slip(f'the test returns {what}: write `return {{"name": value}}`', line)


def mentioned(tests: list[ast.AST], cases: list[Case], names: set[str]) -> tuple[str, ...]:
    """The names and methods of a solution that these tests mention, in alphabetical order."""
    texts = "\n".join(repr(case.sizes) for case in cases)
    words, attributes = set[str](), set[str]()
    for tree in tests:
        nodes = [*ast.walk(tree)]
        words |= {n.id for n in nodes if isinstance(n, ast.Name)}
        read = {n.attr for n in nodes if isinstance(n, ast.Attribute)}
        attributes |= read
        if read & {"name", "names"}:
            texts += "\n".join(repr(n.value) for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))
    words |= set(re.findall(r"[\w.]+", texts))
    return tuple(sorted(n for n in names if n in words or ("." in n and n.split(".")[1] in attributes)))
