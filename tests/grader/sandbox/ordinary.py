"""A script's run as a user without rights, in a mount namespace in which that user reaches Python and the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
NOBODY = 65534
NEEDED = tuple(dict.fromkeys(map(os.path.realpath, (sys.base_prefix, sys.prefix, ROOT))))

# In this namespace only, the closed folders on the way are covered, and the needed folders are mounted again.
OPEN_UP = """
import os, subprocess, sys
needed = sys.argv[1].split(os.pathsep)
def mount(*arguments): subprocess.run(["mount", *arguments], check=True)
def closed(path):
    parents = [os.sep.join(path.split(os.sep)[: n + 1]) for n in range(1, path.count(os.sep) + 1)]
    return next((p for p in parents if not os.stat(p).st_mode & 1), None)
mount("-t", "tmpfs", "-o", "mode=755", "none", "/mnt")
for number, path in enumerate(needed):
    os.mkdir(f"/mnt/{number}")
    mount("--bind", path, f"/mnt/{number}")
for number, path in enumerate(needed):
    if cover := closed(path):
        mount("-t", "tmpfs", "-o", "mode=755", "none", cover)
    if not os.path.isdir(path):
        os.makedirs(path)
        mount("--bind", f"/mnt/{number}", path)
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[2]))
os.umask(0)  # as careless as a user may be
os.execv(sys.argv[3], sys.argv[3:])
"""


@cache
def why_not() -> str:
    """The reason why there is no such user here; "" when there is one."""
    if os.geteuid() != 0:
        return ""
    if shutil.which("unshare") is None:
        return "root without `unshare` cannot become an ordinary user that reaches this checkout"
    tried = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True
    )
    return tried.stderr.strip()


def run_as_ordinary(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python source with the grader importable: as NOBODY where we are root, else as the current user."""
    argv = [sys.executable, "-c", script, *arguments]
    if os.geteuid() == 0:
        opened = [sys.executable, "-c", OPEN_UP, os.pathsep.join(NEEDED), str(NOBODY)]
        argv = ["unshare", "--mount", "--propagation", "private", *opened, *argv]
    with tempfile.TemporaryDirectory() as home:
        os.chmod(home, 0o777)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(argv, cwd="/", env=environment, capture_output=True, text=True, check=False)
