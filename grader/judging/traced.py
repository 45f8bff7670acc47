"""The traceback of a fault of the grader, without folders of this machine."""

from __future__ import annotations

import re
import traceback
from pathlib import Path

# Only this many last parts of a path are kept: the rest tells about a person's machine and nothing about the fault.
PARTS = 3
LONGEST_TRACEBACK = 20_000  # characters; deep recursion gives the longest tracebacks, and the end says the most
PLACE = re.compile(r'(?m)^(\s*File )"([^"\n]+)"')


def traced(error: BaseException) -> str:
    """The place in the judging, from the error's notes, and the traceback without folders of this machine."""
    notes: list[str] = getattr(error, "__notes__", [])
    text = "".join(traceback.format_exception(error)).removesuffix("".join(f"{note}\n" for note in notes))
    text = PLACE.sub(lambda found: f'{found[1]}"{_short(found[2])}"', text)
    text = text.replace(str(Path.home()), "~") if Path.home() != Path("/") else text
    text = text if len(text) <= LONGEST_TRACEBACK else f"[...]\n{text[-LONGEST_TRACEBACK:]}"
    return "\n".join([*notes, text])


def _short(path: str) -> str:
    parts = path.split("/")
    return path if len(parts) <= PARTS or path.startswith("<") else "/".join(["...", *parts[-PARTS:]])
