"""The levels of isolation: which of them work here, and how a worker starts in each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..errors import SandboxUnavailable
from .filter import EVERYWHERE, SIGNALS, TRUNCATION, WITHOUT_NAMESPACES, assembled, machine
from .inside import landlock
from .limits import Limits

OWN_FOLDER = Path(__file__).resolve().parent
# Everything that the student's process may see of the grader.
INSIDE_FOLDER = OWN_FOLDER / "inside"
DEVICE_FOLDER = Path("/dev")
DRIVER = Path("/proc/driver/nvidia")  # the driver's library reads this before it opens the devices
DATA = "/data"  # the data files of an assignment, inside bubblewrap
OWN = "/handed_in"  # the files of the submission that is judged, inside bubblewrap
INSIDE = "/run/grader/inside"  # where bubblewrap shows that folder
SYSTEM_FOLDERS = tuple(Path("/", name) for name in ("bin", "sbin", "lib", "lib32", "lib64"))
MEBIBYTE = 1 << 20


class Level(StrEnum):
    """The ways to keep student code apart, strongest first."""

    BWRAP = "bwrap"  # namespaces of its own: no network, no files but Python's, no other process
    LANDLOCK = "landlock"  # the kernel refuses files, sockets and signals; everything else is shared
    NONE = "none"  # only limits on time and memory


@dataclass(frozen=True)
class Availability:
    """Whether a level works here; if not, the reason, and the command that would change it ("" for none)."""

    works: bool
    reason: str = ""
    remedy: str = ""


def available(level: Level) -> Availability:
    """Whether this level works here, found by a trial."""
    if level is Level.BWRAP:
        return _bwrap()
    if level is Level.LANDLOCK:
        return _landlock()
    return Availability(True)


def choose(asked: Level | None = None) -> Level:
    """The level asked for, or the strongest that works; SandboxUnavailable when none works."""
    tried = {level: available(level) for level in ([asked] if asked else [Level.BWRAP, Level.LANDLOCK])}
    for level, found in tried.items():
        if found.works:
            return level
    reasons = "; ".join(f"{level}: {found.reason}" for level, found in tried.items())
    remedy = next((found.remedy for found in tried.values() if found.remedy), "")
    advice = f"run `{remedy}`" if remedy else "use another machine"
    raise SandboxUnavailable(
        f"no sandbox works here ({reasons}): {advice}, or pass --sandbox none to grade without a sandbox"
    )


def strongest() -> Level:
    """The strongest level that works here as it is, for students' own machines: at worst Level.NONE."""
    return next(level for level in Level if available(level).works)


def _bwrap() -> Availability:
    program = shutil.which("bwrap")
    if sys.platform != "linux":
        return Availability(False, "bubblewrap needs Linux")
    if program is None:
        return Availability(False, "bubblewrap is not installed", "apt-get install bubblewrap")
    tried = subprocess.run(
        [*_bwrap_flags(Limits(), "cpu", ()), "--", "/bin/true"], capture_output=True, text=True, check=False
    )
    if tried.returncode == 0:
        return Availability(True)
    said = tried.stderr.strip().splitlines()[-1:] or [f"status {tried.returncode}"]
    remedy = "sysctl kernel.unprivileged_userns_clone=1" if "namespace" in said[0] and os.geteuid() else ""
    return Availability(False, f"bubblewrap is installed but does not work here: {said[0]}", remedy)


def _landlock() -> Availability:
    if sys.platform != "linux" or landlock.version() < 1:
        return Availability(False, "the kernel has no Landlock")
    if not assembled(WITHOUT_NAMESPACES, machine()):
        return Availability(False, f"there is no system call filter for {machine()}")
    return Availability(True)


def restrictions(
    level: Level, folder: Path, *, device: str = "cpu", hide: Sequence[Path] = (), files: Sequence[Path] = ()
) -> dict[str, Any]:
    """The restrictions that a child puts on itself before it runs student code, as `worker` reads them."""
    if level is Level.BWRAP:
        # The namespaces isolate; the filter is a second wall.
        return {"filter": assembled(EVERYWHERE, machine()).hex()}
    if level is Level.LANDLOCK:
        version = landlock.version()
        refusals = (*EVERYWHERE, *WITHOUT_NAMESPACES)
        if version < landlock.TRUNCATION_FROM:
            refusals += TRUNCATION
        if version < landlock.SCOPES_FROM:
            refusals += SIGNALS  # also signals to the child's own processes, which the filter cannot tell apart
        return {
            "filter": assembled(refusals, machine()).hex(),
            "list": [str(path) for path in readable()],
            "read": [
                *(str(p) for path in (*readable(), *SYSTEM_FOLDERS) for p in _without(path, _hidden(hide))),
                *([str(DRIVER)] if device != "cpu" else []),
                *(str(file) for file in files),
            ],
            "write": [str(path) for path in (folder, *_devices(device))],
        }
    return {}


def _devices(device: str) -> list[Path]:
    """The devices to which a child must write in order to use the GPU."""
    return [] if device == "cpu" else sorted(DEVICE_FOLDER.glob("nvidia*"))


def _hidden(hide: Iterable[Path]) -> list[Path]:
    """The folders hidden even among the packages: the grader itself, and those that the caller names."""
    return [OWN_FOLDER.parent, *(path.resolve() for path in hide)]


def _without(path: Path, hidden: Sequence[Path]) -> Iterator[Path]:
    """The largest parts of `path` that hold nothing hidden: Landlock can only grant access, not take it away."""
    real = path.resolve()
    if any(real.is_relative_to(h) for h in hidden):
        return
    if not any(h.is_relative_to(real) for h in hidden):
        yield path
        return
    for part in sorted(real.iterdir()):
        # The target of a link (lib64 -> lib) is listed on its own, and a link upwards would never end.
        if not part.is_symlink():
            yield from _without(part, hidden)


def command(
    level: Level,
    control: int,
    limits: Limits,
    *,
    folder: Path,
    device: str = "cpu",
    hide: Sequence[Path] = (),
    files: Sequence[Path] = (),
    own: Path | None = None,
) -> list[str]:
    """The argv of a worker on descriptor `control`; a worker without a tmpfs writes to `folder`.

    `own` is the folder of the files of the submission that is judged; they change from one to the next.
    """
    python = [interpreter(), "-P", "-m", "inside.worker", str(control)]
    if level is Level.BWRAP:
        return [*_bwrap_flags(limits, device, hide, files, own), "--", *python, "own", writable(), "/dev/shm"]
    return [*python, "shared", str(folder)]


def places_of(level: Level, files: Sequence[Path]) -> dict[str, str]:
    """The path of each data file, by its name, as student code sees it."""
    return {file.name: f"{DATA}/{file.name}" if level is Level.BWRAP else str(file) for file in files}


def own_folder(level: Level, folder: Path) -> str:
    """The folder of a submission's files as student code sees it."""
    return OWN if level is Level.BWRAP else str(folder)


def writable() -> str:
    """The folder inside bubblewrap that student code may write to: /tmp, unless this interpreter lies below /tmp.

    In that case a file system over /tmp would hide the interpreter, and emptying /tmp would fail.
    """
    return "/student" if any(path.is_relative_to("/tmp") for path in readable()) else "/tmp"


def interpreter() -> str:
    """The absolute path of this Python without `..`; a relative path would lead through folders that a sandbox lacks.

    The link of a virtual environment is not resolved: Python finds the environment's packages next to the link.
    """
    return os.path.abspath(sys.executable)


def environment(level: Level, folder: Path) -> dict[str, str]:
    """The whole environment of the worker: nothing leaks in from the grader's environment."""
    own = Path(INSIDE).parent if level is Level.BWRAP else OWN_FOLDER
    home = writable() if level is Level.BWRAP else str(folder)
    kept = {k: os.environ[k] for k in ("CUDA_VISIBLE_DEVICES", "LD_LIBRARY_PATH") if k in os.environ}
    return kept | {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "USER": "student",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        # The worker removes the first folder, the grader's, from sys.path; in the others Python finds torch.
        "PYTHONPATH": os.pathsep.join([str(own), *(str(p) for p in site_folders())]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",  # the output of a killed process is not lost
        "PYTHONHASHSEED": "0",  # a submission behaves the same in each run
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def readable() -> list[Path]:
    """The folders that student code may read: the interpreter, its packages, and the system's libraries."""
    prefixes = {
        Path(sys.prefix),
        Path(sys.base_prefix),
        Path(sys.executable).resolve().parents[1],
        *site_folders(),
    }
    system = [Path("/usr"), Path("/etc/alternatives"), Path("/etc/ld.so.cache")]
    # A prefix within another prefix or within "/usr" adds nothing.
    own = [p for p in sorted(prefixes) if not any(q != p and p.is_relative_to(q) for q in (*prefixes, Path("/usr")))]
    return [p for p in (*system, *own) if p.exists() and p not in (Path("/"), Path.home())]


def site_folders() -> list[Path]:
    """The folders in which packages are installed, including the user's own folder."""
    return [Path(p) for p in sys.path if p.endswith(("site-packages", "dist-packages")) and Path(p).is_dir()]


def _bwrap_flags(
    limits: Limits, device: str, hide: Iterable[Path], files: Iterable[Path] = (), own: Path | None = None
) -> list[str]:
    size = str(limits.file_mb * MEBIBYTE)
    flags = [
        shutil.which("bwrap") or "bwrap",
        "--unshare-user", "--unshare-all",
        "--disable-userns",  # no namespaces, and so no new privileges, inside
        "--cap-drop", "ALL",  # as root, ptrace on process 1 would be allowed
        "--as-pid-1",  # our worker reaps, and its kill(-1) ends everything else
        "--die-with-parent",
        "--new-session",  # or killpg(0) inside would reach the process that started the grader
        "--hostname", "sandbox",
    ]  # fmt: skip
    for path in SYSTEM_FOLDERS:
        if path.is_symlink():
            flags += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            flags += ["--ro-bind", str(path), str(path)]
    bound = readable()
    for path in bound:
        flags += ["--ro-bind", str(path), str(path)]
    flags += ["--proc", "/proc", "--dev", "/dev"]
    for path in _devices(device):
        flags += ["--dev-bind", str(path), str(path)]
    flags += ["--size", size, "--tmpfs", "/dev/shm", "--size", size, "--tmpfs", writable()]
    flags += ["--ro-bind", str(INSIDE_FOLDER), INSIDE]
    for file in files:
        flags += ["--ro-bind", str(file), f"{DATA}/{file.name}"]
    if own is not None:
        flags += ["--ro-bind", str(own), OWN]
    for hidden in _hidden(hide):
        for path in bound:
            if hidden.is_relative_to(path.resolve()):
                inside = str(path / hidden.relative_to(path.resolve()))
                flags += ["--tmpfs", inside, "--remount-ro", inside]
    # As root, a student's process would own the files below /proc that the kernel lets root write.
    for folder in ("/proc", "/dev", "/"):
        flags += ["--remount-ro", folder]
    return [*flags, "--chdir", writable()]
