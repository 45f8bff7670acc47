"""`grade check`: a student checks a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from ..console import INTERRUPTED, console
from .options import Flag


def check(
    notebook: Path,
    /,
    *questions: str,
    checks: Path | None = None,
    lang: Literal["es", "en"] | None = None,
    watch: Annotated[bool, Flag] = False,
    html: Path | None = None,
    json: Path | None = None,
    github: Annotated[bool, Flag] = False,
    classroom50: Annotated[bool, Flag] = False,
    attempted_only: bool = True,
) -> int:
    """Check your own notebook with the public checks. The report says what is right, what is not, and what to try.

    The exit status is 0 if every answer passes, and 1 otherwise.

    Parameters
    ----------
    notebook
        Your notebook, such as tarea2.ipynb.
    questions
        Question ids, such as 1b 3a; default: all.
    checks
        The folder of public checks; default: checks/ next to the notebook or in a folder above it.
    lang
        Language of the report; default: the notebook's.
    watch
        Check again each time the notebook is saved, until you press ^C.
    html
        Also write the report as a page to this file.
    json
        Also write the result as JSON to this file.
    github
        Report the result to GitHub Actions, as annotations and a job summary.
    classroom50
        Write result.json, the score file of Classroom 50, into the current folder.
    attempted_only
        Ignore questions without an answer when choosing the exit status.
    """
    from ..report.attempts import exit_status
    from ..self_check.find_checks import find
    from ..self_check.in_terminal import Door, Outputs

    outputs = Outputs(html=html, json=json, github=github, classroom50=classroom50)
    folder = checks or find(notebook.parent)
    try:
        with Door(console(), notebook, folder, tuple(questions), lang or "", outputs) as door:
            result = door.watch() if watch else door.once()
    except KeyboardInterrupt:
        return INTERRUPTED  # nothing is kept from which a later run could continue
    return exit_status(result, attempted_only)
