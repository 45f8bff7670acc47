"""The self-check sees the files in the notebook's folder, as the instructor's run does."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.results import Verdict
from grader.self_check import beside
from grader.self_check.beside import files_beside
from grader.self_check.check import Asked, SelfCheck

from ..students import RIGHT_LOSS, copy


def test_files_beside_a_notebook(tmp_path: Path) -> None:
    """Files below the folder are listed; tools' folders, hidden files and links are not."""
    for name in ("a.ipynb", "red.py", "d/x.csv", ".git/config", "venv/x.py", "otro/pyvenv.cfg", "__pycache__/red.pyc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "enlace.py").symlink_to(tmp_path / "red.py")
    found = files_beside(tmp_path / "a.ipynb", b"now")
    assert [(f.path, f.data) for f in found] == [("a.ipynb", b"now"), ("red.py", b"red.py"), ("d/x.csv", b"d/x.csv")]


def test_a_large_folder_is_not_read_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook in a home folder is checked all the same."""
    monkeypatch.setattr(beside, "FILES", 3)
    monkeypatch.setattr(beside, "FILES_LIMIT", 5)
    for name in ("a", "b", "c", "d"):
        (tmp_path / f"{name}.py").write_text("x = 1" if name == "a" else "")
    (tmp_path / "e.py").write_text("x" * 6)
    found = files_beside(tmp_path / "n.ipynb", b"")
    assert [f.path for f in found] == ["n.ipynb", "a.py", "b.py"]


def test_modules_beside_the_notebook_are_checked(tmp_path: Path) -> None:
    """An answer that the notebook imports passes; a mistake in it is shown with its file and line."""
    notebook = copy(tmp_path, "from perdida import *")
    wrong = RIGHT_LOSS.replace("def", "\n\ndef").replace("return -", "return 1 / 0 * ")
    with SelfCheck(tmp_path / "checks") as check:
        for source, passes in ((RIGHT_LOSS, True), (wrong, False)):
            (tmp_path / "perdida.py").write_text("import torch\n" + source)
            data = notebook.read_bytes()
            result = check.run(Asked(data, notebook.name, ("1b",), "en", files_beside(notebook, data)))
            (question,) = result.questions
            assert (question.verdict is Verdict.PASSED) is passes
            assert {e.file for e in question.excerpts} == {"perdida.py"}
    frame = next(f for f in question.findings if f.traceback).traceback[-1].frame
    assert (frame.file, frame.cell, frame.line) == ("perdida.py", 0, 7)
