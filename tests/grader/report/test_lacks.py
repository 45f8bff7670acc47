"""What the grading machine lacks, in one sentence each."""

from __future__ import annotations

from dataclasses import replace

from grader.report.lacks import lacks
from grader.results import Status, SubmissionResult

ONE = SubmissionResult("Ana", "a.ipynb", Status.GRADED, "tiny", "es", python="3.11")


def test_each_package_and_each_version_is_named_once() -> None:
    """The most used package first, with the name by which it is downloaded."""
    results = [replace(ONE, packages=("einops",))] * 14 + [
        replace(ONE, packages=("cv2", "einops"), written_for="3.12"),
        replace(ONE, written_for="3.12"),
        replace(ONE, written_for="3.13"),
        ONE,
    ]
    assert [m.render("en") for m in lacks(results)] == [
        "15 students use package einops, which is not installed here: pip install einops",
        "1 student uses package cv2, which is not installed here: pip install opencv-python",
        "2 notebooks were written for Python 3.12, this grader runs 3.11",
        "1 notebook was written for Python 3.13, this grader runs 3.11",
    ]
    assert lacks([ONE]) == ()
