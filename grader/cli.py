"""The command line: understands it, runs the command that it names, and exits."""

from __future__ import annotations

import importlib.metadata
import io
import platform
import shlex
import signal
import sys
import traceback
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from cyclopts import App, CycloptsError, MissingArgumentError, UnusedCliTokensError
from rich.console import Console

from . import __version__
from .commands import (
    check,
    copies,
    desk,
    doctor,
    export,
    grade,
    mark,
    names,
    new,
    regrade,
    release,
    shard,
    verify,
)
from .commands.help import ROOT, translate_help, without_language
from .console import INTERRUPTED, STOPPED, STOPPED_IN, show
from .errors import AssignmentError, GraderError, UsageError

# `grade NAME`: a function of grader/commands/NAME.py. Its signature gives the options, its docstring the help.
COMMANDS = (
    check.check,
    copies.copies,
    desk.desk,
    doctor.doctor,
    export.export,
    mark.mark,
    names.names,
    new.new,
    regrade.regrade,
    release.release,
    shard.shard,
    verify.verify,
)


def _version() -> str:
    """The facts about an installation that a bug report needs, found without loading torch."""
    try:
        torch = f"torch {importlib.metadata.version('torch')}"
    except importlib.metadata.PackageNotFoundError:
        torch = "no torch"
    return f"grade {__version__} (Python {platform.python_version()}, {torch})"


app = App(
    name="grade",
    version=_version,
    help=ROOT,
    result_action="return_value",
    suppress_keyboard_interrupt=False,  # `main` reports what a ^C leaves behind
)
app.default(grade.grade)
for command in COMMANDS:
    app.command(command)


@app.command
def completion(shell: Literal["bash", "zsh", "fish"], /) -> int:
    """Print the script by which your shell completes commands and options.

    Add this line to ~/.bashrc: `eval "$(grade completion bash)"`. In zsh it is `eval "$(grade completion zsh)"` in
    ~/.zshrc, and in fish `grade completion fish | source`.

    Parameters
    ----------
    shell
        The shell that you use.
    """
    sys.stdout.write(app.generate_completion(shell=shell))
    return 0


def main() -> None:
    """Run the command and exit: 0 all graded, 1 some could not be, 2 wrong usage, 3 a fault of the grader."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end a run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    errors = Console(stderr=True, soft_wrap=True)
    signal.signal(signal.SIGTERM, _stop)
    try:
        words, language = without_language(sys.argv[1:])
        if language:
            translate_help(app, language)
        _refuse_misspelt_command(*words[:1])
        status = app(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        show(errors, f"grade: {_misunderstood(error)}; see grade --help")
        status = 2
    except AssignmentError as error:
        for slip in str(error).splitlines():
            show(errors, f"grade: {slip}")
        status = 2
    except GraderError as error:
        show(errors, f"grade: {_one_line(error)}")
        status = 2 if isinstance(error, UsageError) else 3
    except KeyboardInterrupt:
        command = sys.argv[1] if len(sys.argv) > 1 else ""
        errors.print(STOPPED_IN.get(command, "Stopped.") if command in app else STOPPED)
        status = INTERRUPTED
    except Exception:
        for traced in traceback.format_exc().splitlines():  # the traceback may quote a student
            show(errors, traced)
        errors.print("grade: this is a fault of the grader; please report the lines above.")
        status = 3
    sys.exit(status if isinstance(status, int) else 0)


def _stop(number: int, frame: object) -> None:
    """Treat a SIGTERM as a ^C."""
    raise KeyboardInterrupt


def _refuse_misspelt_command(first: str = "") -> None:
    """Raise UsageError for `grade verfy`: the word would be taken for a folder of submissions."""
    meant = get_close_matches(first, list(app), 1, 0.75)
    if meant and first not in app and not Path(first).exists():
        raise UsageError(f"there is no command {first}: did you mean grade {meant[0]}?")


def _misunderstood(error: CycloptsError) -> str:
    """The fault of a command line, in words for people who do not know what a token is."""
    match error:
        case MissingArgumentError(argument=argument) if argument is not None:
            return f"{argument.name} is missing"
        case UnusedCliTokensError(unused_tokens=tokens) if tokens:
            return f"{shlex.join(tokens)} is not expected here (put a name with spaces in quotes)"
    return _one_line(error).removesuffix(".")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
