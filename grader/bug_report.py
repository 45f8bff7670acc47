"""A fault of the grader, written down for who maintains it: versions, place, traceback, how to repeat it."""

from __future__ import annotations

import platform
import re
import shlex
import traceback
from pathlib import Path

from .gradebook import grader_fingerprint
from .results import SubmissionResult
from .spec import Assignment
from .tasks import Options

# Of a file's path only this much is kept: what is above it tells about a person's machine and nothing about the fault.
PARTS = 3
LONGEST = 20_000  # characters; deep recursion gives the longest tracebacks, and the end says the most
PLACE = re.compile(r'(?m)^(\s*File )"([^"\n]+)"')


def traced(error: BaseException) -> str:
    """Where in the judging it was, as the error's notes say, and the traceback without folders of this machine."""
    notes: list[str] = getattr(error, "__notes__", [])
    text = "".join(traceback.format_exception(error)).removesuffix("".join(f"{note}\n" for note in notes))
    text = PLACE.sub(lambda found: f'{found[1]}"{_short(found[2])}"', text)
    text = text.replace(str(Path.home()), "~") if Path.home() != Path("/") else text
    text = text if len(text) <= LONGEST else f"[...]\n{text[-LONGEST:]}"
    return "\n".join([*notes, text])


def bug_report(result: SubmissionResult, assignment: Assignment, options: Options) -> str:
    """The text of the file; of the student's it holds the name of the file and no more."""
    command = ["grade", "SUBMISSIONS", "--student", result.slug, "--retry-faults", "--sandbox", result.sandbox]
    command += ["--device", result.device, "--forbidden", options.forbidden]
    command += ["--only", ",".join(options.only)] if options.only else []
    return "\n".join(
        [
            "A fault of the grader. It costs the student no points.",
            "Please look through this report before you send it: an error's text may quote a value of the submission.",
            "",
            f"grader      {grader_fingerprint()}",
            f"system      {platform.platform()}",
            f"assignment  {assignment.name}, {assignment.fingerprint[:16]}",
            f"submission  {result.file}",
            f"when        {result.graded_at}",
            f"repeat with {shlex.join(command)}",
            "            (and the same --out: its gradebook holds the salt of the hidden cases)",
            "",
            result.fault.rstrip("\n"),
            "",
        ]
    )


def _short(path: str) -> str:
    parts = path.split("/")
    return path if len(parts) <= PARTS or path.startswith("<") else "/".join(["...", *parts[-PARTS:]])
