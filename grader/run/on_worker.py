"""The functions that Dask runs on a worker of a cluster. They start `grade` in a process of its own and return bytes.

Nothing here raises: Dask would send an exception as a pickle, which the main process would open.
"""

from __future__ import annotations

import os
import subprocess
import sys

DOCTOR_S = 300.0


def work(job: bytes, seconds: float) -> bytes:
    """The answer to a job, as packed.py writes it; else "failed: " and the reason."""
    return _output([sys.executable, "-m", "grader.run.packed", str(os.getpid())], job, seconds)


def doctor() -> bytes:
    """What `grade doctor` says on this machine."""
    return _output([sys.executable, "-c", "from grader.cli import main; main()", "doctor"], b"", DOCTOR_S)


def _output(command: list[str], given: bytes, seconds: float) -> bytes:
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=seconds, check=False)
        if done.stdout:
            return done.stdout
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        return f"failed: status {done.returncode}, {' '.join(said)[:500]}".encode()
    except BaseException as error:
        return f"failed: {type(error).__name__}".encode()
