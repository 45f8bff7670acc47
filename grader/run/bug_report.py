"""A report of a fault of the grader for its maintainers: versions, place, traceback, how to repeat it."""

from __future__ import annotations

import platform
import shlex

from ..assignment.spec import Assignment
from ..results import SubmissionResult
from .gradebook import grader_fingerprint
from .options import Options


def bug_report(result: SubmissionResult, assignment: Assignment, options: Options) -> str:
    """The text of the report. From the submission it holds only the name of the file."""
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
