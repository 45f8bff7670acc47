"""Small programs for tests, and lanes to run them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from textwrap import dedent

from grader.sandbox.lane import Lane
from grader.sandbox.limits import Limits
from grader.sandbox.remote import RemoteImplementation

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


@dataclass(frozen=True)
class SnippetProgram:
    outputs: Mapping[str, tuple[Statement, ...]]
    rename: Mapping[str, str] = field(default_factory=dict)
    unsuffixed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    statements: tuple[Statement, ...] = ()
    snippets: Mapping[str, SnippetProgram] = field(default_factory=dict)


def cells(*sources: str) -> tuple[Statement, ...]:
    """One statement per source, each in its own cell, numbered from 1."""
    return tuple(Statement(dedent(source).strip("\n"), number) for number, source in enumerate(sources, 1))


def started(
    lane: Lane, *sources: str, limits: Limits = SHORT, supplies: Mapping[str, str] | None = None
) -> RemoteImplementation:
    """Start a program with these cells."""
    remote = RemoteImplementation(lane, Program(cells(*sources)), limits, supplies)
    remote.start()
    return remote
