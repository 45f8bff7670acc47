"""Files: written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.files import write_atomically


@pytest.mark.parametrize(
    ("content", "data"), [("ñ\n", b"\xc3\xb1\n"), (b"\0\r\n", b"\0\r\n"), ("\udc80", b"?")]
)
def test_content_is_written_as_it_is(tmp_path: Path, content: str | bytes, data: bytes) -> None:
    """Text becomes UTF-8 with its line ends, bytes stay bytes, and missing folders are made."""
    path = tmp_path / "new" / "file.html"
    write_atomically(path, "older and longer than what follows")
    write_atomically(path, content)
    assert path.read_bytes() == data
    assert os.listdir(path.parent) == ["file.html"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the new content cannot be put in place, the old file stays and no other file does."""
    path = tmp_path / "file.html"
    write_atomically(path, "old")

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", no_space)
    with pytest.raises(UsageError, match=r"No space left on device.*make room"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file.html"]


def test_a_folder_that_cannot_be_made_is_wrong_usage(tmp_path: Path) -> None:
    """One sentence names the file that is in place of the folder."""
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        write_atomically(tmp_path / "out" / "file.html", "")
