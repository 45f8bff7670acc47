"""Pages as PDF, printed by Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
LIMIT_S = 60.0  # a page takes a second or two


def browser() -> str:
    """The path of Chromium or Chrome; "" if there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), "")


def printed(pages: Mapping[str, str], chromium: str) -> Iterator[tuple[str, bytes]]:
    """The name and the PDF of each page as it is ready; without a PDF where the browser fails: b"".

    The pages are HTML documents that need nothing from elsewhere.
    """
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(os.cpu_count() or 1) as threads:
        jobs = enumerate(pages.items())
        yield from threads.map(lambda job: (job[1][0], _print(job[1][1], Path(place) / str(job[0]), chromium)), jobs)


def _print(page: str, place: Path, chromium: str) -> bytes:
    place.mkdir()
    source, target = place / "page.html", place / "page.pdf"
    source.write_text(page, encoding="utf-8", errors="replace")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's own sandbox refuses root
    command = [chromium, "--headless", *root, "--disable-gpu", "--no-first-run", f"--user-data-dir={place / 'profile'}",
               "--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri()]  # fmt: skip
    try:
        subprocess.run(command, capture_output=True, timeout=LIMIT_S, check=False)
        data = target.read_bytes()
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return data if data.startswith(b"%PDF") else b""
