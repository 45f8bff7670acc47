"""One page per student, named as a learning platform takes it back, as files or in a .zip."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence

from ..intake.platform_names import MOODLE, canvas
from ..results import SubmissionResult

LATEST = (1980, 1, 1, 0, 0, 0)  # the same zip whenever it is made


def names(results: Sequence[SubmissionResult], title: str, suffix: str) -> dict[str, str]:
    """The path of each student's page by slug: with the folder or the prefix that the platform gave the submission.

    Moodle finds the student by the folder's name, Canvas by the numbers at the beginning of the file's name. Where the
    submission came from elsewhere, the page is called as the student's page.
    """
    found: dict[str, str] = {}
    for result in results:
        name = _platforms(result, title) or result.slug
        if f"{name}{suffix}" in found.values():  # a group: each member has a page
            name = f"{name}-{result.slug}"
        found[result.slug] = f"{name}{suffix}"
    return found


def recognised(result: SubmissionResult, platform: str) -> bool:
    """Whether this platform ("moodle" or "canvas") named the submission, so that it finds the student of a page."""
    name = _platforms(result, "")
    return bool(name) and ("_assignsubmission_" in name) == (platform == "moodle")


def _platforms(result: SubmissionResult, title: str) -> str:
    """The beginning of the path that a platform takes back, and the title; "" for a name that no platform gave."""
    for part in _parts(result):
        if moodle := MOODLE.fullmatch(part):
            file = moodle["file"]
            return part.removesuffix(file) + title if file else f"{part}/{title}"
        if (found := canvas(part)) and not found.typed:
            return part.removesuffix(found.file) + title
    return ""


def _parts(result: SubmissionResult) -> list[str]:
    return re.split(r"[!/]", result.file)


def packed(files: Mapping[str, bytes]) -> bytes:
    """A .zip of these files, by path; the same bytes for the same files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in sorted(files.items()):
            entry = zipfile.ZipInfo(path, LATEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if data.startswith(b"#!") else 0o644) << 16
            archive.writestr(entry, data)
    return stream.getvalue()
