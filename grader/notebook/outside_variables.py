"""The notebook's own numbers and devices that an answer reads instead of taking them as arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

from .effects import reads
from .program import Program


class ReadsOutside(NamedTuple):
    """A function of an answer, and the variables of the notebook that it reads."""

    function: str
    variables: tuple[str, ...]


def outside_variables(program: Program, names: Iterable[str]) -> tuple[ReadsOutside, ...]:
    """For each of these functions and classes the variables that hold a number, a text or a device.

    A longer name in capitals is taken for a constant, such as EPSILON.
    """
    variables = {
        name for s in program.statements if isinstance(s.node, ast.Assign) and _is_plain(s.node.value)
        for name in s.names if len(name) == 1 or not name.isupper()
    }  # fmt: skip
    found = []
    for name in names if variables else ():
        definition = program.definitions.get(name)
        if definition is not None and (definition.is_function or definition.is_class):
            read = sorted(variables & reads(definition.node))
            found += [ReadsOutside(name, tuple(read))] if read else []
    return tuple(found)


def _is_plain(value: ast.expr) -> bool:
    match value:
        case ast.Constant(value=constant):
            return constant is not None and constant is not ...
        case ast.Tuple(elts=entries):
            return all(map(_is_plain, entries))
        case ast.IfExp(body=yes, orelse=no):
            return _is_plain(yes) and _is_plain(no)
        case ast.Call(func=ast.Attribute(attr="device")):
            return True
    return False
