"""`grade export`: take grades and pages to a learning platform."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from ..console import console, show
from ..errors import UsageError
from .options import Flag, Word

Platform = Literal["canvas", "moodle", "gradescope", "brightspace", "blackboard", "classroom50", "junit", "pages"]


def export(
    platform: Platform,
    gradebook: Path | None = None,
    /,
    *,
    out: Path = Path("reports"),
    assignment: Path | None = None,
    column: Annotated[str, Word] = "",
    value: Literal["points", "grade", "percent"] = "points",
    comments: Annotated[bool, Flag] = False,
    pdf: bool = True,
    address: Annotated[str, Word] = "",
    send: Annotated[bool, Flag] = False,
    autograder: Annotated[bool, Flag] = False,
) -> int:
    """Take grades and pages to a learning platform. The files are written to the folder export/ of the report.

    canvas, moodle, brightspace and blackboard fill in one column of the gradebook that you exported there; every other
    byte stays as it is. canvas and moodle also write feedback.zip, with the students' pages. gradescope writes
    results.json files and the grades by SID; junit writes results.xml; pages writes one file per student.

    Parameters
    ----------
    platform
        Where the grades go.
    gradebook
        The .csv that you exported from the platform: the gradebook of Canvas, Brightspace or Blackboard, the offline
        grading worksheet of Moodle.
    out
        The folder of the report.
    assignment
        The folder of the assignment; default: that of the last run. For --autograder: [tool.grader] in pyproject.toml
        names it.
    column
        The title of the gradebook's column; default: the one with the assignment's title, or the only one.
    value
        What is written: points, the grade on the assignment's scale, or percent of the points.
    comments
        Also fill in Moodle's column of comments, if the worksheet has one.
    pdf
        Make pages as PDF where Chromium is installed; --no-pdf makes HTML.
    address
        The address of the assignment's page in Canvas, such as https://canvas.example.edu/courses/12/assignments/34:
        show what would be uploaded there. The token is read from the variable CANVAS_TOKEN.
    send
        Upload to --address: grades, comments and pages.
    autograder
        Write the autograder.zip that Gradescope runs, with the same checks and hidden cases; no class is needed.
    """
    from ..assignment import load
    from ..run import export as run

    if send and not address:
        raise UsageError("--send needs --address, the address of the assignment's page in Canvas")
    if address and platform != "canvas":
        raise UsageError("--address is for canvas only")
    if autograder and platform != "gradescope":
        raise UsageError("--autograder is for gradescope only")
    if gradebook is None and platform in ("brightspace", "blackboard"):
        raise UsageError(f"name the gradebook that you exported: grade export {platform} GRADEBOOK.csv")
    if gradebook is not None and platform not in ("canvas", "moodle", "brightspace", "blackboard"):
        raise UsageError(f"grade export {platform} reads no gradebook: leave out {gradebook}")
    terminal = console()
    if autograder:
        from ..release.autograder import write_autograder

        target = out / run.FOLDER / platform / "autograder.zip"
        write_autograder(target, assignment or load.default_folder(), run.salted(out))
        show(terminal, f"Written: {target}")
        return 0
    graded = run.graded_class(out, assignment)
    written = run.Written()

    def add(more: run.Written) -> None:
        written.files += more.files
        written.sentences += more.sentences

    if gradebook is not None:
        add(run.export_gradebook(graded, platform, gradebook, column, value, comments=comments))
    if platform in ("canvas", "moodle", "pages"):
        from ..exchange.pdf import browser

        zipped = platform != "pages"
        asked = run.pages_for(graded, platform) if zipped and not address else graded.results
        if address and not send:
            asked = ()  # only said, not made
        with terminal.status("") as status:
            done = lambda n: status.update(f"{n} of {len(asked)} pages")  # noqa: E731
            pages, failed = run.made_pages(graded, asked, browser() if pdf else "", done)
        written.sentences += failed
        if address:
            add(run.upload(graded, pages, address, os.environ.get("CANVAS_TOKEN", ""), value, send=send))
        else:
            add(run.export_feedback(graded, platform, pages) if zipped else run.export_pages(graded, pages))
    elif platform == "gradescope":
        add(run.export_gradescope(graded))
    elif platform == "junit":
        add(run.export_junit(graded))
    elif platform == "classroom50":
        add(run.export_classroom50(graded, os.environ))
    for sentence in (*written.sentences, *(graded.missing() if platform != "pages" else ())):
        show(terminal, sentence)
    for file in written.files[: run.LISTED]:
        show(terminal, f"Written: {file}")
    if len(written.files) > run.LISTED:
        show(terminal, f"... {len(written.files)} files in {graded.folder(platform)}")
    return 0
