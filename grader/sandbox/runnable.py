"""What a lane can run: the shape of program.Program, which is made elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class RunnableStatement(Protocol):
    """One top-level statement of a notebook (program.Statement)."""

    @property
    def source(self) -> str: ...
    @property
    def cell(self) -> int: ...
    @property
    def line(self) -> int: ...


class RunnableSnippet(Protocol):
    """The statements that compute each output, and the student's variable where it has another name."""

    @property
    def outputs(self) -> Mapping[str, Sequence[RunnableStatement]]: ...
    @property
    def rename(self) -> Mapping[str, str]: ...
    @property
    def unsuffixed(self) -> Sequence[str]: ...


class RunnableProgram(Protocol):
    """What was kept of a notebook (program.Program)."""

    @property
    def statements(self) -> Sequence[RunnableStatement]: ...
    @property
    def snippets(self) -> Mapping[str, RunnableSnippet]: ...
