"""Packages that submissions use and that are provided for grading, in a folder of their own."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import UsageError

NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?")


def read_requirements(file: Path) -> tuple[str, ...]:
    """The requirements in a file, one a line, without comments; the options of pip are refused."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--requirements {file} cannot be read: {error}") from error
    found = [line for line in (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines) if line]
    for line in found:
        if not NAME.match(line):
            raise UsageError(f"--requirements {file}: {line!r} is not a package: write a line such as einops==0.8.1")
    return tuple(found)


def provide(requirements: Sequence[str], cache: Path | None = None) -> None:
    """Make these packages importable in this process and in the sandboxes that it starts.

    What is installed stays as it is. The others are installed by pip into a folder of `cache`, once, and come last on
    sys.path. UsageError says which could not be installed.
    """
    missing = sorted({r for r in requirements if not _is_installed(r)})
    if not missing:
        return
    place = (cache or _cache()) / "packages"
    pins = sorted(_pins(place))
    folder = place / _key(missing, pins)
    site = Path(sysconfig.get_path("purelib", "posix_prefix", {"base": str(folder), "platbase": str(folder)}))
    if not folder.is_dir():
        _install(missing, pins, folder)
    sys.path.append(str(site))
    importlib.invalidate_caches()


def _is_installed(requirement: str) -> bool:
    """Whether a package is there; a requirement with a version, an extra or an address is left to pip."""
    if not NAME.fullmatch(requirement):
        return False
    try:
        importlib.metadata.version(requirement)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tensorgrade"


def _key(requirements: Sequence[str], pins: Sequence[str]) -> str:
    """The name of the folder: other requirements, another Python or other installed packages need another one."""
    parts = [*requirements, sys.version, sys.prefix, *pins]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _pins(provided: Path) -> set[str]:
    """The installed packages with their versions, which must not change, without those that were provided before."""
    folders = [entry for entry in sys.path if not Path(entry).is_relative_to(provided)]
    return {f"{d.name}=={d.version}" for d in importlib.metadata.distributions(path=folders) if d.name and d.version}


def _install(requirements: Sequence[str], pins: Sequence[str], folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        installed = Path(place) / "installed.txt"
        installed.write_text("\n".join(pins), encoding="utf-8")
        # --prefix takes what is installed for granted; --target would install all of it again.
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
             "--no-warn-script-location", "--constraint", str(installed), "--prefix", f"{place}/made", *requirements],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            said = [line for line in done.stderr.strip().splitlines() if line.startswith("ERROR")] or [done.stderr]
            raise UsageError(f"these packages cannot be installed: {', '.join(requirements)} ({said[-1].strip()})")
        Path(place, "made").mkdir(exist_ok=True)  # pip makes none where everything is installed
        os.replace(f"{place}/made", folder)
