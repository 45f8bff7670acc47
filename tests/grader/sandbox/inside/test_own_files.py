"""The files of a submission inside the sandbox: readable under any path that ends like theirs, never writable."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.errors import StudentRaised
from grader.sandbox.inside.own_files import write
from grader.sandbox.lane import Lane
from grader.sandbox.remote import RemoteProgram

from ..programs import SHORT, Program, called, cells

FILES = (
    ("datos.csv", b"1,2"),
    ("pesos/w.txt", b"0.5"),
    ("red.py", b"import torch\ndef f(x):\n    return torch.relu(x)\ndef g(x):\n    raise ValueError(x)\n"),
    ("random.py", b"raise RuntimeError"),
)
CODE = """
    import importlib, io, json, os, pathlib, random
    def read(path):
        with open(path) as file: return file.read()
    def through_pathlib(path): return pathlib.Path(path).read_text()
    def exists(path): return os.path.exists(path)
    def listed(path): return sorted(os.listdir(path))
    def moved(path):
        os.chdir(path)
        return read("datos.csv")
    def write(path):
        try:
            with open(path, "w") as file: file.write("x")
        except OSError as error: return type(error).__name__
        return read(path)
    def opened(path):
        try: os.close(os.open(path, os.O_WRONLY | os.O_CREAT))
        except OSError as error: return type(error).__name__
    def behind(path): return os.path.realpath(path)
    def loaded(name, function): return getattr(importlib.import_module(name), function)
    def used(name, x): return loaded(name, "g")(x)
    def forbidden(name):
        import torch
        return loaded(name, "f")(torch.ones(1)).item()
    def run(path): exec(compile(read(path), path, "exec"), space := {}); return space["g"](1)
"""


def started(lane: Lane, *sources: str, files: tuple[tuple[str, bytes], ...] = FILES) -> RemoteProgram:
    remote = RemoteProgram(lane, Program(cells(*sources), files=files, cells={"red.py": 7}), SHORT)
    remote.set_forbidden(["torch.relu"])
    remote.start()
    return remote


def test_code_reads_the_files_beside_the_notebook(any_lane: Lane) -> None:
    """By a relative path, and by the path that the file had on the student's machine."""
    remote = started(any_lane, CODE)
    for path in ("datos.csv", "./datos.csv", "/content/drive/MyDrive/tarea 2/datos.csv", "C:\\Users\\ana\\datos.csv"):
        assert called(remote, "read", path) == "1,2"
    assert called(remote, "through_pathlib", "/kaggle/input/pesos/w.txt") == "0.5"
    assert called(remote, "read", "pesos/w.txt") == "0.5"
    assert called(remote, "exists", "/content/datos.csv")
    assert not called(remote, "exists", "/content/otros.csv")
    assert "datos.csv" in called(remote, "listed", "/content/drive/MyDrive")
    assert called(remote, "moved", "/content/drive/MyDrive") == "1,2"


def test_the_files_cannot_be_changed(any_lane: Lane) -> None:
    """Code that writes to one of them writes to a copy; the folder behind the links refuses."""
    remote = started(any_lane, CODE)
    behind = called(remote, "behind", "datos.csv")
    for path in (behind, str(Path(behind).with_name("nuevo.csv"))):
        assert called(remote, "opened", path) in ("OSError", "PermissionError")
    assert called(remote, "write", "datos.csv") == "x"
    assert called(remote, "read", behind) == "1,2"


def test_the_next_submission_does_not_see_them(any_lane: Lane) -> None:
    """Each submission has its own files only."""
    started(any_lane, CODE)
    remote = started(any_lane, CODE, files=())
    with pytest.raises(StudentRaised, match="FileNotFoundError"):
        called(remote, "read", "datos.csv")
    remote = started(any_lane, CODE, files=(("otro.csv", b"3"),))
    assert called(remote, "listed", ".") == ["otro.csv"]


def test_lines_of_a_file_that_python_itself_reads_are_the_students(any_lane: Lane) -> None:
    """A traceback and a forbidden call in a module that is loaded by a name made at run time name its cell."""
    remote = started(any_lane, CODE)
    for function, path in (("used", "red"), ("run", "red.py")):
        with pytest.raises(StudentRaised) as raised:
            called(remote, function, *((path, 1) if function == "used" else (path,)))
        assert (raised.value.frames[-1].cell, raised.value.frames[-1].line) == (7, 5)
    remote.take_tripped()
    assert called(remote, "forbidden", "red") == 1
    assert [(t.cell, t.line) for t in remote.take_tripped()] == [(7, 3)]


def test_only_paths_below_the_folder_are_written(tmp_path: Path) -> None:
    """A path that leads out of the folder, or that no file can have, is left out."""
    inside = tmp_path / "inside"
    inside.mkdir()
    write(str(inside), [("../x", b""), ("/tmp/x", b""), ("a//b", b""), ("n" * 300, b""), ("a/b", b"1"), ("a", b"2")])
    assert sorted(path.relative_to(inside).as_posix() for path in tmp_path.rglob("*") if path != inside) == ["a", "a/b"]
