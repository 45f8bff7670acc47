"""`check("1b")` in a notebook: another process checks the cells that have run, and the answer is shown here.

Nothing changes in this kernel: names, generators, precision and gradient mode stay as they are, because the check runs
neither the student's code nor ours in it. The other process stays ready for the next check.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..messages import Text

NO_NOTEBOOK = Text(
    "check(...) funciona en un notebook; en una terminal: grade check tarea2.ipynb",
    "check(...) works in a notebook; in a terminal: grade check tarea2.ipynb",
)
INTERRUPTED = Text(
    "Revisión interrumpida. Nada cambió en tu notebook; puedes volver a llamar a check.",
    "Check interrupted. Nothing has changed in your notebook; you can call check again.",
)
ENDED = Text(
    "La revisión terminó sin dar un resultado; inténtalo de nuevo. Si vuelve a pasar, avisa al equipo docente:",
    "The check ended without a result; try again. If it happens again, tell the teaching team:",
)
UNREAD = "\n\0"  # the reader takes nothing of a cell with a null byte, and still says where Python stopped


class _Checker:
    """The process that answers; the first check starts it, and it is kept."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer of the process; {} if the process ended instead."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                # -P: a student's random.py next to the notebook must not replace the standard library's.
                [sys.executable, "-P", "-m", "grader.self_check.notebook_server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                start_new_session=sys.platform != "win32",  # a ^C is for this kernel alone
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with contextlib.suppress(OSError):
                process.stdin.write(json.dumps(question) + "\n")
                process.stdin.flush()
            line = process.stdout.readline()
        except BaseException:
            self.end()
            raise
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        said = process.stderr.read() if process.stderr is not None else ""
        self.end()
        return {"ended": said.strip().splitlines()[-1:]}

    def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()


_checker = _Checker()
atexit.register(_checker.end)


def check(*questions: str, lang: str = "") -> None:
    """Check these questions ("1b", "3a"; all if none) with the cells run so far, and show the result below the cell.

    The folder `checks/` is looked for next to the notebook and above it. `lang` is "es" or "en"; default: the course's.
    """
    shown = lang or "es"  # no course is known here
    cells = _cells()
    if cells is None:
        print(NO_NOTEBOOK.render(shown))
        return
    try:
        answer = _checker.ask(
            {"folder": str(Path.cwd()), "cells": cells, "questions": [str(q) for q in questions], "language": lang}
        )
    except KeyboardInterrupt:
        print(INTERRUPTED.render(shown))
        return
    if "plain" in answer:
        _show(answer["plain"], answer.get("html", ""))
    else:
        print(" ".join([ENDED.render(shown), *answer["ended"]]))


def _cells() -> Sequence[str] | None:
    """The sources of the cells that have run, In[1] first, as they were typed; None outside IPython.

    A cell that does not parse has not run, not even its first line: with UNREAD at its end, none of its lines counts.
    """
    ipython = _ipython()
    if ipython is None:
        return None
    history = ipython.history_manager
    pairs = zip(history.input_hist_raw[1:], history.input_hist_parsed[1:], strict=False)
    return [str(typed) + ("" if _parses(str(python)) else UNREAD) for typed, python in pairs]


def _parses(python: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # IPython has already shown these warnings
        try:
            compile(python, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except (SyntaxError, ValueError):
            return False
    return True


def _ipython() -> Any:
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _show(plain: str, html: str) -> None:
    from IPython.display import display

    display({"text/plain": plain, **({"text/html": html} if html else {})}, raw=True)


def load_extension(ipython: Any) -> None:
    """Define the magic `%check 1b 3a`; `%check` alone checks all questions."""
    ipython.register_magic_function(lambda line: check(*line.replace(",", " ").split()), "line", "check")
