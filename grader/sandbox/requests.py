"""The requests that ask a program in a lane to run statements and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .inside.wire import Malformed, encode
from .runnable import RunnableProgram, RunnableStatement
from .test_runs import TestRun, TestRuns, TestSources


def tests_request(
    sources: TestSources,
    groups: Sequence[Mapping[str, Any]],
    runs: Mapping[int, TestRun],
    all_runs: Sequence[TestRun],
) -> Mapping[str, Any] | bytes:
    """The request for these runs; where nothing in it is the student's, it is encoded once for all submissions."""
    kept = all_runs if isinstance(all_runs, TestRuns) and len(runs) == len(all_runs) and not groups else None
    if kept is not None and kept.encoded:
        return kept.encoded
    request = {
        "do": "tests",
        "given": list(sources.given),
        "helpers": list(sources.helpers),
        "own": list(sources.own),
        "asked": list(sources.asked),
        "snippet": list(groups),
        "runs": [run.request(k) for k, run in runs.items()],
    }
    if kept is None:
        return request
    kept.encoded = encode(request)
    return kept.encoded


def groups_of(program: RunnableProgram, key: str) -> list[dict[str, Any]]:
    """The statements of a snippet's outputs; outputs that share their statements are computed in one run."""
    snippet = program.snippets.get(key)
    if snippet is None:
        return []
    groups: list[tuple[Sequence[RunnableStatement], dict[str, str]]] = []
    for output, statements in snippet.outputs.items():
        variable = snippet.rename.get(output, output)
        shared = next((outputs for own, outputs in groups if own == statements), None)
        if shared is None:
            groups.append((statements, {output: variable}))
        else:
            shared[output] = variable
    return [
        {"statements": [statement_request(s) for s in own], "outputs": outputs, "module": snippet.module}
        for own, outputs in groups
    ]


def is_too_long(groups: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the statements of a snippet are longer than a request may be."""
    try:
        encode(list(groups))
    except Malformed:
        return True
    return False


def statement_request(statement: RunnableStatement) -> dict[str, Any]:
    """The part of a request that names one statement."""
    asked = {"source": statement.source, "cell": statement.cell, "line": statement.line}
    if statement.module:
        asked["module"] = statement.module
    return {**asked, "stands_for": statement.stands_for} if statement.stands_for else asked
