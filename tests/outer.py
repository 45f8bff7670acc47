"""The outer sandbox, in which attacks may succeed and so show that they are real."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.sandbox.levels import SYSTEM_FOLDERS, readable

from . import naive

SIZE = str(1 << 30)
# Some attacks need a permission that other kernels grant. They get it here: no capabilities, but their own namespaces.
FLAGS = (
    *("--unshare-user", "--unshare-all", "--cap-drop", "ALL", "--die-with-parent", "--new-session", "--as-pid-1"),
    *("--hostname", "outer", "--proc", "/proc", "--dev", "/dev", "--clearenv"),
    *("--size", SIZE, "--tmpfs", "/tmp", "--size", SIZE, "--tmpfs", "/dev/shm", "--dir", "/home/teacher"),
)


class Outer:
    """One outer sandbox with a naive grader in it, for all attacks."""

    def __enter__(self) -> Outer:
        flags = [shutil.which("bwrap") or "bwrap", *FLAGS]
        for path in SYSTEM_FOLDERS:
            if path.is_symlink():
                flags += ["--symlink", os.readlink(path), str(path)]
            elif path.is_dir():
                flags += ["--ro-bind", str(path), str(path)]
        for path in (*readable(), Path("/etc/passwd")):
            flags += ["--ro-bind", str(path), str(path)]
        for name in ("naive.py", "observer.py"):
            flags += ["--ro-bind", str(Path(__file__).with_name(name)), f"/run/{name}"]
        flags += ["--chdir", "/tmp", "--setenv", "PATH", "/usr/bin:/bin"]
        self._process = subprocess.Popen(
            [*flags, "--", sys.executable, "/run/observer.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def observe(self, sources: list[str], names: list[str], seconds: float) -> dict[str, Any]:
        """Observations of the naive grader while it graded these notebooks, and a right one after them."""
        request = {"sources": [*sources, naive.NEIGHBOUR], "names": [*names, "neighbour"], "seconds": seconds}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer
