"""The facts about this machine: python, torch, CUDA, sandbox levels."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .sandbox.levels import Level
    from .sandbox.self_attack import Attempt


@dataclass(frozen=True)
class Fact:
    """One thing that the grader uses: whether it is there, in words, and the command that installs it."""

    name: str
    good: bool
    value: str
    remedy: str = ""
    optional: bool = False  # grading works without it
    attempts: tuple[Attempt, ...] = ()  # for a sandbox, the attacks that student code tried

    @property
    def leaks(self) -> bool:
        """Whether one of the attacks succeeded."""
        return not all(attempt.held for attempt in self.attempts)


def examine() -> tuple[Fact, ...]:
    """Every fact, found by a trial; without torch nothing else can be tried."""
    python = Fact("python", sys.version_info >= (3, 11), platform.python_version())
    torch = _torch()
    if not torch.good:
        return (python, torch)
    from .sandbox.levels import Level  # this import needs torch

    return (python, torch, cuda(), *(_sandbox(level) for level in (Level.BWRAP, Level.LANDLOCK)))


def _torch() -> Fact:
    try:
        import torch
    except (ImportError, OSError) as error:  # OSError: a library that torch needs is missing
        return Fact("torch", False, str(error), "pip install -c constraints.txt -e .")
    return Fact("torch", True, str(torch.__version__))


def cuda() -> Fact:
    """Whether torch sees a GPU. A separate process finds out, because this one must not touch CUDA before it forks."""
    question = "import torch; n = torch.cuda.device_count(); print(torch.cuda.get_device_name(0) if n else '')"
    # The version of a build without CUDA says so; then no process is needed.
    if importlib.metadata.version("torch").endswith("+cpu"):
        return Fact("CUDA", False, "this build of torch has no CUDA", optional=True)
    asked = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=False)
    name = asked.stdout.strip()
    return Fact("CUDA", bool(name), name or "torch sees no GPU here", optional=True)


def _sandbox(level: Level) -> Fact:
    """Whether the level is there, and which attacks from inside it stops."""
    from .errors import GraderError
    from .sandbox.levels import available
    from .sandbox.self_attack import trial

    name = f"sandbox {level}"
    found = available(level)
    if not found.works:
        return Fact(name, False, found.reason, found.remedy)
    try:
        attempts = trial(level)
    except GraderError as error:
        return Fact(name, False, str(error))
    through = sum(not attempt.held for attempt in attempts)
    value = f"works, and lets {through} of {len(attempts)} attacks through" if through else "works"
    return Fact(name, not through, value, attempts=attempts)
