"""Grade programming assignments of deep-learning courses against a reference, in a sandbox.

Students use one name: `from grader import check`, then `check("1b")` in their notebook; or `%load_ext grader`, then
`%check 1b`.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "check"]


def __getattr__(name: str) -> Any:
    # Loaded on demand: most of this package is used without a notebook.
    if name == "check":
        from .self_check.in_notebook import check

        return check
    raise AttributeError(f"module 'grader' has no attribute {name!r}")


def load_ipython_extension(ipython: Any) -> None:
    """The function that `%load_ext grader` calls."""
    from .self_check.in_notebook import load_extension

    load_extension(ipython)
