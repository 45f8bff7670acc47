"""`grade doctor`: show what this machine offers."""

from __future__ import annotations

from typing import Annotated

from rich.markup import escape

from ..console import console, show
from .options import Word


def doctor(*, cluster: Annotated[str, Word] = "") -> int:
    """Show what this machine offers (python, torch, CUDA, sandbox levels) and how to install what is missing.

    Each sandbox level is attacked from inside, and the report says which attacks it stopped. The exit status is 1 if no
    level works, or if one lets an attack through.

    Parameters
    ----------
    cluster
        Examine the workers of a Dask cluster instead: tcp://HOST:PORT, tls://HOST:PORT or local:N.
    """
    if cluster:
        return _workers(cluster)
    from ..doctor import examine

    terminal = console()
    facts = examine()
    for fact in facts:
        mark = "[green]ok[/]     " if fact.good else "none   " if fact.optional else "[yellow]missing[/]"
        mark = "[bold red]LEAKS[/]  " if fact.leaks else mark
        terminal.print(f"{mark} {fact.name}: {escape(fact.value)}", highlight=False, soft_wrap=True)
        if fact.remedy:
            terminal.print(f"        to fix it: {fact.remedy}", highlight=False, soft_wrap=True)
        for attempt in fact.attempts:
            held = "stopped" if attempt.held else "[bold red]THROUGH[/]"
            seen = f": {attempt.seen}" if attempt.seen else ""
            terminal.print(f"        {held} {escape(attempt.what + seen)}", highlight=False, soft_wrap=True)
    sandboxes = [f for f in facts if f.name.startswith("sandbox")]
    return 0 if any(f.good for f in sandboxes) and not any(f.leaks for f in sandboxes) else 1


def _workers(address: str) -> int:
    """Show what `grade doctor` says on each worker; 1 if a worker has no sandbox that stops every attack."""
    from ..run.cluster import examine

    terminal = console()
    status = 0
    for worker, said in examine(address).items():
        lines = said.strip().splitlines()
        good = any(line.startswith("ok") and " sandbox" in line for line in lines) and not any(
            line.startswith(("LEAKS", "failed")) for line in lines
        )
        status |= not good
        show(terminal, f"{worker}: {'ok' if good else 'not fit for grading'}")
        for line in lines:
            show(terminal, f"    {line}")
    return int(status)
