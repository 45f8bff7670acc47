"""Read a test cell: the function that travels, its cases, and the functions that stay on the trusted side."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..messages import Text
from . import headers
from .cases import Case
from .course import Source, Test
from .headers import Languages
from .names import FUNCTIONS, lines_of, parse, unknown
from .percent import Cell
from .slips import Slip, closest
from .tolerance import FLOAT32, Tolerance

# The methods and attributes of `d`; anything else that a test reads from it is a size of the case.
METHODS = frozenset(
    {"name", "names", "missing", "normal", "uniform", "away_from_zero", "probabilities", "classes", "integers",
     "one_hot", "permutation", "numpy", "until", "real", "seed", "fill", "parameters", "gradients", "watch", "moves",
     "snippet", "replay", "raised", "folder", "file", "tensor", "unchanged", "given"}
)  # fmt: skip
ARGUMENTS = {"test": "d", "given": "d", "expected": "d, seen", "judge": "d, seen, right", "rows": "d, seen"}
STATEMENTS = frozenset(
    {"at_most", "at_least", "near", "between", "holds", "must", "number", "numbers", "label", "same"}
)


@dataclass(frozen=True)
class Known:
    """The names that a question's tests may use."""

    travelling: frozenset[str]  # of `given`, helpers and solutions; torch and math
    languages: Languages = Languages()
    complete: bool = True  # False if a slip in other cells hides names


def read_test(cell: Cell, question: str, number: int, known: Known, earns: bool) -> Test:
    """One test. `earns`: whether the question has points by its tests."""
    functions = _functions(cell)
    if "test" not in functions:
        raise Slip("the cell has no function `test`: write `def test(d):`")
    test = functions["test"]
    share = headers.number(cell, "share", 1.0)
    cases = tuple(_cases(test, cell, question, number, known.languages))
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
    if known.complete:
        _check_names(source, known.travelling)
        _check_names(trusted, known.travelling | STATEMENTS)
    for function in functions.values():
        _check_sizes(function, cases, cell)
    _check_evidence(test, cell)
    tolerance = headers.matched(cell, "tolerance", rf"({headers.NUMBER})\s*,\s*({headers.NUMBER})", "1e-4, 1e-6")
    hint = headers.value(cell, "hint")
    return Test(
        known.languages.text(cell.title, cell.line),
        source,
        cases,
        trusted=trusted,
        functions=frozenset(functions.keys() - {"test"}),
        tolerance=Tolerance(float(tolerance[1]), float(tolerance[2])) if tolerance else FLOAT32,
        share=share,
        weights=headers.weights(cell, "weights"),
        refines="refines" in cell.headers,
        per_case="per case" in cell.headers,
        relative_error="relative error" in cell.headers,
        exact_dtype=headers.one_of(cell, "dtype", ("any", "exact")) == "exact",
        precision="float64" if headers.one_of(cell, "precision", ("float32", "float64")) == "float64" else "float32",
        hint=known.languages.text(hint, headers.line(cell, "hint")) if hint else Test.hint,
        limit_s=headers.seconds(cell, "limit"),
    )


def _functions(cell: Cell) -> dict[str, ast.FunctionDef]:
    found: dict[str, ast.FunctionDef] = {}
    for node in parse(Source(cell.body, cell.file, cell.body_line)).body:
        line = cell.body_line + node.lineno - 1
        if not isinstance(node, FUNCTIONS):
            raise Slip("a test cell holds only functions: move this line into `test`, or into a helper cell", line)
        if node.name not in ARGUMENTS or isinstance(node, ast.AsyncFunctionDef):
            near = closest(node.name, tuple(ARGUMENTS)) or f"write one of {', '.join(ARGUMENTS)}, or a helper cell"
            raise Slip(f"a test cell has no use for a function `{node.name}`: {near}", line)
        if node.name in found:
            raise Slip(f"the cell defines `{node.name}` twice: keep one, or begin another test cell", line)
        taken = ", ".join(a.arg for a in node.args.args)
        if len(node.args.args) != len(ARGUMENTS[node.name].split(",")):
            raise Slip(f"`{node.name}({taken})` takes other arguments: write "
                       f"`def {node.name}({ARGUMENTS[node.name]}):`", line)  # fmt: skip
        found[node.name] = node
    return found


# Cases -----------------------------------------------------------------------------------------------------------


def _cases(test: ast.FunctionDef, cell: Cell, question: str, number: int, languages: Languages) -> Iterator[Case]:
    for count, decorator in enumerate(test.decorator_list, 1):
        line = cell.body_line + decorator.lineno - 1
        call = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
        kind = call.func.id if isinstance(call.func, ast.Name) else ""
        if kind not in ("public", "hidden"):
            raise Slip(f"`@{ast.unparse(decorator)}` is not a case: write `@public(...)` or `@hidden(...)`", line)
        if any(word.arg is None for word in call.keywords):
            raise Slip("`**` hides the sizes of the case: write each one, such as `N=10`", line, str(count))
        sizes = {str(word.arg): _literal(word.value, str(word.arg), count, line) for word in call.keywords}
        if hidden := METHODS & sizes.keys():
            raise Slip(f"the size {min(hidden)} has the name of d.{min(hidden)}: choose another one", line, str(count))
        title = ", ".join(f"{name}={value!r}" for name, value in sizes.items()) or kind
        written = [_literal(word, "the title", count, line) for word in call.args]
        if len(written) > 1 or not all(isinstance(word, str) for word in written):
            raise Slip("a case has one title at most, and its sizes have names: write `N=10`", line, str(count))
        text = languages.text(written[0], line) if written else Text(title, title)
        digest = hashlib.sha256(f"{question}|{number}|{count}".encode()).digest()
        yield Case(text, int.from_bytes(digest[:4], "big") >> 1, kind == "public", sizes)


def _literal(node: ast.expr, name: str, count: int, line: int) -> Any:
    try:
        found = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        raise Slip(f"{name} is not a literal: write a number, a text, or a tuple, list or dict of these", line,
                   str(count)) from None  # fmt: skip
    if not _travels(found):
        raise Slip(f"{name} is a {type(found).__name__}, which cannot travel: write a number, a text, or a tuple, "
                   "list or dict of these", line, str(count))  # fmt: skip
    return found


def _travels(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_travels, value))
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _travels(inner) for key, inner in value.items())
    return value is None or isinstance(value, (bool, int, float, str))


# Checks without running ------------------------------------------------------------------------------------------


def _check_names(source: Source, known: frozenset[str]) -> None:
    for name, line in unknown(source, known).items():
        near = closest(name, known) or "define it in a given or helper cell, or import it inside the function"
        raise Slip(f"nobody defines `{name}`: {near}", line)


def _check_sizes(function: ast.FunctionDef, cases: tuple[Case, ...], cell: Cell) -> None:
    d = function.args.args[0].arg
    sizes = {size for case in cases for size in case.sizes}
    for node in ast.walk(function):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == d):
            continue
        line = cell.body_line + node.lineno - 1
        if node.attr in METHODS:
            continue
        if node.attr not in sizes:
            near = closest(node.attr, METHODS | sizes) or f"write `{node.attr}=...` in each case"
            raise Slip(f"`d.{node.attr}` is neither a method of d nor a size of a case: {near}", line)
        for count, case in enumerate(cases, 1):
            if node.attr not in case.sizes:
                raise Slip(f"the case lacks the size {node.attr}: write `{node.attr}=...` in it", line, str(count))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield child
            yield from _own(child)


def _check_evidence(test: ast.FunctionDef, cell: Cell) -> None:
    inner = [node for statement in test.body for node in (statement, *_own(statement))]
    yields = any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in inner)
    returns = [node for node in inner if isinstance(node, ast.Return) and node.value is not None]
    if not yields and not returns:
        line = cell.body_line + test.lineno - 1
        raise Slip('the test returns no evidence: end it with `return {"name": value}`', line)
    odd = (ast.Constant, ast.Tuple, ast.List, ast.Set, ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.JoinedStr,
           ast.Lambda, ast.Compare)  # fmt: skip
    for node in returns if not yields else ():
        if isinstance(node.value, odd):
            raise Slip(f"the test returns `{ast.unparse(node.value)}`, not a dict: write `return {{\"name\": value}}`",
                       cell.body_line + node.lineno - 1)  # fmt: skip


def mentioned(tests: list[ast.AST], cases: list[Case], names: set[str], methods: set[str]) -> tuple[str, ...]:
    """The names and methods of a solution that these tests mention, in alphabetical order."""
    found: set[str] = set()
    for tree in tests:
        words = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        attributes = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        if attributes & {"name", "names"}:
            words |= {word for text in _strings(tree) for word in re.findall(r"[\w.]+", text)}
        found |= words & (names | methods)
        found |= {method for method in methods if method.split(".")[1] in attributes}
    for case in cases:
        found |= {w for text in _texts(case.sizes) for w in re.findall(r"[\w.]+", text)} & (names | methods)
    return tuple(sorted(found))


def _strings(tree: ast.AST) -> Iterator[str]:
    return (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, Mapping):
        yield from _texts([*value.values()])
