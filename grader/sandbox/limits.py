"""The limits of one submission: time, memory, processes, files."""

from __future__ import annotations

from dataclasses import dataclass


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
