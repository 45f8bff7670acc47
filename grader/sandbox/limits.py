"""The limits of one submission: CPU time, memory, processes, files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Limits:
    """The limits of one submission."""

    call_s: float = 5.0  # one call of a student's function
    load_s: float = 10.0  # all top-level statements together
    submission_s: float = 60.0
    memory_mb: int = 2048
    processes: int = 64
    file_mb: int = 64
    open_files: int = 256
    output_kb: int = 64  # of stdout and stderr; the rest is counted and dropped
    again: ClassVar[bool] = True  # what runs out of time is tried once more, alone, before it is given up


@dataclass(frozen=True)
class OneTry(Limits):
    """The limits of a submission that is known to use them up."""

    again: ClassVar[bool] = False


# A limit on time is CPU time. By the clock a call that sleeps or waits may take a few times as long; the time in which
# it could run but had no CPU does not count, up to a bound for a machine that is far too busy.
WALL_FACTOR = 3.0
MOST_WALL_FACTOR = 20.0


def time_left(seconds: float, *, cpu: float, wall: float, waited: float) -> float:
    """Seconds after which to look again at a call with this limit; 0 or less when it has used the limit up.

    So far it has used `cpu` seconds of CPU time and has taken `wall` by the clock, `waited` of them for a CPU.
    """
    patience = min(WALL_FACTOR * seconds + waited, MOST_WALL_FACTOR * seconds)
    return min(seconds - cpu, patience - wall)
