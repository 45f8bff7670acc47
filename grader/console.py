"""The terminal: lines on it that may quote a student, and what a ^C leaves behind."""

from __future__ import annotations

import getpass
import unicodedata

from rich.console import Console

# Wide enough for the final table when the output is not a terminal.
PLAIN_WIDTH = 160
STOPPED = "Stopped. Finished results are kept; run the same command again to continue."
# By command: what a ^C leaves behind where it is not a run of `grade`.
STOPPED_IN = {
    "check": "Stopped. Your notebook is as it was.",
    "completion": "Stopped. Nothing is kept.",
    "copies": "Stopped. Nothing is kept: the same command starts from the beginning.",
    "desk": "Stopped. The marks that were given are kept.",
    "doctor": "Stopped. Nothing is kept.",
    "export": "Stopped. Some files may be missing: run the same command again.",
    "mark": "Stopped. Run the same command again, so that the points are kept.",
    "names": "Stopped. Look into names.toml, and run grade again.",
    "new": "Stopped. Look whether the file was written.",
    "regrade": "Stopped. No earlier result is lost: run the same command again.",
    "release": "Stopped. Some files may be missing: run the same command again.",
    "verify": "Stopped. Nothing is kept: the same command starts from the beginning.",
}
INTERRUPTED = 130  # 128 + SIGINT, as in shells


def console() -> Console:
    """The terminal; where the output is none, lines are wide and plain."""
    found = Console()
    return found if found.is_terminal else Console(width=PLAIN_WIDTH, highlight=False)


def account() -> str:
    """The name of the account, for the history of marks; "" where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def plain(text: str) -> str:
    """Text that may quote a student, with U+FFFD in place of control characters, which a terminal would obey."""
    return "".join(c if unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in text)


def show(console: Console, line: str) -> None:
    """Print a line as it is, in plain characters."""
    console.print(plain(line), markup=False, highlight=False, soft_wrap=True)
