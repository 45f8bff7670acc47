"""The programs that a lane can run: the shape of notebook.program.Program, which is made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class RunnableStatement(Protocol):
    """One top-level statement of a notebook (notebook.statements.Statement)."""

    @property
    def source(self) -> str: ...
    @property
    def cell(self) -> int: ...
    @property
    def line(self) -> int: ...
    @property
    def module(self) -> str:
        """The path of the student's module in which it runs; "" for the notebook."""

    @property
    def stands_for(self) -> str:
        """The name that a stand-in of the assignment is bound to; "" for a statement of the notebook."""


class RunnableSnippet(Protocol):
    """The statements that compute each output, and the student's variable where its name differs."""

    @property
    def outputs(self) -> Mapping[str, Sequence[RunnableStatement]]: ...
    @property
    def rename(self) -> Mapping[str, str]: ...
    @property
    def unsuffixed(self) -> Sequence[str]: ...
    @property
    def module(self) -> str: ...


class RunnableProgram(Protocol):
    """The part of a notebook that runs (notebook.program.Program)."""

    @property
    def statements(self) -> Sequence[RunnableStatement]: ...
    @property
    def snippets(self) -> Mapping[str, RunnableSnippet]: ...
    @property
    def modules(self) -> Mapping[str, Sequence[str]]:
        """The student's modules: the path of each, and the names under which code imports it."""

    @property
    def cells(self) -> Mapping[str, int]:
        """The cell whose lines are those of a file, by the file's path."""

    @property
    def files(self) -> Sequence[tuple[str, bytes]]:
        """The student's files that code may read: path and bytes."""
