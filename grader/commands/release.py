"""`grade release`: make the students' repository."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from ..console import console, show
from ..errors import UsageError
from .options import Word, ids


def release(
    dest: Path | None = None,
    /,
    *,
    assignment: Path | None = None,
    lang: Literal["es", "en"] | None = None,
    questions: Annotated[str, Word] = "",
    public_share: float = 1.0,
    package: Annotated[str, Word] = "",
    repository: Annotated[str, Word] = "",
) -> int:
    """Make the students' repository: the notebook, the public checks without the solution, a README and the workflow.

    Parameters
    ----------
    dest
        The folder to write to; default: the folder of the assignment's template.
    assignment
        The file or folder of the assignment; default: [tool.grader] in pyproject.toml names it.
    lang
        Language of the notebook, the README and the messages; default: the assignment's. An assignment file in two
        languages also gives the notebook in the other one.
    questions
        Release only these questions and those that they build on: ids separated by commas.
    public_share
        The share of each check's public cases that students get, such as 0.5; they get at least one case.
    package
        The requirement by which students install the grader, such as "tensorgrade @ git+https://..."; default: a
        wheel that is built and added to the repository.
    repository
        The address that students clone, for a link that opens the notebook in Colab; default: that of the remote
        `origin`, if DEST is a git repository. Without an address, students upload the repository to Colab.
    """
    from ..assignment import load
    from ..release.repository import Release, address_of
    from ..release.repository import write_repository as make
    from ..run.progress import counting

    table = load.load_assignment(assignment or load.default_folder())
    folder = dest or (table.template.parent if table.template is not None else None)
    if folder is None:
        raise UsageError("the assignment names no template, so name the folder: grade release DEST")
    asked = Release(lang or table.language, ids(questions), public_share, package, repository)
    terminal = console()
    with counting(terminal, "recording the checks of the questions") as step:
        written = make(table, folder, asked, step)
    show(terminal, f"{len(written)} files in {folder}")
    if not (repository or address_of(folder)):
        said = "No address is known. So students who work in Colab upload the notebook and the .zip of this folder. "
        said += "For a link that opens the notebook in Colab, add: --repository https://github.com/OWNER/NAME"
        show(terminal, said)
    return 0
