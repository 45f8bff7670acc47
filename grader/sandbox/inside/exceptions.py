"""The description of an exception of student code. The code here survives whatever the exception's class does."""

from __future__ import annotations

from typing import Any

import torch

from .own_files import cell_of
from .wire import Malformed

MAX_TEXT = 2_000
MAX_NAME = 200
MAX_FRAMES = 20


def described(error: BaseException) -> dict[str, Any]:
    """The kind and text of an exception, and its frames in cells."""
    if isinstance(error, Malformed):
        return {"kind": "ResultTooLarge", "text": str(error)[:MAX_TEXT], "frames": []}
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        cell = cell_of(code.co_filename)
        if cell is not None:
            function = "" if code.co_name == "<module>" else code.co_name[:MAX_NAME]
            frames.append({"cell": cell, "line": traceback.tb_lineno, "function": function})
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError):
        cell = cell_of(str(error.filename))
        if cell is not None and isinstance(error.lineno, int):
            frames.append({"cell": cell, "line": error.lineno, "function": ""})
    try:
        kind = str(type.__getattribute__(type(error), "__name__"))
    except BaseException:
        kind = "Exception"
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)) or _no_memory(error):
        kind = "MemoryError"
    try:
        text = str.__str__(str(error))
    except BaseException:
        text = "(its text could not be made)"
    return {"kind": kind[:MAX_TEXT], "text": text[:MAX_TEXT], "frames": frames[-MAX_FRAMES:]}


def _no_memory(error: BaseException) -> bool:
    """Whether torch says, in an ordinary RuntimeError, that the memory limit is reached."""
    try:
        text = str(error) if isinstance(error, RuntimeError) else ""
        return "can't allocate memory" in text or "not enough memory" in text
    except BaseException:
        return False
