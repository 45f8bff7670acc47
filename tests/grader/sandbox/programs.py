"""Small programs for tests, lanes to run them in, and tests that travel to them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import dedent
from typing import Any

from grader.sandbox.lane import ProgramHost
from grader.sandbox.limits import Limits
from grader.sandbox.remote import RemoteProgram
from grader.sandbox.test_runs import Came, TestRun, TestSources

# Smaller than in use, so that the limits are reached soon; the time is generous, since the machine may be busy.
SHORT = Limits(call_s=30.0, load_s=60.0, memory_mb=300, processes=20, file_mb=4, output_kb=8)
# For programs that hang; a test should ask nothing else of such a program.
HASTY = replace(SHORT, call_s=0.5)


@dataclass(frozen=True)
class Statement:
    source: str
    cell: int = 1
    line: int = 1
    stands_for: str = ""
    module: str = ""


@dataclass(frozen=True)
class SnippetProgram:
    outputs: Mapping[str, tuple[Statement, ...]]
    rename: Mapping[str, str] = field(default_factory=dict)
    unsuffixed: tuple[str, ...] = ()
    module: str = ""


@dataclass(frozen=True)
class Program:
    statements: tuple[Statement, ...] = ()
    snippets: Mapping[str, SnippetProgram] = field(default_factory=dict)
    modules: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cells: Mapping[str, int] = field(default_factory=dict)
    files: Sequence[tuple[str, bytes]] = ()


def cells(*sources: str) -> tuple[Statement, ...]:
    """One statement per source, each in its own cell, numbered from 1."""
    return tuple(Statement(dedent(source).strip("\n"), number) for number, source in enumerate(sources, 1))


def started(lane: ProgramHost, *sources: str | Statement, limits: Limits = SHORT) -> RemoteProgram:
    """Start a program with these cells."""
    statements = [s if isinstance(s, Statement) else cells(s)[0] for s in sources]
    numbered = tuple(replace(s, cell=number) for number, s in enumerate(statements, 1))
    remote = RemoteProgram(lane, Program(numbered), limits)
    remote.start()
    return remote


def run_of(source: str, seed: int = 0, **sizes: Any) -> TestRun:
    """One run of a test; the program's own limit cuts it off."""
    return TestRun(dedent(source), sizes, seed, 3600.0)


def evidence_of(remote: RemoteProgram, *runs: TestRun, sources: TestSources | None = None) -> list[Came]:
    """The evidence of these runs, which travel in one request; they see the names that the program defines."""
    if sources is None:
        sources = TestSources(asked=defined(remote._program.statements))
    return list(remote.run_tests(sources, runs))


def evidence(remote: RemoteProgram, source: str, **sizes: Any) -> Came:
    """The evidence of one test."""
    return evidence_of(remote, run_of(source, **sizes))[0]


def called(remote: RemoteProgram, function: str, *args: Any) -> Any:
    """The value that a function of the program returns to a test; the error that ended the test is raised."""
    came = evidence(remote, f"def test(d):\n    return {{'value': {function}(*d.args)}}", args=args)
    if came.error is not None:
        raise came.error
    return came.values["value"]


def defined(statements: Sequence[Any]) -> tuple[str, ...]:
    """The names that the top level of a program defines, imports left out."""
    found = []
    for statement in statements:
        try:
            tree = ast.parse(statement.source)
        except (SyntaxError, ValueError):
            continue
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.append(node.name)
            elif isinstance(node, ast.Assign):
                found += [t.id for target in node.targets for t in ast.walk(target) if isinstance(t, ast.Name)]
    return tuple(dict.fromkeys(found))
