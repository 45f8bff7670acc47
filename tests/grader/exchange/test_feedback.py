"""Pages have the names by which a platform finds the student."""

from __future__ import annotations

import io
import zipfile

import pytest

from grader.exchange.feedback import names, packed, recognised
from grader.results import Status, SubmissionResult


def result(file: str, slug: str = "ada") -> SubmissionResult:
    return SubmissionResult("Ada", file, Status.GRADED, "tarea2", "es", slug=slug)


@pytest.mark.parametrize(
    ("file", "page", "platform"),
    [
        ("all.zip!lovelaceada_LATE_981_55501_hw1.ipynb", "lovelaceada_LATE_981_55501_tarea2.pdf", "canvas"),
        ("lovelaceada_981_55501_my_work.zip!a/b.ipynb", "lovelaceada_981_55501_tarea2.pdf", "canvas"),
        ("anon_x1Yz_55501_hw1.ipynb", "anon_x1Yz_55501_tarea2.pdf", "canvas"),
        ("m.zip!Ada Lovelace_657737_assignsubmission_file_/hw1.ipynb",
         "Ada Lovelace_657737_assignsubmission_file_/tarea2.pdf", "moodle"),
        ("Ada Lovelace_657737_assignsubmission_file/src/hw1.ipynb",
         "Ada Lovelace_657737_assignsubmission_file/tarea2.pdf", "moodle"),
        ("Ada Lovelace_657737_assignsubmission_file_hw1.ipynb",
         "Ada Lovelace_657737_assignsubmission_file_tarea2.pdf", "moodle"),
        ("ada/hw1.ipynb", "ada.pdf", ""),
        ("", "ada.pdf", ""),
    ],
)  # fmt: skip
def test_a_page_goes_where_the_platform_looks(file: str, page: str, platform: str) -> None:
    """Moodle takes the folder of the submission, Canvas the beginning of the file's name; others the student's name."""
    assert names([result(file)], "tarea2", ".pdf") == {"ada": page}
    assert [p for p in ("canvas", "moodle") if recognised(result(file), p)] == ([platform] if platform else [])


def test_each_member_of_a_group_has_a_page() -> None:
    """Both belong to the same folder."""
    file = "Grupo 1_12_assignsubmission_file_/t.ipynb"
    assert names([result(file), result(file, "eva")], "t", ".html") == {
        "ada": "Grupo 1_12_assignsubmission_file_/t.html",
        "eva": "Grupo 1_12_assignsubmission_file_/t-eva.html",
    }


def test_the_zip_is_the_same_each_time() -> None:
    """It holds the files under their names, and programs may be run."""
    data = packed({"b/ñ.html": b"x", "run": b"#!/bin/sh\n"})
    assert packed({"run": b"#!/bin/sh\n", "b/ñ.html": b"x"}) == data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {i.filename: i.external_attr >> 16 for i in archive.infolist()} == {"b/ñ.html": 0o644, "run": 0o755}
