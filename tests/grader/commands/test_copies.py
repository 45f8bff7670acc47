"""`grade copies` on a tiny class."""

from __future__ import annotations

import pytest

from ...tiny import DOUBLE, HALF, NEGATE, grade, notebook, write_assignment, write_class

# Ten tokens do not make a copy: this is an answer of some length that nobody else gives.
LONG = """
def double(t):
    parts = []
    for row in t.reshape(len(t), -1):
        if row.abs().max() > 1:
            parts.append(row.sub(row.mean()).add(row.mean()) * 2)
        else:
            parts.append(row + row)
    return type(t)(parts).reshape(t.shape).clone()
"""


@pytest.fixture
def folder(tmp_path):
    students = {"eva": notebook(LONG, HALF), "leo": notebook(LONG.replace("parts", "filas"), NEGATE)}
    return write_class(tmp_path / "class", ana=notebook(DOUBLE, NEGATE), bruno=notebook(DOUBLE), **students)


def test_it_lists_the_pair_and_writes_nothing_about_grades(tmp_path, capsys, folder):
    assignment = write_assignment(tmp_path / "tiny")
    said = grade(capsys, "copies", folder, "--assignment", assignment, "--out", tmp_path / "out")
    assert said.status == 0, said.err
    assert "likely: eva - leo" in said.out
    assert "ana" not in said.out
    assert {f.name for f in (tmp_path / "out").iterdir()} == {"copies.html", "copies.json", "copies.csv"}


def test_without_a_folder_it_asks_for_one(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = grade(capsys, "copies")
    assert said.status == 2
    assert said.error == "grade: name the folder of the class: grade copies SUBMISSIONS"
