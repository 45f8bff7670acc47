"""Functions made from decisions: two mistakes that decide different things can be made together."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

Build = Callable[..., Callable[..., Any]]


def decided(build: Build) -> Build:
    """`build`, whose functions get a method `combined(other)` that returns a function with the decisions of both.

    It returns None where `build` did not make the other function, or where both make the same decision in different
    ways. A function keeps the arguments that it was made with in its `decisions`.
    """

    @wraps(build)
    def builder(**decisions: Any) -> Callable[..., Any]:
        function: Any = build(**decisions)

        def combined(other: Any) -> Callable[..., Any] | None:
            if getattr(other, "builder", None) is not builder or decisions.keys() & other.decisions.keys():
                return None
            both: Callable[..., Any] = builder(**decisions, **other.decisions)
            return both

        function.decisions, function.builder, function.combined = decisions, builder, combined
        made: Callable[..., Any] = function
        return made

    return builder
